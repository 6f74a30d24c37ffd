"""What each export of the bank looks like and gives: the YAML of `schemas/imports/`, one file a kind.

Offices extend ours: a file of the same name in the folder `imports` beside the settings takes its place,
another one is a kind more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from sheetcredit.folders import config_folder
from sheetcredit.imports.figures import Quality
from sheetcredit.model.checked_yaml import Definition, Words, check_definition, read_yaml
from sheetcredit.model.errors import BadDefinition
from sheetcredit.model.resources import schemas_folder

FieldType = Literal[
    "code",
    "text",
    "amount",
    "count",
    "score",
    "date",
    "office",
    "commune",
    "programme",
    "association",
    "leader",
]
Condition = Literal["filled", "blank", "positive"] | tuple[str, ...]
Conditions = Mapping[str, Condition]
"""What must hold of a row, by field: filled, blank, positive, or one of these values."""


class ImportField(Definition, frozen=True, kw_only=True):
    """One thing that is read of each row; by its `headers`, or of a printed page by its `mark`.

    `width`: digits of a code, which are filled up with zeros from the left; of zeros alone it is none.
    `fill_down`: stands only on the first row of a block. `rounded_to`: đồng to which the source rounds.
    `private`: used to tell rows or people apart and never kept. `names`: the field holds a name of what
    another field has the code of (`commune`, `group`, `programme`), from which later files learn the code.
    """

    name: str
    headers: tuple[str, ...] = ()
    mark: int = 0
    type: FieldType = "text"
    width: int = 0
    fill_down: bool = False
    rounded_to: int = 0
    private: bool = False
    names: str = ""


class PageLevel(Definition, frozen=True, kw_only=True):
    """What a line of a printed page is: by its first column, or by its name; the first that fits counts.

    `first`: a letter, a number, a Roman numeral before a title, nothing, or any other text. `name`: the line
    is named for an association. `values`: the names that make it this level, by what they are taken for.
    """

    level: str
    first: Literal["letter", "number", "roman", "blank", "text", "any"] = "any"
    name: Literal["", "association"] = ""
    values: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)


class SeenLines(Definition, frozen=True, kw_only=True):
    """What the lines of a printed page are, where several pages share one title; None: either."""

    letters: bool | None = None
    numbers: bool | None = None
    associations: bool | None = None
    programmes: bool | None = None


class Recognition(Definition, frozen=True, kw_only=True):
    """What tells an export from all others.

    A query has one row with a header of each of `fields`, of at least one of `any`, and no header of `never`.
    `titles` stand above the row of marks (1) (2) … of a printed page, which has at least so many `marks`;
    `seen` tells pages of one title apart. Of `indicators` at least so many stand in one column.
    """

    fields: tuple[str, ...] = ()
    any: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    marks: int = 0
    seen: SeenLines = SeenLines()
    indicators: int = 0


class AmountUnit(Definition, frozen=True, kw_only=True):
    """Đồng per unit of the amounts: what the sheet says above its table, else this.

    `average`: what a customer may owe on the average, least and most in đồng; beyond it the unit is doubted.
    """

    dong: int
    balance: str = ""
    customers: str = ""
    least: int = 0
    most: int = 0


class LeftOut(Definition, frozen=True, kw_only=True):
    """Rows that are no data, and why: the end of a code `row-…` of `screen.yaml`."""

    reason: str
    where: Conditions


class GivenColumn(Definition, frozen=True, kw_only=True):
    """One column that a kind gives. Exactly one of the ways is named.

    `sum`: fields added and subtracted (`lent - rolled`); `distinct`: different values of a field; `once`:
    the amount of a person once, however many rows repeat it, on a row with a balance: `[deposit, customer,
    balance]`; `text`: the one text of the rows; `score`: a number with decimals; `rating`: the rating of a
    score.
    """

    column: str
    sum: str = ""
    distinct: str = ""
    once: tuple[str, ...] = ()
    text: str = ""
    score: str = ""
    rating: str = ""
    where: Conditions = msgspec.field(default_factory=dict)
    quality: Quality = Quality.EXACT
    basis: str = ""


class Given(Definition, frozen=True, kw_only=True):
    """What a kind gives for one table: `key` names fields, or a constant after an equals sign (`=301`).

    `statements` as a table stands for the sheets of the four associations. `quality`, `basis`: of all columns
    that say nothing else.
    """

    table: str
    key: tuple[str, ...] = ()
    where: Conditions = msgspec.field(default_factory=dict)
    quality: Quality = Quality.EXACT
    basis: str = ""
    columns: tuple[GivenColumn, ...] = ()


class SheetRole(Definition, frozen=True, kw_only=True):
    """A sheet of a workbook of indicators, by the beginning of its name: what its amounts are."""

    role: Literal["current", "opening", "plan"]
    sheets: tuple[str, ...]


class ImportKind(Definition, frozen=True, kw_only=True):
    """One kind of export.

    `menu`: where the bank's program prints it. `first`, `name_mark`: the marks of a page's first column and
    of the names; `nesting`: its levels, each within those before it. `followed_by`: kinds whose tables stand
    below on the same sheet. `per`: totals of an amount over all rows that share a field, by the name under
    which they are used in conditions: `{group_balance: [balance, group]}`. `need`: fields without which a
    row is no data. `unique`: fields that tell rows apart; of rows alike one counts. `directory`: whether it
    lists all groups. `totals`: fields whose sum is compared with the total row; of a page those of
    `totals_of`, a level. `no_date`: the file does not say the day of its data.
    """

    kind: str
    form: Literal["query", "page", "indicators"]
    name: Words
    menu: str = ""
    recognise: Recognition
    fields: tuple[ImportField, ...] = ()
    first: int = 1
    name_mark: int = 2
    levels: tuple[PageLevel, ...] = ()
    nesting: tuple[str, ...] = ()
    roles: tuple[SheetRole, ...] = ()
    followed_by: tuple[str, ...] = ()
    unit: AmountUnit = AmountUnit(dong=1)
    per: Mapping[str, tuple[str, str]] = msgspec.field(default_factory=dict)
    need: tuple[str, ...] = ()
    unique: tuple[str, ...] = ()
    leave_out: tuple[LeftOut, ...] = ()
    directory: bool = False
    totals: tuple[str, ...] = ()
    totals_of: tuple[str, ...] = ()
    no_date: bool = False
    gives: tuple[Given, ...] = ()

    def field(self, name: str) -> ImportField:
        """A field by its name."""
        return next(one for one in self.fields if one.name == name)


def imports_folder() -> Path:
    """Where an office keeps kinds of its own: beside the settings; it need not be there."""
    return config_folder() / "imports"


@cache
def load_kinds(folder: Path | None = None) -> tuple[ImportKind, ...]:
    """All kinds of exports: ours, and those of the office; with a `folder` only those in it.

    Raises:
        BadDefinition: a YAML has a mistake; file, place and remedy are told.
    """
    folders = (schemas_folder() / "imports", imports_folder()) if folder is None else (folder,)
    paths = {path.name: path for place in folders for path in sorted(place.glob("[!_]*.yaml"))}
    return tuple(_checked(path) for path in paths.values())


def kind_named(name: str) -> ImportKind:
    """One kind by its name."""
    return next(one for one in load_kinds() if one.kind == name)


def _checked(path: Path) -> ImportKind:
    kind = check_definition(ImportKind, read_yaml(path), path)
    for place, problem in _mistakes(kind, path.stem):
        raise BadDefinition(
            "E-DEFINITION", path=path.name, place=place, problem=problem,
            advice="Xem docs/imports.md. / See docs/imports.md.",
        )  # fmt: skip
    return kind


def _mistakes(kind: ImportKind, stem: str) -> Iterable[tuple[str, str]]:
    """What the types cannot tell: names that lead nowhere, and columns given in no way or in two."""
    if kind.kind != stem:
        yield "kind", f"{kind.kind} in {stem}.yaml"
    known = {one.name for one in kind.fields} | set(kind.per) | {one.level for one in kind.levels}
    known |= {"level", "role"} if kind.form != "query" else set()
    named = {
        "recognise": (*kind.recognise.fields, *kind.recognise.any),
        "need": kind.need, "unique": kind.unique, "totals": kind.totals,
        "per": tuple(name for pair in kind.per.values() for name in pair),
        "unit": tuple(filter(None, (kind.unit.balance, kind.unit.customers))),
    }  # fmt: skip
    for number, left_out in enumerate(kind.leave_out):
        named[f"leave_out[{number}]"] = tuple(left_out.where)
    for number, given in enumerate(kind.gives):
        place = f"gives[{number}]"
        named[place] = (*given.where, *(name for name in given.key if not name.startswith("=")))
        for column in given.columns:
            named[f"{place}.{column.column}"] = (*column.where, *fields_of(column))
            ways = (column.sum, column.distinct, column.once, column.text, column.score, column.rating)
            if sum(map(bool, ways)) != 1:
                yield f"{place}.{column.column}", "sum, distinct, once, text, score, rating: exactly one"
    for place, names in named.items():
        for name in names:
            if name not in known:
                yield place, f"no field `{name}`"


def fields_of(column: GivenColumn) -> tuple[str, ...]:
    """The fields from which a column is worked out."""
    one = (column.distinct, column.text, column.score, column.rating)
    return (*(name for _, name in terms_of(column.sum)), *column.once, *filter(None, one))


def terms_of(text: str) -> tuple[tuple[int, str], ...]:
    """A sum such as `balance - lent + rolled` as signs and names."""
    words = text.replace("+", " + ").replace("-", " - ").split()
    terms: list[tuple[int, str]] = []
    sign = 1
    for word in words:
        if word in "+-":
            sign = 1 if word == "+" else -1
        else:
            terms.append((sign, word))
            sign = 1
    return tuple(terms)
