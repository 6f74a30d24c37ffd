"""The work of many offices summed, by office, association and kind of work; and what is not signed yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from sheetcredit.catalogue.catalogue import Catalogues
from sheetcredit.template.reading import Reading
from sheetcredit.workplan.definition import Kind, load_works
from sheetcredit.workplan.lines import WorkLine, work_sheets

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class WorkTotal:
    """The lines of one office, association (empty for work of the office) and kind of work.

    `planned` and `done` are in triệu đồng where the work counts money (`amount`). `open` lines are not done,
    `waiting` ones since an earlier period.
    """

    office: str
    office_name: str
    association: str
    association_name: str
    kind: Kind
    name: str
    amount: bool
    planned: Decimal
    done: Decimal
    open: int
    waiting: int


@dataclass(frozen=True, slots=True)
class SignedTotal:
    """How many minutes and lists of an office and association there are, and how many are signed."""

    office: str
    office_name: str
    association: str
    association_name: str
    minutes: int
    minutes_signed: int
    lists: int
    lists_signed: int


@dataclass(frozen=True, slots=True)
class WorkTotals:
    """Everything summed; `without`: workbooks that have no `Kế hoạch`, by their path."""

    work: tuple[WorkTotal, ...]
    signed: tuple[SignedTotal, ...]
    without: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WorkLeft:
    """What is left to do of one kind of work in one workbook: in its unit where `amount`, else counted.

    `place` is the column of plans, as people write it: `Kế hoạch!H`.
    """

    kind: Kind
    left: Decimal
    amount: bool
    place: str


def work_left(reading: Reading) -> dict[str, WorkLeft]:
    """By kind of work what is left to do; nothing of a workbook without `Kế hoạch`."""
    sheet = work_sheets(reading).get("work")
    works = load_works()
    left: dict[Kind, Decimal] = defaultdict(Decimal)
    for line in sheet.lines if sheet else ():
        kind = works.kind_of(line.text("kind"))
        if kind is not None and line.left:
            left[kind] += line.left
    if sheet is None or not left:
        return {}
    letters = "".join(filter(str.isalpha, sheet.cell(0, "planned") or ""))
    place = f"{sheet.grid.sheet}!{letters}"
    return {kind: WorkLeft(kind, amount, works.works[kind].amount, place) for kind, amount in left.items()}


def sum_work(readings: Iterable[Reading], catalogues: Catalogues) -> WorkTotals:
    """The sums over workbooks, in their order; associations and kinds in the usual one."""
    work: list[WorkTotal] = []
    signed: list[SignedTotal] = []
    without: list[str] = []
    rank = {entry.code: place for place, entry in enumerate(catalogues.of("associations"))}
    for reading in readings:
        sheets = work_sheets(reading)
        if "work" not in sheets:
            without.append(reading.file)
            continue
        by_place: dict[tuple[str, str], list[WorkLine]] = defaultdict(list)
        for line in sheets["work"].lines:
            by_place[line.text("association"), line.text("kind")].append(line)
        kinds = list(load_works().works)
        totals = [_total(reading, catalogues, *key, lines) for key, lines in by_place.items()]
        known = [total for total in totals if total is not None]
        work += sorted(known, key=lambda one: (rank.get(one.association, 99), kinds.index(one.kind)))
        if "signed" in sheets:
            signed += _signed(reading, catalogues, sheets["signed"].lines, rank)
    return WorkTotals(tuple(work), tuple(signed), tuple(without))


def _total(
    reading: Reading, catalogues: Catalogues, association: str, name: str, lines: list[WorkLine]
) -> WorkTotal | None:
    works = load_works()
    kind = works.kind_of(name)
    if kind is None:
        return None
    amount = works.works[kind].amount
    unit = Decimal(reading.info.unit) / MILLION if amount else Decimal(1)
    still = [line for line in lines if line.left]
    return WorkTotal(
        *_whose(reading, catalogues, association), kind, name, amount,
        unit * sum((line.number("planned") or Decimal(0) for line in lines), Decimal(0)),
        unit * sum((line.number("done") or Decimal(0) for line in lines), Decimal(0)),
        len(still), sum(bool(line.text("since")) for line in still),
    )  # fmt: skip


def _signed(
    reading: Reading, catalogues: Catalogues, lines: Iterable[WorkLine], rank: Mapping[str, int]
) -> Iterator[SignedTotal]:
    grouped: dict[str, list[WorkLine]] = defaultdict(list)
    for line in lines:
        grouped[line.text("association")].append(line)
    for association, mine in sorted(grouped.items(), key=lambda item: (rank.get(item[0], 99), item[0])):
        yield SignedTotal(
            *_whose(reading, catalogues, association), len(mine),
            sum(line.values.get("signed_on") is not None for line in mine),
            sum(int(line.number("lists") or 0) for line in mine),
            sum(int(line.number("lists_signed") or 0) for line in mine),
        )  # fmt: skip


def _whose(reading: Reading, catalogues: Catalogues, association: str) -> tuple[str, str, str, str]:
    office = catalogues.office_code(reading.info.office) or ""
    name = catalogues.name_of("associations", association, reading.info.day)
    return office, reading.info.office_name, association, name
