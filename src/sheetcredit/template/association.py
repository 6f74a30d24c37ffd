"""What an association's statement is: a small workbook with the headers of the office workbook."""

from __future__ import annotations

from functools import cache

import msgspec

from sheetcredit.model.resources import schemas_folder
from sheetcredit.template.definition import Office, Sheet, load_office

CODE = "association"
"""The line of `Thông tin` that tells a statement from an office workbook, and the key of its rows."""


@cache
def load_association(code: str | None = None) -> Office:
    """The statement as `schemas/association/` defines it; with a code, its rows carry that association.

    Raises:
        BadDefinition: a YAML has a mistake; file, place and remedy are told.
    """
    blank = load_office(schemas_folder() / "association")
    if code is None:
        return blank
    sheets = tuple(_of(sheet, code) for sheet in blank.sheets)
    return msgspec.structs.replace(blank, sheets=sheets)


def _of(sheet: Sheet, code: str) -> Sheet:
    if sheet.frame != "statements":
        return sheet
    return msgspec.structs.replace(sheet, constants={CODE: code})


def statement_sheet(office: Office, code: str) -> Sheet | None:
    """The sheet of the office workbook that holds an association's statement."""
    held = (s for s in office.tables() if s.frame == "statements" and s.constants.get(CODE) == code)
    return next(held, None)
