"""Failed ties as findings: placed on the cell to look at first, with both numbers and the likely causes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import polars as pl

from sheetcredit.catalogue.catalogue import Catalogues, in_force
from sheetcredit.explain.cells import PreviousValue
from sheetcredit.explain.explain import Causes, explain
from sheetcredit.explain.hypothesis import Hypothesis
from sheetcredit.explain.slips import round_to
from sheetcredit.explain.ties import CellRef, OfficeTies, Tie
from sheetcredit.model.finding import Finding, Suspect, digest_of, show
from sheetcredit.model.money import quantize
from sheetcredit.rules.rules import Rule
from sheetcredit.rules.ties import FAILED, KEYS
from sheetcredit.template.definition import Column, Office
from sheetcredit.template.frames import Frames
from sheetcredit.template.reading import Reading
from sheetcredit.template.values import exact

_EPOCH = date(1970, 1, 1)
_COUNTS = frozenset({"groups", "customers", "members"})


@dataclass(frozen=True, slots=True)
class OfficePart:
    """One workbook's part of the stacked ties and frames."""

    ties: pl.DataFrame
    frames: Frames


def split_by_file(ties: pl.DataFrame, frames: Frames) -> dict[str, OfficePart]:
    """By file, what belongs to each workbook with a failed tie.

    Everything is split in one go: filtering all rows once for each workbook is quadratic in their number.
    """
    files = ties["file"].filter(ties["state"] == FAILED).unique().to_list()
    if not files:
        return {}
    apart = {name: _by_file(frame, files) for name, frame in frames.items()}
    empty = {name: frame.head(0) for name, frame in frames.items()}
    return {
        file: OfficePart(own, {name: parts.get(file, empty[name]) for name, parts in apart.items()})
        for file, own in _by_file(ties, files).items()
    }


def _by_file(frame: pl.DataFrame, files: list[str]) -> Mapping[str, pl.DataFrame]:
    of = frame["file"]
    # A branch's list of submissions has a column of files of its own, empty where nothing came.
    if len(of) and not of.null_count() and (of == of[0]).all():
        return {of[0]: frame}
    chosen = frame.filter(of.is_in(files))
    return {str(key[0]): part for key, part in chosen.partition_by("file", as_dict=True).items()}


def _details_of_cause(hypothesis: Hypothesis, reading: Reading) -> dict[str, object]:
    """What the words of a cause are filled with: cells as addresses, a missing row's numbers as a list."""
    details = dict(hypothesis.details)
    block, numbers, keys = details.pop("block", None), details.pop("numbers", None), details.pop("keys", None)
    unit = details.pop("unit", 1)
    if isinstance(block, tuple):
        details["block"] = ":".join(_address(cell, reading) for cell in block)
    if isinstance(numbers, dict) and isinstance(unit, int):
        details["numbers"] = ", ".join(
            f"{header} {show(number, 1 if name in _COUNTS else unit)}"
            for name, (number, header) in numbers.items()
        )
    if isinstance(keys, dict):
        details["place"] = " / ".join(code for code in keys.values() if code)
    return details


def _address(cell: CellRef, reading: Reading) -> str:
    return reading.place(cell.sheet, cell.row, cell.column)[0] or ""


@dataclass(frozen=True, slots=True)
class FixFirst:
    """One cell whose correction clears several findings."""

    suspect: Suspect
    clears: int


@dataclass(frozen=True, slots=True)
class Breaks:
    """The findings of an office's failed ties, and the shortest way out of them."""

    findings: tuple[Finding, ...]
    fix_first: tuple[FixFirst, ...]


@dataclass(frozen=True, slots=True)
class _Office:
    """What the words of an office's findings are made from."""

    office: Office
    reading: Reading
    catalogues: Catalogues
    frames: Frames


def find_breaks(
    office: Office,
    rules: Sequence[Rule],
    ties: pl.DataFrame,
    frames: Frames,
    reading: Reading,
    catalogues: Catalogues,
    previous: PreviousValue | None = None,
) -> Breaks:
    """The findings of one workbook's failed ties, explained.

    `previous` gives a cell's value in the previous period's workbook, in đồng or counted, where there
    is one: a number that was not brought up to date is then reported as such.
    """
    if ties.is_empty():
        return Breaks((), ())
    failed = ties.filter((pl.col("file") == reading.file) & (pl.col("state") == FAILED))
    if failed.is_empty():
        return Breaks((), ())
    about = _Office(office, reading, catalogues, frames)
    office_ties = OfficeTies(rules, ties, frames, reading)
    causes = explain(office_ties, previous=previous, programmes=_programmes(reading, catalogues))
    findings = [_numeric_finding(about, office_ties, tie, causes) for tie in office_ties.failed]
    by_id = {rule.id: rule for rule in rules}
    wordy = failed.filter(pl.col("left").is_null())
    findings += [_wordy_finding(about, by_id[row["rule"]], row) for row in wordy.iter_rows(named=True)]
    fix_first = tuple(
        FixFirst(_suspect(about, hypothesis), len(hypothesis.clears)) for hypothesis in causes.way_out
    )
    return Breaks(tuple(_with_distinct_keys(findings)), fix_first)


def _programmes(reading: Reading, catalogues: Catalogues) -> tuple[str, ...]:
    """The programmes that the office is known to lend under."""
    office = catalogues.office_on(reading.info.office, reading.info.day)
    return office.programmes if office else ()


def _numeric_finding(about: _Office, ties: OfficeTies, tie: Tie, causes: Causes) -> Finding:
    rule = ties.rules[tie.rule]
    suspects = causes.suspects.get(tie.index, ())
    cell = next((one.cell for one in suspects if not one.of_column), None) or _home(ties, rule, tie)
    place, line = about.reading.place(cell.sheet, cell.row, cell.column)
    column = _column(about, cell)
    unit = _unit(about, cell.sheet, _measured(about, ties, tie) or column)
    value: int | str = tie.left
    expected: int | str = tie.right
    if rule.id == "R12" or (column and column.type == "date"):
        value, expected = _day(tie.left), _day(tie.right)
    return Finding(
        file=about.reading.file,
        code=rule.id,
        severity=rule.severity,
        sheet=cell.sheet,
        cell=place,
        row=line,
        column=column.header if column else None,
        value=value,
        expected=expected,
        difference=None if isinstance(value, str) else tie.gap,
        unit=unit,
        details=_details(about, ties, rule, tie, cell),
        key=_key(rule, tie),
        digest=digest_of(tie.left, tie.right),
        suspects=(*(_suspect(about, one) for one in suspects), *_counterparts(about, rule, tie)),
    )


def _counterparts(about: _Office, rule: Rule, tie: Tie) -> Iterator[Suspect]:
    """The cells that have what the left side lacks, where one number was split wrongly between two rows."""
    if rule.counterpart is None or rule.left is None:
        return
    for frame in rule.left.frames:
        rows = about.frames[frame].filter(pl.col("file") == about.reading.file, pl.sql_expr(rule.counterpart))
        for row in rows.iter_rows(named=True):
            column = rule.left.column(tie.measure)
            cell, _ = about.reading.place(row["sheet"], row["row"], column)
            value, half = row[column], row.get(f"{column}__half") or 0
            if value is not None and cell is not None and value + tie.gap >= 0:
                moved = round_to(value + tie.gap, 1, max(1, 2 * half))
                yield Suspect(row["sheet"], cell, "counterpart", moved, row["unit"])


def _day(days: int) -> str:
    return f"{_EPOCH + timedelta(days=days):%d/%m/%Y}"


def _home(ties: OfficeTies, rule: Rule, tie: Tie) -> CellRef:
    """Where a tie stands when no cell is suspected: its row, or the total row of its left side."""
    if tie.sheet is not None and tie.row is not None:
        return CellRef(tie.sheet, tie.row, rule.column or tie.measure)
    members = [cell for cell, _ in ties.members(tie.index)]
    table = ties.reading.table_named(members[0].sheet) if members else None
    if len(members) > 2 and table is not None and table.total_row is not None:
        return CellRef(table.sheet.sheet, table.total_row + 1, members[0].column)
    if members:
        return members[0]
    frame = rule.left.frames[0] if rule.left else ""
    fallback = next((t for t in ties.reading.tables.values() if (t.sheet.frame or t.sheet.id) == frame), None)
    row = (fallback.total_row or fallback.header_row) + 1 if fallback else 0
    return CellRef(fallback.sheet.sheet if fallback else "", row, tie.measure)


def _column(about: _Office, cell: CellRef) -> Column | None:
    sheet = about.office.named(cell.sheet)
    return next((c for c in sheet.columns if c.name == cell.column), None) if sheet else None


def _measured(about: _Office, ties: OfficeTies, tie: Tie) -> Column | None:
    """The column whose kind of number a tie compares."""
    rule = ties.rules[tie.rule]
    name = rule.column or tie.measure
    sides = [side.frames for side in (rule.left, rule.right) if side]
    frames = rule.frames or tuple(frame for side in sides for frame in side)
    columns = (
        c for sheet in about.office.tables() if (sheet.frame or sheet.id) in frames for c in sheet.columns
    )
    return next((column for column in columns if column.name == name), None)


def _unit(about: _Office, sheet_name: str, column: Column | None) -> int:
    sheet = about.office.named(sheet_name)
    if column is None or column.type != "amount":
        return 1
    return 1 if sheet and sheet.unit == "dong" else about.reading.info.unit


def _details(about: _Office, ties: OfficeTies, rule: Rule, tie: Tie, cell: CellRef) -> dict[str, object]:
    day, office = about.reading.info.day, about.reading.info.office
    keys = dict(zip(KEYS, tie.key, strict=True))
    column = _measured(about, ties, tie)
    details: dict[str, object] = {
        "measure": column.header if column else tie.measure,
        "commune_name": about.catalogues.name_of("communes", keys["commune"], day, office=office),
        "association_name": about.catalogues.name_of("associations", keys["association"], day),
        "programme": keys["programme"] or "",
        "office": keys["office"] or "",
        "rounding": tie.high if tie.high < 1 << 60 else 0,
    }
    if rule.kind == "row":
        row = ties.row_of(CellRef(tie.sheet or "", tie.row or 0, "")) or {}
        details |= _row_details(about, rule, tie, row)
    details["at"] = cell.column
    return details


def _row_details(about: _Office, rule: Rule, tie: Tie, row: Mapping[str, Any]) -> dict[str, object]:
    limits, day = about.catalogues.limits, about.reading.info.day
    if rule.id == "R13":
        bounds = in_force(limits.plan_completion, day)
        percent = quantize(exact(100 * tie.left / row["plan"]), 1)
        return {
            "completion": f"{percent}".replace(".", ","),
            "least": bounds.least,
            "most_percent": bounds.most,
            "plan": f"{row['plan'] // (row['unit'] or 1):,}".replace(",", "."),
        }
    if rule.id == "R10":
        return {"most": in_force(limits.group_size, day).most}
    if rule.id == "R12":
        period = about.reading.info.period
        return {"most": f"{period.last_day:%d/%m/%Y}" if period else ""}
    return {}


def _wordy_finding(about: _Office, rule: Rule, row: Mapping[str, Any]) -> Finding:
    cell = CellRef(row["sheet"], row["row"], rule.column or "")
    place, line = about.reading.place(cell.sheet, cell.row, cell.column)
    column = _column(about, cell)
    source = about.frames["groups"].filter(
        (pl.col("file") == about.reading.file) & (pl.col("row") == row["row"])
    )
    score = source["score"][0] if "score" in source.columns and len(source) else None
    key = row["group"] or f"#{line}"
    return Finding(
        file=about.reading.file, code=rule.id, severity=rule.severity, sheet=cell.sheet, cell=place, row=line,
        column=column.header if column else None, value=row["left_text"], expected=row["right_text"],
        details={"score": f"{score:g}".replace(".", ",") if score is not None else ""},
        key=f"{rule.id}|{cell.sheet}|{key}|{cell.column}",
        digest=digest_of(row["left_text"], row["right_text"]),
        suspects=(Suspect(cell.sheet, place or "", "by-score", row["right_text"]),),
    )  # fmt: skip


def _suspect(about: _Office, hypothesis: Hypothesis) -> Suspect:
    cell = hypothesis.cell
    place, _ = about.reading.place(cell.sheet, cell.row, cell.column)
    unit = _unit(about, cell.sheet, _column(about, cell))
    return Suspect(
        cell.sheet, place or "", hypothesis.cause, hypothesis.suggestion, unit,
        _details_of_cause(hypothesis, about.reading), hypothesis.alike,
    )  # fmt: skip


def _key(rule: Rule, tie: Tie) -> str:
    """Stable over re-runs and moved rows: made of codes, never of row numbers where a code exists."""
    codes = "/".join(code for code in tie.key if code)
    if rule.kind != "compare" and not codes and tie.sheet is not None:
        codes = "total" if rule.kind == "total" else f"#{tie.row}"
    sheet = tie.sheet or ""
    return f"{rule.id}|{sheet}|{codes}|{tie.measure}"


def _with_distinct_keys(findings: Iterable[Finding]) -> Iterable[Finding]:
    seen: Counter[str] = Counter()
    for finding in findings:
        seen[finding.key] += 1
        times = seen[finding.key]
        yield finding if times == 1 else replace(finding, key=f"{finding.key}#{times}")
