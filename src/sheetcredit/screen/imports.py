"""An import as people and programs read it: what each file is, what would change, where sources differ."""

from __future__ import annotations

import json as json_format
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from sheetcredit.imports.apply import origin_of, shown
from sheetcredit.imports.choose import Difference
from sheetcredit.imports.definitions import kind_named
from sheetcredit.imports.figures import Source
from sheetcredit.imports.importing import PreparedImport
from sheetcredit.imports.plan import ChangedCell, SheetPlan, Value
from sheetcredit.model.finding import Finding
from sheetcredit.model.text import Language, number_text, one_line, word
from sheetcredit.template.definition import Office
from sheetcredit.template.sources import basis_words, cause_words, is_amount, measure_words

VERSION = 1
_LISTED = 12
"""So many changed cells of a sheet are shown one by one; of cells that were blank so many examples."""
_EXAMPLES = 2


def import_lines(prepared: PreparedImport, language: Language) -> Iterator[str]:
    """The preview: files, then sheets with old → new, then differences between the sources."""
    yield word("import-files", language, count=len({source.file for source in prepared.exports.sources}))
    for source in prepared.exports.sources:
        yield "  " + _source(source, language)
    for finding in prepared.exports.findings:
        yield "  " + _doubt(finding, language)
    heading = "import-new-book" if prepared.made else "import-book"
    yield word(heading, language, path=prepared.target)
    for sheet in prepared.plan.sheets:
        if sheet.changes or sheet.rows:
            yield from _sheet(sheet, language)
    told = [one for one in prepared.plan.choice.differences if one.compared]
    if told:
        yield word("import-differences", language, count=len(told))
    office = prepared.rulebook.office
    for difference in told:
        yield "  " + difference_text(difference, office, language)
    apart = [one for one in prepared.plan.choice.differences if not one.compared]
    if apart:
        listed = "; ".join(
            f"{measure_words(one.column, office, language)}: {cause_words(one.cause.id, language)}"
            for one in apart if one.cause
        )  # fmt: skip
        yield word("import-definitions", language, listed=listed)


def _source(source: Source, language: Language) -> str:
    day = f"{source.as_of:%d/%m/%Y}" if source.as_of else word("import-no-day", language)
    left = sum(count for _, count in source.left_out)
    reasons = ", ".join(f"{word(code, language)} {count}" for code, count in source.left_out if count)
    kind = kind_named(source.kind).name.say(language)
    text = word(
        "import-source-line", language, file=one_line(source.file.name), kind=kind,
        sheet=one_line(source.sheet), row=source.header_row, day=day, taken=source.taken,
    )  # fmt: skip
    return text + (word("import-left-out", language, count=left, reasons=reasons) if left else "")


def _doubt(finding: Finding, language: Language) -> str:
    mark = "✗" if finding.severity == "error" else "?"
    name = one_line(Path(finding.file).name)
    told = f"{finding.message(language).rstrip('.')}. {finding.remedy(language)}"
    return f"{mark} {name}: {one_line(told)}".rstrip()


def _sheet(sheet: SheetPlan, language: Language) -> Iterator[str]:
    if sheet.stated:
        yield "  " + word("import-sheet-stated", language, sheet=sheet.tab)
        return
    over = [change for change in sheet.changes if change.overwrites]
    blank = [change for change in sheet.changes if not change.overwrites]
    yield "  " + word(
        "import-sheet", language, sheet=sheet.tab, filled=len(blank), changed=len(over), same=sheet.same,
        added=len(sheet.added),
    ) + (word("import-sheet-proposed", language) if sheet.proposed else "")  # fmt: skip
    for change in over[:_LISTED]:
        yield "    " + change_text(change, language)
    if len(over) > _LISTED:
        yield "    " + word("import-more-cells", language, count=len(over) - _LISTED)
    for change in [one for one in blank if one.figure and not isinstance(one.new, str)][:_EXAMPLES]:
        yield "    " + change_text(change, language)
    if sheet.formulas:
        yield "    " + word("import-formulas", language, count=sheet.formulas)
    if sheet.absent and not sheet.proposed:
        named = ", ".join(sheet.absent[:_LISTED])
        yield "    " + word("import-absent", language, count=len(sheet.absent), listed=named)


def change_text(change: ChangedCell, language: Language) -> str:
    """One cell: where, old → new, and where the new value comes from."""
    old = _short(change.old, language) if change.old is not None else word("import-blank", language)
    return one_line(
        f"{change.cell} {change.header} ({change.row}): {old} → {_short(change.new, language)}; "
        f"{origin_of(change.figure, language)}"
    )


def _short(value: Value, language: Language) -> str:
    return number_text(value, language) if isinstance(value, (int, Decimal)) else shown(value)


def difference_text(difference: Difference, office: Office, language: Language) -> str:
    """A difference between two sources in a line: files, rows, total, cause."""
    amount = word("import-dong", language) if is_amount(difference.column, office) else ""
    direction = word("import-higher" if difference.total >= 0 else "import-lower", language)
    return one_line(word(
        "import-difference-line", language, measure=measure_words(difference.column, office, language),
        file=difference.ours.file.name, other=difference.other.file.name, rows=difference.rows,
        total=f"{number_text(abs(difference.total), language)}{amount}", direction=direction,
        more=word("import-more-files", language, count=difference.files) if difference.files else "",
        cause=cause_words(difference.cause.id if difference.cause else "", language),
    ))  # fmt: skip


def import_json(prepared: PreparedImport, written: Path | None, language: Language) -> str:
    """The same as one JSON object; new numbers are numbers, amounts in the unit of their sheet."""
    plan = prepared.plan
    told: dict[str, Any] = {
        "version": VERSION,
        "path": str(prepared.target),
        "new": prepared.made,
        "as_of": plan.choice.as_of.isoformat() if plan.choice.as_of else None,
        "office": plan.choice.office,
        "sources": [_source_told(source) for source in prepared.exports.sources],
        "findings": [_finding_told(finding, language) for finding in prepared.exports.findings],
        "changes": [_change_told(change) for change in plan.changes],
        "sheets": [_sheet_told(sheet) for sheet in plan.sheets],
        "differences": [
            _difference_told(one, prepared.rulebook.office, language) for one in plan.choice.differences
        ],
        "applied": written is not None,
        "written_to": str(written) if written else None,
    }
    return json_format.dumps(told, ensure_ascii=False, indent=1)


def _source_told(source: Source) -> dict[str, Any]:
    return {
        "path": str(source.file), "sheet": source.sheet, "kind": source.kind, "header_row": source.header_row,
        "as_of": source.as_of.isoformat() if source.as_of else None,
        "drawn": source.drawn.isoformat() if source.drawn else None, "office": source.office,
        "unit": source.unit, "taken": source.taken, "left_out": dict(source.left_out),
    }  # fmt: skip


def _finding_told(finding: Finding, language: Language) -> dict[str, Any]:
    return {
        "path": finding.file, "code": finding.code, "severity": finding.severity, "sheet": finding.sheet,
        "message": finding.message(language), "remedy": finding.remedy(language),
    }  # fmt: skip


def _change_told(change: ChangedCell) -> dict[str, Any]:
    figure = change.figure
    return {
        "sheet": change.tab, "cell": change.cell, "row": change.row, "column": change.column,
        "old": _plain(change.old), "new": _plain(change.new),
        "source": str(figure.source.file) if figure else None, "rows": list(figure.rows) if figure else [],
        "basis": figure.basis if figure else "", "quality": figure.quality if figure else None,
    }  # fmt: skip


def _sheet_told(sheet: SheetPlan) -> dict[str, Any]:
    return {
        "sheet": sheet.tab, "cells": len(sheet.changes), "same": sheet.same, "added": list(sheet.added),
        "absent": list(sheet.absent), "formulas": sheet.formulas, "proposed": sheet.proposed,
        "stated": sheet.stated,
    }  # fmt: skip


def _difference_told(one: Difference, office: Office, language: Language) -> dict[str, Any]:
    return {
        "measure": one.column, "file": str(one.ours.file), "other": str(one.other.file), "rows": one.rows,
        "total": _plain(one.total), "cause": one.cause.id if one.cause else None, "compared": one.compared,
        "basis": basis_words(one.basis, language), "other_basis": basis_words(one.other_basis, language),
        "message": difference_text(one, office, language) if one.compared else None,
    }  # fmt: skip


def _plain(value: Value) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, date) else value


def has_errors(findings: Sequence[Finding]) -> bool:
    """Whether a file was refused or is in doubt so far that something blocks."""
    return any(finding.severity == "error" for finding in findings)
