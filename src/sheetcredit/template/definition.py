"""What a workbook is: the YAML of `schemas/` read into checked, frozen values.

One file a sheet says what the sheet is. The template, the pandera schemas, the addresses in
messages and the data dictionary are all made from these definitions.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from sheetcredit.model.checked_yaml import Definition, Words, check_definition, read_yaml
from sheetcredit.model.errors import BadDefinition
from sheetcredit.model.resources import schemas_folder
from sheetcredit.model.yaml_file import LOADING

ColumnType = Literal["code", "text", "amount", "count", "score", "ratio", "choice", "date"]


class CheckDefinition(Definition, frozen=True, kw_only=True):
    """A check in pandera's vocabulary: `greater_than_or_equal_to`, `in_range`, `str_matches` …"""

    check: Literal["greater_than_or_equal_to", "less_than_or_equal_to", "in_range", "str_matches", "isin"]
    value: Any
    rule: Words


class Column(Definition, frozen=True, kw_only=True):
    """A column of a table (or a label of `Thông tin`). `decimals` counts those of the sheet's unit.

    A `ratio` is computed by the tool from two sums of columns of its row, a fraction rounded half-up to
    `decimals` of its percentage.
    """

    name: str
    header: str
    type: ColumnType
    aliases: tuple[str, ...] = ()
    width: int | None = None
    bank_width: int | None = None
    width_chars: int | None = None
    catalogue: str | None = None
    choices: tuple[str, ...] = ()
    default: str | None = None
    key: bool = False
    required: bool = False
    filled: bool = False
    hidden: bool = False
    wrap: bool = False
    owner: Literal["tool", "user"] = "tool"
    formula: Literal["link"] | None = None
    decimals: int = 0
    total: Literal["sum"] | None = None
    ratio: tuple[str, str] | None = None
    name_in_book: str | None = None
    checks: tuple[CheckDefinition, ...] = ()

    @property
    def numeric(self) -> bool:
        """Whether the column holds numbers."""
        return self.type in ("amount", "count", "score", "ratio")


class Quantity(Definition, frozen=True, kw_only=True):
    """The sum of `sum` (SQL over a row) over the rows of a frame that `where` keeps.

    `missing: zero` when an absent sheet means nothing to add.
    """

    frame: str
    sum: str
    where: str | None = None
    missing: Literal["zero"] | None = None


class Figure(Definition, frozen=True, kw_only=True):
    """A figure of `Tổng hợp`: an amount, a count, or a ratio of two expressions over quantities."""

    name: str
    label: Words
    basis: Words | None = None
    amount: str | None = None
    count: str | None = None
    ratio: tuple[str, str] | None = None
    share: str | None = None
    decimals: int = 0


class SummarySection(Definition, frozen=True, kw_only=True):
    """A titled part of `Tổng hợp`; `paired` prints each figure beside its share."""

    title: Words
    basis: Words | None = None
    paired: bool = False
    chart: Words | None = None
    figures: tuple[Figure, ...]


class Sheet(Definition, frozen=True, kw_only=True, eq=False):
    """One sheet of the office workbook; compared by identity, since each is loaded once.

    An `optional` one may be missing: workbooks made before there was such a sheet stay right. A `hidden` one
    is for programs only. The rows of a
    `filled` table come from the tool; its amounts are whole đồng and shown in whole units.
    """

    sheet: str
    id: str
    kind: Literal["labels", "table", "output"]
    aliases: tuple[str, ...] = ()
    order: int
    title: Words
    row_is: Words
    frame: str | None = None
    unit: Literal["book", "dong"] = "book"
    optional: bool = False
    hidden: bool = False
    filled: bool = False
    total: bool = False
    needs_data: bool = False
    rows: int = 0
    constants: dict[str, str] = msgspec.field(default_factory=dict)
    columns: tuple[Column, ...] = ()
    chart: Words | None = None
    table_name: str | None = None
    headline_name: str | None = None
    address_name: str | None = None
    written_name: str | None = None
    styled_rows: int = 0
    quantities: dict[str, Quantity] = msgspec.field(default_factory=dict)
    sections: tuple[SummarySection, ...] = ()

    def __reduce__(self) -> tuple[Any, ...]:
        """How it is pickled: one of ours by its id, so that it is still the same sheet in another process."""
        if any(self is sheet for sheet in load_office().sheets):
            return _our_sheet, (self.id,)
        return super().__reduce__()  # type: ignore[return-value]

    def column(self, name: str) -> Column:
        """The column of that English name."""
        return next(column for column in self.columns if column.name == name)

    @property
    def key(self) -> tuple[str, ...]:
        """Names of the columns that identify a row."""
        return tuple(column.name for column in self.columns if column.key)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """All figures, in the order of the sheet."""
        return tuple(figure for section in self.sections for figure in section.figures)


class ColumnTypeDefinition(Definition, frozen=True, kw_only=True):
    """What every column of a type must satisfy."""

    label: Words
    checks: tuple[CheckDefinition, ...] = ()


class Conventions(Definition, frozen=True, kw_only=True):
    """What holds on every sheet. `lists_sheet` is the hidden sheet behind the drop-down lists."""

    version: int
    lists_sheet: str
    total_labels: tuple[str, ...]
    header_search_rows: int
    near_miss: float
    types: dict[ColumnType, ColumnTypeDefinition]


class Office(Definition, frozen=True, kw_only=True, eq=False):
    """The whole template of a workbook, an office's or a branch's: conventions, and sheets as their tabs."""

    conventions: Conventions
    sheets: tuple[Sheet, ...]

    def sheet(self, sheet_id: str) -> Sheet:
        """The sheet of that English id."""
        return next(sheet for sheet in self.sheets if sheet.id == sheet_id)

    def has(self, sheet_id: str) -> bool:
        """Whether there is a sheet of that English id."""
        return any(sheet.id == sheet_id for sheet in self.sheets)

    def named(self, name: str) -> Sheet | None:
        """The sheet whose tab carries that name."""
        return next((sheet for sheet in self.sheets if sheet.sheet == name), None)

    def tables(self) -> tuple[Sheet, ...]:
        """The sheets that hold a table typed in by people."""
        return tuple(sheet for sheet in self.sheets if sheet.kind == "table")

    def read_closely(self) -> list[str]:
        """The tabs whose formulas and number formats are read too: those with figures for others to see."""
        return [sheet.sheet for sheet in self.sheets if sheet.kind == "table" or sheet.id == "summary"]

    def checks_of(self, column: Column) -> tuple[CheckDefinition, ...]:
        """The checks of a column: those of its type, then its own."""
        return self.conventions.types[column.type].checks + column.checks


def _sheet_content(path: Path) -> dict[str, Any]:
    content = check_definition(dict[str, Any], read_yaml(path), path)
    base = content.pop("extends", None)
    if base is None:
        return content
    whole: dict[str, Any] = read_yaml(path.parent / f"{base}.yaml")
    if not isinstance(whole, dict) or "extends" in whole:
        raise BadDefinition(
            "E-DEFINITION",
            path=path.name,
            place="extends",
            problem=f"`{base}` cannot be extended",
            advice="Nêu tên tệp gốc, không đuôi .yaml. / Name the base file without .yaml.",
        )
    return whole | content


def load_office(folder: Path | None = None) -> Office:
    """The office template as `schemas/office/` defines it, or the template of another folder.

    Raises:
        BadDefinition: a YAML has a mistake; file, place and remedy are told.
    """
    with LOADING:  # sheets are compared by identity: no two threads may make each their own
        return _loaded_office(folder)


@cache
def _loaded_office(folder: Path | None) -> Office:
    folder = folder or schemas_folder() / "office"
    sheets = []
    for path in sorted(folder.glob("[!_]*.yaml")):
        if path.name == "rules.yaml":
            continue
        sheets.append(check_definition(Sheet, _sheet_content(path), path))
    conventions_path = folder / "_conventions.yaml"
    if not conventions_path.exists():  # other workbooks keep to those of the office
        conventions_path = schemas_folder() / "office" / conventions_path.name
    conventions = check_definition(Conventions, read_yaml(conventions_path), conventions_path)
    return Office(conventions=conventions, sheets=tuple(sorted(sheets, key=lambda sheet: sheet.order)))


def load_branch() -> Office:
    """The branch template as `schemas/branch/` defines it: what offices add up to."""
    return load_office(schemas_folder() / "branch")


def _our_sheet(sheet_id: str) -> Sheet:
    return load_office().sheet(sheet_id)


# What an association's statement is: a small workbook with the headers of the office workbook.

CODE = "association"
"""The line of `Thông tin` that tells a statement from an office workbook, and the key of its rows."""


@cache
def load_association(code: str | None = None) -> Office:
    """The statement as `schemas/association/` defines it; with a code, its rows carry that association.

    Raises:
        BadDefinition: a YAML has a mistake; file, place and remedy are told.
    """
    blank = load_office(schemas_folder() / "association")
    if code is None:
        return blank
    sheets = tuple(_of(sheet, code) for sheet in blank.sheets)
    return msgspec.structs.replace(blank, sheets=sheets)


def _of(sheet: Sheet, code: str) -> Sheet:
    if sheet.frame != "statements":
        return sheet
    return msgspec.structs.replace(sheet, constants={CODE: code})


def statement_sheet(office: Office, code: str) -> Sheet | None:
    """The sheet of the office workbook that holds an association's statement."""
    held = (s for s in office.tables() if s.frame == "statements" and s.constants.get(CODE) == code)
    return next(held, None)
