"""The words by which numbers in a text are understood: `schemas/bulletin/lexicon.yaml`, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from sheetcredit.bulletin.verify.tokens import words_in
from sheetcredit.model.checked_yaml import Definition, Words, check_definition, read_yaml
from sheetcredit.model.errors import BadDefinition
from sheetcredit.model.resources import schemas_folder

Aspect = Literal["level", "opening", "change", "growth", "share", "plan", "plan_level", "plan_growth"]
Kind = Literal["amount", "percent", "count", "other"]
PartKind = Literal["associations", "ratings"]

RATIOS = ("growth", "share", "plan_level", "plan_growth")
"""The aspects that are written in per cent."""


class Unit(Definition, frozen=True, kw_only=True):
    """What a number counts; an amount's worth in đồng."""

    kind: Kind
    dong: int = 1
    measure: str | None = None


class Measure(Definition, frozen=True, kw_only=True):
    """What is counted or owed; the keys are explained in the YAML."""

    kind: Literal["amount", "count"]
    label: Words
    of: str | None = None
    adds: tuple[str, ...] = ()
    within: str | None = None
    of_association: str | None = None


class PartOf(Definition, frozen=True, kw_only=True):
    """An association or a rating."""

    of: PartKind
    label: Words


class Phrase(Definition, frozen=True, kw_only=True):
    """Ways to say one thing, and what it means; the keys are explained at the head of the YAML."""

    say: tuple[str, ...] = ()
    unit: str | None = None
    measure: str | None = None
    part: str | None = None
    bare: bool = False
    aspect: Aspect | None = None
    sign: Literal["up", "down"] | None = None
    since: Literal["opening", "other"] | None = None
    about: Literal["over", "nearly", "about"] | None = None
    level: bool = False
    zero: bool = False
    opens: bool = False
    other: bool = False
    names: bool = False
    names_rate: bool = False
    loose: bool = False
    narrows: bool = False
    as_of: bool = False
    ahead: bool = False
    declares: bool = False
    total: bool = False


class Meaning(Definition, frozen=True, kw_only=True):
    """What a number is about: of which measure (or part of it) which aspect; a share is of `base`."""

    measure: str
    aspect: str
    part: str | None = None
    base: str | None = None


class AddsUp(Definition, frozen=True, kw_only=True):
    """Parts of a kind that give the whole of a measure."""

    measure: str
    parts: PartKind


class _Content(Definition, frozen=True, kw_only=True):
    units: dict[str, Unit]
    measures: dict[str, Measure]
    kinds: dict[PartKind, str]
    parts: dict[str, PartOf]
    phrases: tuple[Phrase, ...]
    figures: dict[str, Meaning]
    sums: tuple[AddsUp, ...]


@dataclass(frozen=True)
class Lexicon:
    """The words, by their folded tokens."""

    units: Mapping[str, Unit]
    measures: Mapping[str, Measure]
    kinds: Mapping[PartKind, str]
    parts: Mapping[str, PartOf]
    figures: Mapping[str, Meaning]
    sums: tuple[AddsUp, ...]
    phrases: Mapping[tuple[str, ...], Phrase]
    longest: int

    def base_of(self, measure: str, part: str | None) -> str | None:
        """What a share is of, where the text does not say."""
        if part is not None:
            return measure
        return self.measures[measure].of

    def divides(self, kind: PartKind, measure: str) -> bool:
        """Whether a measure is told by parts of a kind."""
        return any(sum_.parts == kind and sum_.measure == measure for sum_ in self.sums)

    def parts_of(self, kind: PartKind) -> tuple[str, ...]:
        """The parts of one kind, in order."""
        return tuple(name for name, part in self.parts.items() if part.of == kind)


@cache
def load_lexicon(folder: Path | None = None) -> Lexicon:
    """The lexicon.

    Raises:
        BadDefinition: the YAML has a mistake; file, place and remedy are told.
    """
    path = (folder or schemas_folder() / "bulletin") / "lexicon.yaml"
    content = check_definition(_Content, read_yaml(path), path)
    for phrase in content.phrases:
        for name, known in (
            (phrase.unit, content.units),
            (phrase.measure, content.measures),
            (phrase.part, content.parts),
        ):
            if name is not None and name not in known:
                raise BadDefinition(
                    "E-DEFINITION",
                    path=path.name,
                    place=f"phrases: {phrase.say[0]}",
                    problem=f"`{name}`",
                    advice="Dùng một tên ở đầu tệp này. / Use one of the names at the head of that file.",
                )
    phrases = {tuple(words_in(text)): phrase for phrase in content.phrases for text in phrase.say}
    for phrase in content.phrases:  # `tháng` both counts and names
        if phrase.names:
            for text in phrase.say:
                unit = next((p.unit for p in content.phrases if p.unit and text in p.say), None)
                phrases[tuple(words_in(text))] = Phrase(names=True, unit=unit)
    return Lexicon(
        units=content.units,
        measures=content.measures,
        kinds=content.kinds,
        parts=content.parts,
        figures=content.figures,
        sums=content.sums,
        phrases=phrases,
        longest=max(map(len, phrases)),
    )


def kind_of(meaning: Meaning, lexicon: Lexicon) -> Kind:
    """What a number of that meaning is written in."""
    if meaning.aspect in (*RATIOS, "plan", "ratio"):
        return "percent"
    return lexicon.measures[meaning.measure].kind
