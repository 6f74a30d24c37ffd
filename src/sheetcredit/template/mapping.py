"""An office's own template, learnt once: which of its tables and columns mean which of ours.

The mapping is a small YAML file. It lies in the workbook itself as a custom part, beside it, or in the
settings folder; the first that fits counts. It names headers by their words, so that staff may move tables
and columns; what a header says of the day is written in general (`Dư nợ đến {ngày}`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from sheetcredit.catalogue.catalogue import load_catalogue
from sheetcredit.folders import config_folder
from sheetcredit.model.checked_yaml import Definition, check_definition, read_yaml
from sheetcredit.model.errors import BadDefinition, BadUsage
from sheetcredit.model.grid import Book
from sheetcredit.model.text import fold
from sheetcredit.model.yaml_file import YamlMistakeError, parse_yaml
from sheetcredit.template.definition import Sheet, load_office

BESIDE = "sheetcredit-mapping.yaml"
"""The mapping of the workbooks of a folder."""
VERSION = 1


class Said(Definition, frozen=True, kw_only=True):
    """Where the workbook says a day: a sheet, and the words there (in general) if it says several."""

    sheet: str
    text: str = ""


class OwnDetails(Definition, frozen=True, kw_only=True):
    """What the report says of itself: fixed for the office, but for the day."""

    office: str
    office_name: str = ""
    unit: str = "triệu đồng"
    as_of: Said | None = None


class OwnTable(Definition, frozen=True, kw_only=True):
    """A table of the workbook: the id of ours, its sheet, the header of each column that means one of ours.

    `lines` is how many lines its header has; `title` stands above it where several on the sheet have the same
    header. `below`: the heading among its rows (`I. Hội Nông dân`) under which the table's rows stand, as far
    as the next one; sums stand beside it. `where`: only rows that say so in a column of the workbook
    (`{Hội: HND}`). `constants`: columns of ours that the workbook lacks, one value for all rows.
    `unit` where it is another than the workbook's; `total`: whether its total row is filled in.
    """

    table: str
    sheet: str
    lines: int = 1
    title: str = ""
    below: str = ""
    unit: str = ""
    total: bool = True
    columns: Mapping[str, str]
    where: Mapping[str, str] = msgspec.field(default_factory=dict)
    constants: Mapping[str, str | int | float] = msgspec.field(default_factory=dict)


class OwnTemplate(Definition, frozen=True, kw_only=True):
    """A template of an office's own. `names`: codes of the names it uses, by catalogue of ours."""

    version: int
    name: str = ""
    details: OwnDetails
    tables: tuple[OwnTable, ...]
    names: Mapping[str, Mapping[str, str]] = msgspec.field(default_factory=dict)


def mappings_folder() -> Path:
    """The folder of the settings that holds mappings of this user; it need not be there."""
    return config_folder() / "templates"


def mapping_inside(book: Book) -> OwnTemplate | None:
    """The mapping that is kept in the workbook itself.

    Raises:
        BadDefinition: it has a mistake; file, place and remedy are told.
    """
    return None if book.custom is None else parse_mapping(book.custom, Path(book.path).name)


def mappings_for(path: str) -> tuple[OwnTemplate, ...]:
    """The mappings that may be meant for a workbook: that of its folder, then those of the settings.

    Raises:
        BadDefinition: one has a mistake; file, place and remedy are told.
    """
    beside = lies_beside(path)
    return (*((load_mapping(beside),) if beside else ()), *kept_mappings())


def lies_beside(path: str) -> Path | None:
    """The mapping file of a workbook's folder, if there is one."""
    if "://" in path:
        return None
    file = Path(path).with_name(BESIDE)
    return file if file.is_file() else None


def kept_mappings() -> tuple[OwnTemplate, ...]:
    """The mappings of this user's settings.

    Raises:
        BadDefinition: one has a mistake; file, place and remedy are told.
    """
    try:
        with os.scandir(mappings_folder()) as entries:
            paths = sorted((e.path, e.stat().st_mtime_ns) for e in entries if e.name.endswith(".yaml"))
    except (OSError, BadUsage):  # no such folder: most have none
        return ()
    return tuple(_loaded(Path(path), changed) for path, changed in paths)


def load_mapping(path: Path) -> OwnTemplate:
    """A mapping file.

    Raises:
        BadDefinition: it has a mistake; file, place and remedy are told.
    """
    try:
        changed = path.stat().st_mtime_ns
    except OSError:
        changed = 0
    return _loaded(path, changed)


@cache
def _loaded(path: Path, _changed: int) -> OwnTemplate:
    return _checked(read_yaml(path), path)


@cache
def parse_mapping(text: bytes, name: str) -> OwnTemplate:
    """A mapping that was kept inside the workbook of that name.

    Raises:
        BadDefinition: it has a mistake; file, place and remedy are told.
    """
    try:
        content = parse_yaml(text)
    except YamlMistakeError as error:
        _refuse(Path(name), f"dòng {error.line}", error.problem, "Học lại mẫu. / Learn the template again.")
    return _checked(content, Path(name))


def _checked(content: Any, path: Path) -> OwnTemplate:
    mapping = check_definition(OwnTemplate, content, path)
    if mapping.version != VERSION:
        _refuse(path, "version", f"{mapping.version}", f"Ghi {VERSION}. / Write {VERSION}.")
    units = {fold(text) for entry in load_catalogue("units") for text in (entry.name.vi, *entry.aliases)}
    said = {"details.unit": mapping.details.unit}
    said |= {f"tables[{number}].unit": own.unit for number, own in enumerate(mapping.tables) if own.unit}
    for place, unit in said.items():
        if fold(unit) not in units:
            _refuse(
                path, place, f"không biết đơn vị {unit} / unknown unit", _near(unit, dict.fromkeys(units))
            )
    office = load_office()
    tables = {sheet.id: sheet for sheet in office.tables()}
    seen: set[str] = set()
    for number, own in enumerate(mapping.tables):
        place = f"tables[{number}]"
        if own.table not in tables:
            _refuse(path, f"{place}.table", f"không có bảng {own.table}", _near(own.table, tables))
        if own.table in seen:
            _refuse(
                path, f"{place}.table", f"{own.table} đứng hai lần / stands twice", "Giữ một. / Keep one."
            )
        seen.add(own.table)
        _check_columns(path, place, own, tables[own.table])
    return mapping


def _check_columns(path: Path, place: str, own: OwnTable, sheet: Sheet) -> None:
    known = {column.name: column for column in sheet.columns}
    for where, names in (("columns", own.columns), ("constants", own.constants)):
        for name in names:
            if name not in known:
                _refuse(
                    path, f"{place}.{where}.{name}", f"bảng {sheet.id} không có cột này", _near(name, known)
                )
    headers = list(own.columns.values())
    for name, header in own.columns.items():
        if headers.count(header) > 1:
            _refuse(
                path, f"{place}.columns.{name}", f"`{header}` đứng hai lần / stands twice",
                "Mỗi tiêu đề cho một cột. / Each header for one column.",
            )  # fmt: skip
    for key in sheet.key:
        if not {key, f"{key}_name"} & (own.columns.keys() | own.constants.keys()):
            _refuse(
                path, f"{place}.columns", f"thiếu {key} / {key} is missing",
                f"Ghi tiêu đề của `{known[key].header}` hoặc của tên. / Give the header of its code or name.",
            )  # fmt: skip
    if own.lines not in range(1, 5):
        _refuse(path, f"{place}.lines", f"{own.lines}", "Từ 1 đến 4. / From 1 to 4.")


def _near(name: str, known: Mapping[str, object]) -> str:
    near = get_close_matches(name, list(known), 1, 0.5)
    listed = ", ".join(known)
    return f"{f'{near[0]}? ' if near else ''}Một trong / One of: {listed}."


def _refuse(path: Path, place: str, problem: str, advice: str) -> NoReturn:
    raise BadDefinition("E-DEFINITION", path=path.name, place=place, problem=problem, advice=advice)
