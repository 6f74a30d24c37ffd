"""What stands on each paper: its figures with the cells they come from, and the names around them.

A figure is printed in the unit of the workbook with all its digits, so that it equals its cell; sums over
groups are of the rows of `Tổ TK&VV`. A row that is not there prints as absent, never as zero.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from sheetcredit.catalogue.catalogue import Catalogues
from sheetcredit.catalogue.names import without_tones
from sheetcredit.figures.comparison import Comparison
from sheetcredit.model.finding import Finding
from sheetcredit.model.money import in_unit, quantize
from sheetcredit.model.text import number_text, word
from sheetcredit.outcome import Report
from sheetcredit.papers.marks import SEAL, Tag, clean, marked
from sheetcredit.papers.words import KINDS, Kind, PaperWords, load_words
from sheetcredit.report import check_readings
from sheetcredit.rulebook import Rulebook, our_rulebook
from sheetcredit.seal.check import seen_seal
from sheetcredit.template.definition import Column
from sheetcredit.template.frames import stack
from sheetcredit.template.reading import Reading
from sheetcredit.workbooks import other_reports, read_office

MEASURES = ("groups", "customers", "balance", "overdue", "frozen", "deposits")
"""What minutes compare: names of columns, but for the number of groups, whose side counts its rows."""

FLOWS = ("opening", "disbursement", "collection", "write_off")
"""What an association states beside them."""

_ENTRIES = ("members", "customers", "balance", "overdue", "frozen", "deposits", "score", "rating")
_TIES = ("R06", "R05", "R16")
_CELLS = 3
"""Cells of a sum that are named."""

Row = Mapping[str, object]
Context = dict[str, object]


@dataclass(frozen=True, slots=True)
class PaperFigure:
    """A number on a paper as it is printed, what it is, and the cells that it comes from."""

    text: str
    label: str
    source: str


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper: what its template is filled with, and every figure on it by its name.

    `file` is the name of its file without a suffix.
    """

    kind: Kind
    key: str
    file: str
    title: str
    context: Mapping[str, object]
    figures: Mapping[Tag, PaperFigure]


@dataclass(frozen=True, slots=True)
class _Side:
    """The rows of one side of a commune and association, or of a commune's sum; none: the side is absent."""

    sheet: str
    rows: Sequence[Row] = ()
    counts_rows: bool = False

    def value(self, measure: str) -> int | None:
        """The sum in đồng, or the count; None where no row has it or one cannot be read."""
        if not self.rows:
            return None
        if measure == "groups" and self.counts_rows:
            return len(self.rows)
        if any(f"|{measure}|" in str(row["bad"] or "") for row in self.rows):
            return None
        values = (row.get(measure) for row in self.rows)
        return sum(value for value in values if isinstance(value, int))


@dataclass(frozen=True)
class PaperMaker:
    """The papers of one workbook that was read and reported on."""

    reading: Reading
    report: Report
    rulebook: Rulebook
    words: PaperWords = field(default_factory=load_words)

    def papers(self, kinds: Iterable[Kind] = KINDS) -> list[Paper]:
        """The papers of these kinds: communes in the order of their codes, associations in the usual one."""
        made = {"minutes": self._minutes, "groups": self._lists, "summaries": self._summaries}
        return [paper for kind in KINDS if kind in set(kinds) for paper in made[kind]()]

    @cached_property
    def office(self) -> str:
        """The code of the office, empty where the workbook has none."""
        return self.report.office or ""

    @cached_property
    def period(self) -> str:
        """The period as it is written, empty where the workbook has none."""
        return str(self.report.period or "")

    @cached_property
    def seal(self) -> str:
        """The code of the seal, where it still fits what the workbook says."""
        seen = seen_seal(self.reading, None, self.rulebook.office)
        return seen.code if seen.fits else ""

    @property
    def seal_tag(self) -> Tag:
        """The tag of the seal on every paper."""
        return Tag("", self.office, self.period, "", SEAL).shortened()

    # What all papers share.

    @property
    def _day(self) -> date:
        return self.reading.info.day

    @property
    def _catalogues(self) -> Catalogues:
        return self.rulebook.catalogues

    @cached_property
    def _rows(self) -> Mapping[str, list[Row]]:
        """The rows of each frame, amounts in đồng."""
        return {name: list(frame.iter_rows(named=True)) for name, frame in stack(self.reading.blocks).items()}

    @cached_property
    def _columns(self) -> Mapping[str, Column]:
        return {column.name: column for column in self.rulebook.office.sheet("groups").columns} | {
            column.name: column
            for sheet in self.rulebook.office.tables()
            if sheet.frame == "statements" or sheet.id == "ledger"
            for column in sheet.columns
        }

    @cached_property
    def shared(self) -> Context:
        """What every template may use."""
        info, period = self.reading.info, self.report.period
        office = self._catalogues.office_on(self.report.office, self._day)
        place = office.place if office else ""
        year = (period.last_day + timedelta(days=1) if period else self._day).year
        told = {
            name: clean(str(info.values.get(name) or ""))
            for name in ("prepared_by", "checked_by", "director", "branch")
        }
        return {
            **told,
            "above": told["branch"] or self.words.above,
            "office": clean(info.office_name),
            "quarter": self.words.quarters[period.quarter - 1] if period else "",
            "year": str(period.year) if period else str(self._day.year),
            "signing_year": str(year),
            "day": f"{self._day:%d/%m/%Y}",
            "unit": info.unit_name,
            "place_and_day": self.words.place_and_day.format(
                place=place or self.words.unknown_place, year=year
            ),
            "seal": marked(self.seal_tag, self.seal) if self.seal else "",
            "draft": self.words.draft if self.report.blocks else "",
        }

    def _commune(self, code: str) -> str:
        typed = self._typed_names.get(code, code)
        name = self._catalogues.name_of("communes", code, self._day, office=self.report.office)
        return clean(typed if name == code else name)

    @cached_property
    def _typed_names(self) -> Mapping[str, str]:
        """The names that the workbook gives to communes no catalogue knows."""
        return {
            str(row["commune"]): str(row["commune_name"])
            for frame in ("groups", "statements", "ledger")
            for row in self._rows.get(frame, ())
            if row["commune"] and row.get("commune_name")
        }

    def _association(self, code: str) -> str:
        return clean(self._catalogues.name_of("associations", code, self._day))

    def _short(self, code: str) -> str:
        entry = next((one for one in self._catalogues.of("associations") if one.code == code), None)
        return without_tones(entry.short or code) if entry else without_tones(code)

    # The sides.

    @cached_property
    def _sides(self) -> Mapping[tuple[str, str], Mapping[str, _Side]]:
        """By commune and association, in the order of the papers, the rows of its three sides."""
        entries = self._catalogues.of("associations")
        direct = {entry.code for entry in entries if entry.direct}
        found: dict[tuple[str, str], dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
        for side, frame in (("statement", "statements"), ("groups", "groups"), ("ledger", "ledger")):
            for row in self._rows.get(frame, ()):
                if row["commune"] and row["association"] and row["association"] not in direct:
                    found[str(row["commune"]), str(row["association"])][side].append(row)
        rank = {entry.code: place for place, entry in enumerate(entries)}
        ordered = sorted(found, key=lambda pair: (pair[0], rank.get(pair[1], 99), pair[1]))
        return {pair: {side: _side(side, found[pair][side]) for side in _SIDES} for pair in ordered}

    def _text(self, measure: str, value: int | None) -> str:
        if value is None:
            return self.words.absent
        amount = self._columns[measure].type == "amount"
        return number_text(in_unit(value, self.report.unit) if amount else value)

    def _source(self, side: _Side, measure: str) -> str:
        """The cells of a side's figure, as people write them: `Sổ ngân hàng!G12`."""
        tab = self.reading.tabs.get(side.sheet, side.sheet)
        column = "group" if measure == "groups" and side.counts_rows else measure
        places = [self.reading.place(side.sheet, int(str(row["row"])), column)[0] for row in side.rows]
        cells = [cell for cell in places if cell]
        named = "+".join(cells[:_CELLS])
        if len(cells) > _CELLS:
            named = self.words.sum_of.format(cells=named, more=len(cells) - _CELLS)
        return f"{tab}!{named}" if named else ""

    # Minutes.

    def _minutes(self) -> Iterator[Paper]:
        for (commune, association), sides in self._sides.items():
            page = _Page(self, "minutes", f"{commune}/{association}")
            lines = [self._line(page, sides, measure, commune, association) for measure in MEASURES]
            named = self._named(commune, association)
            differing = [line for line in lines if line["differs"]]
            rows = sides["groups"].rows
            entries = [self._entry(page, row, number) for number, row in enumerate(rows, start=1)]
            yield page.done({**named, "lines": lines, "differences": differing, "groups": entries})

    def _named(self, commune: str, association: str) -> dict[str, str]:
        name = self._commune(commune)
        return {
            "commune": clean(commune), "commune_name": name, "place": without_tones(name),
            "association": clean(association), "association_name": self._association(association),
            "short": self._short(association),
        }  # fmt: skip

    def _line(
        self, page: _Page, sides: Mapping[str, _Side], measure: str, commune: str, association: str
    ) -> Context:
        """One measure: the three sides, their differences, how it ended, and what is said of it."""
        header = self._columns[measure].header
        values = {name: side.value(measure) for name, side in sides.items()}
        line: Context = {"header": header}
        for name, side in sides.items():
            text, source = self._text(measure, values[name]), self._source(side, measure)
            label = f"{header}, {self.words.sides[name]}"
            line[name] = page.figure(f"{name}.{measure}", PaperFigure(text, label, source))
        for name, left in (("difference", "statement"), ("groups_difference", "groups")):
            gap = _less(values[left], values["ledger"])
            figure = PaperFigure(self._text(measure, gap), f"{header}, {self.words.sides[name]}", "")
            line[name] = page.figure(f"{name}.{measure}", figure)
        compared = self._compared.get((commune, association, measure))
        state = compared.state if compared else _state(values, self._columns[measure].type == "amount")
        findings = [self._findings.get(f"{rule}||{commune}/{association}|{measure}") for rule in _TIES]
        told = list(dict.fromkeys(clean(one.explanation) for one in findings if one and one.explanation))
        line |= {
            "state": word(f"state-{state}"), "differs": state == "differs",
            "cause": clean(compared.cause) if compared else "", "explanation": "; ".join(told),
        }  # fmt: skip
        return line

    @cached_property
    def _compared(self) -> Mapping[tuple[str, str, str], Comparison]:
        return {(one.commune, one.association, one.measure): one for one in self.report.comparison}

    @cached_property
    def _findings(self) -> Mapping[str, Finding]:
        return {finding.key: finding for finding in self.report.findings}

    def _entry(self, page: _Page, row: Row, number: int) -> Context:
        """A group as a line of a table; its figures are marked with its code."""
        group = clean(str(row["group"] or ""))
        side = _Side(self._groups_sheet, (row,))
        entry: Context = {"number": str(number), "group": group, "leader": clean(str(row["leader"] or ""))}
        whose = self.words.sides["group"].format(group=group)
        for name in _ENTRIES:
            text = self._plain(side, row, name)
            label = f"{self._columns[name].header}, {whose}"
            entry[name] = page.figure(f"{group}.{name}", PaperFigure(text, label, self._source(side, name)))
        for name, part in ((self.words.overdue_ratio, "overdue"), (self.words.frozen_ratio, "frozen")):
            text = _ratio(side.value(part), side.value("balance")) or self.words.absent
            figure = PaperFigure(text, f"{name}, {whose}", self._source(side, part))
            entry[f"{part}_ratio"] = page.figure(f"{group}.{part}_ratio", figure)
        return entry

    @cached_property
    def _groups_sheet(self) -> str:
        return self.rulebook.office.sheet("groups").sheet

    def _plain(self, side: _Side, row: Row, name: str) -> str:
        """A value of a group as it is printed."""
        value = row[name]
        if self._columns[name].type in ("amount", "count"):
            return self._text(name, side.value(name))
        if isinstance(value, float):
            return number_text(Decimal(repr(value)), decimals=2)
        return clean(str(value)) if value else self.words.absent

    # The list of a group.

    def _lists(self) -> Iterator[Paper]:
        rows = [row for row in self._rows.get("groups", ()) if row["group"]]
        for row in sorted(
            rows, key=lambda row: (str(row["commune"]), str(row["association"]), str(row["group"]))
        ):
            page = _Page(self, "groups", str(row["group"]))
            named = self._named(str(row["commune"] or ""), str(row["association"] or ""))
            yield page.done({**named, **self._entry(page, row, 1)})

    # The summary of an association.

    def _summaries(self) -> Iterator[Paper]:
        for association in dict.fromkeys(pair[1] for pair in self._sides):
            page = _Page(self, "summaries", association)
            mine = {pair[0]: sides for pair, sides in self._sides.items() if pair[1] == association}
            lines = [
                {"number": str(number), **self._summary_line(page, commune, self._commune(commune), sides)}
                for number, (commune, sides) in enumerate(mine.items(), start=1)
            ]
            whole = {
                side: _side(side, [row for one in mine.values() for row in one[side].rows]) for side in _SIDES
            }
            total = self._summary_line(page, "total", self.words.sides["total"], whole)
            named = {
                "association": clean(association), "association_name": self._association(association),
                "short": self._short(association),
            }  # fmt: skip
            yield page.done({**named, "lines": lines, "total": total})

    def _summary_line(self, page: _Page, key: str, name: str, sides: Mapping[str, _Side]) -> Context:
        """A commune, or all of them: the bank's figures, the association's beside them, groups by rating."""
        line: Context = {"name": name}
        whose = self.words.sides["commune"].format(commune_name=name)
        for side, measure in (
            *(("ledger", one) for one in MEASURES),
            *(("statement", one) for one in ("balance", *FLOWS)),
            ("groups", "balance"),
        ):
            text, source = self._text(measure, sides[side].value(measure)), self._source(sides[side], measure)
            label = f"{self._columns[measure].header}, {self.words.sides[side]}, {whose}"
            text = page.figure(f"{key}.{side}.{measure}", PaperFigure(text, label, source))
            line[measure if side == "ledger" or measure in FLOWS else f"{side}_balance"] = text
        gap = _less(sides["statement"].value("balance"), sides["ledger"].value("balance"))
        difference = PaperFigure(self._text("balance", gap), f"{self.words.sides['difference']}, {whose}", "")
        line["difference"] = page.figure(f"{key}.difference", difference)
        ratio = _ratio(sides["ledger"].value("overdue"), sides["ledger"].value("balance"))
        overdue = PaperFigure(ratio or self.words.absent, f"{self.words.overdue_ratio}, {whose}", "")
        line["overdue_ratio"] = page.figure(f"{key}.overdue_ratio", overdue)
        ratings = Counter(str(row["rating"]) for row in sides["groups"].rows)
        for rating, choice in zip(_RATINGS, self._columns["rating"].choices, strict=True):
            figure = PaperFigure(str(ratings[choice]), f"{choice}, {whose}", self._groups_sheet)
            line[rating] = page.figure(f"{key}.{rating}", figure)
        return line


def maker_of(book: Path, rulebook: Rulebook | None = None) -> PaperMaker:
    """What makes the papers of a workbook, which is read and held against its previous report.

    Raises:
        SheetcreditError: it cannot be read, or is no office's workbook.
    """
    against = rulebook or our_rulebook()
    reading = read_office(book, against)
    report = check_readings([reading], against, other_reports([reading], against))[0]
    return PaperMaker(reading, report, against)


_SIDES = ("statement", "groups", "ledger")
_RATINGS = ("good", "fair", "average", "weak")


class _Page:
    """A paper while it is put together."""

    def __init__(self, maker: PaperMaker, kind: Kind, key: str) -> None:
        self._maker, self._kind, self._key = maker, kind, key
        self._letter = maker.words.kinds[kind].letter
        self._figures: dict[Tag, PaperFigure] = {}

    def figure(self, name: str, figure: PaperFigure) -> str:
        """The figure as the template prints it."""
        tag = Tag(self._letter, self._maker.office, self._maker.period, self._key, name).shortened()
        self._figures[tag] = figure
        return marked(tag, figure.text)

    def done(self, context: Mapping[str, object]) -> Paper:
        """The paper."""
        kind, shared = self._maker.words.kinds[self._kind], self._maker.shared
        names = {name: value for name, value in context.items() if isinstance(value, str)}
        file = kind.file.format_map({name: without_tones(value) for name, value in names.items()})
        return Paper(
            self._kind, self._key, file, kind.title.format_map(names), {**shared, **context}, self._figures
        )  # fmt: skip


def _side(name: str, rows: Sequence[Row]) -> _Side:
    return _Side(str(rows[0]["sheet"]) if rows else "", rows, counts_rows=name == "groups")


def _less(left: int | None, right: int | None) -> int | None:
    return None if left is None or right is None else left - right


def _ratio(part: int | None, whole: int | None) -> str | None:
    """A part of a balance in per cent with two decimals."""
    if part is None or not whole:
        return None
    return f"{number_text(quantize(Decimal(part) * 100 / whole, 2), decimals=2)}%"


def _state(values: Mapping[str, int | None], amount: bool) -> str:
    """How a measure ended that `Đối chiếu` need not show: its sides do not differ by more than rounding."""
    found = set(values.values())
    if None in found:
        return "unknown"
    return "equal" if len(found) == 1 else "rounding" if amount else "unknown"
