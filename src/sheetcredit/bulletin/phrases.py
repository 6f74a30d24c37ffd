"""The wording of the bulletin: `schemas/bulletin/phrases.yaml` as checked values."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from sheetcredit.model.checked_yaml import Definition, check_definition, read_yaml
from sheetcredit.model.errors import BadDefinition
from sheetcredit.model.resources import schemas_folder
from sheetcredit.template.definition import Figure, load_office
from sheetcredit.workplan.definition import Kind, load_works

OF_WORK = "VIEC_"
"""Begins the names of what `Kế hoạch` leaves to do: `VIEC_groups`; none where it has no such work."""

WORDS = frozenset({"office", "unit", "period", "period_first", "period_short", "year", "day", "next_period"})
"""The placeholders that are no figures."""

_NAMES = re.compile(r"(?<=\{)\w+(?=\})|\bTH_\w+")


class Choice(Definition, frozen=True, kw_only=True):
    """Texts chosen by the sign of the figure `by`; without a figure `none` stands."""

    by: str
    up: Text = ""
    down: Text = ""
    zero: Text = ""
    none: Text = ""


Text = str | Choice | tuple[str | Choice, ...]
"""A text with placeholders, a choice, or several of them one after the other."""


class ListLine(Definition, frozen=True, kw_only=True):
    """A line of a list."""

    text: tuple[Text, ...]
    item: bool = True


class Task(Definition, frozen=True, kw_only=True):
    """A line of the next quarter's work, written where one of the figures of `when` is above zero.

    And not where `Kế hoạch` plans work of a kind of `unless`: another line then quotes the plan.
    """

    text: str
    when: tuple[str, ...] = ()
    unless: tuple[Kind, ...] = ()


class Tasks(Definition, frozen=True, kw_only=True):
    """The next quarter's work."""

    heading: str
    heading_without_period: str
    intro: str
    items: tuple[Task, ...]


class SectionPhrases(Definition, frozen=True, kw_only=True):
    """A section: its paragraphs (lists of texts) and lines of lists."""

    body: tuple[tuple[Text, ...] | ListLine, ...]
    heading: str = ""


class LetterWording(Definition, frozen=True, kw_only=True):
    """The head and the foot of the document."""

    nation: str
    motto: str
    above: str
    number: str
    place_and_day: str
    place_and_day_without_period: str
    unknown_place: str
    signed_as: str
    receivers_heading: str
    receivers_above: str
    receivers_kept: str


class Phrases(Definition, frozen=True, kw_only=True):
    """All that the bulletin says."""

    kind: str
    draft: str
    subject: str
    subject_without_period: str
    sections: tuple[SectionPhrases, ...]
    tasks: Tasks
    letter: LetterWording
    source: str
    source_without_cell: str


@cache
def printable() -> tuple[Figure, ...]:
    """The figures that a bulletin may print: those of `Tổng hợp`, and those against the year before."""
    summary = load_office().sheet("summary")
    return (*summary.figures, *summary.year_before_figures)


def load_phrases(folder: Path | None = None) -> Phrases:
    """The wording.

    Raises:
        BadDefinition: the YAML has a mistake; file, place and remedy are told.
    """
    path = (folder or schemas_folder() / "bulletin") / "phrases.yaml"
    content = read_yaml(path)
    phrases = check_definition(Phrases, content, path)
    known = (
        WORDS | {f"{OF_WORK}{kind}" for kind in load_works().works} | {figure.name for figure in printable()}
    )
    for key in ("subject", "sections", "tasks"):
        for name in _NAMES.findall(repr(content[key])):
            if name not in known:
                raise BadDefinition(
                    "E-DEFINITION",
                    path=path.name,
                    place=key,
                    problem=f"`{name}`",
                    advice="Dùng tên ô của Tổng hợp, ví dụ {TH_DuNo}. / Use a defined name of Tổng hợp.",
                )
    return phrases
