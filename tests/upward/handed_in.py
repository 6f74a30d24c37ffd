"""The golden office as its four associations hand it in, and what the office has of it before that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from seeds.content import SHEETS_OF_ASSOCIATIONS, Row, to_content
from seeds.generate import golden_office
from sheetcredit.template.association import load_association
from sheetcredit.template.build import Content, build_workbook
from sheetcredit.template.catalogue import load_catalogue
from sheetcredit.upward.intake import Candidate

Change = Callable[[list[Row], list[Row]], None]
"""Changes the rows of a statement's commune list and of its groups in place."""


@cache
def golden() -> Content:
    return to_content(golden_office())


def statement_content(code: str, change: Change | None = None, **info: object) -> Content:
    """What an association types into its workbook."""
    content = golden()
    listed = [dict(row) for row in content.tables[SHEETS_OF_ASSOCIATIONS[code]]]
    groups = [dict(row) for row in content.tables["groups"] if row["association"] == code]
    if change:
        change(listed, groups)
    kept = {name: content.info[name] for name in ("office", "office_name", "period", "as_of", "unit")}
    name = next(entry.name.vi for entry in load_catalogue("associations") if entry.code == code)
    told: Mapping[str, object] = {"association": code, "association_name": name, **kept, **info}
    return Content(told, {"statement": listed, "groups": groups})


def statement(folder: Path, code: str, change: Change | None = None, name: str = "", **info: object) -> Path:
    """The workbook of an association."""
    path = folder / (name or f"hội-{code}.xlsx")
    return build_workbook(path, statement_content(code, change, **info), load_association(), "association")


def all_four(folder: Path) -> list[Path]:
    return [statement(folder, code) for code in SHEETS_OF_ASSOCIATIONS]


def office_without_statements(path: Path, spare: int = 300) -> Path:
    """The office's workbook before its associations report: communes listed, `spare` lines for groups."""
    tables = dict(golden().tables)
    for sheet in SHEETS_OF_ASSOCIATIONS.values():
        tables[sheet] = [{name: row[name] for name in ("commune", "commune_name")} for row in tables[sheet]]
    tables["groups"] = [{}] * spare
    return build_workbook(path, Content(golden().info, tables))


def arrived(*paths: Path) -> list[Candidate]:
    return [Candidate(path, path.name) for path in paths]
