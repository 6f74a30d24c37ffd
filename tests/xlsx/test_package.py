"""Opening a package: facts of the workbook, formulas, and refusals."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest

from sheetcredit.model.errors import CannotPatch, CannotRead, HostileFile
from sheetcredit.xlsx.container import Container
from sheetcredit.xlsx.limits import FileLimits
from sheetcredit.xlsx.package import CellFormula, Package
from tests.xlsx.patch_corpus import (
    LANGUAGES,
    LINKS,
    MAIN,
    PACKAGE,
    by_openpyxl,
    by_xlsxwriter,
    hand_made,
    sheet_xml,
    zipped,
)


def test_facts_of_a_workbook() -> None:
    package = Package(by_openpyxl(), "a.xlsx")
    assert [(sheet.name, sheet.state) for sheet in package.sheets] == [
        ("Dữ liệu", "visible"),
        ("Bảng 'B'", "visible"),
        ("Ẩn", "hidden"),
    ]
    assert package.defined_names == {"TH_Tong": ("Dữ liệu", "H2")}
    assert not package.date1904
    assert [(table.name, table.sheet, str(table.area)) for table in package.tables] == [
        ("Bang1", "Bảng 'B'", "A1:B3")
    ]


def test_formulas_with_their_cached_values() -> None:
    formulas = Package(by_xlsxwriter(), "a.xlsx").formulas("Dữ liệu")
    assert formulas[2, 8] == CellFormula("SUM(B1:B30)", "normal", "435")
    assert formulas[3, 8] == CellFormula('H2&"x"', "normal", "435x")
    assert formulas[6, 8] == CellFormula("B1:B3*2", "array", "0", "H6:H8")
    assert Package(by_openpyxl(), "a.xlsx").formulas("Dữ liệu")[2, 8].cached is None


def test_members_of_a_shared_formula_show_their_own_text() -> None:
    rows = (
        '<row r="1"><c r="B1"><f t="shared" ref="B1:B3" si="0">A1+$C$1</f><v>1</v></c></row>'
        '<row r="2"><c r="B2"><f t="shared" si="0"/><v>2</v></c></row>'
        '<row r="3"><c r="B3"><f t="shared" si="0"/></c></row>'
    )
    formulas = Package(hand_made(sheet_xml(rows)), "a.xlsx").formulas("S1")
    assert [formula.text for formula in formulas.values()] == ["A1+$C$1", "A2+$C$1", "A3+$C$1"]
    assert formulas[3, 2].cached is None


def test_a_part_that_is_not_utf8_is_read() -> None:
    text = sheet_xml('<row r="1"><c r="A1"><f>B1</f><v>1</v></c></row>').replace("UTF-8", "UTF-16")
    package = Package(hand_made(text.encode("utf-16")), "a.xlsx")
    assert package.formulas("S1")[1, 1].text == "B1"


# --- refusals ----------------------------------------------------------------------------------------


def refused(data: bytes, code: str, limits: FileLimits | None = None) -> None:
    with pytest.raises(CannotRead) as caught:
        Package(data, "a.xlsx", limits or FileLimits())
    assert caught.value.code == code
    for language in LANGUAGES:
        assert "{" not in caught.value.message(language) + caught.value.remedy(language)


def test_not_a_workbook() -> None:
    good = by_openpyxl()
    refused(b"", "E-EMPTY")
    refused(b"hello", "E-NOT-WORKBOOK")
    refused(zipped({"a.txt": "x"}), "E-NOT-WORKBOOK")
    refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "E-LEGACY")
    refused(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"),
        "E-PASSWORD",
    )
    refused(zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}), "E-LEGACY")
    for cut in (30, len(good) // 2, len(good) - 1):
        refused(good[:cut], "E-TRUNCATED")


def test_every_cut_and_every_flipped_header_byte_ends_in_a_plain_refusal() -> None:
    good = hand_made(sheet_xml('<row r="1"><c r="A1"><f>B1</f></c></row>'))
    damaged = [good[:cut] for cut in range(0, len(good), 7)]
    damaged += [good[:at] + bytes([good[at] ^ 0xFF]) + good[at + 1 :] for at in range(0, len(good), 3)]
    for data in damaged:
        try:
            package = Package(data, "a.xlsx")
            for sheet in package.sheets:
                package.formulas(sheet.name)
        except (CannotRead, CannotPatch):
            continue


@pytest.mark.parametrize("name", ["../evil.xml", "/abs.xml", "xl//a.xml", "c:x", "..\\a.xml", "xl/./a"])
def test_names_that_leave_the_package(name: str) -> None:
    good = hand_made(sheet_xml(""), extra={"?" * len(name): "x"})
    refused(good.replace(b"?" * len(name), name.encode()), "E-HOSTILE")


def test_duplicate_and_case_colliding_parts() -> None:
    refused(hand_made(sheet_xml(""), extra={"XL/Workbook.xml": "x"}), "E-DUPLICATE-PART")
    data = hand_made(sheet_xml(""), extra={"xl/workbook.xmm": "x"})
    refused(data.replace(b"xl/workbook.xmm", b"xl/workbook.xml"), "E-DUPLICATE-PART")


def test_limits() -> None:
    bomb = hand_made(sheet_xml(""), extra={"xl/bomb.xml": b"\0" * 6_000_000})
    refused(bomb, "E-LIMIT")
    good = by_openpyxl()
    refused(good, "E-LIMIT", FileLimits(parts=3))
    refused(good, "E-LIMIT", FileLimits(file_bytes=100))
    refused(good, "E-LIMIT", FileLimits(part_bytes=100))
    refused(good, "E-LIMIT", FileLimits(total_bytes=1000))
    refused(good, "E-DEPTH", FileLimits(depth=1))


def test_a_part_that_lies_about_its_size() -> None:
    data = bytearray(zipped({"a.xml": b"x" * 5000}))
    at = data.index(b"PK\x01\x02")
    struct.pack_into("<I", data, at + 24, 4000)
    container = Container(bytes(data), "a.xlsx")
    with pytest.raises(HostileFile):
        container.read("a.xml")


def test_overlapping_parts() -> None:
    data = bytearray(zipped({"aa.xml": b"x" * 50, "ab.xml": b"x" * 50}))
    second = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
    struct.pack_into("<I", data, second + 42, 0)
    data[second + 46 : second + 52] = b"aa.xml"
    with pytest.raises(HostileFile):
        Container(bytes(data), "a.xlsx")


@pytest.mark.parametrize("declaration", ['<!DOCTYPE x [<!ENTITY a "b">]>', '<!DOCTYPE x SYSTEM "http://e">'])
def test_document_types_are_refused(declaration: str) -> None:
    sheet = sheet_xml('<row r="1"><c r="A1"><f>B1</f></c></row>').replace("?>\n", f"?>{declaration}")
    with pytest.raises(HostileFile):
        Package(hand_made(sheet), "a.xlsx").formulas("S1")


def test_encrypted_entry() -> None:
    data = bytearray(hand_made(sheet_xml("")))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    refused(bytes(data), "E-PASSWORD")


def test_missing_sheets() -> None:
    package = Package(hand_made(sheet_xml("")), "a.xlsx")
    with pytest.raises(CannotPatch) as caught:
        package.formulas("Không có")
    assert caught.value.code == "E-NO-SHEET"


def test_opening_from_the_disk(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(by_openpyxl())
    assert len(Package.open(tmp_path / "a.xlsx").sheets) == 3
    for path, code in ((tmp_path / "b.xlsx", "E-MISSING"), (tmp_path, "E-NOT-A-FILE")):
        with pytest.raises(CannotRead) as caught:
            Package.open(path)
        assert caught.value.code == code


def test_binary_workbooks_are_named() -> None:
    links = (
        f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="a" '
        f'Type="{LINKS}/officeDocument" Target="xl/workbook.bin"/></Relationships>'
    )
    refused(zipped({"_rels/.rels": links, "xl/workbook.bin": "x"}), "E-LEGACY")


def test_zip_with_a_comment_opens() -> None:
    target = io.BytesIO(hand_made(sheet_xml("")))
    with zipfile.ZipFile(target, "a") as archive:
        archive.comment = b"PK\x05 a comment"
    assert Package(target.getvalue(), "a.xlsx").sheets[0].name == "S1"
    assert MAIN
