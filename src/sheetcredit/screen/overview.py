"""How a consolidation and the state of submissions are shown: on the terminal, and to programs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from sheetcredit.consolidate.arrivals import Arrivals, Submission, SubmissionState, office_label
from sheetcredit.consolidate.consolidate import Consolidated, Earlier, Totals
from sheetcredit.consolidate.neighbours import rule_rates
from sheetcredit.model.errors import SheetcreditError
from sheetcredit.model.finding import SEVERITIES, Severity
from sheetcredit.model.text import Language, number_text, one_line, word
from sheetcredit.outcome import Gathered
from sheetcredit.screen.json_form import VERSION, report_object
from sheetcredit.screen.terminal import Terminal

_COLOURS = {
    "received": "green", "late": "yellow", "provisional": "yellow", "returned": "bold red", "missing": "red",
}  # fmt: skip
_STATES: tuple[SubmissionState, ...] = ("received", "late", "provisional", "returned", "missing")
_IN_TABLE = frozenset({"N-MISSING", "N-RETURNED", "N-PROVISIONAL", "N-LATE"})
"""Findings that the table of submissions says already."""
_MOST_TOLD = 3
_MOST_ROWS = 60
"""More offices than this make no table that anybody reads: those that simply reported are counted."""


# For programs


def consolidated_json(result: Consolidated, language: Language, page: Path | None = None) -> str:
    """A consolidation as one JSON object: who, the branch's own report, and those of the offices."""
    whole = {
        "version": VERSION,
        **_arrivals_object(result.arrivals, language),
        "written_to": str(result.written_to),
        "kept": str(result.kept) if result.kept else None,
        "page": str(page) if page else None,
        "rules": [
            {"code": rate.code, "title": rate.title(language), "offices": rate.offices, "failed": rate.failed}
            for rate in rule_rates(result.arrivals)
        ],
        "previous": _earlier_object(result.totals, result.totals.previous),
        "last_year": _earlier_object(result.totals, result.totals.last_year),
        "branch": report_object(result.report, language),
        "files": [report_object(report, language) for report in result.reports],
    }
    return json.dumps(whole, ensure_ascii=False, indent=1)


def status_json(periods: Sequence[Arrivals], language: Language, page: Path | None = None) -> str:
    """The state of submissions, period by period, as one JSON object."""
    told = [_arrivals_object(arrived, language) for arrived in periods]
    whole = {
        "version": VERSION,
        "page": str(page) if page else None,
        "periods": [{k: v for k, v in one.items() if k != "version"} for one in told],
    }
    return json.dumps(whole, ensure_ascii=False, indent=1)


def _arrivals_object(arrived: Arrivals, language: Language) -> dict[str, Any]:
    owner = arrived.owner
    counted = Counter(one.state for one in arrived.submissions)
    return {
        "office": owner.code,
        "office_name": owner.name,
        "level": "branch" if owner.level == "chi nhánh" else "nation",
        "period": str(arrived.period),
        "listed": arrived.listed,
        "coverage": {"summed": len(arrived.summed), "expected": len(arrived.submissions)},
        "counts": {state: counted[state] for state in _STATES},
        "submissions": [_submission_object(one, language) for one in arrived.submissions],
        "strays": [_stray_object(one, language) for one in arrived.strays],
    }


def _earlier_object(totals: Totals, earlier: Earlier | None) -> dict[str, Any] | None:
    """An earlier report of the branch: of how many offices, and which of now's it has not."""
    if earlier is None:
        return None
    now = {one.office for one in totals.arrivals.summed}
    return {
        "path": earlier.report.file,
        "period": str(earlier.report.period),
        "coverage": {"summed": len(earlier.offices), "expected": earlier.expected},
        "absent_then": sorted(now - earlier.offices),
        "absent_now": sorted(earlier.offices - now),
    }


def _submission_object(one: Submission, language: Language) -> dict[str, Any]:
    judged, chosen = one.judged, one.chosen
    return {
        "office": one.office,
        "name": one.name,
        "state": one.state,
        "expected": one.expected,
        "summed": one.used is not None,
        "due": one.due.isoformat(),
        "received": one.received.isoformat() if one.received else None,
        "origin": judged.origin if judged else None,
        "path": judged.path if judged else None,
        "digest": judged.digest if judged else None,
        "seal": str(judged.info.get("seal") or "") or None if judged else None,
        **_source(judged),
        "versions": chosen.versions if chosen else 0,
        "version": chosen.version if chosen else None,
        "passed_over": [
            {
                "origin": p.gathered.origin,
                "reason": p.reason,
                "message": p.text(language),
                **_source(p.gathered),
            }
            for p in (chosen.passed_over if chosen else ())
        ],
        "findings": {severity: one.count(severity) for severity in SEVERITIES},
        "story": one.story(language) or None,
    }


def _source(one: Gathered | None) -> dict[str, Any]:
    """From whom a version came: what its seal is worth, the id of the signing key, the mail's sender."""
    state = one.sealed if one else None
    return {
        "seal_state": state.status if state else None,
        "signed": state.signed if state else None,
        "signer": (state.signer or None) if state else None,
        "sender": (one.sender or None) if one else None,
    }


def _stray_object(one: Gathered, language: Language) -> dict[str, Any]:
    error = one.error
    return {
        "origin": one.origin,
        "path": one.path,
        "kind": one.kind,
        "office": one.report.office if one.report else None,
        "period": str(one.report.period) if one.report and one.report.period else None,
        "error": error and _error_object(error, language),
    }


def _error_object(error: SheetcreditError, language: Language) -> dict[str, str]:
    return {"code": error.code, "message": error.message(language), "remedy": error.remedy(language)}


# For people


def _shown(submissions: Sequence[Submission]) -> Sequence[Submission]:
    """All rows of the table; of very many offices those that somebody has to see to."""
    if len(submissions) <= _MOST_ROWS:
        return submissions
    return [one for one in submissions if one.state not in ("received", "late")]


class Overview:
    """Prints who has reported, what is wrong where, and what was consolidated."""

    def __init__(self, stream: IO[str], language: Language) -> None:
        self._terminal = Terminal(stream, language)
        self._language = language

    def status(self, arrived: Arrivals) -> None:
        """One period: the count, the table, what to do about each office that is not simply there."""
        self._heading(arrived)
        self._table(arrived)
        self._offices(arrived.submissions)
        self._strays(arrived.strays)

    def consolidated(self, result: Consolidated) -> None:
        """A consolidation: the period's state, the branch's own findings, its figures, the verdict."""
        arrived, report = result.arrivals, result.report
        self._heading(arrived)
        self._table(arrived)
        self._offices(arrived.submissions)
        own = tuple(finding for finding in report.findings if finding.code not in _IN_TABLE)
        if own:
            self._terminal.line("")
            self._terminal.findings(replace(report, findings=own))
        if arrived.summed:
            self._terminal.summary(report)
        self._terminal.outcomes(report)
        self._terminal.say("written", path=result.written_to)
        if result.kept:
            self._terminal.say("consolidated-kept", path=result.kept)
        self._terminal.say("blocked" if report.blocks else "ready")

    def _heading(self, arrived: Arrivals) -> None:
        counted = Counter(one.state for one in arrived.submissions)
        self._terminal.say(
            "status-heading", owner=one_line(arrived.owner.name), period=arrived.period,
            all=len(arrived.submissions), summed=len(arrived.summed),
            **{state: counted[state] for state in _STATES},
        )  # fmt: skip

    def _table(self, arrived: Arrivals) -> None:
        from rich.markup import escape  # noqa: PLC0415 - only for a terminal

        def said(code: str) -> str:
            return word(code, self._language)

        table = self._terminal.table(said("status-table"))
        for code in ("office", "state", "received", "due"):
            table.add_column(said(f"status-{code}"), no_wrap=code != "office")
        for code in ("balance", "overdue", "errors", "queries"):
            table.add_column(said(f"status-{code}"), justify="right", no_wrap=True)
        table.add_column(said("status-file"), overflow="fold")
        shown = _shown(arrived.submissions)
        for one in shown:
            figures = one.judged.report.figures if one.judged and one.judged.report else {}
            state = f"[{_COLOURS[one.state]}]{said(f'submission-{one.state}')}[/]"
            table.add_row(
                escape(one_line(office_label(one.office, one.name))), state,
                f"{one.received:%d/%m/%Y}" if one.received else "-", f"{one.due:%d/%m/%Y}",
                self._number(figures.get("TH_DuNo")), self._percent(figures.get("TH_NoQuaHan_TyLe")),
                self._counted(one, "error"), self._counted(one, "query"),
                escape(one_line(one.judged.origin)) if one.judged else "-",
            )  # fmt: skip
        if shown:
            self._terminal.print_table(table)
        if left := len(arrived.submissions) - len(shown):
            self._terminal.say("status-rest", count=left)

    def _offices(self, submissions: Iterable[Submission]) -> None:
        """What is wrong where, for each office that is not in order."""
        for one in submissions:
            several = one.chosen is not None and one.chosen.versions > 1
            told = one.story(self._language) if several or one.state == "missing" else ""
            blocking = [finding for finding in one.findings if finding.blocks]
            if not told and not blocking:
                continue
            self._terminal.line("")
            self._terminal.line(f"{office_label(one.office, one.name)}: {self._state(one)}", style="bold")
            if told:
                self._terminal.line(told, mark="  ")
            for finding in blocking[:_MOST_TOLD]:
                self._terminal.line(finding.message(self._language), mark=f"  {finding.code}  ")
            if len(blocking) > _MOST_TOLD:
                more = word("status-more", self._language, count=len(blocking) - _MOST_TOLD)
                self._terminal.line(more, mark="  ")

    def _strays(self, strays: Iterable[Gathered]) -> None:
        for one in strays:
            if one.error is not None:
                told = f"{one.error.message(self._language)} {one.error.remedy(self._language)}"
                self._terminal.line(told, mark=f"{one_line(one.origin)}: ", style="yellow")

    def _state(self, one: Submission) -> str:
        return word(f"submission-{one.state}", self._language).lower()

    def _counted(self, one: Submission, severity: Severity) -> str:
        return str(one.count(severity)) if one.judged else "-"

    def _number(self, value: int | Decimal | None) -> str:
        return "-" if value is None else number_text(value, self._language)

    def _percent(self, value: int | Decimal | None) -> str:
        return "-" if value is None else number_text(Decimal(value) * 100, self._language, 2)
