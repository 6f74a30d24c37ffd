"""The form that `make bench-patch` builds holds what a spreadsheet program computes."""

from __future__ import annotations

from pathlib import Path

import openpyxl

from tests.libreoffice import LibreOffice
from tools.bench_patch import FORM, award, build_form


def cached(path: Path) -> list[list[object]]:
    """The values of the rows below the header, blank texts as None."""
    sheet = openpyxl.load_workbook(path, data_only=True)[FORM]
    return [[value or None for value in row] for row in sheet.iter_rows(2, values_only=True)]


def test_the_form_is_computed_and_none_of_its_formulas_is_shared(
    tmp_path: Path, libreoffice: LibreOffice
) -> None:
    path = tmp_path / "form.xlsx"
    build_form(path, rows=120, filled=100)
    values = cached(path)
    assert len(values) == 120
    assert values[-1] == [None] * 25
    assert values[0][21] == "10.100" and values[0][24] == "Programme of list 0"
    assert values[0][10] == sum(award(number).amount for number in range(0, 100, 5))
    assert cached(libreoffice.save_as(path, "xlsx")) == values
    written = openpyxl.load_workbook(path)[FORM]
    kinds = [cell.value for row in written.iter_rows(2) for cell in row if cell.data_type == "f"]
    assert len(kinds) == 7 * 120 and all(isinstance(text, str) for text in kinds)
