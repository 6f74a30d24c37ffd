"""The rules across sheets as `schemas/office/rules.yaml` states them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from sheetcredit.model.checked_yaml import Definition, Words, check_definition, read_yaml
from sheetcredit.model.finding import Severity
from sheetcredit.model.resources import schemas_folder

Operator = Literal["=", "<=", ">=", "between"]
RuleKind = Literal[
    "row",
    "compare",
    "total",
    "catalogue",
    "written",
    "continuity",
    "continuity_row",
    "presence",
    "notice",
    "own",
]
PreviousScope = Literal["any", "year", "same_year", "quarter"]

WITHIN_ONE_REPORT: tuple[RuleKind, ...] = ("row", "compare", "total")
"""Kinds whose ties a report has by itself."""
OF_CELLS: tuple[RuleKind, ...] = ("catalogue", "written", "own")
"""Kinds without ties: a check looks at single cells, and the rule has failed where it finds one."""
WITH_PREVIOUS: tuple[RuleKind, ...] = ("continuity", "continuity_row", "presence")
"""Kinds that need the previous report."""


class Side(Definition, frozen=True, kw_only=True):
    """One side of a rule, in đồng: SQL over a row, or for a comparison the column that is summed.

    `values` names another column for some measures.
    """

    value: str
    label: Words
    frame: str | tuple[str, ...] = ""
    where: str | None = None
    values: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def frames(self) -> tuple[str, ...]:
        """The frames it sums over."""
        return (self.frame,) if isinstance(self.frame, str) else self.frame

    def column(self, measure: str) -> str:
        """The column that is summed for a measure."""
        return self.values.get(measure, self.value.replace("{m}", measure))


class Rule(Definition, frozen=True, kw_only=True, eq=False):
    """A rule across sheets; see the head of `rules.yaml` for what each field means."""

    id: str
    kind: RuleKind
    severity: Severity
    title: Words
    message: Words
    instruction: Words
    frames: tuple[str, ...] = ()
    left: Side | None = None
    right: Side | None = None
    most: Side | None = None
    where: str | None = None
    column: str | None = None
    by: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    operator: Operator = "="
    tolerance: Literal["none", "rounding", "jump"] = "none"
    when: PreviousScope = "any"
    missing: Literal["zero", "fail", "skip"] = "zero"
    only: Literal["left", "right", "both"] = "both"
    counterpart: str | None = None
    leads: tuple[str, ...] = ()


class _Rules(Definition, frozen=True, kw_only=True):
    rules: tuple[Rule, ...]


@cache
def load_rules(path: Path | None = None) -> tuple[Rule, ...]:
    """The rules in the order of their numbers.

    Raises:
        BadDefinition: the YAML has a mistake; the error names file, place and remedy.
    """
    path = path or schemas_folder() / "office" / "rules.yaml"
    return check_definition(_Rules, read_yaml(path), path).rules


def branch_rules() -> tuple[Rule, ...]:
    """The rules of a branch workbook."""
    return load_rules(schemas_folder() / "branch" / "rules.yaml")
