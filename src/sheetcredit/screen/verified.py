"""What people see of a text that was verified: what does not agree, and what was compared with nothing."""

from __future__ import annotations

import shutil
import sys
import textwrap
from itertools import groupby

from sheetcredit.model.text import Language, one_line, word
from sheetcredit.outcome import Report

_WIDEST = 140


def print_verified(report: Report, language: Language) -> None:
    """The findings of a text on stdout, those that block first; what was compared with nothing; counts."""
    against = "verified-against" if report.office_name else "verified-itself"
    period = str(report.period) if report.period else "?"
    _print(word(against, language, file=report.file, office=report.office_name, period=period))
    for severity, findings in groupby(report.findings, key=lambda finding: finding.severity):
        _print("")
        _print(word(f"severity-{severity}", language))
        for finding in findings:
            mark = f"  {finding.code:14} "
            _print(finding.message(language), mark)
            _print(finding.remedy(language), f"{' ' * len(mark)}→ ")
    if report.findings:
        _print("")
    for notice in report.notices:
        _print(notice.message(language))
    open_ = [number for number in report.numbers or () if not number.compared]
    if open_:
        _print(word("verified-open", language))
    for number in open_:
        place = {"line": number.line, "start": number.start, "end": number.end, "text": number.text}
        _print(word("verified-open-line", language, said=number.said[language], **place))
    if open_:
        _print("")
    numbers = sum(report.outcomes.values())
    _print(word("verified-counts", language, numbers=numbers, **report.outcomes))
    _print(word("verified-wrong" if report.blocks else "verified-right", language))


def _print(text: str, mark: str = "") -> None:
    """A line; on a terminal wrapped, further lines indented below the text."""
    line = mark + one_line(text)
    if sys.stdout.isatty():
        width = min(shutil.get_terminal_size().columns, _WIDEST) - 1
        line = textwrap.fill(line, width, subsequent_indent=" " * len(mark), drop_whitespace=True)
    print(line.rstrip())
