"""The national catalogues of `schemas/catalogues/national/`: an office's communes, and what they became.

The index (offices and provinces of all states) is one small file; the communes are one file a province, so
that an office loads no more than its own. Both are made by `tools/catalogues.py`; see docs/catalogues.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import TypeVar

import msgspec

from sheetcredit.catalogue.entry import Entry
from sheetcredit.model.checked_yaml import Words
from sheetcredit.model.errors import BadDefinition
from sheetcredit.model.resources import schemas_folder
from sheetcredit.model.yaml_file import LOADING

_Model = TypeVar("_Model")
_TITLES = ("Thành phố ", "Thị xã ", "Quận ", "Huyện ", "Tỉnh ")


class _State(msgspec.Struct, frozen=True, array_like=True):
    letter: str
    begins: date
    ends: date | None


class _Province(msgspec.Struct, frozen=True, array_like=True):
    code: str
    name: str
    states: str
    now: str


class _Office(msgspec.Struct, frozen=True, array_like=True):
    code: str
    place: str
    province: str
    states: str


class _Index(msgspec.Struct, frozen=True):
    states: tuple[_State, ...]
    provinces: tuple[_Province, ...]
    offices: tuple[_Office, ...]


class _Commune(msgspec.Struct, frozen=True, array_like=True):
    code: str
    name: str
    states: str
    office: str
    also: tuple[str, ...] = ()


class _Communes(msgspec.Struct, frozen=True):
    province: str
    name: str
    communes: tuple[_Commune, ...]
    became_b: tuple[tuple[str, tuple[str, ...]], ...]
    became_c: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Province:
    """The communes of a province of now in all states, and what each became."""

    listed: _Communes
    states: tuple[_State, ...]

    @cached_property
    def by_office(self) -> Mapping[str, Sequence[Entry]]:
        """The communes of each office; those `elsewhere` that another office serves and it had a part of."""
        found: dict[str, list[Entry]] = defaultdict(list)
        for commune in self.listed.communes:
            entry = self._entry(commune)
            found[commune.office].append(entry)
            for office in commune.also:
                found[office].append(msgspec.structs.replace(entry, office=office, elsewhere=True))
        return dict(found)

    @cached_property
    def communes(self) -> tuple[Entry, ...]:
        """All communes by code, each with the office that serves it."""
        return tuple(self._entry(commune) for commune in self.listed.communes)

    def became(self, code: str, then: date, now: date) -> tuple[str, ...] | None:
        """The codes on a later day of what was a commune on an earlier one; None where nobody knows."""
        here: tuple[str, ...] = (code,)
        for state in self.states[1:]:
            if then < state.begins <= now:
                here = self._step(here, state.letter)
        return here or None

    def _step(self, codes: Iterable[str], letter: str) -> tuple[str, ...]:
        there, became = self._steps[letter]
        found: dict[str, None] = {}
        for code in codes:
            parts = became.get(code) or ((code,) if code in there else ())
            if not parts:
                return ()
            found |= dict.fromkeys(parts)
        return tuple(found)

    @cached_property
    def _steps(self) -> Mapping[str, tuple[frozenset[str], Mapping[str, tuple[str, ...]]]]:
        became = {"b": dict(self.listed.became_b), "c": dict(self.listed.became_c)}
        return {
            letter: (frozenset(c.code for c in self.listed.communes if letter in c.states), parts)
            for letter, parts in became.items()
        }

    def _entry(self, commune: _Commune) -> Entry:
        begins, ends = days_of(self.states, commune.states)
        return Entry(
            code=commune.code, name=Words(vi=commune.name), valid_from=begins, valid_to=ends,
            office=commune.office, derived=True,
        )  # fmt: skip


@dataclass(frozen=True)
class Nation:
    """The catalogues in a folder; what is asked for is loaded then."""

    folder: Path

    def __reduce__(self) -> tuple[object, ...]:
        """How it is pickled: without what was loaded."""
        return national, ()

    @cached_property
    def offices(self) -> Mapping[str, Sequence[Entry]]:
        """The offices by code, one entry for each time it had one name."""
        found: dict[str, list[Entry]] = defaultdict(list)
        for office in self._index.offices:
            found[office.code] += self._office(office)
        return dict(found)

    @property
    def office_codes(self) -> frozenset[str]:
        """The codes of all offices."""
        return frozenset(office.code for office in self._index.offices)

    def office(self, code: str) -> Sequence[Entry]:
        """The entries of an office, one for each time it had one name; none where it is unknown."""
        return [entry for one in self._index.offices if one.code == code for entry in self._office(one)]

    @cached_property
    def branches(self) -> tuple[Entry, ...]:
        """The branches, 63 until June 2025 and 34 from then on: one a province, with the province's code."""
        return tuple(
            Entry(
                code=province.code, name=Words(vi=branch_name(province.name)), place=untitled(province.name),
                valid_from=begins, valid_to=ends, derived=True,
            )
            for province in self._index.provinces
            for begins, ends in (days_of(self._index.states, province.states),)
        )  # fmt: skip

    @property
    def provinces(self) -> Mapping[str, str]:
        """The provinces of now: name by code."""
        return {one.code: one.name for one in self._index.provinces if "c" in one.states}

    def provinces_of_any_time(self) -> Iterable[tuple[str, str]]:
        """Every name that a province has or had, with the code of the province of now."""
        return ((one.name, one.now) for one in sorted(self._index.provinces, key=lambda one: one.states))

    def state_begins(self, day: date) -> date:
        """The day since which districts and communes are as they are on a day."""
        begun = [state.begins for state in self._index.states if state.begins <= day]
        return begun[-1] if begun else self._index.states[0].begins

    def province_of(self, office: str) -> str | None:
        """The code of the province of now in which an office is."""
        now = {province.code: province.now for province in self._index.provinces if "b" in province.states}
        return next((now[one.province] for one in self._index.offices if one.code == office), None)

    def communes_of(self, office: str) -> Sequence[Entry]:
        """The communes of an office in all states; none where it is unknown."""
        province = self.province_of(office)
        return self.province(province).by_office.get(office, ()) if province else ()

    def became(self, office: str, code: str, then: date, now: date) -> tuple[str, ...] | None:
        """The codes now of a commune of then in the province of an office; None where nobody knows."""
        province = self.province_of(office)
        return self.province(province).became(code, then, now) if province else None

    def province(self, code: str) -> Province:
        """A province of now, loaded once."""
        if code not in self._provinces:
            listed = _loaded(self.folder / f"{code}.json", _Communes)
            self._provinces[code] = Province(listed, self._index.states)
        return self._provinces[code]

    @cached_property
    def _provinces(self) -> dict[str, Province]:
        return {}

    @cached_property
    def _index(self) -> _Index:
        return _loaded(self.folder / "offices.json", _Index)

    @cached_property
    def _branch_names(self) -> Mapping[tuple[str, str], str]:
        """By province (as the offices name theirs) and letter of a state: the name of its branch."""
        now = {one.code: one.now for one in self._index.provinces if "b" in one.states}
        named = {(one.code, letter): one.name for one in self._index.provinces for letter in one.states}
        return {
            (code, state.letter): branch_name(named[now[code] if state.letter == "c" else code, state.letter])
            for code in now
            for state in self._index.states
        }

    def _office(self, office: _Office) -> Iterable[Entry]:
        """One entry for each time in which its name and its branch's stayed the same."""
        for branch, letters in groupby(
            office.states, key=lambda letter: self._branch_names[office.province, letter]
        ):
            begins, ends = days_of(self._index.states, "".join(letters))
            yield Entry(
                code=office.code, name=Words(vi=office_name(office.place)), place=untitled(office.place),
                branch=Words(vi=branch), valid_from=begins, valid_to=ends, derived=True,
            )  # fmt: skip


def national() -> Nation:
    """The catalogues that come with the program."""
    return Nation(schemas_folder() / "catalogues" / "national")


def days_of(states: Iterable[_State], letters: str) -> tuple[date, date]:
    """The first and the last day of the states with these letters."""
    chosen = [state for state in states if state.letter in letters]
    return chosen[0].begins, chosen[-1].ends or date.max


def office_name(place: str) -> str:
    """The name of an office by its place, `Huyện An Dương` or `An Dương`."""
    return f"PGD NHCSXH {_spoken(place)}"


def branch_name(province: str) -> str:
    """The name of a branch by its province, `Thành phố Hải Phòng`."""
    return f"Chi nhánh NHCSXH {_spoken(province)}"


def untitled(place: str) -> str:
    """A place without its title, unless a number would be left."""
    title = next((title for title in _TITLES if place.startswith(title)), "")
    short = place.removeprefix(title)
    return place if short.isdigit() else short


def _spoken(place: str) -> str:
    return place[0].lower() + place[1:] if place.startswith(_TITLES) else place


def _loaded(path: Path, model: type[_Model]) -> _Model:
    try:
        with LOADING:
            return msgspec.json.decode(path.read_bytes(), type=model)
    except (OSError, msgspec.DecodeError) as error:
        raise BadDefinition(
            "E-DEFINITION", path=path.name, place="-", problem=str(error),
            advice="Cài lại công cụ, hoặc `make catalogues`. / Install again, or `make catalogues`.",
        ) from error  # fmt: skip
