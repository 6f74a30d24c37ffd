"""`sheetcredit new`: workbooks with buttons, from the template or from one that is there already."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from sheetcredit.model.errors import BadUsage, CannotWrite
from sheetcredit.template.definition import load_office
from sheetcredit.template.fresh import make_workbook
from sheetcredit.template.reading import understand
from sheetcredit.workbook.guard import write_new
from sheetcredit.workbook.macros import with_buttons
from sheetcredit.workbook.read import read_book

WITH, WITHOUT = ".xlsm", ".xlsx"


def make_new(out: Path, office: str | None, period: str | None, buttons: bool | None = None) -> Path:
    """A new workbook at `out`; its ending says whether it has buttons, and `buttons` must not contradict it.

    Raises:
        BadUsage: the ending does not fit, or the office or the period is not known.
        CannotWrite: `out` is there already, or cannot be written.
    """
    suffix = out.suffix.lower()
    if suffix not in (WITH, WITHOUT):
        raise BadUsage("E-FORMAT", suffix=out.suffix or "-", path=out)
    wanted = suffix == WITH if buttons is None else buttons
    if wanted != (suffix == WITH):
        raise BadUsage("E-BUTTONS-SUFFIX", path=out)
    if not wanted:
        return make_workbook(out, office, period)
    _refuse_taken(out)
    with TemporaryDirectory(prefix="sheetcredit-") as folder:
        plain = make_workbook(Path(folder) / "plain.xlsx", office, period).read_bytes()
    return write_new(out, with_buttons(plain, load_office(), str(out)))


def give_buttons(source: Path, out: Path | None = None) -> Path:
    """A copy of a workbook of ours with buttons, beside it unless `out` is named; the source stays as it is.

    Raises:
        CannotRead, NotOurTemplate: the source cannot be read, or is none of ours.
        CannotPatch: it cannot take our macros.
        CannotWrite: the copy is there already, or cannot be written.
    """
    target = out or source.with_suffix(WITH)
    if target.suffix.lower() != WITH:
        raise BadUsage("E-BUTTONS-SUFFIX", path=target)
    book, office = read_book(source), load_office()
    if not book.writable:
        raise CannotWrite("E-READ-ONLY-FORMAT", path=source, format=source.suffix)
    understand(book, office)
    _refuse_taken(target)
    return write_new(target, with_buttons(source.read_bytes(), office, str(source)))


def _refuse_taken(target: Path) -> None:
    if target.exists():
        raise CannotWrite("E-EXISTS", path=target)
    if not target.parent.is_dir():
        raise CannotWrite("E-GONE", folder=target.parent)
