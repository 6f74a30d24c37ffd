"""What a workbook is: the YAML of `schemas/` read into checked, frozen values.

One file a sheet says what the sheet is. The template, the pandera schemas, the addresses in
messages and the data dictionary are all made from these definitions.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal, NoReturn

import msgspec

from sheetcredit.folders import config_folder
from sheetcredit.model.checked_yaml import Definition, Words, check_definition, read_yaml
from sheetcredit.model.errors import BadDefinition, BadUsage
from sheetcredit.model.resources import schemas_folder
from sheetcredit.model.text import fold
from sheetcredit.model.yaml_file import LOADING

_CONVENTIONS = "_conventions"

ColumnType = Literal["code", "text", "amount", "count", "score", "ratio", "choice", "date"]


class CheckDefinition(Definition, frozen=True, kw_only=True):
    """A check in pandera's vocabulary: `greater_than_or_equal_to`, `in_range`, `str_matches` …"""

    check: Literal["greater_than_or_equal_to", "less_than_or_equal_to", "in_range", "str_matches", "isin"]
    value: Any
    rule: Words


class Column(Definition, frozen=True, kw_only=True):
    """A column of a table (or a label of `Thông tin`). `decimals` counts those of the sheet's unit.

    An `optional` one that the tool writes may be missing: workbooks made before there was such a column.

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
    needs_data: bool = False
    filled: bool = False
    hidden: bool = False
    optional: bool = False
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


THEN = "_then"
"""What a quantity of the report of the year before is called, behind its name."""


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
    against_year_before: SummarySection | None = None
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

    @property
    def year_before_figures(self) -> tuple[Figure, ...]:
        """Those against the same period of the year before.

        They depend on another workbook: no seal covers them, no archive holds them, and a workbook that was
        made before there were such goes without.
        """
        return self.against_year_before.figures if self.against_year_before else ()

    @property
    def all_sections(self) -> tuple[SummarySection, ...]:
        """All that is printed, top to bottom."""
        return (*self.sections, *((self.against_year_before,) if self.against_year_before else ()))


class ColumnTypeDefinition(Definition, frozen=True, kw_only=True):
    """What every column of a type must satisfy."""

    label: Words
    checks: tuple[CheckDefinition, ...] = ()


class Conventions(Definition, frozen=True, kw_only=True):
    """What holds on every sheet. `lists_sheet` is the hidden sheet behind the drop-down lists.

    `abbreviations` and `fillers` are how templates of other make shorten and pad the words of headers.
    """

    version: int
    lists_sheet: str
    total_labels: tuple[str, ...]
    header_search_rows: int
    near_miss: float
    empty_column_rows: int
    abbreviations: dict[str, str] = msgspec.field(default_factory=dict)
    fillers: tuple[str, ...] = ()
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


# What users add to ours, in a folder of their settings: it survives every update of the program.


class OwnColumn(Definition, frozen=True, kw_only=True):
    """What a user adds to a column of ours: other spellings of its header, further checks."""

    aliases: tuple[str, ...] = ()
    checks: tuple[CheckDefinition, ...] = ()


class OwnSheet(Definition, frozen=True, kw_only=True):
    """What a user adds to a sheet of ours: other names of it, and what is added to its columns."""

    aliases: tuple[str, ...] = ()
    columns: dict[str, OwnColumn] = msgspec.field(default_factory=dict)


class OwnConventions(Definition, frozen=True, kw_only=True):
    """What a user adds to our conventions."""

    total_labels: tuple[str, ...] = ()
    abbreviations: dict[str, str] = msgspec.field(default_factory=dict)
    fillers: tuple[str, ...] = ()


def definitions_folder() -> Path:
    """The user's folder of what is added to ours: `farmers.yaml`, `statements.yaml` for all four, and so on.

    It need not be there.
    """
    return config_folder() / "definitions"


def _with_own_definitions(office: Office) -> Office:
    """The office template with what the user has added; as it is where nothing was."""
    try:
        paths = sorted(definitions_folder().glob("*.yaml"))
    except (OSError, BadUsage):  # a service without a home has no settings either
        return office
    for path in paths:
        if path.stem == _CONVENTIONS:
            office = _with_own_conventions(office, check_definition(OwnConventions, read_yaml(path), path))
            continue
        meant = [sheet for sheet in office.tables() if path.stem in (sheet.id, sheet.frame)]
        if not meant:
            listed = ", ".join(dict.fromkeys(sheet.frame or sheet.id for sheet in office.tables()))
            _refuse(path, "-", f"không có trang {path.stem} / no such sheet", listed)
        own = check_definition(OwnSheet, read_yaml(path), path)
        sheets = tuple(_with_own(sheet, own, path) if sheet in meant else sheet for sheet in office.sheets)
        office = msgspec.structs.replace(office, sheets=sheets)
    return office


def _with_own_conventions(office: Office, own: OwnConventions) -> Office:
    known = office.conventions
    conventions = msgspec.structs.replace(
        known,
        total_labels=known.total_labels + own.total_labels,
        abbreviations=known.abbreviations | own.abbreviations,
        fillers=known.fillers + own.fillers,
    )
    return msgspec.structs.replace(office, conventions=conventions)


def _with_own(sheet: Sheet, own: OwnSheet, path: Path) -> Sheet:
    names = {column.name for column in sheet.columns}
    for name, column in own.columns.items():
        if name not in names:
            _refuse(
                path, f"columns.{name}", f"không có cột {name} / no such column", ", ".join(sorted(names))
            )
        taken = {
            fold(text): other for other in sheet.columns if other.name != name
            for text in (other.header, *other.aliases)
        }  # fmt: skip
        for alias in column.aliases:
            if fold(alias) in taken:
                problem = f"`{alias}` là cột {taken[fold(alias)].header} / is that column"
                _refuse(path, f"columns.{name}.aliases", problem, "Bỏ cách viết này. / Leave it out.")
    none = OwnColumn()
    columns = tuple(
        msgspec.structs.replace(
            column,
            aliases=column.aliases + own.columns.get(column.name, none).aliases,
            checks=column.checks + own.columns.get(column.name, none).checks,
        )
        for column in sheet.columns
    )
    return msgspec.structs.replace(sheet, aliases=sheet.aliases + own.aliases, columns=columns)


def _refuse(path: Path, place: str, problem: str, known: str) -> NoReturn:
    advice = f"Có: {known} / There are: {known}."
    raise BadDefinition("E-DEFINITION", path=path.name, place=place, problem=problem, advice=advice)


def load_office(folder: Path | None = None) -> Office:
    """The office template as `schemas/office/` defines it, or the template of another folder.

    Raises:
        BadDefinition: a YAML has a mistake; file, place and remedy are told.
    """
    with LOADING:  # sheets are compared by identity: no two threads may make each their own
        return _loaded_office(folder)


@cache
def _loaded_office(folder: Path | None) -> Office:
    ours = folder is None
    folder = folder or schemas_folder() / "office"
    sheets = []
    for path in sorted(folder.glob("[!_]*.yaml")):
        if path.name == "rules.yaml":
            continue
        sheets.append(check_definition(Sheet, _sheet_content(path), path))
    conventions_path = folder / f"{_CONVENTIONS}.yaml"
    if not conventions_path.exists():  # other workbooks keep to those of the office
        conventions_path = schemas_folder() / "office" / conventions_path.name
    conventions = check_definition(Conventions, read_yaml(conventions_path), conventions_path)
    office = Office(conventions=conventions, sheets=tuple(sorted(sheets, key=lambda sheet: sheet.order)))
    return _with_own_definitions(office) if ours else office


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
