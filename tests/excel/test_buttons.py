"""The front door of Excel without Excel: what is said when something is in the way."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest
import xlwings

from sheetcredit import buttons
from sheetcredit.excel import imports as live_imports
from sheetcredit.excel import jobs as live_jobs
from sheetcredit.excel.phrases import phrase
from sheetcredit.model.text import message_catalogue
from tests.open_book import Book, Sheet

GOLDEN = Path(__file__).resolve().parents[2] / "seeds" / "an-duong-2024q1.xlsx"
SOURCE = "".join(Path(str(one.__file__)).read_text("utf-8") for one in (live_jobs, live_imports, buttons))


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Book:
    monkeypatch.setenv("SHEETCREDIT_HOME", str(tmp_path))
    opened = Book({"A": Sheet("A", [["x"]])}, str(tmp_path / "quý 1.xlsm"))
    monkeypatch.setattr(buttons, "calling_book", lambda: opened)
    return opened


@pytest.fixture
def sending(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A stand-in for the part that sends; what it was given."""
    given: list[Any] = []

    def send_from_button(path: Path, put: Any) -> str:
        given.append(path)
        return f"Đã gửi {path.name}."

    monkeypatch.setattr("sheetcredit.sending.send_from_button", send_from_button)
    return given


def test_a_book_of_another_template_is_told(book: Book) -> None:
    buttons.check()
    (said,) = book.app.alerts
    assert "Chương trình" in said and "Traceback" not in said
    assert book.calls == []


@pytest.mark.parametrize("button", ["bulletin", "send"])
def test_a_book_never_saved_has_no_place_beside_it(button: str, book: Book, sending: list[Any]) -> None:
    book.fullname = "Book1"
    getattr(buttons, button)()
    (said,) = book.app.alerts
    assert "xlsm" in said and "Traceback" not in said
    assert book.calls == [] and sending == []


def test_nothing_is_saved_or_sent_without_a_yes(book: Book, sending: list[Any]) -> None:
    book.app.answer = "no"
    buttons.send()
    asked, said = book.app.alerts
    assert "quý 1.xlsm" in asked and said == phrase("not-sent")
    assert book.calls == [] and sending == []


def test_what_is_sent_is_what_was_saved(book: Book, sending: list[Any]) -> None:
    buttons.send()
    assert book.calls == ["save"] and sending == [Path(book.fullname)]
    assert book.app.alerts[-1] == "Đã gửi quý 1.xlsm."


def test_a_failure_to_save_sends_nothing(book: Book, sending: list[Any], tmp_path: Path) -> None:
    book.fails_to_save = True
    buttons.send()
    assert sending == [] and book.fullname in book.app.alerts[-1]
    log = tmp_path / "state" / "sheetcredit.log"
    assert "RuntimeError" in log.read_text("utf-8")


def test_what_nobody_foresaw_is_logged_and_told(
    book: Book, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(live_jobs, "check", lambda book: 1 / 0)
    buttons.check()
    (said,) = book.app.alerts
    log = tmp_path / "state" / "sheetcredit.log"
    assert str(log) in said and "Traceback" not in said
    assert "ZeroDivisionError" in log.read_text("utf-8")


def test_without_a_book_the_one_line_goes_where_xlwings_shows_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SHEETCREDIT_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["-c"])
    monkeypatch.delattr(xlwings.Book, "_mock_caller", raising=False)
    with pytest.raises(SystemExit) as caught:
        buttons.check()
    said = str(caught.value.code)
    assert "sheetcredit.log" in said and said.isascii() and "Loi ngoai du kien" in said


def test_every_button_has_its_function() -> None:
    for name in ("check", "reconcile", "fill", "bulletin", "send", "next_period"):
        assert callable(getattr(buttons, name)) and callable(getattr(live_jobs, name))


def test_every_phrase_is_used_and_written_in_both_languages() -> None:
    phrases = message_catalogue("buttons")
    used = set(re.findall(r'"([a-z-]+)"', SOURCE))
    assert phrases.keys() - used == set()
    for code, text in phrases.items():
        vietnamese, english = (set(re.findall(r"\{(\w+)\}", text[language])) for language in ("vi", "en"))
        assert text["vi"] and text["en"] and vietnamese == english, code
