"""A row added at either end of a table: told, and one repair puts it into the totals."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sheetcredit.cli.main import main
from sheetcredit.repair.fix import fix
from sheetcredit.report import reconcile
from sheetcredit.xlsx.package import Package
from tests.checks.cells import table_of, value_of
from tests.seeds_of import GOLDEN
from tests.xlsx.hostile import Parts, packed, parts_of

FARMERS, LEDGER = "Hội Nông dân", "Sổ ngân hàng"
TOTALS = re.compile(rb"(<c [^>]*><f>SUM\(([A-Z]+)(\d+):[A-Z]+(\d+)\)</f><v>)[^<]*(</v>)")


def with_row_left_out(target: Path, sheet: str, first: bool) -> Path:
    """The golden workbook as Excel leaves it when a row was inserted above the first or below the last row."""
    table = table_of(GOLDEN, sheet)
    part = next(one.part for one in Package.open(GOLDEN).sheets if one.name == sheet)
    row = table.rows[0] if first else table.rows[-1]

    def shorter(match: re.Match[bytes]) -> bytes:
        letters, top, bottom = match[2].decode(), int(match[3]), int(match[4])
        place = next(place for name, place in table.columns.items() if table.cell(0, name) == f"{letters}1")
        values = [table.grid.value(line, place) or 0 for line in table.rows if line != row]
        kept = sum(float(value) for value in values if isinstance(value, (int, float)))
        span = f"{letters}{top + first}:{letters}{bottom - (not first)}"
        return match[1].replace(match[0].split(b"SUM(")[1].split(b")")[0], span.encode()) + (
            f"{round(kept, 6):.15g}".encode() + match[5]
        )

    parts: Parts = parts_of(GOLDEN.read_bytes())
    parts[part] = TOTALS.sub(shorter, parts[part])
    target.write_bytes(packed(parts))
    return target


@pytest.mark.parametrize("sheet", [FARMERS, LEDGER])
@pytest.mark.parametrize("first", [True, False])
def test_a_row_outside_the_totals_is_named_and_one_repair_takes_it_in(
    tmp_path: Path, sheet: str, first: bool
) -> None:
    book = with_row_left_out(tmp_path / "bao-cao.xlsx", sheet, first)
    table = table_of(book, sheet)
    row = (table.rows[0] if first else table.rows[-1]) + 1
    found = [finding for finding in reconcile(book).findings if finding.sheet == sheet]
    assert found and table.total_row is not None
    for finding in found:
        assert finding.code in ("R01", "V-TOTAL-RANGE") and finding.row == table.total_row + 1
        if finding.code == "R01":
            assert finding.suspects[0].cause == "total-range" and finding.suspects[0].details["rows"] == str(
                row
            )
    before, cells = parts_of(book.read_bytes()), {finding.cell for finding in found}
    assert {repair.cell for repair in fix(book).repairs if repair.kinds == ("total",)} == cells
    assert main(["fix", str(book), "--apply", "--quiet"]) == 0
    assert reconcile(book).findings == ()
    whole, mended = table_of(GOLDEN, sheet), table_of(book, sheet)
    for name, place in mended.columns.items():
        spot = (mended.total_row or 0, place)
        if spot in whole.grid.formulas:
            assert mended.grid.formulas[spot].text == whole.grid.formulas[spot].text
            cell = mended.cell(spot[0], name)
            assert value_of(book, sheet, cell) == pytest.approx(value_of(GOLDEN, sheet, cell), abs=1e-6)
    after = parts_of(book.read_bytes())
    part = next(one.part for one in Package.open(book).sheets if one.name == sheet)
    strip = re.compile(rb"<f>SUM\([^<]*</f><v>[^<]*</v>")
    assert strip.sub(b"", after[part]) == strip.sub(b"", before[part])  # nothing but the totals
    assert fix(book).repairs == ()


def test_a_row_of_zeros_outside_the_totals_is_taken_in_as_well(tmp_path: Path) -> None:
    book = with_row_left_out(tmp_path / "bao-cao.xlsx", FARMERS, first=False)
    told = {finding.code for finding in reconcile(book).findings if finding.sheet == FARMERS}
    assert told == {"R01", "V-TOTAL-RANGE"}  # write_off is zero in the last row
    assert len(fix(book).repairs) == 10
