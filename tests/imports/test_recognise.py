"""Which export a sheet is, by what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from sheetcredit.imports.definitions import load_kinds
from sheetcredit.imports.recognise import NumberedRow, recognise_header, recognise_indicators, recognise_page
from sheetcredit.model.errors import BadDefinition
from sheetcredit.model.grid import CellValue


def numbered(*rows: list[CellValue]) -> list[NumberedRow]:
    return list(enumerate(rows, start=1))


def headers_of(name: str) -> list[CellValue]:
    """The first spelling of every header of a kind."""
    kind = next(kind for kind in load_kinds() if kind.kind == name)
    return [None, *(one.headers[0] for one in kind.fields if one.headers)]


@pytest.mark.parametrize("name", [kind.kind for kind in load_kinds() if kind.form == "query"])
def test_a_query_is_known_by_its_headers(name: str) -> None:
    found = recognise_header((5, headers_of(name)))
    assert found is not None
    assert (found.kind.kind, found.row) == (name, 5)
    assert found.columns.keys() >= set(found.kind.recognise.fields)


@pytest.mark.parametrize("name", [kind.kind for kind in load_kinds() if kind.form == "query"])
def test_line_breaks_capitals_and_tones_of_headers_do_not_matter(name: str) -> None:
    headers = [
        value.upper().replace(" ", "\n", 1) if isinstance(value, str) else value for value in headers_of(name)
    ]
    found = recognise_header((8, headers))
    assert found is not None
    assert found.kind.kind == name


@pytest.mark.parametrize("name", [kind.kind for kind in load_kinds() if kind.form == "query"])
def test_a_query_that_lacks_a_needed_header_is_none(name: str) -> None:
    kind = next(kind for kind in load_kinds() if kind.kind == name)
    for needed in kind.recognise.fields:
        lacking = [None, *(one.headers[0] for one in kind.fields if one.headers and one.name != needed)]
        found = recognise_header((5, lacking))
        assert found is None or found.kind.kind != name


MARKS: list[CellValue] = ["(1)", None, *(f"({number})" for number in range(2, 15))]
TITLE: list[CellValue] = [None, None, None, None, "TỔNG HỢP SỐ LIỆU TÍN DỤNG"]


@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        ("len31_communes", [["1", None, "Xã Một", 3], ["2", None, "Phường Hai", 3], ["Tổng cộng"]]),
        ("len31_units", [["A", None, "Xã Một", 3], ["1", None, "Hội nông dân", 2], ["2", None, "Trực tiếp", 1]]),
        ("len31_programmes", [[None, None, "Xã Một", 3], [None, None, "Hội nông dân", 2], ["1", None, "Cho vay hộ cận nghèo theo QĐ 15", 1]]),
        ("len31_leaders", [["A", None, "Xã Một", 3], ["1", None, "Nguyễn Thị Mẫu", 2], ["2", None, "Vay trực tiếp", 1]]),
    ],
)  # fmt: skip
def test_the_four_views_of_len31_are_told_apart_by_their_lines(
    kind: str, lines: list[list[CellValue]]
) -> None:
    found = recognise_page(numbered([], TITLE, MARKS, *lines))
    assert found is not None
    assert (found.kind.kind, found.row, found.columns["balance"]) == (kind, 3, 5)


@pytest.mark.parametrize("form", ["01.1", "01.2"])
def test_bcdhtd_is_known_by_the_number_of_its_form(form: str) -> None:
    marks: list[CellValue] = ["(1)", None, *(f"({number})" for number in range(2, 18))]
    found = recognise_page(numbered([f"Mẫu biểu số: {form}/BCTD"], marks))
    assert found is not None
    assert found.kind.kind == f"bctd_{form.replace('.', '_')}"
    assert recognise_page(numbered(["Mẫu biểu số: 03.1/BCTD"], marks)) is None


def test_indicators_are_looked_for_in_one_column() -> None:
    rows = numbered(
        [None, "Chỉ tiêu", "Cộng"], [1, "Tổng huy động vốn", 1], [2, "Tổng dư nợ", 1],
        [3, "Dư nợ Kế hoạch A", 1], [4, "Dư nợ Kế hoạch B", 1],
    )  # fmt: skip
    found = recognise_indicators(rows)
    assert found is not None
    assert (found.kind.kind, found.columns) == ("telegram", {"name": 1})
    assert recognise_indicators(rows[:3]) is None


def test_a_mistake_in_a_definition_is_told_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(
        "kind: own\nform: query\nname: {vi: của mình}\nrecognise: {fields: [group]}\n"
        "fields: [{name: group, headers: [Mã tổ], type: code, width: 7}]\n"
        "gives: [{table: groups, key: [group], columns: [{column: balance, sum: balanse}]}]\n",
        encoding="utf-8",
    )
    with pytest.raises(BadDefinition) as problem:
        load_kinds(tmp_path)
    assert problem.value.details["path"] == "own.yaml"
    assert problem.value.details["place"] == "gives[0].balance"
