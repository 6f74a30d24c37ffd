"""What is wrong with the sheets of version 2, on their cells: nothing in a workbook that has none of them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from sheetcredit.catalogue.catalogue import Catalogues
from sheetcredit.model.finding import Finding
from sheetcredit.model.text import number_text
from sheetcredit.template.frames import stack
from sheetcredit.template.reading import Reading
from sheetcredit.workplan.definition import Quota, load_works
from sheetcredit.workplan.lines import WorkLine, WorkSheet, broken_bounds, work_sheets

_MONTH = re.compile(r"(0[1-9]|1[0-2])/(20[0-9]{2})")


def find_faults(reading: Reading, catalogues: Catalogues) -> Iterator[Finding]:
    """The findings of a workbook's sheets of version 2."""
    sheets = work_sheets(reading)
    for sheet in sheets.values():
        yield from sheet.findings
        yield from broken_bounds(sheet)
    if sheets:
        yield from _Faults(reading, catalogues, sheets).all()


@dataclass(frozen=True)
class _Faults:
    reading: Reading
    catalogues: Catalogues
    sheets: Mapping[str, WorkSheet]

    def all(self) -> Iterator[Finding]:
        """In the order of sheets and lines."""
        if (work := self.sheets.get("work")) is not None:
            yield from self._twice(work, ("commune", "association", "kind", "subject"))
            for line in work.lines:
                yield from self._places(work, line)
                yield from self._of_line(work, line)
            yield from self._quotas(work)
        if (maturing := self.sheets.get("maturing")) is not None:
            yield from self._twice(maturing, ("commune", "association", "month"))
            for line in maturing.lines:
                yield from self._places(maturing, line)
                yield from self._parts(maturing, line)
        if (signed := self.sheets.get("signed")) is not None:
            yield from self._twice(signed, ("commune", "association"))
            for line in signed.lines:
                yield from self._places(signed, line)
                yield from self._signed(signed, line)

    def _twice(self, sheet: WorkSheet, key: tuple[str, ...]) -> Iterator[Finding]:
        """W-TWICE on every line that repeats the key of an earlier one."""
        first: dict[tuple[str, ...], WorkLine] = {}
        for line in sheet.lines:
            held = tuple(map(line.text, key))
            earlier = first.setdefault(held, line)
            if earlier is not line and any(held):
                told = "/".join(text for text in held if text)
                yield sheet.finding(line, key[-1], "W-TWICE", first=earlier.row + 1, told=told)

    def _places(self, sheet: WorkSheet, line: WorkLine) -> Iterator[Finding]:
        """W-PLACE: a commune and association that the ledger of this workbook does not have together."""
        place = line.text("commune"), line.text("association")
        if all(place) and self._places_known and place not in self._places_known:
            yield sheet.finding(line, "commune", "W-PLACE", place="/".join(place))

    def _of_line(self, sheet: WorkSheet, line: WorkLine) -> Iterator[Finding]:
        planned, done = line.number("planned"), line.number("done")
        works = load_works()
        kind = works.kind_of(line.text("kind"))
        if done is not None and planned is None:
            yield sheet.finding(line, "planned", "W-NO-PLAN", done=number_text(done))
        elif done is not None and planned is not None and done > planned:
            yield sheet.finding(line, "done", "W-OVERDONE", planned=number_text(planned))
        if kind is not None and not works.works[kind].amount:
            for name in ("planned", "done"):
                number = line.number(name)
                if number is not None and number != number.to_integral_value():
                    yield sheet.finding(line, name, "V-WHOLE")
        subject = line.text("subject")
        if kind == "weak" and self._groups and subject not in self._groups:
            yield sheet.finding(line, "subject", "W-GROUP", subject=subject or "-")
        if line.left and self._is_past(line.text("month")):
            yield sheet.finding(line, "month", "W-LATE", left=number_text(line.left))

    def _parts(self, sheet: WorkSheet, line: WorkLine) -> Iterator[Finding]:
        """W-PARTS: more of a debt was settled than fell due."""
        due = line.number("due") or Decimal(0)
        settled = sum(
            (line.number(name) or Decimal(0) for name in ("collected", "extended", "overdue")), Decimal(0)
        )
        if settled > due:
            yield sheet.finding(line, "due", "W-PARTS", settled=number_text(settled), due=number_text(due))

    def _signed(self, sheet: WorkSheet, line: WorkLine) -> Iterator[Finding]:
        """W-LISTS, W-SIGNED-EARLY: more lists signed than there are, signed before the as-of date."""
        lists, signed = line.number("lists"), line.number("lists_signed")
        if lists is not None and signed is not None and signed > lists:
            yield sheet.finding(line, "lists_signed", "W-LISTS", lists=number_text(lists))
        day, as_of = line.values.get("signed_on"), self.reading.info.as_of
        if isinstance(day, date) and as_of is not None and day < as_of:
            yield sheet.finding(
                line, "signed_on", "W-SIGNED-EARLY", day=f"{day:%d/%m/%Y}", as_of=f"{as_of:%d/%m/%Y}"
            )

    def _quotas(self, sheet: WorkSheet) -> Iterator[Finding]:
        """W-QUOTA: less is planned than there are groups, or less is done than planned."""
        works = load_works()
        for quota in works.quotas_on(self.reading.info.day):
            lines = [line for line in sheet.lines if works.kind_of(line.text("kind")) == quota.kind]
            if quota.of == "groups":
                yield from self._planned_for_groups(sheet, quota, lines)
            else:
                yield from self._done_of_plan(sheet, quota, lines)

    def _planned_for_groups(self, sheet: WorkSheet, quota: Quota, lines: list[WorkLine]) -> Iterator[Finding]:
        by_place = {(line.text("commune"), line.text("association")): line for line in lines}
        missing = [place for place in self._groups_at if place not in by_place] if lines else []
        for place, line in by_place.items():
            there = self._groups_at.get(place, 0)
            needed, planned = _part(Decimal(there), quota.percent), line.number("planned") or Decimal(0)
            if planned < needed:
                yield self._short(sheet, line, "planned", quota, quota.percent, needed, planned)
        for place in missing:
            told = {"place": "/".join(place), "count": self._groups_at[place], "source": quota.source}
            yield sheet.finding(lines[0], "kind", "W-QUOTA-LINE", **told)

    def _done_of_plan(self, sheet: WorkSheet, quota: Quota, lines: list[WorkLine]) -> Iterator[Finding]:
        """At the end of a year for work of the year, else of the period in which its month lies."""
        works, day = load_works(), self.reading.info.day
        for line in lines:
            ended = (
                day.month == 12 if works.works[quota.kind].yearly else self._is_past(line.text("month"), day)
            )
            planned = line.number("planned")
            if not ended or not planned:
                continue
            percent = quota.percent
            if line.text("commune") in works.difficult and quota.difficult_percent is not None:
                percent = quota.difficult_percent
            needed, done = _part(planned, percent), line.number("done") or Decimal(0)
            if done < needed:
                yield self._short(sheet, line, "done", quota, percent, needed, done)

    def _short(
        self,
        sheet: WorkSheet,
        line: WorkLine,
        name: str,
        quota: Quota,
        percent: int,
        needed: Decimal,
        has: Decimal,
    ) -> Finding:
        told = {
            "what": line.text("kind"), "needed": number_text(needed), "has": number_text(has),
            "missing": number_text(needed - has), "percent": percent, "source": quota.source,
        }  # fmt: skip
        return sheet.finding(line, name, "W-QUOTA", **told)

    def _is_past(self, month: str, day: date | None = None) -> bool:
        """Whether a month has ended on the as-of date."""
        match = _MONTH.fullmatch(month)
        now = day or self.reading.info.day
        return match is not None and (int(match[2]), int(match[1])) <= (now.year, now.month)

    @cached_property
    def _rows(self) -> Mapping[str, list[Mapping[str, object]]]:
        return {name: list(frame.iter_rows(named=True)) for name, frame in stack(self.reading.blocks).items()}

    @cached_property
    def _places_known(self) -> frozenset[tuple[str, str]]:
        rows = self._rows.get("ledger", ())
        return frozenset((str(row["commune"]), str(row["association"])) for row in rows)

    @cached_property
    def _groups(self) -> frozenset[str]:
        return frozenset(str(row["group"]) for row in self._rows.get("groups", ()) if row["group"])

    @cached_property
    def _groups_at(self) -> Mapping[tuple[str, str], int]:
        """How many groups there are, by commune and association."""
        counted: dict[tuple[str, str], int] = defaultdict(int)
        for row in self._rows.get("groups", ()):
            if row["commune"] and row["association"]:
                counted[str(row["commune"]), str(row["association"])] += 1
        return dict(sorted(counted.items()))


def _part(whole: Decimal, percent: int) -> Decimal:
    """So many per cent of a count, rounded up."""
    return -((-whole * percent) // 100)
