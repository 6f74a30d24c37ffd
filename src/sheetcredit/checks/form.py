"""A workbook held against the template file, on request: what was added, removed or never calculated."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from sheetcredit.checks.batch import Batch
from sheetcredit.checks.drift import note
from sheetcredit.model.finding import Finding
from sheetcredit.model.resources import templates_folder
from sheetcredit.model.text import fold
from sheetcredit.template.definition import Office
from sheetcredit.template.reading import Reading
from sheetcredit.template.sources import sources_sheet
from sheetcredit.xlsx.address import format_address
from sheetcredit.xlsx.limits import current_limits
from sheetcredit.xlsx.package import CellFormula, Package

_ROW = re.compile(r"(?<=[A-Z])[0-9]+")
_LISTED = 5
Formulas = dict[tuple[int, int], CellFormula]


def check_form(batch: Batch) -> Iterator[Finding]:
    """S-ADDED, S-NAME, S-FORMULA, S-UNCALCULATED and S-LINKS.

    The files are opened again, as their packages. Formats that hold no formulas are not looked at.
    """
    for reading in batch.readings.values():
        if reading.book.writable:
            yield from _of_reading(reading, batch.office)


def _of_reading(reading: Reading, office: Office) -> Iterator[Finding]:
    package = Package.open(Path(reading.file), current_limits())
    template = _template()
    yield from _sheets(reading, package, template)
    yield from _names(reading, package, template)
    for sheet in package.sheets:
        if sheet.kind == "worksheet" and office.named(sheet.name) is not None:
            formulas = package.formulas(sheet.name)
            yield from _formulas(reading, sheet.name, formulas, template)
            yield from _uncalculated(reading, office, sheet.name, formulas)
    yield from _links(reading, package)


@cache
def _template() -> Package:
    return Package.open(templates_folder() / "office.xlsx")


@cache
def _template_formulas(sheet: str) -> Formulas:
    return _template().formulas(sheet)


def _sheets(reading: Reading, package: Package, template: Package) -> Iterator[Finding]:
    ours = {fold(sheet.name) for sheet in template.sheets} | {fold(sources_sheet().sheet)}
    renamed = {
        found for one in reading.findings if (found := one.details.get("found")) and one.code == "S-RENAMED"
    }
    for sheet in package.sheets:
        if fold(sheet.name) not in ours and sheet.name not in renamed:
            yield note(reading, "S-ADDED", sheet.name)


def _names(reading: Reading, package: Package, template: Package) -> Iterator[Finding]:
    """Defined names that are gone or point nowhere: the tool would not know where to write."""
    known = package.defined_names.keys()
    sheets = {fold(sheet.name) for sheet in package.sheets}
    for name, (sheet, where) in template.defined_names.items():
        # The names of a sheet that is missing went with it: S-MISSING says so.
        if name not in known and fold(sheet) in sheets:
            yield note(reading, "S-NAME", sheet, where.partition(":")[0], key=name, name=name)


def _formulas(reading: Reading, sheet: str, formulas: Formulas, template: Package) -> Iterator[Finding]:
    """Formulas of the template that a sheet no longer holds, wherever they may have moved."""
    same = next((one.name for one in template.sheets if fold(one.name) == fold(sheet)), None)
    if same is None:
        return
    totals = {table.total_row for table in reading.tables.values() if table.sheet.sheet == same}
    there = Counter(_shape(one.text) for (row, _), one in formulas.items() if row - 1 not in totals)
    wanted: dict[str, list[tuple[int, int]]] = {}
    for place, formula in _template_formulas(same).items():
        if not formula.text.startswith("SUM("):  # a total row: V-TOTAL-TYPED and R01 look at those
            wanted.setdefault(_shape(formula.text), []).append(place)
    for shape, places in wanted.items():
        if there[shape] < len(places):
            row, column = places[0]
            yield note(
                reading, "S-FORMULA", sheet, format_address(row, column), row, key=shape,
                formula=f"={_template_formulas(same)[places[0]].text}", count=len(places) - there[shape],
            )  # fmt: skip


def _shape(formula: str) -> str:
    """A formula without the numbers of its rows: where it stands does not matter."""
    return _ROW.sub("", formula)


def _uncalculated(reading: Reading, office: Office, sheet: str, formulas: Formulas) -> Iterator[Finding]:
    """Formulas outside the tables without a cached value; those within have V-STALE."""
    known = office.named(sheet)
    if known is None or known.kind == "output":
        return
    reported = {one.cell for one in reading.findings if one.sheet == sheet}
    missing = [
        place
        for place, one in formulas.items()
        if one.cached is None and format_address(*place) not in reported
    ]
    if missing:
        row, column = min(missing)
        yield note(reading, "S-UNCALCULATED", sheet, format_address(row, column), row, count=len(missing))


def _links(reading: Reading, package: Package) -> Iterator[Finding]:
    """The other workbooks that this one is linked to, by the names of their files."""
    targets = []
    for link in package.workbook_relationships.values():
        if link.kind == "externalLink" and not link.external and package.has(link.target):
            found = [one.target for one in package.relationships(link.target).values() if one.external]
            targets += [re.split(r"[/\\]", target)[-1] for target in found]
    if targets:
        listed = ", ".join(targets[:_LISTED]) + (" …" if len(targets) > _LISTED else "")
        yield note(reading, "S-LINKS", None, details={"listed": listed}, count=len(targets))
