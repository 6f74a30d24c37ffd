"""Measure the explanations of breaks and write the table of `docs/explanations.md`.

Mistakes of every kind are made in the golden office and in twenty invented ones, from fixed seeds that
are printed. `--times N` makes N mistakes of a kind in each office (2), `--check` writes nothing.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.mutation import measure
from tests.mutation.kinds import IN_GROUPS
from tests.mutation.measure import Cost, Tally, Together
from tests.mutation.offices import FIRST_SEED, SIZES, offices
from tools.bench_report import write_between

PAGE = Path(__file__).resolve().parent.parent / "docs" / "explanations.md"
BEGIN, END = "<!-- measured: make bench-explain -->", "<!-- end of what was measured -->"
BREAKS = 50


def percent(part: int, whole: int) -> str:
    """A share with one decimal."""
    return f"{100 * part / whole:.1f} %" if whole else "-"


def table(
    clean: Mapping[str, int],
    tallies: Mapping[str, Tally],
    hard: Mapping[str, Tally],
    sets: Mapping[int, Together],
    cost: Cost,
    seeds: str,
) -> str:
    """What was measured, as Markdown."""
    whole = measure.all_of(tallies)
    moved = measure.all_of(tallies, ("misbooked-commune", "misbooked-association"))
    lines = [
        f"Seeds: {seeds}.",
        "",
        "| what | measured | wanted |",
        "|---|---|---|",
        f"| findings on {len(clean)} clean offices | {sum(clean.values())} | 0 |",
        f"| single mistakes detected | {percent(whole.detected, whole.tried)} of {whole.tried} | 100 % |",
        f"| the true cell is the first suspect | {percent(whole.first, whole.tried)} | 95 % |",
        f"| the true cell is among the first three | {percent(whole.three, whole.tried)} | 99 % |",
        f"| the misbooked group is named | {percent(moved.first, moved.tried)} of {moved.tried} | 98 % |",
    ]
    for size, made in sets.items():
        lines += [
            f"| {size} at once, each named | {percent(made.named, made.tried)} of {made.tried} | 98 % |",
            f"| {size} at once, each the way out's own cell | {percent(made.corrected, made.tried)} | |",
            f"| {size} at once, no more cells to correct than mistakes "
            f"| {percent(made.short, made.tried)} | 90 % |",
        ]
    lines += [
        f"| explaining {cost.breaks} breaks in one workbook, warm, of the processor "
        f"| {cost.milliseconds:.0f} ms | 150 ms |",
        "",
        "| kind of mistake | tried | detected | first suspect | first three | twins | untied, seen |",
        "|---|---|---|---|---|---|---|",
    ]
    for kind, tally in [*tallies.items(), ("**all of these**", whole), *hard.items()]:
        lines.append(
            f"| {kind} | {tally.tried} | {percent(tally.detected, tally.tried)} "
            f"| {percent(tally.first, tally.tried)} | {percent(tally.three, tally.tried)} "
            f"| {tally.twins} of {tally.tried - tally.first} | {tally.untied}, {tally.seen} |"
        )
    return "\n".join([*lines, "", *passing(whole)])


def passing(whole: Tally) -> list[str]:
    """Where the mistakes stand that passed as clean, as Markdown."""
    drawn = whole.tried + whole.untied
    counted = Counter(whole.passed).most_common()
    return [
        f"Of {drawn} single mistakes {len(whole.passed)} pass as clean, {percent(len(whole.passed), drawn)}:",
        "",
        "| sheet | column | passed |",
        "|---|---|---|",
        *(f"| {sheet} | {column} | {count} |" for (sheet, column), count in counted),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures, prints, writes; 1 when a target is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--times", type=int, default=2, help="mistakes of a kind in each office")
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args(arguments)
    cases = offices()
    last = FIRST_SEED + len(SIZES) - 1
    seeds = f"offices {FIRST_SEED} to {last} and the golden one; "
    seeds += f"mistakes `office-kind-turn`, turns below {options.times}"
    print(seeds, file=sys.stderr)
    start = time.perf_counter()
    cost = measure.cost(cases[0], BREAKS)
    clean = measure.clean(cases)
    tallies = measure.singles(cases, options.times)
    hard = measure.singles(cases, options.times, IN_GROUPS)
    sets = {size: measure.together(cases, size, 3 * options.times) for size in (2, 3)}
    measured = table(clean, tallies, hard, sets, cost, seeds)
    print(measured)
    missed = [*measure.all_of(tallies).misses, *measure.all_of(hard).misses]
    for name in [*missed, *(name for made in sets.values() for name in made.misses)]:
        print(f"  {name}", file=sys.stderr)
    print(f"{time.perf_counter() - start:.0f} s", file=sys.stderr)
    if not options.check:
        write_between(PAGE, (BEGIN, END), measured)
    return 0 if good_enough(clean, tallies, sets, cost) else 1


def good_enough(
    clean: Mapping[str, int], tallies: Mapping[str, Tally], sets: Mapping[int, Together], cost: Cost
) -> bool:
    """Whether all that is wanted was reached."""
    whole = measure.all_of(tallies)
    moved = measure.all_of(tallies, ("misbooked-commune", "misbooked-association"))
    single = whole.detected == whole.tried and whole.first >= 0.95 * whole.tried
    single &= whole.three >= 0.99 * whole.tried and moved.first >= 0.98 * moved.tried
    several = all(m.named >= 0.98 * m.tried and m.short >= 0.9 * m.tried for m in sets.values())
    return not sum(clean.values()) and single and several and cost.milliseconds <= 150


if __name__ == "__main__":
    sys.exit(main())
