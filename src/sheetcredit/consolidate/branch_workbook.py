"""The branch workbook: the offices' rows summed by office, association, programme and source, as a file.

Everything comes from the bank's books of the offices, in whole đồng; only the opening of an association is
its own statement, since the ledger has none. Branch workbooks are summed the same way by the head office.

A workbook that has the same offices, programmes and sources as before is filled cell by cell: everything
else in it stays byte for byte. When rows come or go it is built anew; the explanations and the details that
the user filled in move over, and the old file is kept beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import msgspec
import polars as pl

from sheetcredit.build.workbook import Content, workbook_bytes
from sheetcredit.catalogue.catalogue import Catalogues
from sheetcredit.consolidate.arrivals import Arrivals, Submission, coverage_text
from sheetcredit.consolidate.branch_report import branch_rulebook
from sheetcredit.consolidate.origins import origin_text, seal_text
from sheetcredit.filling import Beside, CellEdit, Edits, filled_cells
from sheetcredit.model.checked_yaml import Words
from sheetcredit.model.errors import CannotWrite
from sheetcredit.model.grid import Book, address
from sheetcredit.model.money import in_unit
from sheetcredit.model.text import LANGUAGES, word
from sheetcredit.outcome import Report
from sheetcredit.template.definition import Office, Sheet, load_branch
from sheetcredit.template.locate import Table
from sheetcredit.template.reading import Reading, understand
from sheetcredit.xlsx.atomic_write import write_new
from sheetcredit.xlsx.patch import patch_bytes, patch_cells
from sheetcredit.xlsx.read import book_of

Row = dict[str, object]
Tables = Mapping[str, pl.DataFrame]
DIRECT = "99"
UNIT = 1_000_000
_FLOWS = ("plan", "opening", "disbursement", "collection", "write_off", "balance", "overdue", "frozen",
          "customers")  # fmt: skip
_STOCKS = ("groups", "customers", "balance", "overdue", "frozen", "deposits")
_RATED = {"good": "Tốt", "fair": "Khá", "average": "Trung bình", "weak": "Yếu"}


@dataclass(frozen=True, slots=True)
class _Summed:
    """The rows of all offices by frame, with the column `office`, in whole đồng or counted.

    `funding`: source, plan, opening, current. `programmes`: programme and its flows. `associations`:
    association, opening and its stocks. `ratings`: rated, good, fair, average, weak.
    """

    funding: pl.DataFrame
    programmes: pl.DataFrame
    associations: pl.DataFrame
    ratings: pl.DataFrame


def branch_content(arrivals: Arrivals, catalogues: Catalogues, by_user: Mapping[str, object]) -> Content:
    """The branch workbook's details and tables; `by_user` are the details that the user filled in before."""
    day = arrivals.period.last_day
    summed = _summed(arrivals.summed)
    names = _Names({one.office: one.name for one in arrivals.submissions}, catalogues, day)
    offices = [one.office for one in arrivals.summed]
    rows = {
        "units": _units(summed, offices),
        "funding": _total(summed.funding, "source"),
        "programmes": _total(summed.programmes, "programme"),
        "associations": _detail(summed.associations, "association"),
        "unit_programmes": _detail(summed.programmes, "programme"),
        "ratings": summed.ratings.sort("office"),
    }
    tables: dict[str, Sequence[Row]] = {
        name: _typed(load_branch().sheet(name), frame, names) for name, frame in rows.items()
    }
    tables["submissions"] = submission_rows(arrivals)
    return Content(dict(by_user) | info_of(arrivals), tables)


def info_of(arrivals: Arrivals) -> dict[str, object]:
    """What `Thông tin` says by itself."""
    owner, period = arrivals.owner, arrivals.period
    return {
        "office": owner.code, "office_name": owner.name, "branch": owner.superior or None,
        "level": owner.level, "period": str(period), "as_of": period.last_day, "unit": "triệu đồng",
        "template_version": load_branch().conventions.version,
    }  # fmt: skip


def submission_rows(arrivals: Arrivals) -> list[Row]:
    """The rows of `Tình hình nộp`."""
    return [_submission(one) for one in arrivals.submissions]


# Summing


def _summed(submissions: Sequence[Submission]) -> _Summed:
    branches = any(one.used and one.used.kind == "branch" for one in submissions)
    stacked = {name: _stacked(submissions, name) for name in _needed(branches)}
    if branches:
        return _Summed(
            _by(stacked["funding"], "source", ("plan", "opening", "current")),
            _by(stacked["programmes"], "programme", _FLOWS),
            _by(stacked["associations"], "association", ("opening", *_STOCKS)),
            stacked["ratings"].group_by("office").agg(pl.col("rated", *_RATED).sum()),
        )
    return _Summed(
        _by(stacked["funding"], "source", ("plan", "opening", "current")),
        _by(stacked["programmes"], "programme", _FLOWS),
        _associations(stacked),
        _ratings(stacked["groups"]),
    )


def _needed(branches: bool) -> tuple[str, ...]:
    if branches:
        return ("funding", "programmes", "associations", "ratings")
    return ("funding", "programmes", "statements", "direct", "groups", "ledger")


_COLUMNS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "funding": (("source",), ("plan", "opening", "current")),
    "programmes": (("programme",), _FLOWS),
    "statements": (("association",), ("opening",)),
    "direct": ((), ("opening",)),
    "groups": (("rating",), ()),
    "ledger": (("association",), _STOCKS),
    "associations": (("association",), ("opening", *_STOCKS)),
    "ratings": ((), ("rated", *_RATED)),
}
"""By frame, the columns of words and of numbers that are summed."""


def _stacked(submissions: Iterable[Submission], frame: str) -> pl.DataFrame:
    """The rows of one frame of all offices, each with its code."""
    words, numbers = _COLUMNS[frame]
    schema = dict.fromkeys(words, pl.String()) | dict.fromkeys(numbers, pl.Int64())
    used = [(one.office, one.used.rows) for one in submissions if one.used]
    tables = [(office, rows[frame]) for office, rows in used if frame in rows]
    offices = [office for office, table in tables for _ in range(len(table))]
    # Column by column: to select columns of a frame takes polars fifty times as long as to cut it.
    columns = {
        name: pl.concat([table[name] for _, table in tables]) if tables else pl.Series(dtype=dtype)
        for name, dtype in schema.items()
    }
    return pl.DataFrame({**columns, "office": pl.Series(offices, dtype=pl.String)})


def _by(frame: pl.DataFrame, key: str, numbers: Iterable[str]) -> pl.DataFrame:
    return frame.drop_nulls(key).group_by("office", key).agg(pl.col(list(numbers)).sum())


def _associations(stacked: Tables) -> pl.DataFrame:
    """Stocks from the ledger, openings from the statements and, of direct lending, from its own sheet."""
    direct = stacked["direct"].group_by("office").agg(pl.col("opening").sum())
    openings = pl.concat([
        _by(stacked["statements"], "association", ("opening",)),
        direct.select("office", pl.lit(DIRECT).alias("association"), "opening"),
    ])  # fmt: skip
    ledger = _by(stacked["ledger"], "association", _STOCKS)
    both = ledger.join(openings, on=["office", "association"], how="full", coalesce=True)
    return both.with_columns(pl.col("opening", *_STOCKS).fill_null(0))


def _ratings(groups: pl.DataFrame) -> pl.DataFrame:
    rated = pl.col("rating")
    counts = [(rated == written).sum().cast(pl.Int64).alias(name) for name, written in _RATED.items()]
    return groups.group_by("office").agg(rated.count().cast(pl.Int64).alias("rated"), *counts)


def _total(frame: pl.DataFrame, key: str) -> pl.DataFrame:
    return frame.group_by(key).agg(pl.exclude("office").sum()).sort(key)


def _detail(frame: pl.DataFrame, key: str) -> pl.DataFrame:
    return frame.sort(key, "office")


def _units(summed: _Summed, offices: Sequence[str]) -> pl.DataFrame:
    """One row an office: its funding, its balance from the programmes, its entrusted part from the ledger."""
    funding = summed.funding.group_by("office").agg(pl.col("current").sum().alias("funding"))
    balance = summed.programmes.group_by("office").agg(
        pl.col("plan", "opening", "balance", "overdue", "frozen").sum()
    )
    entrusted = (
        summed.associations.filter(pl.col("association") != DIRECT)
        .rename({"balance": "entrusted"})
        .group_by("office")
        .agg(pl.col("entrusted", "groups", "customers", "deposits").sum())
    )
    whole = pl.DataFrame({"office": sorted(offices)}, schema={"office": pl.String})
    for part in (funding, balance, entrusted):
        whole = whole.join(part, on="office", how="left", maintain_order="left")
    return whole.with_columns(pl.exclude("office").fill_null(0))


# The rows as they are typed into cells


@dataclass(frozen=True, slots=True)
class _Names:
    """What codes are called on a day."""

    offices: Mapping[str, str]
    catalogues: Catalogues
    day: date

    def beside(self, codes: Mapping[str, Sequence[object]]) -> dict[str, list[object]]:
        """The columns of names that stand beside columns of codes."""
        named: dict[str, list[object]] = {}
        for column, catalogue in (
            ("source", "funding_sources"),
            ("programme", "programmes"),
            ("association", "associations"),
        ):
            if column in codes:
                known = {
                    code: self.catalogues.name_of(catalogue, str(code), self.day)
                    for code in set(codes[column])
                }
                named[f"{column}_name"] = [known[code] for code in codes[column]]
        if "office" in codes:
            named["office_name"] = [self.offices.get(str(code), "") for code in codes["office"]]
        return named


def _typed(sheet: Sheet, frame: pl.DataFrame, names: _Names) -> list[Row]:
    """The rows of a sheet: amounts in its unit, exactly."""
    amounts = {column.name for column in sheet.columns if column.type == "amount"}
    columns: dict[str, list[object]] = {
        series.name: [_in_unit(v) for v in series.to_list()] if series.name in amounts else series.to_list()
        for series in frame
    }
    columns |= names.beside(columns)
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _in_unit(dong: int | None) -> Decimal | None:
    return None if dong is None else in_unit(dong, UNIT)


def _submission(one: Submission) -> Row:
    judged = one.judged
    return {
        "office": one.office,
        "office_name": one.name,
        "due": one.due,
        "received": one.received,
        "state": word(f"submission-{one.state}"),
        "version": one.chosen.version if one.chosen and one.used else None,
        "received_versions": one.chosen.versions if one.chosen else 0,
        "errors": one.count("error") if judged else None,
        "queries": one.count("query") if judged else None,
        "file": origin_text(judged) if judged else None,
        "seal": seal_text(judged) if judged else None,
        "story": one.story() or None,
    }


# The file

_OF_THE_USER = ("share_rounding", "prepared_by", "checked_by", "director", "send_to")
_SPARE_LINES = 200


@dataclass(frozen=True, slots=True)
class BranchWorkbook:
    """A branch workbook about to be written: the file to be, and the one that is there.

    `built` is the new one without findings; `reading` is what it says, with the explanations of the old one
    in its `Kiểm tra`.
    """

    out: Path
    fresh: Reading
    old: Reading | None
    reading: Reading
    built: bytes

    def write(self, report: Report, beside: Beside) -> tuple[Path, Path | None]:
        """The report's figures and findings filled in, and the file put in its place.

        Where it is, and where the one before it was kept if it was built anew.
        """
        office = branch_rulebook().office
        if self.old is not None:
            changed = _changed_cells(self.fresh, self.old)
            if changed is not None:
                edits = _together(changed, filled_cells(office, self.old, report, beside=beside))
                return patch_cells(self.out, edits), None
        kept = _keep(self.out) if self.old is not None else None
        edits = filled_cells(office, self.fresh, report, beside=beside)
        write_new(self.out, patch_bytes(self.built, edits, path=str(self.out)))
        return self.out, kept


def details_of_user(old: Reading | None) -> dict[str, object]:
    """What the user filled in on `Thông tin`, to be carried over."""
    values: Mapping[str, object] = old.info.values if old else {}
    return {name: values[name] for name in _OF_THE_USER if values.get(name)}


def build_branch_workbook(
    out: Path, content: Content, old: Reading | None, arrivals: Arrivals, findings: int
) -> BranchWorkbook:
    """The workbook built, as it would be read, with room for that many findings.

    Raises:
        CannotWrite: what is at `out` is of another branch or period.
    """
    if old is not None and (old.info.office, old.info.period) != (arrivals.owner.code, arrivals.period):
        raise CannotWrite(
            "E-OUT-OTHER", path=out, office=old.info.office or "?", period=old.info.period or "?",
            wanted=f"{arrivals.owner.code}, {arrivals.period}",
        )  # fmt: skip
    office = branch_rulebook().office
    built = workbook_bytes(content, with_room(_with_coverage(office, arrivals), findings), "branch")
    fresh = understand(book_of(built, out, office.read_closely()), office)
    reading = fresh if old is None else replace(fresh, book=_with_explanations(fresh.book, old.book, office))
    return BranchWorkbook(out, fresh, old, reading, built)


def with_room(office: Office, findings: int) -> Office:
    """The template with formatted lines for that many findings, and some to spare."""
    sheets = (
        msgspec.structs.replace(sheet, styled_rows=max(sheet.styled_rows, findings + _SPARE_LINES))
        if sheet.id == "findings"
        else sheet
        for sheet in office.sheets
    )
    return msgspec.structs.replace(office, sheets=tuple(sheets))


_OF_OFFICES = frozenset({"summary", "units", "funding", "programmes", "associations", "unit_programmes",
                         "ratings"})  # fmt: skip


def _with_coverage(office: Office, arrivals: Arrivals) -> Office:
    """The template whose titles, of sheets and charts, say how many offices the totals are of.

    They stay right when a workbook is filled cell by cell: with another office its rows are others, too.
    """
    if not coverage_text(arrivals):
        return office

    def told(title: Words) -> Words:
        return Words(**{
            language: f"{title.say(language)} ({coverage_text(arrivals, language)})" for language in LANGUAGES
        })  # fmt: skip

    def sheet_told(sheet: Sheet) -> Sheet:
        sections = tuple(
            msgspec.structs.replace(section, chart=told(section.chart)) if section.chart else section
            for section in sheet.sections
        )
        chart = told(sheet.chart) if sheet.chart else None
        return msgspec.structs.replace(sheet, title=told(sheet.title), chart=chart, sections=sections)

    sheets = (sheet_told(sheet) if sheet.id in _OF_OFFICES else sheet for sheet in office.sheets)
    return msgspec.structs.replace(office, sheets=tuple(sheets))


def _with_explanations(book: Book, old: Book, office: Office) -> Book:
    name = office.sheet("findings").sheet
    grid = old.grid(name)
    return book if grid is None else replace(book, grids={**book.grids, name: grid})


def _changed_cells(fresh: Reading, old: Reading) -> Edits | None:
    """The cells of the old workbook's tables that say something else now; None when rows came or went."""
    edits: Edits = {}
    for name, table in fresh.tables.items():
        there = old.tables.get(name)
        if there is None or not table.columns.keys() <= there.columns.keys():
            return None
        rows, others = _by_key(table), _by_key(there)
        if rows is None or others is None or rows.keys() != others.keys():
            return None
        pairs = [(rows[key], others[key]) for key in rows]
        if table.total_row is not None and there.total_row is not None:
            pairs.append((table.total_row, there.total_row))
        edits[there.grid.sheet] = dict(_cells(table, there, pairs))
    return edits


def _by_key(table: Table) -> dict[tuple[str, ...], int] | None:
    """The rows by their codes; None where two have the same."""
    places = [table.columns[name] for name in table.sheet.key]
    rows = {tuple(table.grid.text(row, place) for place in places): row for row in table.rows}
    return rows if len(rows) == len(table.rows) else None


def _cells(table: Table, there: Table, pairs: list[tuple[int, int]]) -> Iterator[tuple[str, CellEdit]]:
    for row, other in pairs:
        for name, place in table.columns.items():
            value, column = table.grid.value(row, place), there.columns[name]
            if (other, column) not in there.grid.formulas and value != there.grid.value(other, column):
                yield address(other, column), value  # type: ignore[misc]


def _together(one: Edits, other: Edits) -> Edits:
    merged = {sheet: dict(cells) for sheet, cells in one.items() if cells}
    for sheet, cells in other.items():
        merged.setdefault(sheet, {}).update(cells)
    return merged


def _keep(out: Path) -> Path:
    """The old file under a free name beside it."""
    number = 1
    while (kept := out.with_name(f"{out.stem} (bản trước {number}){out.suffix}")).exists():
        number += 1
    return write_new(kept, out.read_bytes())
