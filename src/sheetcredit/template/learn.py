"""What an office's own workbook seems to be: its tables and columns proposed as ours, each with a confidence.

Headers are compared by their words, contents by what they are: a column of names of communes is one whatever
its header, and a column that opening, disbursement and collection add up to is the balance.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import SequenceMatcher
from statistics import median

import msgspec
import yaml

from sheetcredit.catalogue.catalogue import Catalogues, load_catalogue
from sheetcredit.model.grid import Book, CellValue, Grid
from sheetcredit.model.money import parse_number
from sheetcredit.model.text import fold
from sheetcredit.template.definition import CODE, Column, Office, Sheet, statement_sheet
from sheetcredit.template.headers import squeezed, squeezed_labels
from sheetcredit.template.layout import (
    MONTH,
    OPENING,
    STEP,
    TableArea,
    areas_of,
    header_paths,
    in_general,
    in_general_words,
    last_data_above,
    texts_above,
)
from sheetcredit.template.mapping import VERSION, OwnDetails, OwnTable, OwnTemplate, Said
from sheetcredit.template.own import Coder, SaidDay, best_day, days_at_top

_HEAD = """\
# Bảng ánh xạ mẫu riêng, do `sheetcredit template learn` lập: trang, tiêu đề nào là bảng, cột nào của ta.
# Sửa tay được; {ngày}, {đầu năm}, {tháng}, {kỳ}, {năm} thay cho ngày tháng của từng báo cáo.
# The mapping of a template of your own. It may be edited; the words in braces stand for each report's dates.
"""
SURE, LIKELY = 0.85, 0.6
"""From the first on nobody is asked; below the second a column is left out."""
_LOOKED_INTO = 500
"""Rows of a table that show what it is."""
SUMS = 0.95
"""How certain a column is that nothing but the sums tells."""
_SAMPLES = 3
_TITLE_ROWS = 8
_LEAST_IN_DONG = 5_000_000
"""A median balance of a commune from here on is counted in đồng: nobody owes as many millions."""
_ENUMERATES = re.compile(r"[IVX]+\.?|[0-9]+\.?|[A-Z]\.?")
_BALANCE = ("opening", "disbursement", "collection", "write_off", "balance")
_OTHER_MONTH = re.compile(r"\b(?:tháng\s*|t)[0-9]{1,2}\b")


@dataclass(frozen=True, slots=True)
class ProposedColumn:
    """A column of the workbook: zero-based place, header as written, the column of ours it may be."""

    place: int
    header: str
    column: str | None
    confidence: float
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProposedTable:
    """A table of the workbook, and which of ours it seems to be (id; None: none)."""

    table: str | None
    tab: str
    area: TableArea
    columns: tuple[ProposedColumn, ...]
    title: str = ""
    below: str = ""
    unit: str = ""
    unit_said: bool = False
    total: bool = False
    hidden: bool = False
    where: Mapping[str, str] | None = None
    constants: Mapping[str, int] | None = None

    rows: int = 0

    @property
    def confidence(self) -> float:
        """That of its least certain column that was taken."""
        return min((one.confidence for one in self.columns if one.column), default=0.0)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a workbook seems to be. `others` are tables that seem to be none of ours."""

    tables: tuple[ProposedTable, ...]
    others: tuple[ProposedTable, ...]
    day: SaidDay | None
    office: str | None
    unit: str


def propose(book: Book, office: Office, catalogues: Catalogues, code: str | None = None) -> Proposal:
    """The tables of a workbook as ours; `code` is the office's, where somebody said it."""
    days = list(days_at_top(book))
    day = best_day(days)
    whose = code or _office_named(book, catalogues)
    details = OwnDetails(office=whose or "")
    coder = Coder(
        OwnTemplate(version=VERSION, details=details, tables=()), catalogues, office, day.day if day else None
    )
    learner = _Learner(book, office, coder, day.day if day else None)
    found = [table for grid in book.grids.values() for table in learner.tables_of(grid)]
    tables = _titled(_each_once([one for one in found if one.table is not None]))
    used = {(one.tab, one.area) for one in tables}
    others = [one for one in found if (one.tab, one.area) not in used]
    units = Counter(one.unit for one in tables)
    unit = units.most_common(1)[0][0] if units else "triệu đồng"
    return Proposal(tuple(tables), tuple(others), day, whose, unit)


def mapping_from(proposal: Proposal, name: str, office_name: str = "") -> OwnTemplate:
    """The mapping of what was proposed, and perhaps put right by somebody."""
    day = proposal.day
    tables = []
    for one in proposal.tables:
        columns = {c.column: _in_words(c.header, day) for c in one.columns if c.column is not None}
        tables.append(
            OwnTable(
                table=one.table or "", sheet=_in_words(one.tab, day), lines=one.area.lines,
                title=_in_words(one.title, day), below=_in_words(one.below, day),
                unit=one.unit, total=one.total, columns=columns, where=one.where or {},
                constants=dict(one.constants or {}),
            )
        )  # fmt: skip
    said = Said(sheet=day.place.sheet, text=in_general_words(day.text, day.day)) if day else None
    details = OwnDetails(
        office=proposal.office or "", office_name=office_name, unit=proposal.unit, as_of=said
    )
    return OwnTemplate(version=VERSION, name=name, details=details, tables=tuple(tables))


def mapping_text(mapping: OwnTemplate) -> bytes:
    """A mapping as it is kept: YAML with a few words of explanation."""
    content = msgspec.to_builtins(mapping)
    content["tables"] = [
        {name: value for name, value in one.items() if value not in ("", {}, None)}
        for one in content["tables"]
    ]
    body = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=110)
    return (_HEAD + body).encode()


def _in_words(text: str, day: SaidDay | None) -> str:
    """A header as it is written, or in general where it speaks of the day."""
    return in_general_words(text, day.day if day else None)


def _office_named(book: Book, catalogues: Catalogues) -> str | None:
    """The office whose code or name stands at the top of a sheet; None where none does, or several do."""
    texts = {fold(text) for grid in book.grids.values() for _, _, text in texts_above(grid, _TITLE_ROWS + 4)}
    codes = catalogues.office_codes
    for grid in book.grids.values():
        for row in range(min(len(grid.rows), _TITLE_ROWS + 4)):
            labels = {fold(grid.text(row, place)) for place in range(len(grid.rows[row]))}
            if labels & {"mã pgd", "mã đơn vị", "mã phòng giao dịch"}:
                code = next((text for text in labels if text in codes), None)
                if code:
                    return code
    named: set[str] = set()
    for entry in catalogues.of("offices"):
        place = _place_name(entry.name.vi)
        if place and any(
            _place_name(text) == place for text in texts if "pgd" in text or "giao dịch" in text
        ):
            named.add(entry.code)
    return named.pop() if len(named) == 1 else None


_OFFICE_WORDS = re.compile(
    r"\b(ngân hàng chính sách xã hội|nhcsxh|phòng giao dịch|pgd|huyện|quận|thị xã|thành phố|tp\.?|tx\.?)\b"
)


def _place_name(text: str) -> str:
    return " ".join(_OFFICE_WORDS.sub(" ", fold(text)).replace("-", " ").split())


def _each_once(tables: Sequence[ProposedTable]) -> list[ProposedTable]:
    """Of several tables that seem to be one of ours, that with most columns; hidden ones give way."""
    best: dict[str, ProposedTable] = {}
    for one in tables:
        key = one.table or ""
        if key not in best or _weight(one) > _weight(best[key]):
            best[key] = one
    return [one for one in tables if best[one.table or ""] is one]


def _weight(one: ProposedTable) -> tuple[bool, float]:
    return not one.hidden, sum(column.confidence for column in one.columns if column.column)


def _titled(tables: Sequence[ProposedTable]) -> list[ProposedTable]:
    """A title is learnt only where the header alone does not tell a table from another on its sheet."""
    headers = Counter((one.tab, _signature(one)) for one in tables)
    alone = [one if headers[one.tab, _signature(one)] > 1 else replace(one, title="") for one in tables]
    same_area = Counter((one.tab, one.area) for one in tables)
    return [one if same_area[one.tab, one.area] == 1 else replace(one, title="") for one in alone]


def _signature(one: ProposedTable) -> tuple[str, ...]:
    return tuple(fold(column.header) for column in one.columns)


@dataclass(frozen=True, slots=True)
class _Lines:
    """The rows of data of an area, and what stands in a column of them."""

    grid: Grid
    rows: Sequence[int]

    def of(self, place: int) -> list[CellValue]:
        return [self.grid.value(row, place) for row in self.rows]


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A table as the workbook draws it, or the part of it that is looked at.

    `written` are its headers by column, `paths` the same without their month and what was left out; `lines`
    its rows of data, `above` the texts over it; `blank` is the proposal where it is none of ours.
    """

    blank: ProposedTable
    written: Mapping[int, str]
    paths: Mapping[int, str]
    lines: _Lines
    above: Sequence[str]


class _Learner:
    """Proposes what the tables of one workbook are."""

    def __init__(self, book: Book, office: Office, coder: Coder, day: date | None) -> None:
        self._book, self._office, self._coder, self._day = book, office, coder, day
        self._words = _Normal(office)
        self._labels = squeezed_labels(office.conventions.total_labels)
        self._associations = _association_words(office)
        self._unit_of_book = _unit_said(
            text for grid in book.grids.values() for _, _, text in texts_above(grid, _TITLE_ROWS + 4)
        )

    def tables_of(self, grid: Grid) -> list[ProposedTable]:
        """The tables of a sheet."""
        found: list[ProposedTable] = []
        if self._is_output(grid):
            return found
        for area in areas_of(grid):
            found += self._tables_in(grid, area)
        return found

    def _is_output(self, grid: Grid) -> bool:
        names = {fold(sheet.sheet) for sheet in self._office.sheets if sheet.kind == "output"}
        return fold(grid.sheet) in names and any(tab == grid.sheet for tab, _, _ in self._book.names.values())

    def _tables_in(self, grid: Grid, area: TableArea) -> list[ProposedTable]:
        written = header_paths(grid, area.top, area.bottom)
        paths = {place: in_general(path, self._day) for place, path in written.items()}
        paths = _of_this_month(paths)
        lines = _Lines(grid, self._data_rows(grid, area, paths))
        highest = max(last_data_above(grid, area.top), area.top - _TITLE_ROWS - 1)
        above = [text for _, _, text in texts_above(grid, area.top, highest)]
        blank = ProposedTable(
            None, grid.sheet, area, self._unknown(written, paths, lines), hidden=grid.hidden,
            total=self._has_total(grid, area, paths), rows=len(lines.rows),
        )  # fmt: skip
        if not lines.rows:
            return [blank]
        drawn = _Drawn(blank, written, paths, lines, above)
        by_association = self._side_by_side(paths)
        if by_association:
            made = [
                self._made(replace(drawn, paths=own), statement_sheet(self._office, code))
                for code, own in by_association.items()
            ]
            return [one for one in made if one.table] or [blank]
        by_heading = self._by_headings(drawn)
        if by_heading:
            return by_heading
        title = next((text for text in above if self._association_in(text)), "")
        code = self._association_in(grid.sheet) or self._association_in(title)
        if code is not None:
            sheet = statement_sheet(self._office, code)
            made_one = self._made(drawn, sheet)
            if made_one.table:
                return [replace(made_one, title=title)]
        return self._other_kind(drawn)

    def _data_rows(self, grid: Grid, area: TableArea, paths: Mapping[int, str]) -> list[int]:
        rows = []
        for row in range(area.first, area.end):
            values = [grid.value(row, place) for place in paths]
            words = [squeezed(value) for value in values if isinstance(value, str)]
            numbers = sum(map(_is_number, values))
            if numbers >= 2 and words and not any(word in self._labels for word in words):
                rows.append(row)
                if len(rows) == _LOOKED_INTO:
                    break
        return rows

    def _has_total(self, grid: Grid, area: TableArea, paths: Mapping[int, str]) -> bool:
        for row in range(area.first, area.end):
            values = [grid.value(row, place) for place in paths]
            labelled = any(isinstance(v, str) and squeezed(v) in self._labels for v in values)
            if labelled:
                formulas = sum((row, place) in grid.formulas for place in paths)
                return 2 * (sum(map(_is_number, values)) + formulas) >= len(paths) - 3
        return False

    def _unknown(
        self, written: Mapping[int, str], paths: Mapping[int, str], lines: _Lines
    ) -> tuple[ProposedColumn, ...]:
        return tuple(
            ProposedColumn(place, written[place], None, 0.0, _samples(lines.of(place))) for place in paths
        )

    def _side_by_side(self, paths: Mapping[int, str]) -> dict[str, dict[int, str]]:
        """By code of an association its own columns and the common ones, its name left out of headers."""
        owners: dict[int, tuple[str, str]] = {}
        for place, path in paths.items():
            for step in path.split(STEP):
                code = self._association_in(step) if STEP in path else None
                if code:
                    rest = STEP.join(other for other in path.split(STEP) if other != step)
                    owners[place] = code, rest
        codes = dict.fromkeys(code for code, _ in owners.values())
        if len(codes) < 2:
            return {}
        common = {place: path for place, path in paths.items() if place not in owners}
        return {
            code: common | {place: rest for place, (own, rest) in owners.items() if own == code}
            for code in codes
        }

    def _by_headings(self, drawn: _Drawn) -> list[ProposedTable]:
        """Statements in one table, each under a heading that names the association: `I. Hội Nông dân`."""
        area, lines = drawn.blank.area, drawn.lines
        found: list[tuple[int, str, str, bool]] = []
        for row in range(area.first - 1, area.end):
            values = [lines.grid.value(row, place) for place in drawn.paths]
            texts = [v for v in values if isinstance(v, str) and not _ENUMERATES.fullmatch(v.strip())]
            code = self._association_in(texts[0]) if len(texts) == 1 else None
            if code:
                found.append((row, texts[0].strip(), code, sum(map(_is_number, values)) >= 2))
        if len({code for _, _, code, _ in found}) < 2:
            return []
        ends = [row for row, *_ in found[1:]] + [area.end]
        made = []
        for (row, text, code, sums), end in zip(found, ends, strict=True):
            own = _Lines(lines.grid, [each for each in lines.rows if row < each < end])
            if own.rows:
                one = self._made(replace(drawn, lines=own), statement_sheet(self._office, code))
                made.append(replace(one, below=text, total=sums, rows=len(own.rows)))
        return [one for one in made if one.table]

    def _association_in(self, text: str) -> str | None:
        """The one association that a text names."""
        folded = fold(text)
        found = {
            code for name, code in self._associations.items()
            if folded == name or (len(name) > 2 and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", folded))
        }  # fmt: skip
        return found.pop() if len(found) == 1 else None

    def _other_kind(self, drawn: _Drawn) -> list[ProposedTable]:
        """The table of ours that most columns fit, of those that are no association's statement."""
        words = fold(" ".join([drawn.blank.tab, *drawn.above]))
        candidates = []
        for sheet in self._office.tables():
            if sheet.frame == "statements":
                continue
            made = self._made(drawn, sheet)
            if made.table:
                named = any(fold(name) in words for name in (sheet.sheet, *sheet.aliases) if len(name) > 2)
                fits = sum(one.confidence for one in made.columns if one.column)
                candidates.append((fits + named, made))
        best = max(candidates, key=lambda each: each[0], default=None)
        split = self._by_rows(drawn)
        if split and (best is None or (best[1].table == "ledger" and not self._is_ledger(best[1], words))):
            return split
        return [best[1]] if best else [drawn.blank]

    def _is_ledger(self, made: ProposedTable, words: str) -> bool:
        """Whether a table of communes by association is the bank's: it says so, or states no opening."""
        return "ngân hàng" in words or "sổ" in words.split() or made.unit == "đồng"

    def _by_rows(self, drawn: _Drawn) -> list[ProposedTable]:
        """Four statements in one table, told apart by what a column says in each row."""
        column, lines = self._office.sheet("ledger").column(CODE), drawn.lines
        for place in drawn.paths:
            texts = [value for value in lines.of(place) if isinstance(value, str) and value.strip()]
            codes = {fold(text): self._coder.code(column, text) or text for text in texts}
            known = {text: code for text, code in codes.items() if statement_sheet(self._office, code)}
            if len(known) < 2 or len(known) < len(codes):
                continue
            rest = {other: path for other, path in drawn.paths.items() if other != place}
            made = []
            for said, code in known.items():
                rows = [row for row in lines.rows if fold(lines.grid.text(row, place)) == said]
                sheet = statement_sheet(self._office, code)
                own = replace(drawn, paths=rest, lines=_Lines(lines.grid, rows))
                one = self._made(own, sheet)
                text = lines.grid.text(rows[0], place).strip()
                made.append(replace(one, where={drawn.written[place]: text}, total=False))
            return [one for one in made if one.table]
        return []

    def _made(self, drawn: _Drawn, sheet: Sheet | None) -> ProposedTable:
        """The table as one of ours; without an id where its key or its numbers are not there."""
        blank, written, paths, lines = drawn.blank, drawn.written, drawn.paths, drawn.lines
        if sheet is None:
            return blank
        taken = self._matched(sheet, paths, lines)
        taken |= _told_by_sums(sheet, taken, paths, lines)
        keys = all({key, f"{key}_name"} & taken.keys() for key in sheet.key)
        amounts = sum(sheet.column(name).type == "amount" for name in taken)
        if not keys or amounts < 1 or ("balance" in _names(sheet) and "balance" not in taken):
            return blank
        holds = _balances(taken, lines)
        constants = {}
        if holds and "write_off" in _names(sheet) and "write_off" not in taken:
            constants["write_off"] = 0
        by_place = {place: (name, score) for name, (place, score) in taken.items()}
        columns = []
        for place in paths:
            name, score = by_place.get(place, (None, 0.0))
            if name in _BALANCE and holds is not None:
                score = max(score, 0.97) if holds else min(score, SURE - 0.05)
            samples = _samples(lines.of(place))
            columns.append(ProposedColumn(place, written[place], name, round(score, 2), samples))
        unit, said = self._unit(taken, lines, [*drawn.above, *written.values()])
        return replace(
            blank, table=sheet.id, columns=tuple(columns), unit=unit, unit_said=said, constants=constants
        )

    def _unit(
        self, taken: Mapping[str, tuple[int, float]], lines: _Lines, near: Iterable[str]
    ) -> tuple[str, bool]:
        """The unit of a table, and whether the workbook says it; else the size of its numbers tells."""
        said = _unit_said(near) or self._unit_of_book
        if said:
            return said, True
        place = taken["balance" if "balance" in taken else "current" if "current" in taken else "plan"][0]
        numbers = [abs(number) for value in lines.of(place) if (number := _number(value))]
        return ("đồng" if numbers and median(numbers) >= _LEAST_IN_DONG else "triệu đồng"), False

    def _matched(self, sheet: Sheet, paths: Mapping[int, str], lines: _Lines) -> dict[str, tuple[int, float]]:
        """Which column of the workbook (its place, and how certainly) is which of ours."""
        scores = sorted(
            (
                (self._score(column, path, lines.of(place)), -order, -place, column.name)
                for order, column in enumerate(sheet.columns)
                for place, path in paths.items()
            ),
            reverse=True,
        )
        taken: dict[str, tuple[int, float]] = {}
        used: set[int] = set()
        for score, _, place, name in scores:
            if score >= LIKELY and name not in taken and -place not in used:
                taken[name] = -place, score
                used.add(-place)
        return taken

    def _score(self, column: Column, path: str, values: Sequence[CellValue]) -> float:
        """How certain it is that a column with this header and these values is that one of ours."""
        said = [value for value in values if value is not None]
        numbers = sum(map(_is_number, said))
        if column.numeric:
            if said and 2 * numbers < len(said):
                return 0.0
            return self._words.likeness(column, path) * (1.0 if said else 0.95)
        texts = [value for value in said if isinstance(value, str)]
        if not texts:
            return 0.0
        digits = sum(text.strip().isdigit() for text in texts)
        worded = self._words.likeness(column, path)
        if column.type == "choice":
            listed = sum(fold(text) in map(fold, column.choices) for text in texts)
            return max(worded if listed else 0.0, 0.95 * listed / len(texts))
        if column.type == "code":
            if 2 * digits >= len(texts):
                return worded
            known = (
                sum(self._coder.code(column, text) is not None for text in texts) if column.catalogue else 0
            )
            # The name's own column takes it where there is one.
            return 0.9 * known / len(texts) if column.name == CODE else 0.0
        if 2 * digits >= len(texts):
            return 0.0
        of_code = _code_column(column.name, self._office)
        if of_code is not None:
            known = sum(self._coder.code(of_code, text) is not None for text in texts)
            return max(worded, 0.95 * known / len(texts))
        return worded


def _code_column(name: str, office: Office) -> Column | None:
    """The column of codes that a column of names stands beside."""
    if not name.endswith("_name"):
        return None
    wanted = name.removesuffix("_name")
    columns = (c for sheet in office.tables() for c in sheet.columns)
    return next((c for c in columns if c.name == wanted and c.catalogue), None)


def _names(sheet: Sheet) -> set[str]:
    return {column.name for column in sheet.columns}


def _of_this_month(paths: Mapping[int, str]) -> dict[int, str]:
    """Without the columns of other months, where the month of the report has columns of its own."""
    if not any(MONTH in path for path in paths.values()):
        return dict(paths)
    return {place: path for place, path in paths.items() if MONTH in path or not _OTHER_MONTH.search(path)}


def _told_by_sums(
    sheet: Sheet, taken: Mapping[str, tuple[int, float]], paths: Mapping[int, str], lines: _Lines
) -> dict[str, tuple[int, float]]:
    """The one column of the movement that no header tells, where the other columns add up to it."""
    needed = [name for name in _BALANCE if name != "write_off"]
    lacking = [name for name in needed if name not in taken and name in _names(sheet)]
    if len(lacking) != 1 or len(needed) != len(set(needed) & _names(sheet)):
        return {}
    used = {place for place, _ in taken.values()}
    fitting = [
        place for place in paths
        if place not in used and _balances({**taken, lacking[0]: (place, SUMS)}, lines)
    ]  # fmt: skip
    return {lacking[0]: (fitting[0], SUMS)} if len(fitting) == 1 else {}


def _balances(taken: Mapping[str, tuple[int, float]], lines: _Lines) -> bool | None:
    """Whether opening + disbursement - collection - write-off is the balance in most rows, where known."""
    needed = [name for name in _BALANCE if name != "write_off"]
    if not all(name in taken for name in needed):
        return None
    signs = {"opening": 1, "disbursement": 1, "collection": -1, "write_off": -1, "balance": -1}
    kept = [name for name in _BALANCE if name in taken]
    held = 0
    for row in lines.rows:
        numbers = {name: _number(lines.grid.value(row, taken[name][0])) or 0.0 for name in kept}
        gap = sum(signs[name] * number for name, number in numbers.items())
        held += abs(gap) <= max(3.0, 1e-9 * abs(numbers["balance"]))
    return 5 * held >= 4 * len(lines.rows)


class _Normal:
    """Headers in words that can be compared: abbreviations written out, words that say nothing left out."""

    def __init__(self, office: Office) -> None:
        conventions = office.conventions
        self._longer = {fold(short): fold(whole) for short, whole in conventions.abbreviations.items()}
        short = sorted(self._longer, key=len, reverse=True)
        self._short = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, short)) or '(?!)'})(?!\w)")
        fillers = sorted(map(fold, conventions.fillers), key=len, reverse=True)
        self._fillers = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, fillers)) or '(?!)'})(?!\w)")
        self._spellings: dict[str, tuple[tuple[str, str], ...]] = {}

    def likeness(self, column: Column, path: str) -> float:
        """How alike a header (in general words) and a column of ours are, 0 to 1."""
        if column.name + column.header not in self._spellings:
            texts = (column.header, *column.aliases)
            self._spellings[column.name + column.header] = tuple((fold(t), self.of(t)) for t in texts)
        spellings = self._spellings[column.name + column.header]
        steps = path.split(STEP)
        whole = " ".join(steps)
        variants = [(whole, 1.0), (" ".join(reversed(steps)), 1.0)]
        if len(steps) > 1:
            variants.append((steps[-1], 0.95))
        best = 0.0
        for text, worth in variants:
            normal = self.of(text)
            for spelling, normal_spelling in spellings:
                if text == spelling:
                    best = max(best, worth)
                elif normal and normal == normal_spelling:
                    best = max(best, 0.97 * worth)
                elif normal and normal_spelling:
                    alike = SequenceMatcher(None, normal, normal_spelling).ratio()
                    best = max(best, 0.9 * worth * alike)
        return best

    def of(self, text: str) -> str:
        """The words of a header that tell what the column is."""
        plain = fold(text).replace(OPENING, "đầu năm").replace("{ngày trước}", "đầu năm")
        plain = re.sub(r"\{[^}]*\}|[^\w\s]|\b[0-9]+\b", " ", plain)
        longer = self._short.sub(lambda match: self._longer[match[0]], plain)
        return " ".join(self._fillers.sub(" ", longer).split())


def _association_words(office: Office) -> dict[str, str]:
    """Every usual name of an association, folded, and its code."""
    words: dict[str, str] = {}
    for sheet in office.tables():
        if sheet.frame == "statements" and CODE in sheet.constants:
            for name in (sheet.sheet, *sheet.aliases):
                words[fold(name)] = sheet.constants[CODE]
    for entry in load_catalogue("associations"):
        if not entry.direct:
            words |= {fold(name): entry.code for name in (entry.name.vi, entry.short, *entry.aliases) if name}
    return words


def _unit_said(texts: Iterable[str]) -> str:
    """The unit that texts name (`ĐVT: triệu đồng`), as the catalogue calls it; empty where none does."""
    units = [
        (fold(text), entry.name.vi)
        for entry in load_catalogue("units")
        for text in (entry.name.vi, *entry.aliases)
    ]
    units.sort(key=lambda unit: -len(unit[0]))
    for text in map(fold, texts):
        marked = re.search(r"(?:đvt|đơn vị tính|đơn vị)\s*[:.]?\s*(.*)", text)
        said = marked[1] if marked else text.strip("() ")
        for unit, name in units:
            if said == unit or (marked and re.match(rf"{re.escape(unit)}(?!\w)", said)):
                return name
    return ""


def _samples(values: Sequence[CellValue]) -> tuple[str, ...]:
    said = [value for value in values if value is not None]
    return tuple(f"{value:g}" if isinstance(value, float) else str(value)[:40] for value in said[:_SAMPLES])


def _is_number(value: CellValue) -> bool:
    return _number(value) is not None


def _number(value: CellValue) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str) and any(map(str.isdigit, value)) and not value.strip().startswith("0"):
        parsed = parse_number(value)
        return None if parsed is None else float(parsed)
    return None
