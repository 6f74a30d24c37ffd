"""The sheets of template version 2 and the kinds of work: `schemas/workplan/`.

They are no part of the office template of version 1: a workbook without them is read, checked, filled and
sealed as before, and one that has them is of version 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from sheetcredit.model.checked_yaml import Definition, check_definition, read_yaml
from sheetcredit.model.resources import schemas_folder
from sheetcredit.template.definition import Office, Sheet, load_office

Kind = Literal[
    "demand", "maturing", "overdue", "groups", "new_loans", "older_loans", "idle_loans", "training", "weak"
]


class Work(Definition, frozen=True, kw_only=True):
    """A kind of work: its name on the sheet, and what its numbers count (money where `amount`)."""

    name: str
    counted: str = ""
    amount: bool = False
    yearly: bool = False
    said: tuple[str, ...] = ()


class Quota(Definition, frozen=True, kw_only=True):
    """What must be planned (`of: groups`) or done (`of: plan`) of a kind of work, in per cent."""

    kind: Kind
    of: Literal["groups", "plan"]
    percent: int
    difficult_percent: int | None = None
    valid_from: date
    valid_to: date | None = None
    verified: bool
    source: str

    def holds_on(self, day: date) -> bool:
        """Whether it is in force."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class Bases(Definition, frozen=True, kw_only=True):
    """How a proposal says where it comes from."""

    weak: str
    slipped: str
    overdue: str
    groups: str
    demand: str
    maturing: str


class Works(Definition, frozen=True, kw_only=True):
    """The kinds of work, the ratings that ask for one, the quotas."""

    works: Mapping[Kind, Work]
    weak_ratings: tuple[str, ...]
    ratings: tuple[str, ...]
    quotas: tuple[Quota, ...]
    difficult: tuple[str, ...]
    basis: Bases

    def kind_of(self, name: str | None) -> Kind | None:
        """The kind of work of that name."""
        return next((kind for kind, work in self.works.items() if work.name == name), None)

    def quotas_on(self, day: date) -> list[Quota]:
        """Those in force on a day."""
        return [quota for quota in self.quotas if quota.holds_on(day)]


@cache
def load_workplan() -> Office:
    """The sheets of template version 2, behind the office's details that they print."""
    return load_office(schemas_folder() / "workplan")


def added_sheets() -> tuple[Sheet, ...]:
    """The sheets that version 2 adds."""
    return load_workplan().tables()


@cache
def load_works(folder: Path | None = None) -> Works:
    """The kinds of work.

    Raises:
        BadDefinition: the YAML has a mistake; file, place and remedy are told.
    """
    path = (folder or schemas_folder() / "workplan") / "_works.yaml"
    return check_definition(Works, read_yaml(path), path)
