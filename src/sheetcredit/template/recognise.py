"""What kind of workbook a file is, by its sheets and not by its name; only `Thông tin` is read for it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import NamedTuple, cast

import python_calamine as calamine

from sheetcredit.model.checked_yaml import read_yaml
from sheetcredit.model.errors import CannotRead, NotOurTemplate
from sheetcredit.model.grid import Book, CellValue, Grid
from sheetcredit.model.resources import schemas_folder
from sheetcredit.model.text import DEFAULT_LANGUAGE, fold, word
from sheetcredit.template.definition import CODE, load_association
from sheetcredit.template.headers import header_text
from sheetcredit.template.values import read_codes
from sheetcredit.template.wording import WorkbookKind
from sheetcredit.xlsx.for_calamine import for_calamine
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.read import read_book

KINDS: tuple[WorkbookKind, ...] = ("office", "association", "branch")


class Recognised(NamedTuple):
    """What a workbook is. Without a `kind`: the one it is `nearest` to, and that one's sheets it lacks.

    `association` is the code in a statement's `Thông tin`, None where none can be read.
    """

    kind: WorkbookKind | None
    nearest: WorkbookKind | None = None
    missing: tuple[str, ...] = ()
    association: str | None = None

    def refused(self, path: object) -> NotOurTemplate:
        """What to tell of a workbook that is none of ours."""
        nearest = word(f"kind-{self.nearest or 'none'}", DEFAULT_LANGUAGE)
        missing = ", ".join(self.missing) or "-"
        return NotOurTemplate("E-NOT-RECOGNISED", path=path, nearest=nearest, missing=missing)


def recognise(path: Path) -> Recognised:
    """What the file is; cheap, as no sheet but `Thông tin` is read of an .xlsx or .xlsm.

    Raises:
        CannotRead: it cannot be opened as a workbook.
    """
    return recognise_book(_outline(path))


def recognise_book(book: Book) -> Recognised:
    """What a workbook is whose sheets are known; of their values, those of `Thông tin` are looked at."""
    names = {fold(name) for name in book.grids}
    code = _association_line(book)
    scores: dict[WorkbookKind, tuple[float, int]] = {}
    for kind in KINDS:
        wanted = sheets_of(kind)
        present = sum(fold(name) in names for name in wanted)
        scores[kind] = (present / len(wanted) if wanted else 0.0, present)
    if code is None and fold(_statement()) not in names:
        scores["association"] = (0.0, 0)  # `Thông tin` and the groups alone are what is left of an office's
    best = max(KINDS, key=lambda kind: scores[kind])
    share, present = scores[best]
    if 2 * share >= 1:
        return Recognised(best, best, association=(code or None) if best == "association" else None)
    if not present:
        return Recognised(None)
    missing = tuple(name for name in sheets_of(best) if fold(name) not in names)
    return Recognised(None, best, missing)


def is_statement(book: Book) -> bool:
    """Whether `Thông tin` is that of an association's statement, whatever other sheets are known."""
    return _association_line(book) is not None


@cache
def sheets_of(kind: WorkbookKind) -> tuple[str, ...]:
    """The sheets that make a workbook one of a kind: those that people fill in, if it has any."""
    found: list[tuple[str, bool]] = []
    for path in sorted((schemas_folder() / kind).glob("[!_]*.yaml")):
        content = _extended(path)
        if "sheet" in content:
            found.append((str(content["sheet"]), content.get("kind") == "output"))
    typed = [sheet for sheet, output in found if not output]
    return tuple(typed if len(typed) > 1 else [sheet for sheet, _ in found])


def _extended(path: Path) -> Mapping[str, object]:
    content = read_yaml(path)
    if not isinstance(content, dict):
        return {}
    base = content.get("extends")
    return {**read_yaml(path.parent / f"{base}.yaml"), **content} if base else content


@cache
def _statement() -> str:
    return next(sheet.sheet for sheet in load_association().sheets if sheet.frame == "statements")


def _association_line(book: Book) -> str | None:
    """The association's code in `Thông tin`: empty where the line holds none, None without such a line."""
    info = load_association().sheet("info")
    grid = book.grid(info.sheet)
    column = info.column(CODE)
    for line in grid.rows if grid else ():
        for place, value in enumerate(line):
            if isinstance(value, str) and header_text(value) == header_text(column.header):
                beside = (each for each in line[place + 1 :] if each not in (None, ""))
                codes, _ = read_codes([next(beside, None)], column)
                return str(codes[0]) if codes[0] in column.choices else ""
    return None


def _outline(path: Path) -> Book:
    """The workbook with the names of all its sheets, and the values of `Thông tin` alone."""
    info = fold(load_association().sheet("info").sheet)
    if path.suffix.lower() not in (".xlsx", ".xlsm"):
        return read_book(path)
    try:
        # Making the package breaks off on what would not be safe to unpack.
        package = Package(path.read_bytes(), str(path))
        data = for_calamine(package, [sheet.name for sheet in package.sheets if fold(sheet.name) == info])
        with calamine.load_workbook(BytesIO(data)) as workbook:
            grids = {
                name: Grid(name, _values(workbook, name) if fold(name) == info else ())
                for name in workbook.sheet_names
            }
    except OSError:
        return read_book(path)  # it tells what is wrong
    except calamine.CalamineError as error:
        raise CannotRead("E-TRUNCATED", path=path) from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # how a fault in calamine arrives; not an Exception
            raise CannotRead("E-TRUNCATED", path=path) from error
        raise
    return Book(str(path), grids)


def _values(workbook: calamine.CalamineWorkbook, name: str) -> list[list[CellValue]]:
    read = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
    return cast(list[list[CellValue]], read)
