"""What stands on paper is what was read: each contradiction is a finding, and voids a seal that was put before."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from sheetcredit import run
from sheetcredit.cli.main import main
from sheetcredit.rulebook import our_rulebook
from sheetcredit.template.on_paper import ON_PAPER
from sheetcredit.workbooks import read_office
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.patch import patch_cells
from tests.mail_server import own_folders
from tests.seeds_of import GOLDEN, copy_of
from tests.xlsx.hostile import STYLES, WORKBOOK, packed, parts_of

FARMERS, LEDGER, SUMMARY = "Hội Nông dân", "Sổ ngân hàng", "Tổng hợp"
RULES = our_rulebook()
Change = Callable[[Path], object]


def patched(sheet: str, **cells: str | int) -> Change:
    return lambda path: patch_cells(path, {sheet: cells})


def formatted(sheet: str, cell: str, code: str) -> Change:
    def change(path: Path) -> None:
        parts = parts_of(path.read_bytes())
        styles = parts[STYLES]
        count = styles.split(b"<cellXfs", 1)[1].split(b"</cellXfs>")[0].count(b"<xf ")
        added = f'<numFmt numFmtId="300" formatCode="{code}"/></numFmts>'.encode()
        styles = styles.replace(b"</numFmts>", added, 1)
        parts[STYLES] = styles.replace(b"</cellXfs>", b'<xf numFmtId="300"/></cellXfs>', 1)
        part = Package(path.read_bytes(), "a.xlsx").sheet(sheet).part
        parts[part] = re.sub(
            rb'(<c r="%b" s=")\d+"' % cell.encode(), lambda m: m[1] + b'%d"' % count, parts[part]
        )
        path.write_bytes(packed(parts))

    return change


def merged(sheet: str, area: str) -> Change:
    def change(path: Path) -> None:
        parts = parts_of(path.read_bytes())
        part = Package(path.read_bytes(), "a.xlsx").sheet(sheet).part
        before = parts[part]
        parts[part] = re.sub(
            rb"<mergeCells[^>]*>", lambda m: m[0] + f'<mergeCell ref="{area}"/>'.encode(), before
        )
        assert parts[part] != before
        path.write_bytes(packed(parts))

    return change


def renamed(name: str, target: str) -> Change:
    def change(path: Path) -> None:
        parts = parts_of(path.read_bytes())
        pattern = rb'(<definedName name="%b"[^>]*>)[^<]*' % name.encode()
        parts[WORKBOOK] = re.sub(pattern, lambda m: m[1] + target.encode(), parts[WORKBOOK])
        path.write_bytes(packed(parts))

    return change


def namesake(path: Path) -> None:
    parts = parts_of(path.read_bytes())
    parts[WORKBOOK] = parts[WORKBOOK].replace('name="Nhật ký"'.encode(), 'name="HỘI NÔNG DÂN"'.encode())
    path.write_bytes(packed(parts))


def both(*changes: Change) -> Change:
    def change(path: Path) -> None:
        for one in changes:
            one(path)

    return change


CASES: dict[str, tuple[Change, str, str, str | None]] = {
    "unit line": (patched("Hội CCB", I7="Đơn vị tính: tỷ đồng"), "S-UNIT-LINE", "Hội CCB", "I7"),
    "unit line in short": (patched(FARMERS, A7="ĐVT : tr.đ, đồng"), "", "", None),
    "unit line in brackets": (patched(FARMERS, A7="(ĐVT: nghìn đồng)"), "S-UNIT-LINE", FARMERS, "A7"),
    "unit of the ledger": (patched(LEDGER, H7="Đơn vị tính: triệu đồng"), "S-UNIT-LINE", LEDGER, "H7"),
    "unit in a header": (patched(FARMERS, I8="Dư nợ (tỷ đồng)"), "S-UNIT-LINE", FARMERS, "I8"),
    "unit of a figure": (patched(SUMMARY, C16="tỷ đồng"), "S-UNIT-LINE", SUMMARY, "C16"),
    "unit line of the summary": (patched(SUMMARY, D7="Đơn vị tính: đồng"), "S-UNIT-LINE", SUMMARY, "D7"),
    "fixed text": (formatted("Hội CCB", "I10", "&quot;999.999&quot;"), "V-SHOWN", "Hội CCB", "I10"),
    "scaling comma": (formatted(FARMERS, "I13", "#,##0,"), "V-SHOWN", FARMERS, "I13"),
    "per cent": (formatted(LEDGER, "G10", "0%"), "V-SHOWN", LEDGER, "G10"),
    "hidden by its format": (formatted(FARMERS, "I26", ";;;"), "V-SHOWN", FARMERS, "I26"),
    "another unit in the format": (formatted(FARMERS, "I13", "#,##0&quot; tỷ&quot;"), "V-SHOWN", FARMERS, "I13"),
    "its own unit in the format": (formatted(FARMERS, "I13", "#,##0&quot; triệu&quot;"), "", "", None),
    "format of a figure": (formatted(SUMMARY, "D16", "#,##0,"), "V-SHOWN", SUMMARY, "D16"),
    "format of a ratio": (formatted(SUMMARY, "D18", "0.00"), "V-SHOWN", SUMMARY, "D18"),
    "merged over a number": (merged(FARMERS, "I13:I14"), "V-COVERED", FARMERS, "I14"),
    "merged across": (merged(FARMERS, "H13:I13"), "V-COVERED", FARMERS, "I13"),
    "swapped labels": (
        patched(SUMMARY, B16="Dư nợ cho vay trực tiếp", B25="Tổng dư nợ"), "S-LABEL", SUMMARY, "D16"),
    "a number beside a label": (
        both(renamed("TH_DuNo", "'Tổng hợp'!$H$16"), patched(SUMMARY, D16=999_999)), "S-BESIDE", SUMMARY, "D16"),
    "two sheets of one name": (namesake, "S-NAMESAKE", FARMERS, None),
}  # fmt: skip


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The golden workbook with its figures written."""
    path = copy_of(GOLDEN, tmp_path_factory.mktemp("filled"))
    assert run(path).findings == ()
    return path


@pytest.mark.parametrize("kind", CASES)
def test_each_contradiction_is_a_finding(kind: str, filled: Path, tmp_path: Path) -> None:
    change, code, sheet, cell = CASES[kind]
    path = copy_of(filled, tmp_path)
    change(path)
    found = [(one.code, one.sheet, one.cell) for one in run(path).findings if one.code in ON_PAPER]
    assert ((code, sheet, cell) in found) if code else found == []


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The golden workbook, sealed."""
    folder = tmp_path_factory.mktemp("sealed")
    path = copy_of(GOLDEN, folder)
    with pytest.MonkeyPatch.context() as machine:
        for variable, value in own_folders(folder).items():
            machine.setenv(variable, value)
        assert main(["seal", str(path)]) == 0
    return path


@pytest.mark.parametrize("kind", CASES)
def test_each_voids_a_seal(kind: str, sealed: Path, tmp_path: Path) -> None:
    change, code, _, _ = CASES[kind]
    path = copy_of(sealed, tmp_path)
    change(path)
    void = "S-SEAL" in {finding.code for finding in run(path, out=tmp_path / "ra.xlsx").findings}
    assert void is bool(code)


def test_a_seal_over_a_namesake_holds(tmp_path: Path) -> None:
    path = copy_of(GOLDEN, tmp_path)
    namesake(path)
    with pytest.MonkeyPatch.context() as machine:
        for variable, value in own_folders(tmp_path).items():
            machine.setenv(variable, value)
        assert main(["seal", str(path)]) == 0
    assert {finding.code for finding in run(path).findings} == {"S-NAMESAKE"}


def test_a_line_that_follows_the_unit_is_right_whatever_is_cached() -> None:
    book = read_office(GOLDEN, RULES).book
    assert book.grids[FARMERS].formulas[6, 8].text.endswith("TT_DonVi")


def test_another_unit_with_lines_that_follow_it(tmp_path: Path) -> None:
    path = copy_of(GOLDEN, tmp_path)
    patch_cells(path, {"Thông tin": {"C12": "tỷ đồng"}})
    assert not ON_PAPER & {finding.code for finding in run(path).findings}


def test_swapped_labels_keep_their_cells_unwritten(filled: Path, tmp_path: Path) -> None:
    path = copy_of(filled, tmp_path)
    CASES["swapped labels"][0](path)
    patch_cells(path, {SUMMARY: {"D16": None, "D25": None}})
    run(path)
    grid = read_office(path, RULES).book.grids[SUMMARY]
    assert (grid.value(15, 3), grid.value(24, 3), grid.value(10, 3)) == (None, None, 449141)
