"""The dated catalogues of `schemas/catalogues/`: which code means what, from when until when."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import TypeVar

from msgspec import structs

from sheetcredit.catalogue.entry import Entry
from sheetcredit.catalogue.national import Nation, national
from sheetcredit.catalogue.own_offices import OwnOffice, OwnOffices, load_own_offices
from sheetcredit.model.checked_yaml import Definition, Words, check_definition, read_yaml
from sheetcredit.model.errors import BadDefinition
from sheetcredit.model.resources import schemas_folder
from sheetcredit.model.text import Language
from sheetcredit.settings import settings_file


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


class ProgrammeAverage(Definition, frozen=True, kw_only=True):
    """What the balance per customer of one programme may be, in đồng."""

    programme: str
    least: int
    most: int


class AverageLoan(Definition, frozen=True, kw_only=True):
    """What a programme's balance per customer may be, in đồng, where it has at least `customers`.

    Other bounds hold for the programmes in `of`.
    """

    valid_from: date
    least: int
    most: int
    customers: int
    of: tuple[ProgrammeAverage, ...] = ()

    def bounds_of(self, programme: str | None) -> tuple[int, int]:
        """The least and most of a programme."""
        own = next((one for one in self.of if one.programme == programme), None)
        return (own.least, own.most) if own else (self.least, self.most)


class Apart(Definition, frozen=True, kw_only=True):
    """Too far apart: the largest exceeds `percent` of the smallest and is more than `least` đồng above."""

    percent: int
    least: int


class FundingLimits(Definition, frozen=True, kw_only=True):
    """How far the figures of one source may lie apart, and all sources from what the programmes owe."""

    valid_from: date
    apart: tuple[Apart, ...]
    percent: int
    least: int


_Dated = TypeVar("_Dated", Bounds, AverageLoan, FundingLimits)


class Jump(Definition, frozen=True, kw_only=True):
    """How far a measure may move from one quarter to the next: `least` in đồng, or a number of things."""

    measure: str
    percent: int
    least: int


class Unchanged(Definition, frozen=True, kw_only=True):
    """A measure that is expected to change, where so many rows of a sheet hold it."""

    measure: str
    rows: int


class ContinuityLimits(Definition, frozen=True, kw_only=True):
    """What is looked at against the previous period, from a day; see `limits.yaml`."""

    valid_from: date
    near_threshold: int
    score_move: int
    listed: int
    search: int
    unchanged: tuple[Unchanged, ...]
    jumps: tuple[Jump, ...]


class Limits(Definition, frozen=True, kw_only=True):
    """Dated parameters of the rules."""

    group_size: tuple[Bounds, ...]
    rating: tuple[RatingScale, ...]
    plan_completion: tuple[Bounds, ...]
    average_loan: tuple[AverageLoan, ...]
    funding: tuple[FundingLimits, ...]
    continuity: tuple[ContinuityLimits, ...] = ()

    def continuity_on(self, day: date) -> ContinuityLimits:
        """What holds against the previous period on a day."""
        held = (limits for limits in self.continuity if limits.valid_from <= day)
        return max(held, key=lambda limits: limits.valid_from)


def in_force(dated: Iterable[_Dated], day: date) -> _Dated:
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
    """All catalogues and dated limits.

    `entries` are the lists of the files by name of the catalogue, in file order. Offices, branches and
    communes that no file lists are the `nation`'s; `own` is what an office or its branch has put right. What
    of the nation is asked for is loaded then, and what is looked up is indexed at first use.
    """

    entries: Mapping[str, tuple[Entry, ...]]
    limits: Limits
    nation: Nation | None = None
    own: OwnOffices = field(default_factory=OwnOffices)

    def __reduce__(self) -> tuple[object, ...]:
        """How it is pickled: without the indexes."""
        return Catalogues, (self.entries, self.limits, self.nation, self.own)

    def with_entries(self, entries: Mapping[str, tuple[Entry, ...]]) -> Catalogues:
        """The same with these lists."""
        return Catalogues(entries, self.limits, self.nation, self.own)

    def of(self, name: str) -> tuple[Entry, ...]:
        """The entries of one catalogue; of communes only those that a file lists (see `communes_of`)."""
        if name == "offices":
            return self._offices
        if name == "branches":
            return self._branches
        return self.entries.get(name, ())

    def office_on(self, code: str | None, day: date) -> Entry | None:
        """An office by its code or its POS code, as it is called on a day; None where nobody knows it."""
        found = self._office(code) if code else ()
        return next((entry for entry in found if entry.valid_on(day)), found[-1] if found else None)

    @property
    def office_codes(self) -> frozenset[str]:
        """The codes of all offices that anybody knows, the POS codes among them."""
        own = (code for one in self.own.all() for code in (one.code, one.pos) if code)
        listed = (entry.code for entry in self.entries.get("offices", ()))
        return frozenset((*own, *listed)) | (self.nation.office_codes if self.nation else frozenset())

    def office_code(self, code: str | None) -> str | None:
        """The one code under which an office is counted, whichever of its codes a workbook carries."""
        own = self.own.find(code) if code else None
        return own.code if own else code

    def communes_of(self, office: str | None) -> Sequence[Entry]:
        """The communes that an office reports on, of all days; `elsewhere` those it had a part of.

        Of an office without any, those that belong to none.
        """
        if office not in self._communes:
            self._communes[office] = self._communes_as_told(office)
        return self._communes[office]

    def around(self, office: str | None) -> Sequence[Entry]:
        """The communes of the province in which an office is, of all offices and days."""
        own = self.own.find(office) if office else None
        where = own.province if own else ""
        if self.nation is None or office is None:
            return self.entries.get("communes", ())
        where = where or self.nation.province_of(own.code if own else office) or ""
        return self.nation.province(where).communes if where else ()

    def became(self, office: str | None, code: str, then: date, now: date) -> tuple[str, ...] | None:
        """The codes now of what was a commune of an office then; None where no catalogue tells."""
        if office is None or self.nation is None or self._listed_communes.get(office):
            return None
        own = self.own.find(office)
        where = own.province if own and own.province else self.nation.province_of(own.code if own else office)
        return self.nation.province(where).became(code, then, now) if where else None

    def name_of(
        self,
        catalogue: str,
        code: str | None,
        day: date,
        language: Language = "vi",
        office: str | None = None,
    ) -> str:
        """The name of a code on a day, of a commune among those of an office; the code where it has none."""
        mine = self._communes_by_code(office).get(code or "", ()) if catalogue == "communes" else ()
        for entry in (*mine, *self._coded.get((catalogue, code or ""), ())):
            if entry.valid_on(day):
                return entry.name.say(language)
        return code or ""

    def _communes_by_code(self, office: str | None) -> Mapping[str, Sequence[Entry]]:
        if office not in self._communes_coded:
            coded: dict[str, list[Entry]] = defaultdict(list)
            for entry in self.communes_of(office):
                for code in filter(None, (entry.code, entry.bank_code)):
                    coded[code].append(entry)
            self._communes_coded[office] = dict(coded)
        return self._communes_coded[office]

    def _office(self, code: str) -> Sequence[Entry]:
        own = self.own.find(code)
        known = own.code if own else code
        listed = [entry for entry in self.entries.get("offices", ()) if entry.code == known]
        found = listed or (self.nation.office(known) if self.nation else ())
        return _put_right(own, found) if own else found

    def _communes_as_told(self, office: str | None) -> Sequence[Entry]:
        own = self.own.find(office) if office else None
        known = own.code if own else office
        found = self._listed_communes.get(known, ())
        if not found and self.nation and known:
            found = self.nation.communes_of(known)
        if own is None or not own.communes:
            return found
        before = own.valid_from - timedelta(days=1) if own.valid_from > date.min else date.min
        earlier = [
            structs.replace(one, valid_to=min(one.valid_to, before))
            for one in found
            if one.valid_from < own.valid_from
        ]
        return (*earlier, *self._own_communes(own))

    def _own_communes(self, own: OwnOffice) -> Iterable[Entry]:
        for told in own.communes:
            known = [
                one for one in self._anywhere(own) if one.code == told.code and one.valid_to >= own.valid_from
            ]
            for one in known or (Entry(code=told.code, name=Words(vi=told.name or told.code)),):
                yield structs.replace(
                    one, office=own.code, valid_from=max(one.valid_from, own.valid_from), elsewhere=False,
                    bank_code=told.bank_code, derived=False,
                    name=Words(vi=told.name) if told.name else one.name,
                )  # fmt: skip

    def _anywhere(self, own: OwnOffice) -> Iterable[Entry]:
        """The communes among which those of an office are: of its province, else of the whole nation."""
        if self.nation is None:
            return self.entries.get("communes", ())
        where = own.province or self.nation.province_of(own.code)
        codes = (where,) if where else tuple(self.nation.provinces)
        return (entry for code in codes for entry in self.nation.province(code).communes)

    @cached_property
    def _offices(self) -> tuple[Entry, ...]:
        national = self.nation.offices if self.nation else {}
        codes = dict.fromkeys(one.code for one in self.own.all())
        codes |= dict.fromkeys(entry.code for entry in self.entries.get("offices", ()))
        return tuple(entry for code in codes | dict.fromkeys(national) for entry in self._office(code))

    @cached_property
    def _branches(self) -> tuple[Entry, ...]:
        listed = self.entries.get("branches", ())
        named = {entry.name.vi for entry in listed}
        national = self.nation.branches if self.nation else ()
        return (*listed, *(entry for entry in national if entry.name.vi not in named))

    @cached_property
    def _coded(self) -> Mapping[tuple[str, str], Sequence[Entry]]:
        coded: dict[tuple[str, str], list[Entry]] = defaultdict(list)
        for catalogue, entries in self.entries.items():
            for entry in entries:
                coded[catalogue, entry.code].append(entry)
        return dict(coded)

    @cached_property
    def _listed_communes(self) -> Mapping[str | None, Sequence[Entry]]:
        communes: dict[str | None, list[Entry]] = defaultdict(list)
        for entry in self.entries.get("communes", ()):
            communes[entry.office].append(entry)
        return dict(communes)

    @cached_property
    def _communes_coded(self) -> dict[str | None, Mapping[str, Sequence[Entry]]]:
        return {}

    @cached_property
    def _communes(self) -> dict[str | None, Sequence[Entry]]:
        return {}


def _put_right(own: OwnOffice, found: Sequence[Entry]) -> Sequence[Entry]:
    """An office's entries with what somebody said of it, from the day on from which that holds."""
    said: dict[str, object] = {"bank_code": own.pos, "derived": False}
    said |= {"name": Words(vi=own.name)} if own.name else {}
    said |= {"branch": Words(vi=own.branch)} if own.branch else {}
    said |= {"place": own.place} if own.place else {}
    said |= {"send_to": own.send_to} if own.send_to else {}
    if not found:
        found = (Entry(code=own.code, name=Words(vi=own.name or own.code)),)
    return [structs.replace(one, **said) if one.valid_to >= own.valid_from else one for one in found]


THEIR_CATALOGUES = "SHEETCREDIT_CATALOGUES"
"""The environment variable that names a folder of catalogues which are not ours."""

CATALOGUES = ("associations", "programmes", "funding_sources", "communes", "offices", "branches", "units")


@cache
def load_catalogues(folder: Path | None = None) -> Catalogues:
    """All catalogues: ours, those of the folder in the settings, the nation's, and what was put right.

    With a `folder` only those in it. Whose folder lists offices or communes does without the nation's.
    """
    listed = {name: load_catalogue(name, folder) for name in CATALOGUES}
    limits = load_limits(folder)
    if folder is not None:
        return Catalogues(listed, limits)
    theirs = catalogues_folder()
    whole = theirs is not None and any(
        (theirs / f"{name}.yaml").is_file() for name in ("offices", "communes")
    )
    return Catalogues(listed, limits, None if whole else national(), load_own_offices())


@cache
def load_limits(folder: Path | None = None) -> Limits:
    """The dated parameters of the rules."""
    path = _file("limits", folder)
    return check_definition(Limits, read_yaml(path), path)


def catalogues_folder() -> Path | None:
    """The folder of catalogues that are not ours: named by the environment, or in the settings.

    Raises:
        BadDefinition: there is no such folder, or the settings cannot be read.
    """
    named = os.environ.get(THEIR_CATALOGUES) or _in_settings()
    if not named:
        return None
    folder = Path(named).expanduser()
    if not folder.is_dir():
        raise BadDefinition("E-CATALOGUES", path=named, variable=THEIR_CATALOGUES, settings=settings_file())
    return folder


def _in_settings() -> str:
    path = settings_file()
    if not path.is_file():
        return ""
    import tomllib  # noqa: PLC0415 - most have no settings

    try:
        said = tomllib.loads(path.read_text(encoding="utf-8-sig")).get("catalogues", {})
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or str(error)
        raise BadDefinition("E-SETTINGS", path=path, problem=problem) from error
    return str(said.get("folder", "")) if isinstance(said, dict) else ""


def _file(name: str, folder: Path | None) -> Path:
    """A catalogue's file: in the folder given, else in that of the settings, else ours.

    Whoever keeps only some catalogues of their own (the communes and offices of a province) keeps only those.
    """
    ours = schemas_folder() / "catalogues" / f"{name}.yaml"
    if folder is not None:
        return folder / ours.name
    theirs = catalogues_folder()
    own = theirs / ours.name if theirs else ours
    return own if own.is_file() else ours
