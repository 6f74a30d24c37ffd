"""What `make fuzz` runs, and what the regression files are run through: one input, one outcome."""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path
from typing import Literal

from sheetcredit.model.errors import CannotPatch, CannotRead
from sheetcredit.xlsx.container import Container
from sheetcredit.xlsx.formulas import by_place, formulas_of
from sheetcredit.xlsx.limits import FileLimits
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.patch import SheetEdits, patch_bytes
from sheetcredit.xlsx.read import read_book
from sheetcredit.xlsx.scan import SheetScan, scan_general, scan_plain
from sheetcredit.xlsx.xml_bytes import Origin, unpack
from tests.xlsx.patch_corpus import LANGUAGES, by_openpyxl, by_xlsxwriter, hand_made, sheet_xml

MIXED = (
    '<row r="1"><c r="A1" s="1" t="s"><v>0</v></c><c r="B1"><f aca="false">A1+$A$2</f><v>3</v></c></row>'
    '<row r="3"><c r="A3"><f t="array" ref="A3:B3">A1:B1</f><v>1</v></c><c r="B3"><v>2</v></c></row>'
    '<row r="4"/><row r="5" ht="15"><c r="C5" t="str"><f>"a"&amp;A5</f><v>a</v></c><c r="D5"><f>C5</f></c></row>'
)

Target = Literal["reader", "patch", "sheet"]
TARGETS: tuple[Target, ...] = ("reader", "patch", "sheet")

SMALL = FileLimits(part_bytes=1 << 20, total_bytes=1 << 22, values_bytes=1 << 22, cells=200_000)
ORIGIN = Origin("a.xlsx", "sheet1.xml")
FORMULAS = (
    '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f>A1*2</f><v>2</v></c></row>'
    '<row r="2"><c r="A2" t="inlineStr"><is><t>x</t></is></c><c r="B2"><f t="shared" ref="B2:B3" si="0">A2'
    '</f></c></row><row r="3"><c r="B3"><f t="shared" si="0"/></c></row>'
)


def outcome(target: Target, data: bytes) -> str:
    """The code of the refusal, or `ok`. Anything but a refusal by our own errors is raised: a find."""
    try:
        if target == "reader":
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "a.xlsx"
                path.write_bytes(data)
                read_book(path)
        elif target == "patch":
            _patch(data)
        else:
            # Past the container, where the checksum stops nearly every mutation.
            _patch(hand_made(data))
            _compare_scans(data)
    except (CannotRead, CannotPatch) as refusal:
        for language in LANGUAGES:
            assert "\n" not in refusal.message(language) + refusal.remedy(language)
        return refusal.code
    return "ok"


def _patch(data: bytes) -> None:
    """Write a value and a text, and hold the result against what was promised."""
    package = Package(data, "a.xlsx", SMALL)
    sheets = [sheet for sheet in package.sheets if sheet.kind == "worksheet"]
    if not sheets:
        return
    edits: SheetEdits = {sheets[0].name: {"A1": 7, "C5": "=text"}}
    result = patch_bytes(data, edits, path="a.xlsx", limits=SMALL)
    assert patch_bytes(result, edits, path="a.xlsx", limits=SMALL) == result
    before, after = Container(data, "a", SMALL), Container(result, "a", SMALL)
    assert set(after.entries) <= set(before.entries)
    for name in set(after.entries) - {sheet.part for sheet in package.sheets} - {package.workbook_part}:
        if "calcchain" not in name.casefold() and not name.endswith((".rels", "[Content_Types].xml")):
            assert before.read(name) == after.read(name)


def _compare_scans(data: bytes) -> None:
    """Both ways through a sheet find the same, wherever both find their way."""
    text = unpack(data, ORIGIN)[0]
    for wanted in ({1, 3, 4}, None):
        try:
            fast, general = scan_plain(text, wanted), scan_general(text, wanted, ORIGIN)
        except (CannotRead, CannotPatch):
            continue
        assert fast is None or found_by(fast, text) == found_by(general, text)


def found_by(scan: SheetScan, data: bytes) -> tuple[object, ...]:
    """What a scan says of a sheet, however it found the formulas."""
    formulas = by_place(formulas_of(data, scan, ORIGIN), ORIGIN)
    return scan.start, scan.head_end, scan.end, scan.rows, scan.cells, formulas


def seeds(target: Target) -> list[bytes]:
    """Inputs to start from."""
    if target == "sheet":
        return [
            sheet_xml(FORMULAS).encode(),
            sheet_xml("").encode(),
            sheet_xml(FORMULAS).encode("utf-16"),
            sheet_xml(MIXED).encode(),
        ]
    books = [hand_made(sheet_xml(FORMULAS)), by_openpyxl(), by_xlsxwriter()]
    stored = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(books[0])) as source,
        zipfile.ZipFile(stored, "w", zipfile.ZIP_STORED) as goal,
    ):
        for info in source.infolist():
            goal.writestr(info.filename, source.read(info))
    return [*books, stored.getvalue()]
