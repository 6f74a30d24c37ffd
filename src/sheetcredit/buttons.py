"""Front door: Excel. Each function is what one button of the workbook calls; it holds no rule.

The macro of a button starts Python with `RunPython`, and that process calls one of these functions. Whatever
happens, the user gets one message box in plain words, never a window with a traceback.
"""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING
from unicodedata import combining, normalize

from sheetcredit.log import log_failure
from sheetcredit.model.errors import SheetcreditError

if TYPE_CHECKING:
    import xlwings


def import_exports() -> None:
    """`Nhập số liệu`: the bank's exports shown as changes, and written at the second press."""
    _pressed("import_exports")


def check() -> None:
    """`Kiểm tra`: check everything and write the findings."""
    _pressed("check")


def reconcile() -> None:
    """`Đối chiếu`: the same, and the comparison of the three sides."""
    _pressed("reconcile")


def fill() -> None:
    """`Lập tổng hợp`: fill the summary."""
    _pressed("fill")


def bulletin() -> None:
    """`Bản tin`: write the bulletin beside the workbook."""
    _pressed("bulletin")


def send() -> None:
    """`Gửi cấp trên`: send the workbook upward."""
    _pressed("send")


def next_period() -> None:
    """`Kỳ sau`: make the next period's workbook beside this one."""
    _pressed("next_period")


def _pressed(job: str) -> None:
    """Do a job of `excel.jobs` on the book whose button was pressed, and show what it says."""
    gc.set_threshold(200_000, 50, 50)  # as on the command line: start-up leaves nothing to collect
    os.environ.setdefault("POLARS_MAX_THREADS", "1")  # for one office several wait for each other
    book: xlwings.Book | None = None
    try:
        book = calling_book()
        from sheetcredit.excel import jobs  # noqa: PLC0415 - a failure to load it, too, must end in a sentence

        message = getattr(jobs, job)(book)
        _show(book, message.text, message.serious)
    except Exception as problem:
        _show(book, _explained(problem, job), serious=True)


def calling_book() -> xlwings.Book:
    """The book whose button was pressed.

    xlwings cuts the name it is given at its second `=`; a book with one in its name is looked up here.
    """
    import xlwings  # noqa: PLC0415 - heavy

    given = dict(argument.split("=", 1) for argument in sys.argv if "=" in argument)
    name, window = given.get("--wb", "").lower(), given.get("--hwnd")
    if "=" not in name:
        return xlwings.Book.caller()
    apps = [app for app in xlwings.apps if window is None or str(app.hwnd) == window]
    return next(book for app in apps for book in app.books if book.name.lower() == name)


def _explained(problem: Exception, job: str) -> str:
    """A failure in words: what happened, what to do, and where the log is when nobody foresaw it."""
    if not isinstance(problem, SheetcreditError):
        log = log_failure(problem, [f"button {job}"])
        problem = SheetcreditError("E-INTERNAL", reason=type(problem).__name__, log=log)
    elif problem.__cause__ is not None:
        log_failure(problem, [f"button {job}"])
    return f"{problem.message()}\n{problem.remedy()}"


def _show(book: xlwings.Book | None, text: str, serious: bool) -> None:
    """One message box over the book; without a book, the line that xlwings shows when a program fails."""
    from sheetcredit.excel.phrases import phrase  # noqa: PLC0415 - as above

    if book is None:
        raise SystemExit(_without_marks(text))  # VBA reads that line in the code page of the machine
    book.app.alert(text, phrase("title"), mode="critical" if serious else "info")


def _without_marks(text: str) -> str:
    """Vietnamese as it is written where there are no accented letters."""
    plain = normalize("NFD", text.translate({ord("đ"): "d", ord("Đ"): "D"}))
    return "".join(letter for letter in plain if not combining(letter))
