"""The words by which numbers in a text are understood: `schemas/bulletin/lexicon.yaml`, checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from sheetcredit.bulletin.verify.tokens import words_in
from sheetcredit.model.checked_yaml import Definition, Words, check_definition, read_yaml
from sheetcredit.model.errors import BadDefinition
from sheetcredit.model.resources import schemas_folder

Aspect = Literal[
    "level", "opening", "change", "growth", "share", "plan", "plan_level", "plan_growth", "average"
]
Kind = Literal["amount", "percent", "count", "other"]
PartKind = Literal["associations", "ratings", "programmes", "sources"]
Bound = Literal["over", "nearly", "about", "at_most", "at_least"]

RATIOS = ("growth", "share", "plan_level", "plan_growth")
"""The aspects of figures that are written in per cent."""

PLANS = ("plan_growth", "plan_level", "plan")
"""Completion of a plan, what it is measured on said or not."""

PLANNED = ("plan_amount", "plan_growth_amount")
"""What a plan asks for, in đồng: a level, or an increase."""

PERCENTAGES = frozenset(
    {*RATIOS, "plan", "ratio", "rate", "growth_other", "share_other", "ratio_other", "plan_other"}
)


class Unit(Definition, frozen=True, kw_only=True):
    """What a number counts; an amount's worth in đồng."""

    kind: Kind
    dong: int = 1
    measure: str | None = None
    owes: str | None = None


class Measure(Definition, frozen=True, kw_only=True):
    """What is counted or owed; the keys are explained in the YAML."""

    kind: Literal["amount", "count"]
    label: Words
    of: str | None = None
    adds: tuple[str, ...] = ()
    made_of: tuple[str, ...] = ()
    within: str | None = None
    of_association: str | None = None
    flow: bool = False
    ours: bool = True


class Division(Definition, frozen=True, kw_only=True):
    """A kind of parts: the measure they divide where none is named, and their name in the JSON."""

    measure: str
    label: str = ""


class PartOf(Definition, frozen=True, kw_only=True):
    """An association, a rating, a programme or a source of funding."""

    of: PartKind
    label: Words
    codes: tuple[tuple[str, ...], ...] = ()


class Phrase(Definition, frozen=True, kw_only=True):
    """Ways to say one thing, and what it means; the keys are explained at the head of the YAML."""

    say: tuple[str, ...] = ()
    unit: str | None = None
    measure: str | None = None
    part: str | None = None
    bare: bool = False
    loose: bool = False
    aside: bool = False
    borrows: bool = False
    owed: bool = False
    lends: bool = False
    some: bool = False
    aspect: Aspect | None = None
    sign: Literal["up", "down"] | None = None
    noun: bool = False
    level: bool = False
    verb: bool = False
    equal: bool = False
    zero: bool = False
    rate: bool = False
    names_rate: bool = False
    target: bool = False
    reached: bool = False
    keeps: bool = False
    since: Literal["opening", "year_before", "other"] | None = None
    versus: bool = False
    as_of: bool = False
    ahead: bool = False
    place: int = 0
    own: bool = False
    again: bool = False
    bound: Bound | None = None
    bound_after: Bound | None = None
    from_: bool = msgspec.field(default=False, name="from")
    per: bool = False
    opens: bool = False
    listing: Literal["whole", "some"] | None = None
    names: bool = False
    total: bool = False
    declares: bool = False
    nothing: bool = False


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
    kinds: dict[PartKind, Division]
    parts: dict[str, PartOf]
    phrases: tuple[Phrase, ...]
    digits: dict[str, int]
    abbreviations: tuple[str, ...]
    usual_write_off: Decimal
    figures: dict[str, Meaning]
    year_before_figures: dict[str, Meaning]
    sums: tuple[AddsUp, ...]


@dataclass(frozen=True)
class Lexicon:
    """The words, by their folded tokens; `longest` tells by its first word how long a phrase may be."""

    units: Mapping[str, Unit]
    measures: Mapping[str, Measure]
    kinds: Mapping[PartKind, Division]
    parts: Mapping[str, PartOf]
    figures: Mapping[str, Meaning]
    year_before_figures: Mapping[str, Meaning]
    sums: tuple[AddsUp, ...]
    phrases: Mapping[tuple[str, ...], Phrase]
    longest: Mapping[str, int]
    digits: Mapping[str, int]
    abbreviations: frozenset[str]
    usual_write_off: Decimal

    def base_of(self, measure: str, part: str | None) -> str | None:
        """What a share is of, where the text does not say."""
        if part is not None and self.divides(self.parts[part].of, measure):
            return measure
        return self.measures[measure].of

    def divides(self, kind: PartKind, measure: str) -> bool:
        """Whether a measure is told by parts of a kind."""
        return any(sum_.parts == kind and sum_.measure == measure for sum_ in self.sums)

    def parts_of(self, kind: PartKind) -> tuple[str, ...]:
        """The parts of one kind, in order."""
        return tuple(name for name, part in self.parts.items() if part.of == kind)

    def kind_of_part(self, part: str | None) -> PartKind | None:
        """The kind that a part is of."""
        return self.parts[part].of if part else None

    def figure_of(self, meaning: Meaning) -> str | None:
        """The defined name of the figure of `Tổng hợp` that has this meaning."""
        return next((name for name, known in self.figures.items() if self._same(known, meaning)), None)

    def _same(self, known: Meaning, meaning: Meaning) -> bool:
        if (known.measure, known.part, known.aspect) != (meaning.measure, meaning.part, meaning.aspect):
            return False
        return meaning.base in (None, known.base)

    def label_of(self, meaning: Meaning) -> str:
        """How the JSON calls a meaning that is no figure: `measure[/part].aspect`."""
        if meaning.aspect in ("target", "rate"):
            return meaning.aspect
        if meaning.aspect.startswith("average"):
            return f"average.{meaning.aspect.removeprefix('average_') if '_' in meaning.aspect else 'level'}"
        measure, aspect = meaning.measure, _LABELS.get(meaning.aspect, meaning.aspect)
        kind = self.kind_of_part(meaning.part)
        if kind and self.kinds[kind].label:
            name = self.kinds[kind].label
            if measure != self.kinds[kind].measure and aspect == "level":
                aspect = measure
        else:
            name = f"{measure}/{meaning.part}" if meaning.part else measure
        if aspect == "level" and not self.measures[measure].ours:
            return name
        return f"{name}.{aspect}"


_LABELS = {"plan_amount": "plan_level", "plan_growth_amount": "plan_growth"}


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
    phrases = _by_words(content.phrases)
    return Lexicon(
        units=content.units,
        measures=content.measures,
        kinds=content.kinds,
        parts=content.parts,
        figures=content.figures,
        year_before_figures=content.year_before_figures,
        sums=content.sums,
        phrases=phrases,
        longest=_longest(phrases),
        digits=content.digits,
        abbreviations=frozenset(content.abbreviations),
        usual_write_off=content.usual_write_off,
    )


def _by_words(phrases: Iterable[Phrase]) -> dict[tuple[str, ...], Phrase]:
    """The phrases by their tokens; what is listed twice means both (`tháng` counts, and names)."""
    by_words: dict[tuple[str, ...], Phrase] = {}
    for phrase in phrases:
        for text in phrase.say:
            words = tuple(words_in(text))
            known = by_words.get(words)
            by_words[words] = _together(known, phrase) if known else phrase
    return by_words


def _longest(phrases: Iterable[tuple[str, ...]]) -> dict[str, int]:
    longest: dict[str, int] = {}
    for words in phrases:
        longest[words[0]] = max(len(words), longest.get(words[0], 0))
    return longest


def _together(first: Phrase, second: Phrase) -> Phrase:
    both = msgspec.structs.asdict(first)
    plain = Phrase()
    both |= {
        name: value for name, value in msgspec.structs.asdict(second).items() if value != getattr(plain, name)
    }
    return Phrase(**both)


def kind_of(meaning: Meaning, lexicon: Lexicon) -> Kind:
    """What a number of that meaning is written in."""
    if meaning.aspect in PERCENTAGES:
        return "percent"
    if meaning.aspect in (*PLANNED, "average"):
        return "amount"
    return lexicon.measures[meaning.measure].kind
