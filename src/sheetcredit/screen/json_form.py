"""Reports in the machine form of `--json` (version 1): amounts in their sheet's unit, never floats' noise."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from sheetcredit.model.finding import Finding, Raw, Suspect
from sheetcredit.model.money import in_unit
from sheetcredit.model.text import Language
from sheetcredit.outcome import Report, TextNumber

if TYPE_CHECKING:
    from sheetcredit.explain.breaks import FixFirst

VERSION = 1


def as_json(reports: Iterable[Report], language: Language) -> str:
    """The reports as one JSON object."""
    return json.dumps(
        {"version": VERSION, "files": [report_object(report, language) for report in reports]},
        ensure_ascii=False,
        indent=1,
    )


def report_object(report: Report, language: Language) -> dict[str, Any]:
    """One report as `files` holds it."""
    return {
        "path": report.file,
        "office": report.office,
        "period": str(report.period) if report.period else None,
        "previous": str(report.previous) if report.previous else None,
        "periods_back": report.periods_back,
        "outcomes": dict(report.outcomes),
        "findings": [_finding(finding, language) for finding in report.findings],
        "notices": [_finding(notice, language) for notice in report.notices],
        "fix_first": [_fix(fix, language) for fix in report.fix_first],
        "figures": {name: _number(value) for name, value in report.figures.items()},
        **({} if report.numbers is None else {"claims": [_claim(number) for number in report.numbers]}),
    }


def _claim(number: TextNumber) -> dict[str, Any]:
    """A number of a text; its keys are explained in docs/bulletin.md."""
    return {
        "line": number.line,
        "start": number.start,
        "end": number.end,
        "text": number.text,
        "kind": number.kind,
        "low": _exact(number.low),
        "high": _exact(number.high),
        "unit": number.unit,
        "figure": number.figure,
        "label": number.label,
        "basis": number.basis,
        "period": number.period,
        "compared": number.compared,
        "state": number.state,
        "against": list(number.against),
    }


def _exact(value: Fraction | None) -> int | float | None:
    """A JSON number: whole where it is whole, otherwise the nearest float."""
    if value is None:
        return None
    return value.numerator if value.denominator == 1 else float(value)


def _finding(finding: Finding, language: Language) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "status": finding.status,
        "sheet": finding.sheet,
        "cell": finding.cell,
        "row": finding.row,
        "column": finding.column,
        "value": _in_unit(finding.value, finding.unit),
        "expected": _in_unit(finding.expected, finding.unit),
        "difference": _in_unit(finding.difference, finding.unit),
        "message": finding.message(language),
        "remedy": finding.remedy(language),
        "explanation": finding.explanation or None,
        "key": finding.key,
        "suspects": [_suspect(suspect, language) for suspect in finding.suspects],
        **({"follows": finding.follows} if finding.follows else {}),
        **_listed(finding),
    }


def _listed(finding: Finding) -> dict[str, Any]:
    """All that a message names only the first few of."""
    items = finding.details.get("items")
    return {"items": list(items)} if isinstance(items, tuple) else {}


def _suspect(suspect: Suspect, language: Language) -> dict[str, Any]:
    return {
        "sheet": suspect.sheet,
        "cell": suspect.cell,
        "cause": suspect.cause_text(language),
        "suggestion": _in_unit(suspect.suggestion, suspect.unit),
    }


def _fix(fix: FixFirst, language: Language) -> dict[str, Any]:
    return {**_suspect(fix.suspect, language), "clears": fix.clears}


def _in_unit(value: Raw, unit: int) -> int | float | str | None:
    if isinstance(value, int) and unit > 1:
        return _number(in_unit(value, unit))
    return value if isinstance(value, str) else _number(value)


def _number(value: int | Decimal | None) -> int | float | None:
    """A JSON number: whole where it is whole, otherwise the float that prints as the decimal does."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
