"""Groups that two associations list: each statement is told of the other, as one of them must be wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from sheetcredit.model.finding import Finding, severity_of
from sheetcredit.upward.chosen import choose, is_valid
from sheetcredit.upward.statements import GROUPS, Statement, blocks_of


def claims_checked(statements: Sequence[Statement]) -> list[Statement]:
    """The statements, with a finding beside each group that another association lists as well.

    Compared are the latest versions. One that is right by itself hears nothing of one that is not.
    """
    counting = [c.used for c in choose(statements, lambda each: each.report is not None) if c.used]
    claims: dict[str, list[tuple[Statement, int]]] = defaultdict(list)
    for statement in counting:
        for block in blocks_of(statement.reading) if statement.reading else ():
            if block.frame == GROUPS:
                for group, row in zip(block.columns["group"], block.rows, strict=True):
                    if group is not None:
                        claims[str(group)].append((statement, row))
    found: dict[int, list[Finding]] = defaultdict(list)
    for group, held in claims.items():
        for statement, row in held:
            other = next((each for each in held if _disputes(each[0], statement)), None)
            if other is not None:
                found[id(statement)].append(_twice(group, statement, row, *other))
    return [_with_findings(each, found.get(id(each), ())) for each in statements]


def _disputes(other: Statement, statement: Statement) -> bool:
    apart = other.association != statement.association
    return apart and (is_valid(other) or not is_valid(statement))


def _twice(group: str, statement: Statement, row: int, other: Statement, other_row: int) -> Finding:
    assert statement.reading and other.reading
    table, theirs = statement.reading.tables[GROUPS], other.reading.tables[GROUPS]
    return Finding(
        file=statement.path, code="M-TWICE", severity=severity_of("M-TWICE"), sheet=table.sheet.sheet,
        cell=table.cell(row - 1, "group"), row=row, column=table.sheet.column("group").header, value=group,
        details={
            "other": str(other.info.get("association_name") or other.association),
            "file": other.origin, "at": theirs.cell(other_row - 1, "group"),
        },
        key=f"M-TWICE|{table.sheet.sheet}|{group}|group",
    )  # fmt: skip


def _with_findings(statement: Statement, findings: Sequence[Finding]) -> Statement:
    if not findings or statement.report is None:
        return statement
    report = replace(statement.report, findings=(*statement.report.findings, *findings))
    return replace(statement, report=report)
