"""R14: a figure of `Tổng hợp` that is no longer what the tool wrote there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal

from sheetcredit.checks.batch import Batch
from sheetcredit.model.finding import Finding, digest_of, severity_of
from sheetcredit.model.grid import address
from sheetcredit.rules.rules import Rule
from sheetcredit.template.definition import Sheet
from sheetcredit.template.reading import Reading
from sheetcredit.template.values import exact

TYPED_OVER = ("R14", "R52")
"""The rules about it: of an office's workbook, of a branch's."""
Figures = Mapping[str, int | Decimal | None]


def remembered(figures: Figures) -> str:
    """The figures as the hidden cell `TH_DaLap` stores them, so that one typed over later is noticed."""
    return json.dumps({name: None if value is None else str(value) for name, value in figures.items()})


def check_written_figures(batch: Batch) -> Iterator[Finding]:
    """Figures typed over since the tool wrote them; and a note when they are merely out of date."""
    rule = batch.rule("written")
    if rule is None or not batch.office.has("summary"):
        return
    sheet = batch.office.sheet("summary")
    for file, reading in batch.readings.items():
        yield from _of_reading(sheet, rule, reading, batch.summaries[file].figures)


def _of_reading(sheet: Sheet, rule: Rule, reading: Reading, figures: Figures) -> Iterator[Finding]:
    stored = reading.book.named(sheet.written_name or "")
    if not isinstance(stored, str) or not stored.startswith("{"):
        return
    written: dict[str, str | None] = json.loads(stored)
    outdated = False
    for figure in sheet.figures:
        if figure.name not in written or figure.name not in reading.book.names:
            continue
        raw = written[figure.name]
        expected = None if raw is None else Decimal(raw)
        now = reading.book.named(figure.name)
        value = exact(now) if isinstance(now, float) else Decimal(now) if isinstance(now, int) else now
        if value != expected:
            yield _typed_over(sheet, rule, reading, figure.name, value, expected)
        current = figures.get(figure.name)
        outdated |= expected != (None if current is None else Decimal(current))
    if outdated:
        yield Finding(
            file=reading.file, code="F-STALE", severity=severity_of("F-STALE"), sheet=sheet.sheet,
            key="F-STALE", digest="",
        )  # fmt: skip


def _typed_over(
    sheet: Sheet, rule: Rule, reading: Reading, name: str, value: object, expected: Decimal | None
) -> Finding:
    _, row, column = reading.book.names[name]
    figure = next(figure for figure in sheet.figures if figure.name == name)
    shown = value if isinstance(value, Decimal) or value is None else str(value)
    difference = shown - expected if isinstance(shown, Decimal) and expected is not None else None
    return Finding(
        file=reading.file, code=rule.id, severity=rule.severity, sheet=sheet.sheet, cell=address(row, column),
        row=row + 1, column=figure.label.vi, value=shown, expected=expected, difference=difference,
        details={"label": {"vi": figure.label.vi, "en": figure.label.en}, "difference": ""},
        key=f"{rule.id}|{name}", digest=digest_of(value, expected),
    )  # fmt: skip
