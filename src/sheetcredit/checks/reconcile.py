"""The rules across sheets, evaluated once over the stacked frames of any number of workbooks.

Every instance of a rule is a *tie*: two sides, the slack that rounding leaves, and a state. One
office is the case n = 1 of the nation.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import polars as pl

from sheetcredit.checks.across import Absent, compare_parts
from sheetcredit.checks.rules import Rule
from sheetcredit.checks.tie_frame import FAILED, PASSED, settle
from sheetcredit.checks.within import row_parts, total_part
from sheetcredit.template.frames import Frames


def reconcile_frames(
    rules: Sequence[Rule], frames: Frames, context: pl.DataFrame, absent: Sequence[Absent] = ()
) -> pl.DataFrame:
    """All ties of all files, passed ones included (columns: `tie_frame.TIES`)."""
    by_row, comparisons = _of_kind(rules, "row"), _of_kind(rules, "compare")
    parts: list[pl.DataFrame] = []
    for frame in dict.fromkeys(name for rule in by_row for name in rule.frames):
        if frame in frames:
            parts += row_parts([rule for rule in by_row if frame in rule.frames], frames[frame], context)
    files = context["file"].to_list()
    for by in dict.fromkeys(rule.by for rule in comparisons):
        parts += compare_parts([rule for rule in comparisons if rule.by == by], frames, files, absent)
    parts += [total_part(rule, frames) for rule in _of_kind(rules, "total")]
    return settle(parts)


def _of_kind(rules: Sequence[Rule], kind: str) -> list[Rule]:
    return [rule for rule in rules if rule.kind == kind]


def outcome_of_rules(rules: Sequence[Rule], ties: pl.DataFrame) -> dict[str, Mapping[str, int]]:
    """By file: how many rules have each worst state (`failed` beats `not_evaluated` beats `passed`)."""
    ranked = ties.group_by("file", "rule").agg(
        failed=(pl.col("state") == FAILED).any(), passed=(pl.col("state") == PASSED).any()
    )
    outcomes: dict[str, dict[str, int]] = defaultdict(
        lambda: {"passed": 0, "failed": 0, "not_evaluated": len(rules)}
    )
    for file, _, failed, passed in ranked.select("file", "rule", "failed", "passed").iter_rows():
        if failed or passed:
            outcomes[file]["failed" if failed else "passed"] += 1
            outcomes[file]["not_evaluated"] -= 1
    return dict(outcomes)
