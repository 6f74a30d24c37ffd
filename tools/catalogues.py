"""The national catalogues of `schemas/catalogues/national/`, made from published lists: `make catalogues`.

Communes in their three states (2024, the first half of 2025, from 1 July 2025), what each became, the offices
that follow from the districts of 2024, and the branches. The sources are packages that carry the statistics
office's codes and names; they are fetched into a build folder when this runs and are no dependency of the
program. Only the codes and names are taken, and who became what: public facts, no file and no code.

What the sources say differently of the same state is written into `tools/catalogues_compared.json`, of which
`make docs` makes `docs/catalogues.md`.
"""

from __future__ import annotations

import argparse
import json
import re
import sqlite3
import subprocess
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zipfile import ZipFile

ROOT = Path(__file__).resolve().parent.parent
NATIONAL = ROOT / "schemas" / "catalogues" / "national"
COMPARED = ROOT / "tools" / "catalogues_compared.json"
BUILD = ROOT / "build" / "catalogues"

SOURCES = (
    ("vietnam-provinces", "0.5.0"),
    ("vietnam-provinces", "0.6.0"),
    ("vietnam-provinces", "2025.10.1"),
    ("vietnamadminunits", "1.0.4"),
)
STATES = {"a": ("2004-01-01", "2024-12-31"), "b": ("2025-01-01", "2025-06-30"), "c": ("2025-07-01", None)}
"""A state's letter in the files, and its days. Districts and communes changed on several days around the end
of 2024, the last on 1 March 2025; the lists know the state before and the state after."""
COUNTS = {"a": (705, 10_598), "b": (696, 10_040), "c": (34, 3_321)}
"""Districts (then provinces) and communes of each state; the second counts five island districts."""
_ISLANDS = 5  # districts without communes: Bạch Long Vĩ, Cồn Cỏ, Hoàng Sa, Lý Sơn, Côn Đảo
_TITLES = re.compile(r"^(Thành phố|Thị xã|Thị trấn|Quận|Huyện|Phường|Đặc khu|Tỉnh|Xã) ")
_OLD_TONES = re.compile(r"(?<![qQ])([oO][àáảãạ]|[oO][èéẻẽẹ]|[uU][ỳýỷỹỵ])(?!\w)")


@dataclass(frozen=True)
class Place:
    """A commune in one state. `district` is empty once there are none."""

    code: str
    name: str
    province: str
    district: str = ""


@dataclass(frozen=True)
class State:
    """All communes of one state by code, and the names of the districts and provinces."""

    communes: Mapping[str, Place]
    districts: Mapping[str, tuple[str, str]]  # name, province
    provinces: Mapping[str, str]


@dataclass(frozen=True)
class Row:
    """A commune as the files list it: `states` as letters, its office, others that had a part of it."""

    code: str
    name: str
    states: str
    office: str
    also: tuple[str, ...] = ()


# --- Sources ---


def fetch(folder: Path) -> dict[tuple[str, str], ZipFile]:
    """The source packages, fetched by pip where the build folder lacks them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, version in SOURCES:
        if not _wheels(folder, name, version):
            subprocess.run(
                [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet",
                 "--no-deps", "--only-binary=:all:", "--dest", str(folder), f"{name}=={version}"],
                check=True,
            )  # fmt: skip
    return {(name, version): ZipFile(_wheels(folder, name, version)[0]) for name, version in SOURCES}


def _wheels(folder: Path, name: str, version: str) -> list[Path]:
    return list(folder.glob(f"{name.replace('-', '_')}-{version}-*.whl"))


def _divisions(package: ZipFile) -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = json.loads(package.read("vietnam_provinces/data/flat-divisions.json"))
    return loaded


def with_districts(package: ZipFile) -> State:
    """A state before July 2025, from a list whose rows are communes with their district and province."""
    communes, districts, provinces = {}, {}, {}
    for row in _divisions(package):
        province, district = f"{row['province_code']:02d}", f"{row['district_code']:03d}"
        provinces[province] = row["province_name"]
        districts[district] = (spelled(row["district_name"]), province)
        if row["ward_code"]:
            code = f"{row['ward_code']:05d}"
            communes[code] = Place(code, spelled(row["ward_name"]), province, district)
    return State(communes, districts, provinces)


def _database(package: ZipFile) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.deserialize(package.read("vietnamadminunits/data/dataset.db"))
    connection.row_factory = sqlite3.Row
    return connection


def first_half_of_2025(package: ZipFile) -> tuple[State, Mapping[str, str], Mapping[str, tuple[str, ...]]]:
    """The state, the key by which its successors are listed to the code, and former names by code."""
    communes, districts, provinces = {}, {}, {}
    keys: dict[str, str] = {}
    former: dict[str, tuple[str, ...]] = {}
    for row in _database(package).execute("select * from admin_units_legacy"):
        provinces[row["provinceCode"]] = spelled(row["province"])
        districts[row["districtCode"]] = (spelled(row["district"]), row["provinceCode"])
        if code := row["wardCode"]:
            communes[code] = Place(code, spelled(row["ward"]), row["provinceCode"], row["districtCode"])
            keys[f"{row['provinceKey']}_{row['districtKey']}_{row['wardKey']}"] = code
            former[code] = tuple(json.loads(row["wardAlias"] or "[]"))
        else:
            keys[f"{row['provinceKey']}_{row['districtKey']}_"] = f"d{row['districtCode']}"
    return State(communes, districts, provinces), keys, former


def from_july_2025(package: ZipFile) -> tuple[State, Mapping[tuple[str, str], str]]:
    """The state, and the code by the keys of province and commune."""
    communes, provinces, keys = {}, {}, {}
    for row in _database(package).execute("select * from admin_units"):
        provinces[row["provinceCode"]] = spelled(row["province"])
        communes[row["wardCode"]] = Place(row["wardCode"], spelled(row["ward"]), row["provinceCode"])
        keys[row["provinceKey"], row["wardKey"]] = row["wardCode"]
    return State(communes, {}, provinces), keys


def successors_of_july(
    package: ZipFile, old: Mapping[str, str], new: Mapping[tuple[str, str], str]
) -> dict[str, tuple[str, ...]]:
    """By old code the new ones, first the one that takes most; `d` and a code for an island district."""
    listed = json.loads(package.read("vietnamadminunits/data/converter_2025.json"))
    became: dict[str, tuple[str, ...]] = {}
    for province, communes in listed["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        for commune, olds in communes.items():
            became |= {old[key]: (new[province, commune],) for key in olds}
    for province, communes in listed["DICT_PROVINCE_WARD_DIVIDED"].items():
        for key, parts in communes.items():
            ordered = sorted(parts, key=lambda part: not part["isDefaultNewWard"])
            became[old[key]] = tuple(dict.fromkeys(new[province, part["newWardKey"]] for part in ordered))
    return dict(sorted(became.items()))


# --- Names ---


def spelled(name: str) -> str:
    """A name in one spelling: composed, single spaces, the tone mark as in school books (Hòa, Thủy)."""
    name = re.sub(r"\s+", " ", unicodedata.normalize("NFC", name).replace("’", "'")).strip()
    name = _OLD_TONES.sub(lambda found: _tone_moved(found[0]), name)
    name = re.sub(r"^(Phường|Quận) 0(\d)$", r"\1 \2", name)
    return re.sub(r"^(Thành Phố|Thị Xã|Thị Trấn|Đặc Khu) ", lambda found: found[0].capitalize(), name)


def _tone_moved(pair: str) -> str:
    """`oà` as `òa`: the tone of the second vowel put upon the first."""
    second = unicodedata.normalize("NFD", pair[1])
    return unicodedata.normalize("NFC", pair[0] + second[1:]) + second[0]


def plain(name: str) -> str:
    """A name without title, tones, spaces and case: what two spellings of it have in common."""
    return _letters(_TITLES.sub("", name))


def _letters(name: str) -> str:
    decomposed = unicodedata.normalize("NFD", name.lower().replace("đ", "d"))
    return "".join(letter for letter in decomposed if letter.isascii() and letter.isalnum())


# --- From 2024 to 2025 ---


def same_names(before: State, after: State, other: State) -> State:
    """`before` with the spelling of `after` wherever a commune was not renamed.

    It was not when the other list of the later state still writes the name of before, or when only the
    spelling differs.
    """
    communes = dict(before.communes)
    for code, place in before.communes.items():
        later = after.communes.get(code)
        again = other.communes.get(code)
        if later and later.name != place.name:
            kept = again is not None and again.name == place.name
            alike = _letters(later.name) == _letters(place.name)
            if kept or alike:
                communes[code] = replace(place, name=later.name)
    return replace(before, communes=communes)


def successors_of_2024(
    before: State, after: State, former: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """By code of 2024 that was gone in 2025, the commune that took it in; nothing where no source tells.

    The later list gives the former names of its communes. They are looked for in the district first; in the
    whole province only where a name points to one commune and is no mere number.
    """
    by_district: dict[str, list[Place]] = defaultdict(list)
    by_province: dict[str, list[Place]] = defaultdict(list)
    for place in after.communes.values():
        by_district[place.district].append(place)
        by_province[place.province].append(place)
    became: dict[str, tuple[str, ...]] = {}
    for code, gone in sorted(before.communes.items()):
        if code in after.communes:
            continue
        key, name = _letters(gone.name), plain(gone.name)
        near, far = by_district[gone.district], by_province[gone.province]
        tries = (
            [place for place in near if key in former[place.code]],
            [place for place in near if _letters(place.name) == key],
            [place for place in near if plain(place.name) == name or name in former[place.code]],
            [place for place in far if key in former[place.code] and not name.isdigit()],
        )
        found = next((places for places in tries if len(places) == 1), [])
        if found:
            became[code] = (found[0].code,)
    return became


# --- Offices ---


def office_of(district: str) -> str:
    """The code of the office that follows from a district: its statistics code with four digits."""
    return f"{district:0>4}"


def offices_before_july(before: State, after: State) -> dict[str, str]:
    """By commune of the first half of 2025, its office: an office outlives its district.

    A commune belongs to the office of its district of then; where that district is new, or its district of
    2024 is gone, to the office that served it in 2024.
    """
    offices: dict[str, str] = {}
    for code, place in after.communes.items():
        earlier = before.communes.get(code)
        stays = place.district in before.districts and (
            earlier is None or earlier.district in after.districts
        )
        offices[code] = office_of(place.district if stays or earlier is None else earlier.district)
    new = {office for office in offices.values() if office[1:] not in before.districts}
    if new:
        raise SystemExit(f"no office of 2024: {', '.join(sorted(new))}")
    return offices


def offices_from_july(
    offices: Mapping[str, str], became: Mapping[str, tuple[str, ...]], after: State, before: State
) -> dict[str, tuple[str, tuple[str, ...]]]:
    """By commune of now: the office with most of its former communes, and the others with a part of it."""
    shares: dict[str, Counter[str]] = defaultdict(Counter)
    for old, parts in became.items():
        office = offices[old] if old in offices else office_of(old[1:])
        for place, part in enumerate(parts):
            name_kept = old in before.communes and plain(before.communes[old].name) == plain(
                after.communes[part].name
            )
            shares[part][office] += (10 if len(parts) == 1 else 6 if place == 0 else 4) + name_kept
    found = {}
    for code in after.communes:
        ranked = sorted(shares[code], key=lambda office: (-shares[code][office], office))
        found[code] = (ranked[0], tuple(sorted(ranked[1:])))
    return found


def office_names(before: State, after: State) -> Iterator[tuple[str, str, str, str]]:
    """Code, name of the place, province and states of each office; as it would be named by its district.

    From July 2025 there are no districts: the name goes without the title, unless two offices of a province
    would then be called alike.
    """
    now = {code: after.districts.get(code, before.districts[code]) for code in sorted(before.districts)}
    alike = Counter((province, plain(name)) for name, province in now.values())
    for code, (name, province) in sorted(before.districts.items()):
        later, later_province = now[code]
        short = later if alike[later_province, plain(later)] > 1 else _TITLES.sub("", later)
        if short.isdigit():
            short = later
        spoken = [("a", name, province), ("b", later, later_province), ("c", short, later_province)]
        merged: list[tuple[str, str, str]] = []
        for letter, said, where in spoken:
            if merged and merged[-1][1:] == (said, where):
                merged[-1] = (merged[-1][0] + letter, said, where)
            else:
                merged.append((letter, said, where))
        for letters, said, where in merged:
            yield office_of(code), said, where, letters


# --- Files ---


def rows_of(
    states: Mapping[str, State],
    offices: Mapping[str, Mapping[str, str]],
    also: Mapping[str, tuple[str, ...]],
    whole: set[str],
) -> list[Row]:
    """The communes, one that stayed what it was as one row for several states; in the order of the codes.

    `whole` are the communes of now that are one commune of before, untouched.
    """
    rows: list[Row] = []
    for code in sorted({code for state in states.values() for code in state.communes}):
        mine: list[Row] = []
        for letter, state in states.items():
            place = state.communes.get(code)
            if place is None:
                continue
            row = Row(
                code, place.name, letter, offices[letter][code], also.get(code, ()) if letter == "c" else ()
            )
            last = mine[-1] if mine else None
            joined = last is not None and (last.name, last.office) == (row.name, row.office)
            if joined and last is not None and (letter != "c" or code in whole):
                mine[-1] = replace(last, states=last.states + letter)
            else:
                mine.append(row)
        rows += mine
    return rows


def write_json(path: Path, parts: Mapping[str, object]) -> None:
    """JSON with one entry of a list a line, so that a change of one commune is one line of a diff."""
    blocks = []
    for name, value in parts.items():
        if isinstance(value, list):
            lines = ",\n".join(
                json.dumps(entry, ensure_ascii=False, separators=(",", ":")) for entry in value
            )
            blocks.append(f'"{name}":[\n{lines}\n]')
        else:
            blocks.append(f'"{name}":{json.dumps(value, ensure_ascii=False)}')
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{" + ",\n".join(blocks) + "}\n", encoding="utf-8", newline="\n")


def _listed(row: Row) -> list[object]:
    return [row.code, row.name, row.states, row.office, *([list(row.also)] if row.also else [])]


# --- What the sources say differently ---


def compare(one: State, other: State) -> dict[str, list[list[str]]]:
    """Two lists of one state: codes that only one has, names unlike each other, other districts."""
    both = sorted(one.communes.keys() & other.communes.keys())
    return {
        "only_first": [_named(one, code) for code in sorted(one.communes.keys() - other.communes.keys())],
        "only_second": [_named(other, code) for code in sorted(other.communes.keys() - one.communes.keys())],
        "names": [
            [code, one.communes[code].name, other.communes[code].name]
            for code in both
            if one.communes[code].name != other.communes[code].name
        ],
        "districts": [
            [code, one.communes[code].district, other.communes[code].district]
            for code in both
            if one.communes[code].district != other.communes[code].district
        ],
    }


def compare_codes(one: State, other: State) -> list[list[str]]:
    """Communes of one province and name that two lists give other codes: province, name, both codes."""

    def named(state: State) -> dict[tuple[str, str], str]:
        return {(place.province, _letters(place.name)): code for code, place in state.communes.items()}

    mine, theirs = named(one), named(other)
    return [
        [one.provinces[key[0]], one.communes[mine[key]].name, mine[key], theirs[key]]
        for key in sorted(mine.keys() & theirs.keys())
        if mine[key] != theirs[key]
    ]


def _named(state: State, code: str) -> list[str]:
    place = state.communes[code]
    return [
        code,
        place.name,
        state.districts[place.district][0] if place.district else "",
        state.provinces[place.province],
    ]


# --- The whole ---


def main(arguments: Sequence[str] | None = None) -> int:
    """Fetch the sources, write the catalogues and the comparison."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sources", type=Path, default=BUILD, help="folder of the source packages")
    folder = parser.parse_args(arguments).sources
    packages = fetch(folder)
    units = packages["vietnamadminunits", "1.0.4"]
    listed_2024 = with_districts(packages["vietnam-provinces", "0.5.0"])
    other_2025 = with_districts(packages["vietnam-provinces", "0.6.0"])
    second, keys, former = first_half_of_2025(units)
    third, new_keys = from_july_2025(units)
    other_third = _third_again(packages["vietnam-provinces", "2025.10.1"], third)
    _check_counts(listed_2024, second, third)
    first = same_names(listed_2024, second, other_2025)
    became = {"b": successors_of_2024(first, second, former), "c": successors_of_july(units, keys, new_keys)}
    write_catalogues({"a": first, "b": second, "c": third}, became)
    compared = {
        "2025": compare(second, other_2025),
        "july_codes": compare_codes(third, other_third),
        "july_names": [
            [code, third.communes[code].name, other_third.communes[code].name]
            for code in sorted(third.communes.keys() & other_third.communes.keys())
            if _letters(third.communes[code].name) == _letters(other_third.communes[code].name)
            and third.communes[code].name != other_third.communes[code].name
        ],
        "unknown_successors": [
            _named(first, code)
            for code in sorted(first.communes.keys() - second.communes.keys() - became["b"].keys())
        ],
    }
    write_json(COMPARED, dict(_flat(compared)))
    return 0


def _flat(compared: Mapping[str, object]) -> Iterable[tuple[str, object]]:
    for name, value in compared.items():
        if isinstance(value, dict):
            yield from ((f"{name}_{part}", rows) for part, rows in value.items())
        else:
            yield name, value


def _third_again(package: ZipFile, third: State) -> State:
    """The state from July 2025 as the other list has it; its provinces are told by name."""
    codes = {plain(name): code for code, name in third.provinces.items()}
    communes = {}
    for row in _divisions(package):
        province = codes[plain(spelled(row["province_name"]).replace("Tp ", "Thành phố "))]
        code = f"{row['code']:05d}"
        communes[code] = Place(code, spelled(row["name"]), province)
    return State(communes, {}, third.provinces)


def _check_counts(first: State, second: State, third: State) -> None:
    counted = {
        "a": (len(first.districts), len(first.communes)),
        "b": (len(second.districts), len(second.communes) + _ISLANDS),
        "c": (len(third.provinces), len(third.communes)),
    }
    if counted != COUNTS:
        raise SystemExit(f"the sources hold {counted}, expected {COUNTS}")


def write_catalogues(
    states: Mapping[str, State], became: Mapping[str, Mapping[str, tuple[str, ...]]]
) -> None:
    """The files of `schemas/catalogues/national/`: offices and provinces, and one file a province of now."""
    first, second, third = states["a"], states["b"], states["c"]
    offices_of_2025 = offices_before_july(first, second)
    now = offices_from_july(offices_of_2025, became["c"], third, second)
    offices = {
        "a": {code: office_of(place.district) for code, place in first.communes.items()},
        "b": offices_of_2025,
        "c": {code: office for code, (office, _) in now.items()},
    }
    into: dict[str, list[str]] = defaultdict(list)
    for code, parts in became["c"].items():
        for part in parts:
            into[part].append(code)
    whole = {new for new, olds in into.items() if olds == [new] and became["c"][new] == (new,)}
    rows = rows_of(states, offices, {code: also for code, (_, also) in now.items()}, whole)
    province_of_now = _provinces_of_now(second, third, became["c"])
    for old in NATIONAL.glob("*.json"):
        old.unlink()
    _write_provinces(rows, states, became, province_of_now)
    write_json(
        NATIONAL / "offices.json",
        {
            "states": [[letter, *days] for letter, days in STATES.items()],
            "provinces": list(
                _province_rows({letter: state.provinces for letter, state in states.items()}, province_of_now)
            ),
            "offices": [list(office) for office in office_names(first, second)],
        },
    )


def _province_rows(names: Mapping[str, Mapping[str, str]], became: Mapping[str, str]) -> Iterator[list[str]]:
    """Code, name, states and code of now of each province; a code may have become another's in July 2025."""
    for code in sorted({code for listed in names.values() for code in listed}):
        rows: list[list[str]] = []
        for letter, listed in names.items():
            now = code if letter == "c" else became[code]
            if code in listed and rows and rows[-1][1] == listed[code] and rows[-1][3] == now:
                rows[-1][2] += letter
            elif code in listed:
                rows.append([code, listed[code], letter, now])
        yield from rows


def _provinces_of_now(second: State, third: State, became: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """By province of before July 2025, the province of now that took it in: always one."""
    found: dict[str, set[str]] = defaultdict(set)
    for old, parts in became.items():
        if old in second.communes:
            found[second.communes[old].province] |= {third.communes[part].province for part in parts}
    if torn := [province for province, into in found.items() if len(into) != 1]:
        raise SystemExit(f"provinces that were torn apart: {torn}")
    return {province: next(iter(into)) for province, into in found.items()}


def _write_provinces(
    rows: Sequence[Row],
    states: Mapping[str, State],
    became: Mapping[str, Mapping[str, tuple[str, ...]]],
    province_of_now: Mapping[str, str],
) -> None:
    def province(letters: str, code: str) -> str:
        place = states[letters[-1]].communes[code]
        return place.province if letters[-1] == "c" else province_of_now[place.province]

    by_province: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_province[province(row.states, row.code)].append(row)
    island = {code: province_of_now[where] for code, (_, where) in states["b"].districts.items()}
    for code, name in sorted(states["c"].provinces.items()):
        write_json(
            NATIONAL / f"{code}.json",
            {
                "province": code,
                "name": name,
                "communes": [_listed(row) for row in by_province[code]],
                "became_b": [
                    [old, list(new)] for old, new in became["b"].items() if province("a", old) == code
                ],
                "became_c": [
                    [old, list(new)]
                    for old, new in became["c"].items()
                    if (island[old[1:]] if old.startswith("d") else province("b", old)) == code
                ],
            },
        )


if __name__ == "__main__":
    sys.exit(main())
