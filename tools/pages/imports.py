"""`docs/imports.md`: what exports of the bank are known by and give, and how offices describe more."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from pathlib import Path

import msgspec

from sheetcredit.imports import definitions
from sheetcredit.imports.definitions import Given, GivenColumn, ImportKind, load_kinds
from sheetcredit.imports.figures import Quality
from sheetcredit.model.checked_yaml import Definition
from sheetcredit.model.resources import schemas_folder
from tools.pages.markdown import NOTICE, code, fence, table

PAGE = Path(__file__).resolve().parents[2] / "docs" / "imports.md"
MEASURED = "## How fast"
_INTRO = """\
What `sheetcredit import` reads. Each kind of export is described in a YAML file of `schemas/imports/`, and
each file is known by what it says, never by its name: a *query* by the headers of one row (their tone marks,
capitals and line breaks do not matter, and the row may be any of the first sixty), a *page* by its row of
marks (1) (2) (3) with the title or the number of the form above it, *indicators* by enough known labels in
one column. A sheet that several kinds could be is none.

All files of one import have one office and one day of the data. The day is read from a column, else from the
heading; the name of a file counts for nothing. Amounts are whole đồng; what a source rounds comes with its
slack. A figure is `exact`, `rounded`, or a `proposal` that a person has to confirm; a *basis* says what is
counted where sources count differently. A table that begins with `~` is only compared. What cannot be read
rightly is refused and named: [findings](findings.md#about-exports-of-the-bank-on-import), the codes that
begin with `I-`.

Of a statement of loans only the needed columns are read: names, numbers of identity, phones and addresses of
customers never become values. Codes of customers and loans serve to count and are kept no longer; planted
values are searched in all that is read, kept, logged and told (`tests/imports/test_privacy.py`)."""
_OWN = """\
A YAML file in the folder `imports` of the settings (`sheetcredit doctor` names it) is a kind more; one that
bears the name of ours takes its place, so that a header that an office's system spells otherwise is added
there. A mistake in it is told with file, place and remedy."""
EXAMPLE = """\
kind: own_balances
form: query
name: {vi: "Dư nợ theo tổ, mẫu của chi nhánh", en: "Balances by group, the branch's form"}
recognise:
  fields: [office, group, balance]
fields:
  - {name: office, headers: ["Mã PGD"], type: office, width: 6}
  - {name: group, headers: ["Mã tổ", "Mã tổ vay vốn"], type: code, width: 7}
  - {name: balance, headers: ["Dư nợ (triệu đồng)", "Dư nợ"], type: amount, rounded_to: 1_000_000}
unit: {dong: 1_000_000}
need: [group]
unique: [group]
gives:
  - table: groups
    key: [group]
    quality: rounded
    columns:
      - {column: balance, sum: balance}"""


def write(measured: str | None = None) -> str:
    """The page; what was measured stays as it stands there unless it is given."""
    kinds = load_kinds(schemas_folder() / "imports")
    parts = [
        "# The bank's exports", NOTICE, _INTRO, "## Kinds",
        table(
            ("Kind", "Export", "Known by"),
            ((code(kind.kind), kind.name.en, _known_by(kind)) for kind in kinds),
        ),
        "## What each gives",
        table(("Kind", "Table", "Columns"), (row for kind in kinds for row in _given(kind))),
        "## Kinds of one's own", _OWN, fence(EXAMPLE, "yaml"), *_classes(),
        MEASURED, measured if measured is not None else _as_it_stands(),
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _as_it_stands() -> str:
    if not PAGE.is_file():
        return ""
    return PAGE.read_text(encoding="utf-8").partition(f"{MEASURED}\n\n")[2].strip()


def _known_by(kind: ImportKind) -> str:
    how = kind.recognise
    if kind.form == "query":
        headers = ", ".join(kind.field(name).headers[0] for name in how.fields)
        never = f"; never {', '.join(how.never)}" if how.never else ""
        return f"headers: {headers}{never}"
    if kind.form == "indicators":
        return (
            f"at least {how.indicators} of: {', '.join(one.headers[0] for one in kind.fields if one.headers)}"
        )
    seen = (f"{name}: {'yes' if value else 'no'}" for name, value in _seen(kind) if value is not None)
    return "; ".join((f"`{', '.join(how.titles)}` above at least {how.marks} marks", *seen))


def _seen(kind: ImportKind) -> Iterable[tuple[str, bool | None]]:
    lines = kind.recognise.seen
    return ((name, getattr(lines, name)) for name in lines.__struct_fields__)


def _given(kind: ImportKind) -> Iterable[tuple[str, str, str]]:
    tables: dict[str, list[str]] = {}
    for given in kind.gives:
        tables.setdefault(given.table, []).extend(_column(given, column) for column in given.columns)
    for name, columns in tables.items():
        yield code(kind.kind), code(name), ", ".join(dict.fromkeys(columns))


def _column(given: Given, column: GivenColumn) -> str:
    quality = given.quality if column.quality is Quality.EXACT else column.quality
    basis = column.basis or given.basis
    said = [*([quality.value] if quality is not Quality.EXACT else []), *([basis] if basis else [])]
    return f"{column.column} ({', '.join(said)})" if said else column.column


def _classes() -> Iterable[str]:
    for cls in vars(definitions).values():
        if inspect.isclass(cls) and cls.__module__ == definitions.__name__ and issubclass(cls, Definition):
            names = ", ".join(code(one.name) for one in msgspec.structs.fields(cls))
            yield f"**{cls.__name__}** ({names}). {' '.join((inspect.getdoc(cls) or '').split())}"
