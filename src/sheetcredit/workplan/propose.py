"""What the data asks to be done: the lines of `Kế hoạch` that follow from a workbook, each with its cells.

Groups rated average or weak, and those that slipped since the previous report; overdue debt by commune and
association; every group to be inspected in the year; what programmes may still lend; debt that falls due.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from sheetcredit.catalogue.catalogue import Catalogues
from sheetcredit.model.money import in_unit, quantize
from sheetcredit.model.text import number_text
from sheetcredit.template.frames import stack
from sheetcredit.template.reading import Reading
from sheetcredit.workplan.definition import Kind, Works, load_works
from sheetcredit.workplan.lines import Key, WorkLine, WorkSheet

Row = Mapping[str, object]
_CELLS = 3
"""Cells of a sum that are named."""


@dataclass(frozen=True, slots=True)
class WorkProposal:
    """A line that follows from the data: how much is to be done, and the cells that say so.

    `planned` is in the workbook's unit where the work counts money.
    """

    kind: Kind
    commune: str
    association: str
    subject: str
    planned: Decimal
    basis: str

    def key(self, works: Works) -> Key:
        """What tells its line from others."""
        return self.commune, self.association, works.works[self.kind].name, self.subject


@dataclass(frozen=True)
class Proposer:
    """The proposals of one workbook, held against the previous report where there is one."""

    reading: Reading
    previous: Reading | None
    catalogues: Catalogues
    maturing: WorkSheet | None = None

    def proposals(self) -> list[WorkProposal]:
        """All of them: by kind of work, then by commune, association and subject."""
        kinds = list(load_works().works)
        rank = {entry.code: place for place, entry in enumerate(self.catalogues.of("associations"))}
        found = [
            *self._weak_groups(), *self._overdue(), *self._inspections(), *self._demand(),
            *self._falling_due(),
        ]  # fmt: skip
        return sorted(
            found, key=lambda p: (kinds.index(p.kind), p.commune, rank.get(p.association, 99), p.subject)
        )

    def fed(self, kind: Kind) -> bool:
        """Whether the tables that a kind of work follows from are filled in."""
        needed = {"weak": "groups", "overdue": "ledger", "groups": "ledger", "demand": "programmes"}.get(kind)
        if kind == "maturing":
            return self.maturing is not None and bool(self.maturing.lines)
        return needed is not None and bool(self._rows.get(needed)) and needed not in self._unfilled

    def minutes(self) -> dict[tuple[str, str], int]:
        """The communes and associations that sign minutes, and how many groups each has by the ledger."""
        return {
            (str(row["commune"]), str(row["association"])): count
            for row in self._rows.get("ledger", ())
            if row["association"] not in self._direct and row["commune"] and row["association"]
            for count in [row["groups"]]
            if isinstance(count, int)
        }

    @cached_property
    def _rows(self) -> Mapping[str, list[Row]]:
        return _rows_of(self.reading)

    @cached_property
    def _unfilled(self) -> frozenset[str]:
        return frozenset(table.sheet.id for table in self.reading.unfilled)

    @cached_property
    def _direct(self) -> frozenset[str]:
        return frozenset(entry.code for entry in self.catalogues.of("associations") if entry.direct)

    def _cell(self, row: Row, column: str) -> str:
        return _cell_in(self.reading, row, column)

    def _weak_groups(self) -> Iterator[WorkProposal]:
        works, before = load_works(), self._before
        for row in self._rows.get("groups", ()):
            rating, group = str(row["rating"] or ""), str(row["group"] or "")
            if rating not in works.ratings or not group:
                continue
            slipped = before.get(group)
            details = {"cell": self._cell(row, "rating"), "rating": rating}
            if slipped is not None and _worse(rating, slipped[0], works):
                told = {"before": slipped[0], "file": slipped[2], "before_cell": slipped[1]}
                basis = works.basis.slipped.format(**details, **told)
            elif rating in works.weak_ratings:
                basis = works.basis.weak.format(**details)
            else:
                continue
            place = str(row["commune"] or ""), str(row["association"] or "")
            yield WorkProposal("weak", *place, group, Decimal(1), basis)

    @cached_property
    def _before(self) -> Mapping[str, tuple[str, str, str]]:
        """By group its rating in the previous report, the cell, and the name of that file."""
        if self.previous is None:
            return {}
        name = Path(self.previous.file).name
        return {
            str(row["group"]): (
                str(row["rating"] or ""),
                _cell_in(self.previous, row, "rating"),
                name,
            )
            for row in _rows_of(self.previous).get("groups", ())
            if row["group"]
        }

    def _overdue(self) -> Iterator[WorkProposal]:
        rows = [row for row in self._rows.get("ledger", ()) if row["association"] not in self._direct]
        whole = sum(amount for row in rows if isinstance(amount := row["overdue"], int))
        for row in rows:
            amount = row["overdue"]
            if isinstance(amount, int) and amount > 0:
                share = number_text(quantize(Decimal(amount) * 100 / whole, 2), decimals=2)
                basis = load_works().basis.overdue.format(cell=self._cell(row, "overdue"), share=share)
                planned = in_unit(amount, self.reading.info.unit)
                place = str(row["commune"] or ""), str(row["association"] or "")
                yield WorkProposal("overdue", *place, "", planned, basis)

    def _inspections(self) -> Iterator[WorkProposal]:
        for row in self._rows.get("ledger", ()):
            count = row["groups"]
            if row["association"] not in self._direct and isinstance(count, int) and count > 0:
                basis = load_works().basis.groups.format(cell=self._cell(row, "groups"))
                place = str(row["commune"] or ""), str(row["association"] or "")
                yield WorkProposal("groups", *place, "", Decimal(count), basis)

    def _demand(self) -> Iterator[WorkProposal]:
        for row in self._rows.get("programmes", ()):
            plan, balance = row["plan"], row["balance"]
            if isinstance(plan, int) and isinstance(balance, int) and plan > balance:
                programme = str(row["programme"] or "")
                basis = load_works().basis.demand.format(
                    plan_cell=self._cell(row, "plan"), balance_cell=self._cell(row, "balance"),
                    programme=programme,
                )  # fmt: skip
                left = in_unit(plan - balance, self.reading.info.unit)
                yield WorkProposal("demand", "", "", programme, left, basis)

    def _falling_due(self) -> Iterator[WorkProposal]:
        """The sums of `Nợ đến hạn` by commune and association."""
        sheet = self.maturing
        by_place: dict[tuple[str, str], list[WorkLine]] = defaultdict(list)
        for line in sheet.lines if sheet else ():
            if line.number("due"):
                by_place[line.text("commune"), line.text("association")].append(line)
        for place, lines in by_place.items():
            cells = [sheet.cell(line.row, "due") or "" for line in lines] if sheet else []
            more = " …" if len(cells) > _CELLS else ""
            told = f"{sheet.grid.sheet if sheet else ''}!{'+'.join(cells[:_CELLS])}{more}"
            planned = sum((line.number("due") or Decimal(0) for line in lines), Decimal(0))
            yield WorkProposal(
                "maturing", *place, "", planned, load_works().basis.maturing.format(cells=told)
            )


def _rows_of(reading: Reading) -> Mapping[str, list[Row]]:
    """The rows of each frame, amounts in đồng."""
    return {name: list(frame.iter_rows(named=True)) for name, frame in stack(reading.blocks).items()}


def _cell_in(reading: Reading, row: Row, column: str) -> str:
    """A cell as people write it: `Sổ ngân hàng!H12`."""
    sheet = str(row["sheet"])
    cell, _ = reading.place(sheet, int(str(row["row"])), column)
    return f"{reading.tabs.get(sheet, sheet)}!{cell}"


def _worse(now: str, before: str, works: Works) -> bool:
    known = works.ratings
    return now in known and before in known and known.index(now) > known.index(before)
