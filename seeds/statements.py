"""The golden office as its four associations hand it in: one workbook each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from seeds.content import SHEETS_OF_ASSOCIATIONS, Row, to_content
from seeds.generate import golden_office
from sheetcredit.build.workbook import Content, build_workbook
from sheetcredit.catalogue.catalogue import load_catalogue
from sheetcredit.template.definition import load_association

Change = Callable[[list[Row], list[Row]], None]
"""Changes the rows of a statement's commune list and of its groups in place."""

_SHARED = ("office", "office_name", "period", "as_of", "unit")


@cache
def golden() -> Content:
    """What the office itself types into its workbook."""
    return to_content(golden_office())


def statement_content(code: str, change: Change | None = None, **info: object) -> Content:
    """What an association types into its workbook; `info` replaces lines of `Thông tin`."""
    content = golden()
    listed = [dict(row) for row in content.tables[SHEETS_OF_ASSOCIATIONS[code]]]
    groups = [dict(row) for row in content.tables["groups"] if row["association"] == code]
    if change:
        change(listed, groups)
    name = next(entry.name.vi for entry in load_catalogue("associations") if entry.code == code)
    shared = {name: content.info[name] for name in _SHARED}
    told: Mapping[str, object] = {"association": code, "association_name": name, **shared, **info}
    return Content(told, {"statement": listed, "groups": groups})


def build_statement(path: Path, code: str, change: Change | None = None, **info: object) -> Path:
    """The workbook of an association."""
    content = statement_content(code, change, **info)
    return build_workbook(path, content, load_association(), "association")
