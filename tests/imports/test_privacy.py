"""Of a customer nothing is kept: names, numbers of identity, phones and addresses are not even read."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from html import escape
from pathlib import Path

import pytest

from sheetcredit.imports.figures import Exports
from sheetcredit.imports.sheets import open_sheets
from sheetcredit.imports.tables import read_tables
from sheetcredit.model.text import LANGUAGES
from sheetcredit.xlsx import row_stream
from tests.exports_generator import files
from tests.imports.small import LOAN, loans, query, read

PERSONAL = {
    "Tên KH": "Khách Riêng Tư", "Tên khách hàng": "Khách Riêng Tư", "Ngày sinh": "01/02/1983", "Số CMND": "031999888777",
    "Nơi cấp CMND": "Nơi Cấp Kín", "Tên vợ/chồng": "Bạn Đời Kín", "Địa chỉ": "Số 7 ngõ Kín", "Số điện thoại": "0912888777",
    "Tên HSSV": "Sinh Viên Kín", "CMND HSSV": "031777888999", "Số ATM": "9704887766", "Tài khoản TH": "0099887766554",
    "Sổ tiết kiệm 105": "14820099887766",
}  # fmt: skip
"""What stands in statements of customers beside what is needed."""
CODES = {"Mã KH": "9977665544", "Số khế ước": "6600990155443322"}
"""What tells people and loans apart while they are counted, and is kept no longer."""
PLACES = list(LOAN)


def planted(number: int = 1) -> dict[str, object]:
    return {**LOAN, **{name: f"{text}{number}" for name, text in (PERSONAL | CODES).items()}}


def texts_of(exports: Exports) -> Iterator[str]:
    """All that came of reading, and what people are told of it."""
    yield repr(exports)
    for finding in exports.findings:
        for language in LANGUAGES:
            yield from (finding.message(language), finding.remedy(language), finding.key, finding.digest)


def assert_nothing_of(values: dict[str, str], texts: Iterator[str], folder: Path) -> None:
    told = "\n".join(texts)
    assert [text for text in values.values() if text in told] == []
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix not in (".xlsx", ".xls"):
            kept = path.read_bytes()
            assert [text for text in values.values() if text.encode() in kept] == [], path


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every text that reading an .xlsx makes of its bytes."""
    texts: list[str] = []
    plain = row_stream._plain_text

    def noted(item: bytes) -> str:
        texts.append(plain(item))
        return texts[-1]

    monkeypatch.setattr(row_stream, "_plain_text", noted)
    return texts


def test_personal_columns_are_not_even_read(
    tmp_path: Path, made: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    exports = read(query(tmp_path / "x.xlsx", [planted(number) for number in range(1, 60)]))
    assert exports.figures
    assert CODES["Mã KH"] + "1" in made  # the watch sees what is read
    assert [text for text in made for value in PERSONAL.values() if value in text] == []
    assert_nothing_of(PERSONAL | CODES, iter([*texts_of(exports), caplog.text]), tmp_path)


@pytest.mark.parametrize("place", PLACES)
def test_no_finding_repeats_a_personal_value_that_stands_in_a_wrong_column(
    place: str, tmp_path: Path
) -> None:
    """Columns that slipped by one are a usual fault of files that were opened and saved."""
    wrong = {**planted(), place: "Khách Riêng Tư 031999888777"}
    exports = read(query(tmp_path / "x.xlsx", [*loans({}, {}), wrong]))
    named = ("Tên xã", "Tên tổ", "Tên chương trình")  # names of places, groups and programmes are needed
    if place not in named:
        told = [
            text for finding in exports.findings for text in (finding.message("vi"), finding.message("en"))
        ]
        assert [text for text in told if "Riêng Tư" in text] == []


def test_a_web_page_is_read_whole_and_nothing_personal_is_kept(tmp_path: Path) -> None:
    row = planted()
    cells = "".join(f"<td>{escape(str(value))}</td>" for value in row.values())
    heads = "".join(f"<th>{escape(name)}</th>" for name in row)
    path = tmp_path / "x.xls"
    path.write_text(f"<html><table><tr>{heads}</tr><tr>{cells}</tr></table></html>", "utf-8")
    tables = [table for sheet in open_sheets(path) for table in read_tables(sheet)]
    assert [table.kind.kind for table in tables] == ["hstd"]
    kept = repr([dict(table.values) for table in tables])
    assert [text for text in PERSONAL.values() if text in kept] == []
    assert_nothing_of(PERSONAL | CODES, texts_of(read(path)), tmp_path)


def test_nothing_of_a_customer_is_kept_of_any_export(
    tmp_path: Path, made: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    folder = tmp_path / "exports"
    files.write_exports(folder)
    exports = read(*sorted(folder.iterdir()))
    marks = {
        "name": "Khách hàng 0",
        "id": "0" * 12,
        "address": "Thôn mẫu, xã mẫu",
        "deputy": "TỔ PHÓ MẪU",
        "born": "01/01/1970",
    }
    assert [text for text in made for value in marks.values() if text.startswith(value)] == []
    customer, loan = "9900000001", "6600990100000001"
    assert_nothing_of(
        marks | {"customer": customer, "loan": loan}, iter([*texts_of(exports), caplog.text]), tmp_path
    )
