"""Making mistakes, having them explained, and judging what was said against what was done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

from sheetcredit.model.finding import Finding, Suspect
from sheetcredit.outcome import Report
from sheetcredit.report import check_readings
from sheetcredit.template.definition import load_office
from sheetcredit.template.reading import understand
from tests.mutation.books import Typed, make_book
from tests.mutation.kinds import IN_GROUPS, KINDS, Mistake, Unsuitable
from tests.mutation.offices import Case, rulebook
from tests.mutation.truth import broken

_DRAWS = 200
_BATCH = 24
_PLACED = {"R09", "R12", "R15"}
"""Rules whose finding stands on the wrong cell by itself, as those of V- do."""


@dataclass
class Trial:
    """An office with mistakes in it, and the places where they are."""

    name: str
    typed: Typed
    mistakes: list[Mistake]
    tied: bool = True
    report: Report | None = field(default=None, repr=False)

    def places(self, mistake: Mistake) -> set[tuple[str, str]]:
        """The tabs and cells that are right to name."""
        return {
            self.typed.place(mistake.sheet, row, column)
            for row in mistake.rows for column in mistake.columns
        }  # fmt: skip


def trial(
    case: Case, kinds: Sequence[str], seed: str, *, tied_only: bool, reckoned: bool = True
) -> Trial | None:
    """An office with one mistake of each kind, in different rows; None when it has no suitable place.

    With `tied_only` each changes a tied number; unless `reckoned` nobody asks.
    """
    rng = Random(seed)
    for _ in range(_DRAWS):
        typed = Typed.of(case.content)
        mistakes: list[Mistake] = []
        tied = True
        try:
            state: frozenset[str] | None = frozenset()
            for kind in kinds:
                before = broken(typed) if state is None and reckoned else state
                mistake = {**KINDS, **IN_GROUPS}[kind](rng, typed)
                state = None if mistake.tied or not reckoned else broken(typed)
                tied &= state != before or not reckoned
                mistakes.append(mistake)
        except Unsuitable:
            continue
        if (tied or not tied_only) and _apart(typed, mistakes):
            return Trial(f"{case.name}/{'+'.join(kinds)}/{seed}", typed, mistakes, tied)
    return None


def _apart(typed: Typed, mistakes: Sequence[Mistake]) -> bool:
    """Whether no two mistakes share a row, and every row is still there."""
    rows = [id(row) for mistake in mistakes for row in mistake.rows if row is not None]
    there = {id(row) for table in typed.tables.values() for row in table}
    return len(rows) == len(set(rows)) and set(rows) <= there


def explain_all(trials: Iterable[Trial]) -> Iterator[Trial]:
    """The trials with their reports. Many workbooks are checked at once, as for a nation."""
    waiting = list(trials)
    for start in range(0, len(waiting), _BATCH):
        batch = waiting[start : start + _BATCH]
        readings = [understand(make_book(one.typed, one.name), load_office()) for one in batch]
        for one, report in zip(batch, check_readings(readings, rulebook()), strict=True):
            one.report = report
            yield one


def findings(report: Report) -> list[Finding]:
    """What is said to be wrong; notices, worth knowing and never wrong, are left out."""
    notices = {rule.id for rule in rulebook().rules if rule.kind == "notice"}
    return [finding for finding in report.findings if finding.code not in notices]


def placed(report: Report) -> list[Finding]:
    """The findings that stand on the wrong cell by themselves."""
    return [f for f in report.findings if f.code.startswith("V-") or f.code in _PLACED]


def ranking(report: Report) -> list[Suspect]:
    """The cells to look at, best first: a finding's own, else the way out and its finding's suspects."""
    own = placed(report)
    if own:
        return [Suspect(f.sheet or "", f.cell or "", f.code) for f in own]
    if not report.fix_first:
        return [s for f in report.findings for s in f.suspects][:3]
    first = report.fix_first[0].suspect
    for finding in report.findings:
        if finding.suspects and (finding.suspects[0].sheet, finding.suspects[0].cell) == (
            first.sheet,
            first.cell,
        ):
            return list(finding.suspects)
    return [first]


def is_right(one: Trial, mistake: Mistake, suspect: Suspect) -> bool:
    """Whether a suspect names the mistake's cell; a missing row by its place."""
    if mistake.cause is None:
        return (suspect.sheet, suspect.cell) in one.places(mistake)
    named = str(suspect.details.get("place", "")).split(" / ")
    tab = load_office().sheet(mistake.sheet).sheet
    keys_right = not mistake.keys or named == list(mistake.keys)
    return suspect.cause == mistake.cause and suspect.sheet == tab and keys_right


def found(one: Trial, mistake: Mistake) -> bool:
    """Whether the way out or a finding's own cell names the mistake."""
    assert one.report is not None
    named = [fix.suspect for fix in one.report.fix_first]
    named += [Suspect(f.sheet or "", f.cell or "", f.code) for f in placed(one.report)]
    return any(is_right(one, mistake, suspect) for suspect in named)


def cells_to_correct(report: Report) -> int:
    """How many cells the way out names, those included that findings stand on."""
    cells = {(fix.suspect.sheet, fix.suspect.cell) for fix in report.fix_first}
    return len(cells | {(f.sheet, f.cell) for f in placed(report)})


def among(one: Trial, mistake: Mistake, first: int = 3) -> bool:
    """Whether the mistake is found, or among the first suspects of some finding."""
    assert one.report is not None
    suspects = (suspect for finding in one.report.findings for suspect in finding.suspects[:first])
    return found(one, mistake) or any(is_right(one, mistake, suspect) for suspect in suspects)
