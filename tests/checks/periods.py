"""Two reports of one office that follow each other, made from the golden case."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from seeds.content import to_content
from seeds.generate import golden_office
from sheetcredit.build.workbook import Content, build_workbook
from sheetcredit.model.period import parse_period

Row = dict[str, Any]
Tables = dict[str, list[Row]]
STATEMENTS = ("farmers", "women", "veterans", "youth")
ACCOUNTS = ("programmes", "direct", *STATEMENTS)
MOVEMENTS = ("disbursement", "collection", "write_off")


def golden_tables() -> Tables:
    """The golden case's tables, to be changed at will."""
    return tables_of(to_content(golden_office()))


def tables_of(content: Content) -> Tables:
    """The tables of a workbook's content, to be changed at will."""
    return {name: [dict(row) for row in rows] for name, rows in content.tables.items()}


def year_before(tables: Mapping[str, Sequence[Row]]) -> Tables:
    """Last year-end's tables: each closing is today's opening, nothing moved that year."""
    before = {name: [dict(row) for row in rows] for name, rows in tables.items()}
    for name in ACCOUNTS:
        for row in before[name]:
            row |= {"balance": row["opening"], **dict.fromkeys(MOVEMENTS, 0)}
    for row in before["funding"]:
        row["current"] = row["opening"]
    return before


def quarter_before(tables: Mapping[str, Sequence[Row]]) -> Tables:
    """Last quarter's tables of the same year: half of the movements."""
    before = {name: [dict(row) for row in rows] for name, rows in tables.items()}
    for name in ACCOUNTS:
        for row in before[name]:
            row |= {movement: row[movement] // 2 for movement in MOVEMENTS}
            row["balance"] = row["opening"] + row["disbursement"] - row["collection"] - row["write_off"]
    return before


def write(path: Path, tables: Mapping[str, Sequence[Row]], period: str, **info: object) -> Path:
    """The tables as the golden office's report of a period."""
    content = to_content(golden_office())
    told: dict[str, object] = {
        **content.info,
        "period": period,
        "as_of": parse_period(period).last_day,
        **info,
    }
    return build_workbook(path, replace(Content(told, tables), info=told))


def row_of(tables: Tables, sheet: str, **keys: object) -> Row:
    return next(row for row in tables[sheet] if all(row[name] == value for name, value in keys.items()))


def merged(tables: Tables, new_code: Callable[[str, int], str], names: Mapping[str, str]) -> Tables:
    """The tables with every row's commune recoded: `new_code(commune, number of the group)`; rows that
    meet are added up. Statements and ledger follow their groups' first code."""
    codes: dict[tuple[str, str], list[str]] = {}
    groups = [dict(row) for row in tables["groups"]]
    for number, row in enumerate(groups):
        code = new_code(row["commune"], number)
        codes.setdefault((row["commune"], row["association"]), []).append(code)
        row |= {"commune": code, "commune_name": names.get(code, row["commune_name"])}
    result = {name: [dict(row) for row in rows] for name, rows in tables.items()} | {"groups": groups}
    for association, sheet in zip(("11", "12", "13", "14"), STATEMENTS, strict=True):
        own = {commune: found[0] for (commune, managing), found in codes.items() if managing == association}
        result[sheet] = _added(result[sheet], own, names)
    return result


def _added(rows: list[Row], code_of: Mapping[str, str], names: Mapping[str, str]) -> list[Row]:
    added: dict[str, Row] = {}
    for row in rows:
        code = code_of[row["commune"]]
        if code not in added:
            added[code] = row | {"commune": code, "commune_name": names.get(code, row["commune_name"])}
            continue
        for name, value in row.items():
            if name not in ("commune", "commune_name"):
                added[code][name] += value
    return list(added.values())


YEAR_END = date(2024, 12, 31)
