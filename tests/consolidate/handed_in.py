"""The golden office before and after its associations report, in the folder of a test."""

from __future__ import annotations

from pathlib import Path

from seeds.content import SHEETS_OF_ASSOCIATIONS
from seeds.statements import Change, build_statement, golden
from sheetcredit.build.workbook import Content, build_workbook
from sheetcredit.intake.candidates import Candidate


def statement(folder: Path, code: str, change: Change | None = None, name: str = "", **info: object) -> Path:
    """The workbook of an association."""
    return build_statement(folder / (name or f"hội-{code}.xlsx"), code, change, **info)


def office_without_statements(path: Path, spare: int = 300) -> Path:
    """The office's workbook before its associations report: communes listed, `spare` lines for groups."""
    tables = dict(golden().tables)
    for sheet in SHEETS_OF_ASSOCIATIONS.values():
        tables[sheet] = [{name: row[name] for name in ("commune", "commune_name")} for row in tables[sheet]]
    tables["groups"] = [{}] * spare
    return build_workbook(path, Content(golden().info, tables))


def arrived(*paths: Path) -> list[Candidate]:
    return [Candidate(path, path.name) for path in paths]
