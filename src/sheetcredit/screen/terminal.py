"""What people see in the terminal: findings, reconciliation and summary as an accountant reads them.

On a terminal text is wrapped and coloured; into a pipe or a file each message is one line, so that it can
be searched.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import IO, TYPE_CHECKING

from sheetcredit.filling import counted
from sheetcredit.model.finding import SEVERITIES, Finding
from sheetcredit.model.money import in_unit
from sheetcredit.model.text import Language, listed, number_text, one_line, word
from sheetcredit.template.definition import Figure, load_office

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from sheetcredit.figures.comparison import Comparison
    from sheetcredit.outcome import Report

_COLOURS = {"error": "bold red", "query": "bold yellow", "note": "bold cyan", "explained": "bold"}
_STATE_COLOURS = {"equal": "green", "rounding": "green", "differs": "bold red", "unknown": "yellow"}
_SIDES = ("statement", "groups", "ledger")
_WIDEST = 140
_MOST_CELLS = 10
_MOST_FIXES = 10
_CODE_PLACE = 9
"""Columns before the code of a finding."""


class Terminal:
    """Prints reports. Rich is loaded only for a real terminal, or when there is a table to lay out."""

    def __init__(self, stream: IO[str], language: Language) -> None:
        self._stream = stream
        self._language = language
        self._console: Console | None = None
        self._coloured = stream.isatty()
        self._started = False
        self._followers: Mapping[str, Sequence[Finding]] = {}

    @property
    def console(self) -> Console:
        """The rich console on our stream; of a fixed width when that is not a terminal."""
        if self._console is None:
            from rich.console import Console  # noqa: PLC0415 - a quarter of a clean run's time

            width = None if self._coloured else _WIDEST
            self._console = Console(file=self._stream, width=width, highlight=False)
        return self._console

    def say(self, code: str, **details: object) -> None:
        """One plain line of the screen catalogue."""
        print(word(code, self._language, **details), file=self._stream)

    def report(self, report: Report, compared: bool, summarised: bool) -> None:
        """All about one workbook: findings, then (if asked) reconciliation and summary, then the verdict."""
        if self._started:
            print(file=self._stream)
        self._started = True
        self.findings(report)
        if compared and report.comparison:
            self.comparison(report)
        summed = summarised and any(value is not None for value in report.figures.values())
        if summed and not report.blocks:
            self.summary(report)
        if report.findings or compared or summarised:
            print(file=self._stream)
        for notice in report.notices:
            self.line(notice.message(self._language), style="dim")
        self.outcomes(report)
        if report.written_to:
            self.say("written", path=report.written_to)
            if summed and report.blocks:
                self.say("summary-later")
        if report.findings or report.written_to:
            self.line(word("blocked" if report.blocks else "ready", self._language), style="bold")

    def totals(self, reports: Sequence[Report]) -> None:
        """How many workbooks are clean."""
        blocked = sum(report.blocks for report in reports)
        print(file=self._stream)
        self.say("checked-files", done=len(reports), clean=len(reports) - blocked, blocked=blocked)

    def findings(self, report: Report) -> None:
        """The heading of a workbook and its findings, by sheet and cell, those that block first."""
        self._heading(report)
        if not report.findings:
            self.line(word("no-findings", self._language), style="green")
            return
        self._fix_first(report)
        self._followers = _by_leader(report.findings)
        counts = report.counts()
        for kind in (*SEVERITIES, "explained"):
            chosen = [finding for finding in report.findings if _kind(finding) == kind]
            if chosen:
                print(file=self._stream)
                code = "status-explained" if kind == "explained" else f"severity-{kind}"
                self.line(f"{word(code, self._language)} ({counts[kind]})", style=_COLOURS[kind])
                self._by_sheet([finding for finding in chosen if not _is_folded(finding, self._followers)])

    def outcomes(self, report: Report) -> None:
        """How the rules ended, all four counts."""
        if report.previous:
            self.say("compared-with", path=report.previous)
            if report.periods_back > 1 and report.period:
                wanted, taken = report.period.previous(), report.previous_period
                self.say("compared-gap", period=taken, count=report.periods_back, wanted=wanted)
        if report.outcomes:
            self.say("outcomes", **report.outcomes)

    def _heading(self, report: Report) -> None:
        period = str(report.period) if report.period else "?"
        heading = word(
            "heading", self._language, file=report.file, office=report.office_name or "?", period=period
        )
        self.line(heading, style="bold")
        if report.findings:
            print(counted(report, self._language), file=self._stream)

    def _fix_first(self, report: Report) -> None:
        fixes = [fix for fix in report.fix_first if fix.clears > 1]
        for fix in fixes[:_MOST_FIXES]:
            suspect = fix.suspect
            text = word(
                "fix-first", self._language, cell=f"{suspect.sheet}!{suspect.cell}", clears=fix.clears,
                cause=suspect.cause_text(self._language),
            )  # fmt: skip
            self.line(text, mark="  → ", style="green")
        if len(fixes) > _MOST_FIXES:
            more = word("fix-first-more", self._language, count=len(fixes) - _MOST_FIXES)
            self.line(more, mark="  ", style="green")

    def _by_sheet(self, findings: Iterable[Finding]) -> None:
        for sheet, on_sheet in groupby(findings, key=lambda finding: finding.sheet):
            if sheet:
                self.line(sheet, mark=" ", style="bold underline")
            for (cell, column), at_cell in groupby(on_sheet, key=lambda f: (f.cell, f.column)):
                if cell or column:
                    self.line(f"{cell or '':6} {column or ''}".rstrip(), mark="  ", style="bold")
                self._at_cell(list(at_cell))

    def _at_cell(self, findings: Sequence[Finding]) -> None:
        """The findings of one cell: a cause that all share is said once, a remedy once for its code."""
        causes = {cause for finding in findings if (cause := self._cause(finding))}
        shared = causes.pop() if len(causes) == 1 else ""
        if shared:
            self.line(shared, mark=" " * _CODE_PLACE, style="green")
        for number, finding in enumerate(findings):
            code = finding.code
            repeated = number > 0 and findings[number - 1].code == code
            mark = " " * _CODE_PLACE + f"{'' if repeated else code:{max(4, len(code))}}  "
            inside = " " * len(mark)
            self.line(self._message(finding), mark=mark)
            if not shared and self._cause(finding):
                self.line(self._cause(finding), mark=inside, style="green")
            if finding.explanation:
                status = word(f"status-{finding.status}", self._language)
                self.line(f"{status}: {finding.explanation}", mark=inside, style="italic")
            if folded := self._followers.get(finding.key):
                self.line(self._folded(folded), mark=inside, style="dim")
            after = findings[number + 1] if number + 1 < len(findings) else None
            remedy = finding.remedy(self._language)
            if after is None or after.code != code or after.remedy(self._language) != remedy:
                self.line(remedy, mark=f"{inside}→ ")

    def _folded(self, findings: Sequence[Finding]) -> str:
        """The findings of the same cause in one line: how many, of which rules, on which cells."""
        codes = Counter(finding.code for finding in findings)
        cells = [f"{finding.sheet}!{finding.cell}" for finding in findings]
        return word(
            "same-cause", self._language, count=len(findings),
            codes=", ".join(f"{code} ({count})" for code, count in codes.items()),
            cells=listed(list(dict.fromkeys(cells)), _MOST_CELLS)[self._language],
        )  # fmt: skip

    def _cause(self, finding: Finding) -> str:
        if not finding.suspects:
            return ""
        return f"{word('likely', self._language)}: {finding.suspects[0].cause_text(self._language)}"

    def _message(self, finding: Finding) -> str:
        """What is wrong; the place and the column are in the heading already."""
        place = finding.place(self._language)
        message = finding.message(self._language).removeprefix(f"{place}: ")
        return message.removeprefix(f"{finding.column}: ")

    def line(self, text: str, mark: str = "", style: str = "") -> None:
        """A line after `mark`; on a terminal wrapped between words, further lines indented below the text."""
        whole = mark + one_line(text)
        if not self._coloured:
            print(whole, file=self._stream)
            return
        from rich.text import Text  # noqa: PLC0415 - as above

        wrapped = textwrap.wrap(
            whole, width=min(self.console.width, _WIDEST) - 1, subsequent_indent=" " * len(mark),
            break_long_words=False, break_on_hyphens=False, drop_whitespace=True,
        )  # fmt: skip
        for line in wrapped:
            self.console.print(Text(line, style=style), soft_wrap=True)

    def print_table(self, table: Table) -> None:
        """A table without the blanks that fill its last column and its last line."""
        print(file=self._stream)
        with self.console.capture() as capture:
            self.console.print(table)
        for line in capture.get().rstrip().splitlines():
            print(line.rstrip(), file=self._stream)

    def table(self, title: str) -> Table:
        """An empty table in the look of all of them."""
        from rich import box  # noqa: PLC0415 - as above
        from rich.table import Table  # noqa: PLC0415 - as above

        return Table(
            title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False
        )

    def comparison(self, report: Report) -> None:
        """Balance by association: three sides, what the first has more than the others, how many differ."""
        balances = [line for line in report.comparison if line.measure == "balance"]
        if not balances:
            return
        table = self.table(word("table-comparison", self._language, unit=report.unit_name))
        table.add_column(word("col-association", self._language))
        for code in _SIDES:
            table.add_column(word(f"col-{code}", self._language), justify="right", no_wrap=True)
        table.add_column(word("col-state", self._language))
        rows = [*_by_association(balances), (word("total", self._language), balances)]
        amounts = self._aligned([line for _, lines in rows for line in _sides(lines, report.unit)])
        for place, (name, lines) in enumerate(rows):
            last = place == len(rows) - 1
            stated, *others = amounts[2 * place]
            _, *apart = amounts[2 * place + 1]
            table.add_row(name, stated, *others, self._state(lines), style="bold" if last else None)
            table.add_row(
                f"  {word('col-difference', self._language)}", "", *apart, "", style="dim",
                end_section=place == len(rows) - 2,
            )  # fmt: skip
        self.print_table(table)

    def _aligned(self, rows: Sequence[Sequence[Decimal]]) -> list[list[str]]:
        """Amounts as text, those of one column with the same number of decimals."""
        decimals = [max(max(0, -_exponent(value)) for value in column) for column in zip(*rows, strict=True)]
        return [
            [number_text(value, self._language, most) for value, most in zip(row, decimals, strict=True)]
            for row in rows
        ]

    def _state(self, lines: Sequence[Comparison]) -> str:
        states = {line.state for line in lines}
        worst = next(state for state in ("differs", "unknown", "rounding", "equal") if state in states)
        places = sum(line.state == "differs" for line in lines)
        text = word(f"state-{worst}", self._language) + (f" ({places})" if places else "")
        return f"[{_STATE_COLOURS[worst]}]{text}[/]"

    def summary(self, report: Report) -> None:
        """The figures of `Tổng hợp`, Vietnamese number format, shares beside their amounts."""
        table = self.table(word("table-summary", self._language, unit=report.unit_name))
        table.add_column(word("col-figure", self._language))
        table.add_column(word("col-value", self._language), justify="right", no_wrap=True)
        table.add_column(word("col-share", self._language), justify="right", no_wrap=True)
        figures = {figure.name: figure for figure in load_office().sheet("summary").figures}
        for section in load_office().sheet("summary").sections:
            basis = self._basis(section.basis.say(self._language) if section.basis else "")
            table.add_row(f"[bold]{section.title.say(self._language)}[/]{basis}", "", "")
            shares = {
                figure.name.removesuffix("_TyTrong"): figure for figure in section.figures if figure.share
            }
            for figure in section.figures:
                if section.paired and figure.share:
                    continue
                share = shares.get(figure.name)
                basis = self._basis(figure.basis.say(self._language) if figure.basis else "")
                table.add_row(
                    f"  {figure.label.say(self._language)}{basis}",
                    self._figure(report, figure),
                    self._figure(report, share) if share else "",
                )
            table.add_section()
        self.print_table(table)
        if report.summary and report.summary.adjusted:
            names = ", ".join(figures[name].label.say(self._language) for name in report.summary.adjusted)
            self.line(word("adjusted", self._language, names=names))

    def _basis(self, text: str) -> str:
        return f" [dim]({text})[/]" if text else ""

    def _figure(self, report: Report, figure: Figure) -> str:
        value = report.figures.get(figure.name)
        if value is None:
            return "-"
        if figure.ratio:
            percent = Decimal(value) * 100
            return number_text(percent, self._language, figure.decimals) + " %"
        return number_text(value, self._language)


def _exponent(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _sides(lines: Sequence[Comparison], unit: int) -> list[list[Decimal]]:
    """The sums of the three sides; and what remains of the first less each of them."""
    sums = [sum(getattr(line, side) for line in lines) for side in _SIDES]
    return [[in_unit(value, unit) for value in row] for row in (sums, [sums[0] - side for side in sums])]


def _by_association(lines: Iterable[Comparison]) -> list[tuple[str, list[Comparison]]]:
    grouped: dict[tuple[str, str], list[Comparison]] = {}
    for line in lines:
        grouped.setdefault((line.association, line.association_name), []).append(line)
    return [(name, grouped[code, name]) for code, name in sorted(grouped)]


def _by_leader(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """By key of a finding, those that follow it, whatever their severity."""
    keys = {finding.key for finding in findings}
    followers: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.follows in keys:
            followers.setdefault(finding.follows, []).append(finding)
    return followers


def _kind(finding: Finding) -> str:
    """Where a finding is listed: a query that the user has explained is none of the open ones."""
    return "explained" if finding.status == "explained" else finding.severity


def _is_folded(finding: Finding, followers: Mapping[str, Sequence[Finding]]) -> bool:
    return bool(finding.follows) and finding.follows in followers
