"""From a table as it stands to a frame of typed rows, each fault on the way a finding.

A fault that could make a figure wrong without a word (an amount that is no number, a row without a key, two
rows of one loan that differ, a sum that is not the printed total) refuses the table.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl

from sheetcredit.catalogue.catalogue import Catalogues
from sheetcredit.imports.definitions import Conditions, ImportField, ImportKind, fields_of
from sheetcredit.imports.figures import Source
from sheetcredit.imports.recognise import association_of, folded
from sheetcredit.imports.tables import OTHER, TOTAL, RawTable, is_total
from sheetcredit.imports.values import (
    NoValueError,
    code,
    dates_in,
    dates_of,
    number,
    plain_text,
    unit_of_header,
    units_in,
)
from sheetcredit.model.finding import Finding, digest_of, severity_of
from sheetcredit.model.grid import CellValue, address
from sheetcredit.model.text import LANGUAGES, number_text
from sheetcredit.xlsx.row_stream import UNCOMPUTED

ROW = "row"
_AMOUNTS = ("amount", "count")
_NAMED = 5
"""So many rows are named in a finding, the others are counted."""


@dataclass(frozen=True)
class TypedTable:
    """The rows of one table that count. `refused`: no figure of it may be used.

    `frame`: one column a field (amounts in whole đồng, counts and rows Int64, all else text), and `row`.
    `slack`: how far an amount of a field may lie from the true one, in đồng.
    """

    source: Source
    kind: ImportKind
    frame: pl.DataFrame
    slack: Mapping[str, int]
    findings: tuple[Finding, ...]
    day: date | None
    role: str = ""
    headers: Mapping[str, str] = dataclass_field(default_factory=dict)
    unnamed: frozenset[str] = frozenset()
    """Fields with names whose code nobody knows, which is told."""

    def header(self, name: str) -> str:
        """The header under which a field stands, or its name."""
        return self.headers.get(name, name)

    @property
    def refused(self) -> bool:
        """Whether a finding forbids to use it."""
        return any(finding.severity == "error" for finding in self.findings)


def doubt(
    code_: str,
    file: Path,
    sheet: str | None = None,
    row: int | None = None,
    column: int | None = None,
    **details: object,
) -> Finding:
    """A finding about an export; `row` from 1, `column` from 0."""
    cell = address(row - 1, column) if row is not None and column is not None else None
    key = ":".join(filter(None, (code_, file.name, sheet or "", cell or str(row or ""))))
    return Finding(
        str(file), code_, severity_of(code_), sheet, cell, row,
        details={"name": file.name, **details}, key=key,
        digest=digest_of(sorted(map(str, details.items()))),
    )  # fmt: skip


def grouped(amount: int) -> Mapping[str, str]:
    """An amount as people read it, in both languages."""
    return {language: number_text(amount, language) for language in LANGUAGES}


def type_table(raw: RawTable, path: Path, office: str | None, catalogues: Catalogues) -> TypedTable:
    """The rows of a table that count, and what is wrong with it.

    `office`: the POS code whose rows or column are taken where the file has several.
    """
    work = _Work(raw, path, office, catalogues)
    kind = raw.kind
    if kind.form == "indicators":
        work.indicators()
    elif kind.form == "page":
        work.page()
    else:
        work.query()
    return work.done()


class _Work:
    """One table being typed: what was found so far."""

    def __init__(self, raw: RawTable, path: Path, office: str | None, catalogues: Catalogues) -> None:
        self.raw, self.kind, self.path, self.office = raw, raw.kind, path, office
        self.findings: list[Finding] = []
        self.left_out: Counter[str] = Counter()
        self.slack: dict[str, int] = {}
        self.frame = pl.DataFrame()
        self.units = catalogues.of("units")
        self.unit = self._unit()
        self.day: date | None = None
        self.of_office: str | None = None

    def doubt(self, code_: str, row: int | None = None, column: int | None = None, **details: object) -> None:
        self.findings.append(doubt(code_, self.path, self.raw.sheet, row, column, **details))

    def done(self) -> TypedTable:
        raw = self.raw
        drawn = dates_in(text for text in raw.below if "ngày" in text.lower())
        source = Source(
            file=self.path, sheet=raw.sheet, kind=self.kind.kind, header_row=raw.found.row, as_of=self.day,
            drawn=next(iter(drawn)) if len(drawn) == 1 else None, office=self.of_office, unit=self.unit,
            taken=self.frame.height, left_out=tuple(sorted(self.left_out.items())),
        )  # fmt: skip
        if not self.frame.height and not self.findings:
            self.doubt("I-EMPTY")
        return TypedTable(
            source, self.kind, self.frame, self.slack, tuple(self.findings), self.day, self.raw.role,
            self.raw.found.headers,
        )  # fmt: skip

    # --- units and days ----------------------------------------------------------------------------------

    def _unit(self) -> int:
        said = units_in(self.raw.heading, self.units)
        if len(said) > 1:
            self.doubt("I-UNIT-TWO", found=", ".join(map(str, sorted(said))))
        return next(iter(said)) if len(said) == 1 else self.kind.unit.dong

    def _unit_of(self, field: ImportField) -> int:
        if field.type != "amount":
            return 1
        header = self.raw.found.headers.get(field.name, "")
        return unit_of_header(header, self.units) or self.unit

    def _heading_day(self) -> None:
        said = dates_in(self.raw.heading)
        if len(said) > 1:
            self.doubt("I-DAYS", found=", ".join(f"{day:%d/%m/%Y}" for day in sorted(said)))
        self.day = next(iter(said)) if len(said) == 1 else None

    def _column_day(self, keep: Sequence[int]) -> None:
        """The day of the data from its column; from the heading where there is none."""
        values = self.raw.values
        dated = [one.name for one in self.kind.fields if one.type == "date" and one.name in values]
        if "as_of" not in dated:
            self._heading_day()
            return
        evidence = {values[name][place] for name in dated for place in keep}
        try:
            said = dates_of([values["as_of"][place] for place in keep], evidence)
        except NoValueError:
            self.doubt("I-DAY-UNCLEAR", column=self.raw.found.columns["as_of"], row=self.raw.found.row)
            return
        if len(said) > 1:
            self.doubt("I-DAYS", found=", ".join(f"{day:%d/%m/%Y}" for day in sorted(said)[:_NAMED]))
        elif said:
            self.day = next(iter(said))
        else:
            self._heading_day()

    # --- amounts -----------------------------------------------------------------------------------------

    def _amounts(
        self, field: ImportField, values: Sequence[CellValue], rows: Sequence[int]
    ) -> list[int | None]:
        """Amounts in whole đồng and counts; an empty cell is 0, but None among indicators."""
        unit = self._unit_of(field)
        empty = None if self.kind.form == "indicators" else 0
        rounded = field.rounded_to * unit // self.kind.unit.dong if field.rounded_to else 0
        finest = 0
        typed: list[int | None] = []
        faults: dict[str, list[int]] = defaultdict(list)
        for value, row in zip(values, rows, strict=True):
            if type(value) is int:
                typed.append(value * unit)
                continue
            if value is None or value == "":
                typed.append(empty)
                continue
            if value == UNCOMPUTED:
                faults["I-UNCOMPUTED"].append(row)
                typed.append(empty)
                continue
            try:
                exact = number(value)
            except NoValueError:
                faults["I-CELL"].append(row)
                typed.append(empty)
                continue
            if exact is None:
                typed.append(empty)
                continue
            finest = max(finest, -int(exact.normalize().as_tuple().exponent))
            dong = exact * unit
            if dong != dong.to_integral_value():
                if rounded or (field.type == "amount" and unit != self.kind.unit.dong):
                    dong = dong.to_integral_value()
                else:
                    faults["I-FRACTION"].append(row)
            typed.append(int(dong))
        for code_, places in faults.items():
            self.doubt(code_, places[0], self._place(field), header=self._header(field), count=len(places))
        if not rounded and field.type == "amount" and unit > self.kind.unit.dong:
            rounded = max(1, unit // 10**finest)  # the form prints đồng; this file has them in a larger unit
        self.slack[field.name] = rounded // 2
        return typed

    def _place(self, field: ImportField) -> int | None:
        return self.raw.found.columns.get(field.name)

    def _header(self, field: ImportField) -> str:
        return self.raw.found.headers.get(field.name, field.headers[0] if field.headers else field.name)

    def _check_unit(self) -> None:
        """Whether what a customer owes on the average is possible: a unit may be said wrongly."""
        told = self.kind.unit
        if not told.most or told.balance not in self.frame.columns or not self.frame.height:
            return
        owing = self.frame.filter(pl.col(told.balance) > 0)
        total, customers = int(owing[told.balance].sum()), 1
        if told.customers:
            if told.customers not in self.frame.columns:
                return
            counted = owing[told.customers]
            customers = int(counted.sum()) if counted.dtype.is_integer() else counted.n_unique()
        if customers and total and not told.least <= total // customers <= told.most:
            self.doubt("I-UNIT", unit=grouped(self.unit), average=grouped(total // customers))

    # --- queries -----------------------------------------------------------------------------------------

    def query(self) -> None:
        raw, kind = self.raw, self.kind
        fields = [one for one in kind.fields if one.name in raw.values]
        typed = {one.name: _typed(one, raw.values[one.name]) for one in fields if one.type not in _AMOUNTS}
        keep, totals = self._data_rows(typed)
        rows = [raw.rows[place] for place in keep]
        self._column_day(keep)
        columns: dict[str, Sequence[object]] = {}
        for one in fields:
            if one.type in _AMOUNTS:
                columns[one.name] = self._amounts(one, [raw.values[one.name][place] for place in keep], rows)
            elif one.type != "date":
                columns[one.name] = [typed[one.name][place] for place in keep]
        schema = {
            one.name: pl.Int64 if one.type in _AMOUNTS else pl.String for one in fields if one.type != "date"
        }
        self.frame = pl.DataFrame({**columns, ROW: rows}, schema={**schema, ROW: pl.Int64})
        for one in fields:
            if one.fill_down:
                self.frame = self.frame.with_columns(pl.col(one.name).forward_fill())
        whole = self._one_office()
        self._twice()
        self._leave_out()
        for name, (amount, by) in kind.per.items():
            if {amount, by} <= set(self.frame.columns):
                self.frame = self.frame.with_columns(
                    pl.when(pl.col(by).is_not_null())
                    .then(pl.col(amount).sum().over(by))
                    .otherwise(0)
                    .alias(name)
                )
        self._check_unit()
        if whole:
            self._check_totals(totals, self.frame)

    def _data_rows(self, typed: Mapping[str, Sequence[str | None]]) -> tuple[list[int], list[int]]:
        """The places of the rows that are data, and of totals; all others are left out, with a reason."""
        raw, kind = self.raw, self.kind
        keep: list[int] = []
        totals: list[int] = []
        keyless: list[int] = []
        headers = {name: folded(text) for name, text in raw.found.headers.items()}
        needed = [(typed[name], kind.field(name).private) for name in kind.need]
        amounts = [one.name for one in kind.fields if one.type in _AMOUNTS and one.name in raw.values]
        for place in range(len(raw.rows)):
            for values, has_digits in needed:
                text = values[place]
                if text is None or (has_digits and not any(map(str.isdigit, text))):
                    break
            else:
                keep.append(place)
                continue
            texts = {name: folded(values[place]) for name, values in raw.values.items()}
            if any(is_total(text) for text in texts.values()):
                totals.append(place)
                self.left_out["row-total"] += 1
            elif any(text and text == headers.get(name) for name, text in texts.items()):
                self.left_out["row-header"] += 1
            elif any(_some_number(raw.values[name][place]) for name in amounts):
                keyless.append(raw.rows[place])
                self.left_out["row-no-key"] += 1
            else:
                blank = all(values[place] in (None, "") for values in raw.values.values())
                self.left_out["row-blank" if blank else "row-text"] += 1
        if keyless:
            self.doubt("I-KEY", row=keyless[0], rows=some_rows(keyless), count=len(keyless))
        return keep, totals

    def _one_office(self) -> bool:
        """Take the rows of one office; whether all rows were."""
        if "office" not in self.frame.columns:
            return True
        found = sorted(self.frame["office"].drop_nulls().unique().to_list())
        if len(found) == 1:
            self.of_office = found[0]
        if len(found) < 2:
            return True
        loans = [name for name in self.kind.unique if self.kind.field(name).private]
        if loans:
            shared = (
                self.frame.drop_nulls(loans)
                .group_by(loans)
                .agg(pl.col("office").n_unique(), pl.col(ROW).first())
            )
            both = shared.filter(pl.col("office") > 1)
            if both.height:
                self.doubt("I-LOAN-OFFICES", row=int(both[ROW].min()), count=both.height)  # type: ignore[arg-type]
        if self.office not in found:
            self.doubt("I-OFFICES", found=", ".join(found[:_NAMED]), count=len(found))
            return False
        before = self.frame.height
        self.frame = self.frame.filter(pl.col("office") == self.office)
        self.left_out["row-other-office"] += before - self.frame.height
        self.of_office = self.office
        return False

    def _twice(self) -> None:
        """Of rows alike one counts; of a person's amount that they repeat the greatest."""
        unique = [name for name in self.kind.unique if name in self.frame.columns]
        if not unique or len(unique) < len(self.kind.unique):
            return
        once = {column.once[0] for given in self.kind.gives for column in given.columns if column.once}
        known = pl.all_horizontal([pl.col(name).is_not_null() for name in unique])
        keyed, keyless = self.frame.filter(known), self.frame.filter(~known)
        alike = [
            one.name
            for one in self.kind.fields
            if one.name in self.frame.columns
            and one.name not in (*once, *unique)
            and one.type in (*_AMOUNTS, "score")
        ]
        counted = keyed.group_by(unique).agg(pl.col(ROW).min(), *(pl.col(name).n_unique() for name in alike))
        differing = (
            counted.filter(pl.any_horizontal([pl.col(name) > 1 for name in alike])) if alike else counted[:0]
        )
        if differing.height:
            rows = sorted(differing[ROW].to_list())
            self.doubt("I-REPEATED", row=rows[0], rows=some_rows(rows), count=differing.height)
        for name in once & set(self.frame.columns):
            keyed = keyed.with_columns(pl.col(name).max().over(unique))
        kept = keyed.unique(unique, keep="first", maintain_order=True)
        if kept.height < keyed.height:
            self.left_out["row-repeated"] += keyed.height - kept.height
        self.frame = pl.concat([kept, keyless]).sort(ROW)

    def _leave_out(self) -> None:
        for one in self.kind.leave_out:
            before = self.frame.height
            self.frame = self.frame.filter(~holds(one.where, self.frame.columns))
            if before > self.frame.height:
                self.left_out[f"row-{one.reason}"] += before - self.frame.height

    def _check_totals(self, places: Sequence[int], rows: pl.DataFrame) -> None:
        """Whether the rows add up to the printed total; a 0 there is a formula that nobody computed."""
        for name in self.kind.totals:
            if name not in rows.columns or not places:
                continue
            field = self.kind.field(name)
            printed = [
                value
                for place in places
                if (value := _lenient(self.raw.values[name][place], self._unit_of(field))) not in (None, 0)
            ]
            total, slack = int(rows[name].sum()), self.slack.get(name, 0) * (rows.height + 1)
            for value in printed:
                if value is not None and abs(value - total) > slack:
                    self.doubt(
                        "I-TOTAL", row=self.raw.rows[places[0]], column=self._place(field),
                        field=self._header(field), printed=grouped(value), found=grouped(total),
                    )  # fmt: skip
                    break

    # --- printed pages -----------------------------------------------------------------------------------

    def page(self) -> None:
        raw, kind = self.raw, self.kind
        self._heading_day()
        levels = raw.values["level"]
        other = [raw.rows[place] for place, level in enumerate(levels) if level == OTHER]
        if other:
            self.left_out["row-no-key"] += len(other)
            self.doubt("I-KEY", row=other[0], rows=some_rows(other), count=len(other))
        keep = [place for place, level in enumerate(levels) if level not in (TOTAL, OTHER)]
        totals = [place for place, level in enumerate(levels) if level == TOTAL]
        self.left_out["row-total"] += len(totals)
        rows = [raw.rows[place] for place in keep]
        columns: dict[str, Sequence[object]] = {}
        for name, values in raw.values.items():
            field = next((one for one in kind.fields if one.name == name), None)
            if field is not None and field.type in _AMOUNTS:
                columns[name] = self._amounts(field, [values[place] for place in keep], rows)
            elif field is None or field.mark == 0:
                texts = (plain_text(values[place]) for place in keep)
                columns[name] = [_association(text) if name == "association" else text for text in texts]
        schema = {name: pl.Int64 if name in self.slack else pl.String for name in columns}
        self.frame = pl.DataFrame({**columns, ROW: rows}, schema={**schema, ROW: pl.Int64})
        self.left_out = Counter({reason: count for reason, count in self.left_out.items() if count})
        if kind.totals_of:
            counted = self.frame.filter(pl.col("level").is_in(kind.totals_of))
            if not totals:
                self.doubt("I-NO-TOTAL")
            self._check_totals(totals, counted)
            whole, self.frame = self.frame, counted
            self._check_unit()
            self.frame = whole

    # --- indicators --------------------------------------------------------------------------------------

    def indicators(self) -> None:
        raw, kind = self.raw, self.kind
        self._heading_day()
        if self.office is None and len(raw.offices) == 1:
            self.of_office = next(iter(raw.offices)) or None
        else:
            self.of_office = self.office if self.office in raw.offices else None
        chosen = raw.offices.get(self.of_office or "")
        if chosen is None:
            found = ", ".join(filter(None, raw.offices)) or "-"
            self.doubt("I-OFFICE-COLUMN", found=found, office=self.office or "-")
            return
        columns: dict[str, list[object]] = {
            one.name: [None] * len(raw.rows) for one in kind.fields if one.type == "amount"
        }
        for place, (row, value) in enumerate(zip(raw.rows, chosen, strict=True)):
            indicator, part = raw.values["indicator"][place], raw.values["part"][place]
            name = str(indicator or ("overdue_of_programme" if part else "of_programme"))
            if part and not ("nqh" in str(part) or "quahan" in str(part)):
                continue
            columns[name][place] = self._amounts(kind.field(name), [value], [row])[0]
        schema = dict.fromkeys(columns, pl.Int64)
        texts = {"programme": raw.values["programme"], "role": [raw.role] * len(raw.rows)}
        self.frame = pl.DataFrame(
            {**columns, **texts, ROW: raw.rows},
            schema={**schema, "programme": pl.String, "role": pl.String, ROW: pl.Int64},
        )
        missing = [self._header(kind.field(name)) for name in self._wanted() if not self.frame[name].count()]
        if missing:
            self.doubt("I-MISSING", listed=", ".join(missing))
        if raw.role == "current":
            self._check_unit()

    def _wanted(self) -> Iterable[str]:
        """The indicators that this sheet is to give for cells of the template."""
        names = (
            name
            for given in self.kind.gives
            if given.where.get("role") == (self.raw.role,) and given.table == "funding"
            for column in given.columns
            for name in fields_of(column)
        )
        return dict.fromkeys(names)


def holds(where: Conditions, columns: Iterable[str]) -> pl.Expr:
    """An expression that is true of the rows for which the conditions hold; of an unknown field none."""
    known = set(columns)
    expression = pl.lit(value=True)
    for name, wanted in where.items():
        if name not in known:
            expression = expression & pl.lit(wanted == "blank")
        elif wanted == "filled":
            expression = expression & pl.col(name).is_not_null()
        elif wanted == "blank":
            expression = expression & pl.col(name).is_null()
        elif wanted == "positive":
            expression = expression & (pl.col(name).fill_null(0) > 0)
        else:
            expression = expression & pl.col(name).is_in(list(wanted)).fill_null(value=False)
    return expression


def _typed(field: ImportField, values: Sequence[CellValue]) -> list[str | None]:
    """The texts of a column by its type; each different value is looked at once."""
    known: dict[CellValue, str | None] = {}
    typed = []
    for value in values:
        if value not in known:
            known[value] = _text(field, value)
        typed.append(known[value])
    return typed


def _text(field: ImportField, value: CellValue) -> str | None:
    if value == UNCOMPUTED or (isinstance(value, str) and value.startswith("#")):
        return None
    if field.type in ("code", "office"):
        return code(value, field.width)
    if field.type == "score":
        try:
            score = number(value)
        except NoValueError:
            return None
        return None if score is None else str(score.normalize() if score else Decimal(0))
    text = plain_text(value)
    if field.type == "association":
        return _association(text)
    if text and field.width and not text.isdigit():
        return None  # no code, and perhaps something personal: columns may have slipped
    if text and field.type in ("programme", "commune") and text.isdigit():
        # A number has lost its zeros; text of five digits is the code of the statistics office.
        return text.zfill(field.width) if field.type == "programme" or not isinstance(value, str) else text
    return text


def _association(text: str | None) -> str | None:
    if text and text.isdigit():
        return text.zfill(2)
    return association_of(folded(text))


def _some_number(value: CellValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value != 0


def _lenient(value: CellValue, unit: int) -> int | None:
    try:
        exact = number(None if value == UNCOMPUTED else value)
    except NoValueError:
        return None
    return None if exact is None else round(exact * unit)


def some_rows(rows: Sequence[int]) -> str:
    """The first few of some rows of Excel."""
    named = ", ".join(map(str, rows[:_NAMED]))
    return f"{named}, …" if len(rows) > _NAMED else named
