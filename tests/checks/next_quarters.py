"""Entries of one quarter after another: what a person types into the workbook that `next` made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from sheetcredit.model.money import round_half_up
from sheetcredit.template.definition import load_office
from sheetcredit.xlsx.patch import patch_cells
from tests.checks.cells import table_of
from tests.checks.periods import ACCOUNTS, MOVEMENTS, STATEMENTS, Row, Tables

SHEETS = {sheet.id: sheet.sheet for sheet in load_office().tables()}
"""By id, the tabs of the golden case's tables."""


def next_quarter(tables: Mapping[str, Sequence[Row]], new_year: bool) -> Tables:
    """The following quarter: every group owes a million more and saves one more, first groups take a customer.

    Worked out here without the program: openings are the closings at the turn of a year, else as they were.
    """
    after = {name: [dict(row) for row in rows] for name, rows in tables.items()}
    if new_year:
        for name in ACCOUNTS:
            for row in after[name]:
                row |= {"opening": row["balance"], **dict.fromkeys(MOVEMENTS, 0)}
        for row in after["funding"]:
            row["opening"] = row["current"]
    counts: dict[tuple[str, str], int] = {}
    for row in after["groups"]:
        place = (row["association"], row["commune"])
        first = place not in counts
        counts[place] = counts.get(place, 0) + 1
        row["balance"], row["deposits"] = row["balance"] + 1, row["deposits"] + 1
        row["customers"], row["members"] = row["customers"] + first, row["members"] + first
        row["score"] = (
            row["score"] + (-1 if row["score"] > 98 else 1) if row["rating"] == "Tốt" else row["score"]
        )
    for association, name in zip(("11", "12", "13", "14"), STATEMENTS, strict=True):
        for row in after[name]:
            members = [group for group in after["groups"] if group["association"] == association]
            owed = sum(Decimal(str(g["balance"])) for g in members if g["commune"] == row["commune"])
            _moved(row, round_half_up(int(owed * 10**6), 10**6) - row["balance"])
            row["customers"], row["deposits"] = (
                row["customers"] + 1,
                row["deposits"] + counts[association, row["commune"]],
            )
    for row in after["direct"]:
        _moved(row, 1)
        row["customers"] += 1
        _moved(next(one for one in after["programmes"] if one["programme"] == row["programme"]), 1)
    outside = [row for row in after["ledger"] if row["association"] == "99" and row["balance"]]
    if outside:
        outside[0]["balance"] += len(after["direct"]) * 10**6
        outside[0]["customers"] += len(after["direct"])
    for row in after["ledger"]:
        more = counts.get((row["association"], row["commune"]), 0)
        row["balance"], row["deposits"] = row["balance"] + more * 10**6, row["deposits"] + more * 10**6
        row["customers"] += more > 0
    total = sum(counts.values())
    largest = max(after["programmes"], key=lambda row: row["balance"])
    _moved(largest, total, len(counts))
    largest["customers"] += len(counts)
    for row in after["funding"]:
        row["current"] += {"302": total, "101": len(after["direct"])}.get(row["source"], 0)
    return after


def restated(tables: Mapping[str, Sequence[Row]], became: Mapping[str, str]) -> Tables:
    """The tables with communes that ended under the new ones; rows that meet are added up."""
    after = {name: [dict(row) for row in rows] for name, rows in tables.items()}
    for name, rows in after.items():
        met: dict[tuple[str, str], Row] = {}
        for row in rows if "commune" in rows[0] else ():
            if row["commune"] in became:
                row["commune"] = became[row["commune"]]
                row.pop("commune_name")
            if name != "groups":
                first = met.setdefault((row["commune"], row.get("association", "")), row)
                for column in first.keys() & row.keys() if first is not row else ():
                    if not isinstance(row[column], str):
                        first[column] += row[column]
        after[name] = list(met.values()) or rows
    return after


def _moved(row: Row, more: int, repaid: int = 1) -> None:
    """`more` owed at the end: `repaid` came back, as much and `more` went out."""
    row["disbursement"], row["collection"] = row["disbursement"] + more + repaid, row["collection"] + repaid
    row["balance"] += more


def enter(book: Path, tables: Mapping[str, Sequence[Row]], but: Sequence[str] = ()) -> Path:
    """All that is empty or typed each quarter, typed into the rows of a workbook; `but` these sheets (ids)."""
    edits: dict[str, dict[str, object]] = {}
    for name, rows in tables.items():
        if name in but:
            continue
        table = table_of(book, SHEETS[name])
        for line, row in zip(table.rows, rows, strict=True):
            for column, value in row.items():
                if column != "opening" and (line, table.columns[column]) not in table.grid.formulas:
                    edits.setdefault(SHEETS[name], {})[table.cell(line, column)] = value
    return patch_cells(book, edits)  # type: ignore[arg-type]
