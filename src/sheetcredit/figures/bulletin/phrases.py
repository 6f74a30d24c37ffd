"""The wording of the bulletin: `schemas/bulletin/phrases.yaml` as checked values."""

from __future__ import annotations

from functools import cache

from sheetcredit.model.resources import schemas_folder
from sheetcredit.template.definition import Part, check_definition, read_yaml


class Choice(Part, frozen=True, kw_only=True):
    """Texts chosen by the sign of the figure `by`; without a figure `none` stands."""

    by: str
    up: Text = ""
    down: Text = ""
    zero: Text = ""
    none: Text = ""


Text = str | Choice | tuple[str | Choice, ...]
"""A text with placeholders, a choice, or several of them one after the other."""


class Item(Part, frozen=True, kw_only=True):
    """A line of a list."""

    text: tuple[Text, ...]
    item: bool = True


class Task(Part, frozen=True, kw_only=True):
    """A line of the next quarter's work, written where one of the figures of `when` is above zero."""

    text: str
    when: tuple[str, ...] = ()


class Tasks(Part, frozen=True, kw_only=True):
    """The next quarter's work."""

    heading: str
    heading_without_period: str
    intro: str
    items: tuple[Task, ...]


class SectionPhrases(Part, frozen=True, kw_only=True):
    """A section: its paragraphs (lists of texts) and lines of lists."""

    body: tuple[tuple[Text, ...] | Item, ...]
    heading: str = ""


class Phrases(Part, frozen=True, kw_only=True):
    """All that the bulletin says."""

    kind: str
    draft: str
    subject: str
    subject_without_period: str
    sections: tuple[SectionPhrases, ...]
    tasks: Tasks
    letter: dict[str, str]
    source: str
    source_without_cell: str


@cache
def load_phrases() -> Phrases:
    """The wording.

    Raises:
        BadDefinition: the YAML has a mistake; file, place and remedy are told.
    """
    path = schemas_folder() / "bulletin" / "phrases.yaml"
    return check_definition(Phrases, read_yaml(path), path)
