"""An import as programs read it."""

from __future__ import annotations

import json as json_format
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from sheetcredit.imports.choose import Difference
from sheetcredit.imports.figures import Source
from sheetcredit.imports.importing import PreparedImport
from sheetcredit.imports.plan import ChangedCell, SheetPlan, Value
from sheetcredit.imports.preview import difference_text
from sheetcredit.model.finding import Finding
from sheetcredit.model.text import Language
from sheetcredit.template.definition import Office
from sheetcredit.template.sources import basis_words

VERSION = 1


def import_json(prepared: PreparedImport, written: Path | None, language: Language) -> str:
    """An import as one JSON object; new numbers are numbers, amounts in the unit of their sheet."""
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
