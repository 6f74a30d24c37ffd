"""The dated catalogues of `schemas/catalogues/`: which code means what, from when until when."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path

from sheetcredit.model.checked_yaml import Definition, Words, check_definition, read_yaml
from sheetcredit.model.errors import BadDefinition
from sheetcredit.model.resources import schemas_folder
from sheetcredit.model.text import Language


class Entry(Definition, frozen=True, kw_only=True):
    """A code with its name and the days it is valid; other fields depend on the catalogue."""

    code: str
    name: Words
    valid_from: date = date.min
    valid_to: date = date.max
    unverified: bool = False
    aliases: tuple[str, ...] = ()
    short: str = ""
    direct: bool = False
    group: int | None = None
    office: str | None = None
    branch: Words | None = None
    place: str = ""
    send_to: str = ""
    programmes: tuple[str, ...] = ()
    dong: int | None = None

    def valid_on(self, day: date) -> bool:
        """Whether the code was in force on that day."""
        return self.valid_from <= day <= self.valid_to


class _Entries(Definition, frozen=True, kw_only=True):
    entries: tuple[Entry, ...]


class Level(Definition, frozen=True, kw_only=True):
    """A rating: scores below `below` (and not below the previous level) get it."""

    below: float
    code: str
    name: Words


class RatingScale(Definition, frozen=True, kw_only=True):
    """The rating levels in force from a day."""

    valid_from: date
    levels: tuple[Level, ...]


class Bounds(Definition, frozen=True, kw_only=True):
    """A least and a most in force from a day."""

    valid_from: date
    least: int
    most: int


class Jump(Definition, frozen=True, kw_only=True):
    """How far a measure may move from one quarter to the next: `least` in đồng, or a number of things."""

    measure: str
    percent: int
    least: int


class ContinuityLimits(Definition, frozen=True, kw_only=True):
    """What is looked at against the previous period, from a day; see `limits.yaml`."""

    valid_from: date
    near_threshold: int
    score_move: int
    listed: int
    search: int
    jumps: tuple[Jump, ...]


class Limits(Definition, frozen=True, kw_only=True):
    """Dated parameters of the rules."""

    group_size: tuple[Bounds, ...]
    rating: tuple[RatingScale, ...]
    plan_completion: tuple[Bounds, ...]
    continuity: tuple[ContinuityLimits, ...] = ()

    def continuity_on(self, day: date) -> ContinuityLimits:
        """What holds against the previous period on a day."""
        held = (limits for limits in self.continuity if limits.valid_from <= day)
        return max(held, key=lambda limits: limits.valid_from)


def in_force(dated: Iterable[Bounds], day: date) -> Bounds:
    """The bounds that hold on a day: the latest that began by then."""
    return max((entry for entry in dated if entry.valid_from <= day), key=lambda entry: entry.valid_from)


def scale_in_force(scales: Iterable[RatingScale], day: date) -> RatingScale:
    """The rating scale that holds on a day."""
    return max((scale for scale in scales if scale.valid_from <= day), key=lambda scale: scale.valid_from)


@cache
def load_catalogue(name: str, folder: Path | None = None) -> tuple[Entry, ...]:
    """All entries of a catalogue (`associations`, `programmes`, `communes` …), in file order."""
    path = _file(name, folder)
    return check_definition(_Entries, read_yaml(path), path).entries


@dataclass(frozen=True)
class Catalogues:
    """All catalogues and dated limits. `entries` by name of the catalogue, in file order.

    A nation has ten thousand communes: what is looked up by code or office is indexed at first use.
    """

    entries: Mapping[str, tuple[Entry, ...]]
    limits: Limits

    def __reduce__(self) -> tuple[object, ...]:
        """How it is pickled: without the indexes."""
        return Catalogues, (self.entries, self.limits)

    def of(self, name: str) -> tuple[Entry, ...]:
        """The entries of one catalogue."""
        return self.entries.get(name, ())

    def communes_of(self, office: str | None) -> Sequence[Entry]:
        """The communes that an office reports on."""
        return self._communes.get(office, ())

    def name_of(self, catalogue: str, code: str | None, day: date, language: Language = "vi") -> str:
        """The name of a code on a day; the code itself where it has none."""
        for entry in self._coded.get((catalogue, code or ""), ()):
            if entry.valid_on(day):
                return entry.name.say(language)
        return code or ""

    @cached_property
    def _coded(self) -> Mapping[tuple[str, str], Sequence[Entry]]:
        coded: dict[tuple[str, str], list[Entry]] = defaultdict(list)
        for catalogue, entries in self.entries.items():
            for entry in entries:
                coded[catalogue, entry.code].append(entry)
        return dict(coded)

    @cached_property
    def _communes(self) -> Mapping[str | None, Sequence[Entry]]:
        communes: dict[str | None, list[Entry]] = defaultdict(list)
        for entry in self.of("communes"):
            communes[entry.office].append(entry)
        return dict(communes)


THEIR_CATALOGUES = "SHEETCREDIT_CATALOGUES"
"""The environment variable that names a folder of catalogues which are not ours."""

CATALOGUES = ("associations", "programmes", "funding_sources", "communes", "offices", "branches", "units")


@cache
def load_catalogues(folder: Path | None = None) -> Catalogues:
    """All catalogues of a folder (ours by default)."""
    return Catalogues({name: load_catalogue(name, folder) for name in CATALOGUES}, load_limits(folder))


@cache
def load_limits(folder: Path | None = None) -> Limits:
    """The dated parameters of the rules."""
    path = _file("limits", folder)
    return check_definition(Limits, read_yaml(path), path)


def _file(name: str, folder: Path | None) -> Path:
    """A catalogue's file: in the folder given, else in that of `SHEETCREDIT_CATALOGUES`, else ours.

    Whoever keeps only some catalogues of their own (the communes and offices of a province) keeps only those.
    """
    ours = schemas_folder() / "catalogues" / f"{name}.yaml"
    if folder is not None:
        return folder / ours.name
    theirs = os.environ.get(THEIR_CATALOGUES)
    if not theirs:
        return ours
    if not Path(theirs).is_dir():
        raise BadDefinition("E-CATALOGUES", path=theirs, variable=THEIR_CATALOGUES)
    own = Path(theirs) / ours.name
    return own if own.is_file() else ours
