"""How good the explanations are: tallies over many mistakes, all of them from fixed seeds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from statistics import median
from time import process_time
from unittest.mock import patch

from sheetcredit.build import forms as layout
from sheetcredit.checks import batch as batch_module
from sheetcredit.explain.breaks import find_breaks
from sheetcredit.model.finding import Suspect
from sheetcredit.outcome import Report
from sheetcredit.template.definition import load_office
from tests.mutation.books import Typed
from tests.mutation.judge import (
    Trial,
    among,
    cells_to_correct,
    explain_all,
    findings,
    found,
    is_right,
    ranking,
    trial,
)
from tests.mutation.kinds import KINDS
from tests.mutation.offices import Case
from tests.mutation.truth import broken


@dataclass
class Tally:
    """Single mistakes of a kind. `untied` changed no tied number and are in no other count but that of those
    of them that were `seen` all the same; where the others stand is listed in `passed`: sheet and column.

    `twins`: of those whose cell was not the first suspect, how many name first a correction that
    makes every identity hold as well: nothing in the workbook speaks for the one or the other.
    """

    tried: int = 0
    detected: int = 0
    first: int = 0
    three: int = 0
    twins: int = 0
    untied: int = 0
    seen: int = 0
    misses: list[str] = field(default_factory=list)
    passed: list[tuple[str, str]] = field(default_factory=list)

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.tried + other.tried, self.detected + other.detected, self.first + other.first,
            self.three + other.three, self.twins + other.twins, self.untied + other.untied,
            self.seen + other.seen, self.misses + other.misses, self.passed + other.passed,
        )  # fmt: skip


@dataclass
class Together:
    """Mistakes made together. `named`: each is the way out's or among the first three of a finding's
    suspects; `corrected`: each is the way out's own; `short`: no more cells to correct than mistakes."""

    tried: int = 0
    named: int = 0
    corrected: int = 0
    short: int = 0
    misses: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Cost:
    """Breaks explained in one workbook, and the milliseconds of the processor (the middle of several)."""

    breaks: int
    milliseconds: float


def clean(cases: Iterable[Case]) -> Mapping[str, int]:
    """By office, the findings on its untouched workbook."""
    trials = [Trial(case.name, Typed.of(case.content), []) for case in cases]
    return {one.name: len(findings(one.report)) for one in explain_all(trials) if one.report}


def singles(cases: Sequence[Case], times: int, kinds: Iterable[str] = tuple(KINDS)) -> dict[str, Tally]:
    """Tallies by kind: each kind `times` times in each office."""
    tallies: dict[str, Tally] = {kind: Tally() for kind in kinds}
    drawn = [
        trial(case, [kind], f"{case.name}-{kind}-{turn}", tied_only=False)
        for kind in tallies for case in cases for turn in range(times)
    ]  # fmt: skip
    for one in explain_all(each for each in drawn if each):
        _count(tallies[one.mistakes[0].kind], one)
    return tallies


def _count(tally: Tally, one: Trial) -> None:
    assert one.report is not None
    if not one.tied:
        tally.untied += 1
        tally.seen += blocked(one.report)
        if not blocked(one.report):
            sheet = load_office().sheet(one.mistakes[0].sheet)
            tally.passed += [(sheet.sheet, sheet.column(one.mistakes[0].columns[0]).header)]
        return
    suspects = ranking(one.report)
    right = [is_right(one, one.mistakes[0], suspect) for suspect in suspects]
    tally.tried += 1
    tally.detected += bool(findings(one.report))
    tally.first += right[:1] == [True]
    tally.three += any(right[:3])
    if right[:1] != [True]:
        twin = bool(suspects) and ties_as_well(one, suspects[0])
        tally.twins += twin
        tally.misses.append(one.name + (" (twin)" if twin else ""))


def blocked(report: Report) -> bool:
    """Whether the workbook does not pass as clean: exit 1."""
    return any(finding.severity != "note" for finding in findings(report))


def ties_as_well(one: Trial, suspect: Suspect) -> bool:
    """Whether the suspect's correction makes every identity hold, reckoned without the checks' code."""
    sheet = load_office().named(suspect.sheet)
    number = "".join(filter(str.isdigit, suspect.cell))
    if sheet is None or not isinstance(suspect.suggestion, int) or sheet.kind != "table":
        return False
    place = int(number) - 1 - layout.FIRST_ROW
    column = sheet.columns[ord(suspect.cell[0]) - 65].name
    if not 0 <= place < len(one.typed.tables[sheet.id]):
        return False
    row = one.typed.tables[sheet.id][place]
    before = row[column]
    row[column] = Decimal(suspect.suggestion) / suspect.unit
    left = broken(one.typed)
    row[column] = before
    return not left


def together(cases: Sequence[Case], size: int, times: int) -> Together:
    """`size` mistakes of different kinds at once, `times` times in each office."""
    tally = Together()
    drawn = []
    for case in cases:
        for turn in range(times):
            seed = f"{case.name}-{size}-{turn}"
            kinds = Random(seed).sample(tuple(KINDS), size)
            drawn.append(trial(case, kinds, seed, tied_only=True))
    for one in explain_all(each for each in drawn if each):
        assert one.report is not None
        named = all(among(one, mistake) for mistake in one.mistakes)
        short = cells_to_correct(one.report) <= size
        tally.tried += 1
        tally.named += named
        tally.corrected += all(found(one, mistake) for mistake in one.mistakes)
        tally.short += short
        if not (named and short):
            tally.misses.append(one.name + ("" if named else " (not named)") + ("" if short else " (long)"))
    return tally


_COSTLY = (
    "transposed", "mistyped", "digit-lost", "unit-x1000", "sign", "misbooked-commune", "left-from-opening",
    "row-missing",
)  # fmt: skip


def cost(case: Case, breaks: int, tries: int = 12) -> Cost:
    """What it takes to explain about so many breaks of an office's workbook, all of it warm."""
    measured: list[tuple[int, float]] = []
    for turn in range(tries):
        kinds = [_COSTLY[(turn + place) % len(_COSTLY)] for place in range(breaks // 4)]
        one = trial(case, kinds, f"cost-{turn}", tied_only=False, reckoned=False)
        if one is None:
            continue
        with patch.object(batch_module, "find_breaks", wraps=find_breaks) as spied:
            list(explain_all([one]))
        call = spied.call_args
        seconds = []
        for _ in range(5):
            start = process_time()
            found_breaks = find_breaks(*call.args, **call.kwargs)
            seconds.append(process_time() - start)
        if abs(len(found_breaks.findings) - breaks) <= breaks // 5:
            measured.append((len(found_breaks.findings), min(seconds) * 1000))
    if not measured:
        raise ValueError("no workbook drawn has about so many breaks")
    return Cost(int(median(n for n, _ in measured)), median(spent for _, spent in measured))


def all_of(tallies: Mapping[str, Tally], kinds: Iterable[str] = ()) -> Tally:
    """Several kinds' tallies as one; all of them unless `kinds` are named."""
    chosen = defaultdict(Tally, tallies)
    return sum((chosen[kind] for kind in (tuple(kinds) or tallies)), Tally())
