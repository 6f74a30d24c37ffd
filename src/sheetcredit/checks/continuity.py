"""A report against the previous one: a finding on the cell of now, naming where the other number stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from sheetcredit.catalogue.catalogue import Catalogues, ContinuityLimits
from sheetcredit.checks.batch import Batch
from sheetcredit.model.finding import Finding, Suspect, digest_of, show
from sheetcredit.model.money import quantize
from sheetcredit.model.text import Language, listed, number_text, word
from sheetcredit.rules.previous import BEFORE, CARRIED, JOINED, Compared, starts_year_after
from sheetcredit.rules.rules import Rule
from sheetcredit.rules.ties import FAILED, KEYS
from sheetcredit.template.definition import Office, Sheet
from sheetcredit.template.reading import Reading
from sheetcredit.template.values import exact

_LANGUAGES: tuple[Language, ...] = ("vi", "en")
_NAMED_BEFORE = 3  # cells of the previous report that a message names
_Bilingual = Mapping[str, str]
"""A text in both languages."""


@dataclass(frozen=True, slots=True)
class _Pair:
    """A report, the one before it, and what their comparison is described with."""

    compared: Compared
    office: Office
    catalogues: Catalogues
    now: Reading
    then: Reading

    @property
    def limits(self) -> ContinuityLimits:
        return self.catalogues.limits.continuity_on(self.now.info.day)

    def unit(self, sheet: Sheet, column: str) -> int:
        """The đồng in which a sheet of now counts a column; 1 for what is no amount."""
        amount = any(c.name == column and c.type == "amount" for c in sheet.columns)
        return self.now.info.unit if amount and sheet.unit == "book" else 1

    def details(self) -> dict[str, object]:
        return {"previous": str(self.then.info.period), "previous_file": Path(self.then.file).name}


def check_continuity(batch: Batch) -> Iterator[Finding]:
    """R20 to R28 of an office, R53 and R54 of a branch: each report against its previous one."""
    if batch.compared is None:
        return
    for file, then in batch.previous.items():
        pair = _Pair(batch.compared, batch.office, batch.catalogues, batch.readings[file], then)
        yield from _findings(pair)


def _findings(pair: _Pair) -> list[Finding]:
    compared, now = pair.compared, pair.now
    failed = compared.ties.filter((pl.col("file") == now.file) & (pl.col("state") == FAILED))
    findings: list[Finding] = []
    for tie in failed.iter_rows(named=True):
        rule = compared.rules[tie["rule"]]
        findings.append(_of_key(pair, rule, tie) if rule.kind == "compare" else _of_group(pair, rule, tie))
    for code, rows in compared.only.items():
        findings += _of_presence(pair, compared.rules[code], rows.filter(pl.col("file") == now.file))
    return findings


def _of_key(pair: _Pair, rule: Rule, tie: Mapping[str, Any]) -> Finding:
    """A number of a row against the same row of the previous report."""
    code, _, name = rule.id.partition("/")
    measure = tie["measure"]
    sheet = _sheet(pair.office, name, tie["association"])
    cell, line = _present_cell(pair, rule, sheet, name, tie)
    unit = pair.unit(sheet, measure)
    column = sheet.column(measure)
    details = pair.details() | {
        "measure": column.header,
        "subject": _subject(pair, name, tie),
        "before": _before(pair, rule, name, tie),
        "carried": _both("carried-closing" if starts_year_after(pair.now, pair.then) else "carried-opening"),
    }
    if rule.tolerance == "jump":
        details |= _limits(pair, tie, unit)
    codes = "/".join(tie[key] for key in KEYS if tie[key])
    left, right = tie["left"], tie["right"]
    copied = rule.operator == "=" and rule.tolerance == "rounding" and cell is not None
    return Finding(
        file=pair.now.file, code=code, severity=rule.severity, sheet=sheet.sheet, cell=cell, row=line,
        column=column.header, value=left, expected=right, difference=left - right, unit=unit, details=details,
        key=f"{code}|{sheet.sheet}|{codes}|{measure}", digest=digest_of(left, right),
        suspects=(Suspect(sheet.sheet, cell, "carried", right, unit),) if copied and cell else (),
    )  # fmt: skip


def _sheet(office: Office, name: str, association: str | None) -> Sheet:
    sheets = [sheet for sheet in office.tables() if (sheet.frame or sheet.id) == name]
    own = [sheet for sheet in sheets if sheet.constants.get("association") == association]
    return own[0] if len(sheets) > 1 and own else sheets[0]


def _rows(pair: _Pair, rule: Rule, name: str, tie: Mapping[str, Any]) -> pl.DataFrame:
    """The rows of a frame that a tie of this rule sums."""
    if name not in pair.compared.frames:
        return pl.DataFrame({"sheet": [], "row": []}, schema={"sheet": pl.String, "row": pl.Int64})
    same = [pl.col(key) == tie[key] for key in rule.by]
    return pair.compared.frames[name].filter(pl.col("file") == pair.now.file, *same)


def _present_cell(
    pair: _Pair, rule: Rule, sheet: Sheet, name: str, tie: Mapping[str, Any]
) -> tuple[str | None, int | None]:
    """The cell of now; the column's header where the report no longer has the row."""
    rows = _rows(pair, rule, name, tie)
    if len(rows):
        return pair.now.place(rows["sheet"][0], rows["row"][0], tie["measure"])
    return _header_cell(pair.now, sheet, tie["measure"])


def _header_cell(reading: Reading, sheet: Sheet, column: str) -> tuple[str | None, int | None]:
    table = reading.tables.get(sheet.id)
    if table is None or column not in table.columns:
        return None, None
    return table.cell(table.header_row, column), table.header_row + 1


def _before(pair: _Pair, rule: Rule, name: str, tie: Mapping[str, Any]) -> _Bilingual:
    """Where the number of the previous report stands, as `Sheet!B7`."""
    column = tie["measure"]
    if rule.right and rule.right.value == "carried" and starts_year_after(pair.now, pair.then):
        column = CARRIED[name]
    rows = _rows(pair, rule, f"{BEFORE}{name}", tie).select("sheet", "row").rows()
    return _places(pair.then, [(sheet, row, column) for sheet, row in rows])


def _places(reading: Reading, cells: list[tuple[str, int, str]]) -> _Bilingual:
    named = [f"{sheet}!{reading.place(sheet, row, column)[0]}" for sheet, row, column in cells]
    if not named:
        return _both("no-row")
    more = " …" if len(named) > _NAMED_BEFORE else ""
    text = " + ".join(named[:_NAMED_BEFORE]) + more
    return {"vi": text, "en": text}


def _subject(pair: _Pair, name: str, tie: Mapping[str, Any]) -> _Bilingual:
    """What the number is about, in words: a programme, a source, an association in a commune."""
    day, catalogues = pair.now.info.day, pair.catalogues

    def said(language: Language) -> str:
        if name == "statements":
            association = catalogues.name_of("associations", tie["association"], day, language)
            commune = catalogues.name_of("communes", tie["commune"], day, language, pair.now.info.office)
            return word("subject-statements", language, association=association, commune=commune)
        if name == "funding":
            source = catalogues.name_of("funding_sources", tie["source"], day, language)
            return word("subject-funding", language, number=tie["source"], name=source)
        programme = catalogues.name_of("programmes", tie["programme"], day, language)
        return word(
            f"subject-{name}", language, number=tie["programme"], name=programme, office=tie["office"]
        )

    return {language: said(language) for language in _LANGUAGES}


def _limits(pair: _Pair, tie: Mapping[str, Any], unit: int) -> dict[str, object]:
    limits = pair.limits
    jump = next(jump for jump in limits.jumps if jump.measure == tie["measure"])
    percent: _Bilingual = {"vi": "", "en": ""}
    if tie["right"]:
        share = quantize(exact(100 * (tie["left"] - tie["right"]) / tie["right"]), 1)
        percent = {language: f" ({number_text(share, language)} %)" for language in _LANGUAGES}
    return {
        "percent": percent,
        "limit_percent": jump.percent,
        "limit": {language: show(jump.least, unit, language) for language in _LANGUAGES},
    }


def _of_group(pair: _Pair, rule: Rule, tie: Mapping[str, Any]) -> Finding:
    """A row of the groups beside what it was."""
    joined = pair.compared.frames[JOINED]
    here = (pl.col("file") == pair.now.file) & (pl.col("sheet") == tie["sheet"])
    row = joined.filter(here & (pl.col("row") == tie["row"])).row(0, named=True)
    sheet = pair.office.named(tie["sheet"])
    assert sheet is not None and rule.column is not None
    cell, line = pair.now.place(tie["sheet"], tie["row"], _column_of(rule, row))
    column = sheet.column(_column_of(rule, row))
    value, expected = _values(pair, rule, row)
    details = pair.details() | {
        "group": row["group"],
        "before": _places(pair.then, [(tie["sheet"], row["row_before"], column.name)]),
        "score": _score(row["score"]),
        "score_before": _score(row["score_before"]),
    }
    key = row["group"] or f"#{line}"
    return Finding(
        file=pair.now.file, code=rule.id, severity=rule.severity, sheet=tie["sheet"], cell=cell, row=line,
        column=column.header, value=value, expected=expected, details=details,
        key=f"{rule.id}|{tie['sheet']}|{key}|{rule.column}",
        digest=digest_of(value, expected, row["score"], row["score_before"]),
    )  # fmt: skip


def _column_of(rule: Rule, row: Mapping[str, Any]) -> str:
    """The column in which a group differs: of association and commune, the one that changed."""
    if rule.column == "association" and row["association"] == row["association_before"]:
        return "commune"
    return rule.column or ""


def _values(pair: _Pair, rule: Rule, row: Mapping[str, Any]) -> tuple[Any, Any]:
    if rule.column == "association":
        return (
            _managed(pair.catalogues, row["association"], row["commune"], pair.now),
            _managed(pair.catalogues, row["association_before"], row["commune_before"], pair.then),
        )
    if rule.column == "score":
        return exact(row["score"]), exact(row["score_before"])
    return row["rating"], row["rating_before"]


def _managed(catalogues: Catalogues, association: str, commune: str, reading: Reading) -> str:
    day, office = reading.info.day, reading.info.office
    place = catalogues.name_of("communes", commune, day, office=office)
    names = catalogues.name_of("associations", association, day), place
    return ", ".join(names)


def _score(score: float | None) -> _Bilingual:
    if score is None:
        return _both("nothing")
    return {language: number_text(exact(score), language) for language in _LANGUAGES}


def _of_presence(pair: _Pair, rule: Rule, rows: pl.DataFrame) -> Iterator[Finding]:
    """One finding for all groups that one of the two reports lacks: they are explained together."""
    if rows.is_empty():
        return
    sheet = pair.office.sheet("groups")
    new = rule.only == "left"
    first = rows.row(0, named=True)
    column = rule.column or ""
    cell, line = (
        pair.now.place(sheet.sheet, first["row"], column) if new else _header_cell(pair.now, sheet, column)
    )
    balance, unit = int(rows["balance"].sum()), pair.unit(sheet, "balance")
    codes = rows["group"].to_list()
    texts = [" ".join(filter(None, (row["group"], row["leader"]))) for row in rows.iter_rows(named=True)]
    named = {"count": len(codes), "items": tuple(codes), "listed": listed(texts, pair.limits.listed)}
    yield Finding(
        file=pair.now.file, code=rule.id, severity=rule.severity, sheet=sheet.sheet, cell=cell, row=line,
        column=sheet.column(column).header, value=balance if new else 0, expected=0 if new else balance,
        unit=unit, details=pair.details() | named,
        key=f"{rule.id}|{sheet.sheet}", digest=digest_of(balance, *sorted(codes)),
    )  # fmt: skip


def _both(code: str) -> _Bilingual:
    return {language: word(code, language) for language in _LANGUAGES}
