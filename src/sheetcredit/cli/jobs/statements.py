"""What `consolidate` does with statements of associations: they become part of the office workbook."""

from __future__ import annotations

import json as json_format
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sheetcredit.associations.merge import Fate, Fitted, Merged, merge_statements
from sheetcredit.catalogue.catalogue import load_catalogue
from sheetcredit.cli.jobs.workbooks import show
from sheetcredit.cli.options import BLOCKED, CLEAN, COULD_NOT_RUN, Lang
from sheetcredit.intake.candidates import Candidate
from sheetcredit.model.text import word
from sheetcredit.outcome import Report
from sheetcredit.screen.json_form import as_json as reports_as_json
from sheetcredit.screen.say import say

_NAMED = 5
_SEVERITIES = ("error", "query", "note")


def merge(
    files: Sequence[Candidate],
    out: Path,
    *,
    force: bool = False,
    returned: Path | None = None,
    json: bool = False,
    quiet: bool = False,
    lang: Lang = "vi",
) -> int:
    """Statements merged into the office workbook `out`, and what came of it told; the exit code."""
    merged = merge_statements(files, None, out, force=force, returned=returned)
    if json:
        print(as_json(merged, lang))
    elif not quiet:
        for line in lines(merged, lang):
            print(line)
        blocked = [fate.statement.report for fate in merged.fates if fate.state == "blocked"]
        for report in filter(None, blocked):
            print()
            show([report], json=False, quiet=False, lang=lang)
        if merged.report is not None:
            print()
            _show_office(merged.report, merged.complete, lang)
    elif merged.failures:
        for line in (line for line in lines(merged, lang) if line.startswith("✗")):
            print(line, file=sys.stderr)
    if merged.failures:
        return COULD_NOT_RUN
    return BLOCKED if merged.blocks else CLEAN


def _show_office(report: Report, complete: bool, lang: Lang) -> None:
    """The office workbook's report; while statements are missing nearly all of it says only that."""
    if complete:
        show([report], json=False, quiet=False, lang=lang)
        return
    error, query, note = (sum(f.severity == kind for f in report.findings) for kind in _SEVERITIES)
    path = report.written_to or report.file
    say("merge-incomplete", lang, path=path, error=error, query=query, note=note)


def lines(merged: Merged, lang: Lang) -> Iterator[str]:
    """What became of each statement, in words."""
    names = {entry.code: entry.name.say(lang) for entry in load_catalogue("associations")}
    heading = "merge-heading" if merged.out else "merge-heading-none"
    yield word(heading, lang, path=merged.out)
    for fate in merged.fates:
        yield _fate(fate, names.get(fate.statement.association or "", "?"), lang)
        yield from _changes(fate, lang)
        if fate.returned is not None:
            yield word("merge-returned", lang, path=fate.returned)
    if merged.missing:
        yield word("merge-missing", lang, associations=", ".join(names[code] for code in merged.missing))


def _fate(fate: Fate, association: str, lang: Lang) -> str:
    if fate.error is not None:
        return word("merge-failed", lang, message=fate.error.message(lang), remedy=fate.error.remedy(lang))
    told: dict[str, object] = {"association": association, "origin": fate.statement.origin}
    if fate.statement.report is not None:
        told["count"] = sum(finding.blocks for finding in fate.statement.report.findings)
    told["communes"] = fate.listed.rows if fate.listed else 0
    told["groups"] = fate.groups.rows if fate.groups else 0
    told["cells"] = sum(fitted.cells for fitted in (fate.listed, fate.groups) if fitted)
    return word(f"merge-{fate.state}", lang, **told)


def _changes(fate: Fate, lang: Lang) -> Iterator[str]:
    for fitted in filter(None, (fate.listed, fate.groups)):
        for what in ("added", "emptied", "unmentioned"):
            codes: tuple[str, ...] = getattr(fitted, what)
            if codes:
                yield word(f"merge-{what}", lang, sheet=fitted.sheet, codes=_few(codes, lang))


def _few(codes: Sequence[str], lang: Lang) -> str:
    named = ", ".join(codes[:_NAMED])
    rest = len(codes) - _NAMED
    return named if rest < 1 else word("and-more-codes", lang, named=named, rest=rest)


def as_json(merged: Merged, lang: Lang) -> str:
    """One JSON object: `files` as everywhere, the office workbook first; `statements`; `missing`."""
    reports = [merged.report, *(fate.statement.report for fate in merged.fates)]
    told: dict[str, Any] = json_format.loads(reports_as_json([each for each in reports if each], lang))
    told["out"] = str(merged.out) if merged.out else None
    told["statements"] = [_told(fate, lang) for fate in merged.fates]
    told["missing"] = list(merged.missing)
    return json_format.dumps(told, ensure_ascii=False, indent=1)


def _told(fate: Fate, lang: Lang) -> dict[str, Any]:
    error = fate.error
    return {
        "path": fate.statement.path,
        "origin": fate.statement.origin,
        "association": fate.statement.association,
        "state": fate.state,
        "error": error and {"code": error.code, "message": error.message(lang), "remedy": error.remedy(lang)},
        "communes": _fitted(fate.listed),
        "groups": _fitted(fate.groups),
        "returned": str(fate.returned) if fate.returned else None,
    }


def _fitted(fitted: Fitted | None) -> dict[str, Any] | None:
    if fitted is None:
        return None
    return {
        "rows": fitted.rows,
        "cells": fitted.cells,
        "added": list(fitted.added),
        "emptied": list(fitted.emptied),
        "unmentioned": list(fitted.unmentioned),
    }
