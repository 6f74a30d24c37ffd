"""Make the workbooks of an invented nation: `python -m tools.national [OUT] [--offices 648 …]`.

    OUT/branch-07/7012.xlsx …   one workbook an office, a folder a branch
    OUT/catalogues/             ours, with the nation's offices and communes: for `--catalogues`
    OUT/data/*.parquet          what was typed, in whole đồng: for a reckoning without our code
    OUT/planted.json            the mistakes: file, kind, and the cells that are right to name
    OUT/corrupt.json            the files that were spoilt, if any were asked for

The same seed gives the same cells. Nothing is a real office, person or balance.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from random import Random

import msgspec
import polars as pl

from seeds.apportion import apportion, jitter
from seeds.generate import catalogue_entries, make_office, to_content
from seeds.repack import shorten_total
from sheetcredit.build.tables import sum_as_excel
from sheetcredit.build.workbook import Content, build_workbook
from sheetcredit.catalogue.catalogue import load_catalogue
from sheetcredit.catalogue.entry import Entry
from sheetcredit.model.resources import schemas_folder
from sheetcredit.template.definition import load_office
from sheetcredit.xlsx.patch import patch_cells
from tests.mutation.books import Typed
from tests.mutation.judge import Trial, trial
from tests.mutation.kinds import KINDS
from tests.mutation.offices import Case

SEED = 2024
OUT = Path("build/national")
MILLION = 1_000_000
_FIRST_COMMUNE, _APART = 40_001, 3  # `make_office` takes every third code


@dataclass(frozen=True)
class Nation:
    """How large it is, and what is wrong with it. `mistaken` and `corrupt` in percent of the files."""

    offices: int = 648
    branches: int = 34
    communes: int = 10_000
    groups: int = 166_000
    period: str = "2024Q1"
    mistaken: int = 5
    corrupt: int = 0
    seed: int = SEED


@dataclass(frozen=True)
class Plan:
    """One office to be made; `kind` is the mistake planted in it."""

    place: int
    code: str
    branch: int
    communes: int
    groups: int
    first_commune: int
    period: str
    seed: int
    kind: str | None = None

    @property
    def file(self) -> str:
        """The workbook's place below the folder."""
        return f"branch-{self.branch:02}/{self.code}.xlsx"


@dataclass(frozen=True)
class Planted:
    """A mistake: `cells` are those that are right to name, `keys` the row where it is gone."""

    file: str
    kind: str
    cells: tuple[tuple[str, str], ...]
    cause: str | None = None
    sheet: str = ""
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Made:
    """What a worker made of a plan: the mistake, the entries of the catalogues, the rows that were typed."""

    planted: Planted | None
    entries: Mapping[str, tuple[Entry, ...]]
    rows: Mapping[str, list[dict[str, object]]] = field(repr=False)


def plans(nation: Nation) -> list[Plan]:
    """The offices, with their sizes drawn so that the nation adds up."""
    rng = Random(nation.seed)
    weights = [rng.randint(70, 130) for _ in range(nation.offices)]
    communes = apportion(nation.communes, weights, least=[3] * nation.offices, most=[60] * nation.offices)
    groups = apportion(
        nation.groups, jitter(rng, communes, 25), least=[20] * nation.offices, most=[600] * nation.offices
    )
    chosen = sorted(rng.sample(range(nation.offices), nation.offices * nation.mistaken // 100))
    kinds = {place: tuple(KINDS)[turn % len(KINDS)] for turn, place in enumerate(chosen)}
    first = _FIRST_COMMUNE
    made = []
    for place in range(nation.offices):
        branch = place * nation.branches // nation.offices + 1
        made.append(
            Plan(
                place, f"{5000 + place}", branch, communes[place], groups[place], first, nation.period,
                nation.seed * 10_000 + place, kinds.get(place),
            )
        )  # fmt: skip
        first += _APART * communes[place]
    return made


def make(plan: Plan, folder: Path) -> Made:
    """One office's workbook, and what stands in it."""
    office = make_office(
        plan.seed, code=plan.code, communes=plan.communes, groups=plan.groups, period=plan.period,
        first_commune=plan.first_commune, name=f"PGD NHCSXH số {plan.code}",
        branch=f"Chi nhánh NHCSXH số {plan.branch:02} (số liệu giả định)",
    )  # fmt: skip
    content = to_content(office)
    path = folder / plan.file
    entries = catalogue_entries(office)
    if plan.kind is None:
        build_workbook(path, content)
        return Made(None, entries, _in_dong(plan, content.tables))
    mistaken = _mistaken(plan, content)
    mistake = mistaken.mistakes[0]
    typed = mistaken.typed
    build_workbook(path, Content(typed.info, typed.tables))
    _spoil_totals(path, typed)
    planted = Planted(
        plan.file, plan.kind, tuple(sorted(mistaken.places(mistake))), mistake.cause,
        load_office().sheet(mistake.sheet).sheet, mistake.keys,
    )  # fmt: skip
    return Made(planted, entries, _in_dong(plan, typed.tables))


def _mistaken(plan: Plan, content: Content) -> Trial:
    """The office with one mistake that changes a number which ties with another."""
    assert plan.kind is not None
    for turn in range(100):
        one = trial(Case(plan.code, content), [plan.kind], f"{plan.seed}-{turn}", tied_only=True)
        if one and "first" not in one.typed.short_totals.values():  # `shorten_total` drops last rows only
            return one
    raise ValueError(f"no place for {plan.kind} in office {plan.code}")


def _spoil_totals(path: Path, typed: Typed) -> None:
    """Totals typed over, or whose SUM misses its last row: content cannot say so."""
    for (sheet_id, column), value in typed.typed_totals.items():
        sheet, cell = typed.place(sheet_id, None, column)
        patch_cells(path, {sheet: {cell: value}})
    for sheet_id, column in typed.short_totals:
        sheet, cell = typed.place(sheet_id, None, column)
        values = [row.get(column) for row in typed.tables[sheet_id]]
        shorten_total(path, sheet, cell, int(sum_as_excel(values)), int(sum_as_excel(values[:-1])))


# What was typed, in đồng


def _in_dong(
    plan: Plan, tables: Mapping[str, Sequence[Mapping[str, object]]]
) -> dict[str, list[dict[str, object]]]:
    """The rows by frame, amounts in whole đồng however they were typed, with file, branch and office."""
    about = {"file": plan.file, "branch": plan.branch, "office": plan.code, "period": plan.period}
    rows: dict[str, list[dict[str, object]]] = {}
    for sheet in load_office().tables():
        unit = 1 if sheet.unit == "dong" else MILLION
        own = rows.setdefault(sheet.frame or sheet.id, [])
        for row in tables[sheet.id]:
            cells: dict[str, object] = {}
            for column in sheet.columns:
                value = row.get(column.name)
                if column.type == "amount":
                    cells[column.name] = _whole(value, unit)
                elif column.type == "count":
                    cells[column.name] = _whole(value, 1)
                elif column.type != "score":
                    cells[column.name] = None if value is None else str(value)
            own.append(about | dict(sheet.constants) | cells)
    return rows


def _whole(value: object, unit: int) -> int | None:
    if value is None:
        return None
    text = value.replace(".", "").replace(",", ".") if isinstance(value, str) else str(value)
    return int(Decimal(text) * unit)


# The whole of it


def make_nation(
    folder: Path, nation: Nation, workers: int = 2, progress: Callable[[int], None] | None = None
) -> Path:
    """All workbooks of a nation below `folder`, which is emptied first."""
    shutil.rmtree(folder, ignore_errors=True)
    for branch in range(1, nation.branches + 1):
        (folder / f"branch-{branch:02}").mkdir(parents=True)
    made = []
    for one in _each(partial(make, folder=folder), plans(nation), workers):
        made.append(one)
        if progress:
            progress(len(made))
    _write_data(folder / "data", made)
    _write_catalogues(folder / "catalogues", made)
    _write_json(folder / "planted.json", [asdict(one.planted) for one in made if one.planted])
    _write_json(folder / "corrupt.json", corrupt(folder, nation.corrupt, nation.seed))
    return folder


def _each(work: Callable[[Plan], Made], planned: Sequence[Plan], workers: int) -> Iterator[Made]:
    if workers == 1:
        yield from map(work, planned)
        return
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        yield from pool.map(work, planned, chunksize=4)


def _write_data(folder: Path, made: Sequence[Made]) -> None:
    folder.mkdir()
    for name in made[0].rows:
        rows = [row for one in made for row in one.rows[name]]
        pl.DataFrame(rows, infer_schema_length=None).write_parquet(folder / f"{name}.parquet")


def _write_catalogues(folder: Path, made: Sequence[Made]) -> None:
    """Our catalogues with the nation's own entries: JSON, one entry a line, which is YAML as well."""
    shutil.copytree(schemas_folder() / "catalogues", folder)
    for name in ("offices", "communes"):
        entries = (*load_catalogue(name), *(entry for one in made for entry in one.entries[name]))
        lines = ",\n".join(map(_entry, entries))
        (folder / f"{name}.yaml").write_text(f'{{"entries": [\n{lines}\n]}}\n', encoding="utf-8")


def _entry(entry: Entry) -> str:
    fields = {field.name: field.default for field in msgspec.structs.fields(Entry)}
    said = {name: getattr(entry, name) for name, usual in fields.items() if getattr(entry, name) != usual}
    return json.dumps(msgspec.to_builtins(said), ensure_ascii=False)


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")


# Files that arrive spoilt


def _cut(data: bytes) -> bytes:
    return data[: len(data) * 2 // 3]


def _flipped(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes(byte ^ 0x55 for byte in data[middle : middle + 400]) + data[middle + 400 :]


def _nothing(data: bytes) -> bytes:
    del data
    return b""


def _page(data: bytes) -> bytes:
    del data
    return b"<html><body>503 Service Unavailable</body></html>"


_SPOILT: Mapping[str, Callable[[bytes], bytes]] = {
    "cut": _cut, "flipped": _flipped, "empty": _nothing, "a web page": _page,
}  # fmt: skip


def corrupt(folder: Path, percent: int, seed: int) -> list[dict[str, str]]:
    """Spoil so many of the files; which, and how."""
    rng = Random(seed + 1)
    files = sorted(folder.glob("branch-*/*.xlsx"))
    spoilt = []
    for turn, path in enumerate(sorted(rng.sample(files, len(files) * percent // 100))):
        how = tuple(_SPOILT)[turn % len(_SPOILT)]
        data = path.read_bytes()
        path.unlink()  # it may be one file with another nation's
        path.write_bytes(_SPOILT[how](data))
        spoilt.append({"file": path.relative_to(folder).as_posix(), "how": how})
    return spoilt


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("out", nargs="?", type=Path, default=OUT)
    usual = Nation()
    for name in ("offices", "branches", "communes", "groups", "mistaken", "corrupt", "seed"):
        parser.add_argument(f"--{name}", type=int, default=getattr(usual, name))
    parser.add_argument("--period", default=usual.period)
    parser.add_argument("--workers", type=int, default=2)
    given = vars(parser.parse_args(arguments))
    out, workers = given.pop("out"), given.pop("workers")

    def progress(done: int) -> None:
        print(f"\r{done}/{given['offices']}", end="", file=sys.stderr, flush=True)

    make_nation(out, Nation(**given), workers, progress)
    print(f"\n{out}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
