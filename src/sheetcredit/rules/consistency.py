"""Whether definitions, rules and catalogues fit together: names that are used exist, SQL can be read.

Too slow for every start; `sheetcredit doctor` and the tests do it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NoReturn

import polars as pl

from sheetcredit.catalogue.catalogue import Catalogues
from sheetcredit.model.errors import BadDefinition
from sheetcredit.model.text import fold
from sheetcredit.rules.context import CONTEXT
from sheetcredit.rules.rules import WITHIN_ONE_REPORT, Rule, Side
from sheetcredit.template.definition import THEN, CheckDefinition, Column, Office, Sheet

_DERIVED: Mapping[str, frozenset[str]] = {
    "groups": frozenset({"groups", "rating_by_score"}),
    "info": frozenset({"as_of"}),
}
"""Columns of a frame that no sheet has (`context.py`)."""


def check_consistency(office: Office, rules: Iterable[Rule], catalogues: Catalogues) -> None:
    """Raise `BadDefinition` for the first thing that does not fit, with file, place and remedy."""
    columns = _frames(office)
    _check_sheets(office)
    for name, kind in office.conventions.types.items():
        _check_values(kind.checks, "_conventions.yaml", f"types.{name}")
    for sheet in office.sheets:
        for column in sheet.columns:
            _check_column(sheet, column, catalogues)
        _check_summary(sheet, columns)
    every = tuple(rules)
    ids = Counter(rule.id for rule in every)
    for rule in every:
        if ids[rule.id] > 1:
            _refuse(
                "rules.yaml", rule.id, f"id {rule.id} used twice", "Mỗi quy tắc một số. / One number a rule."
            )
        _check_rule(rule, columns)


def _refuse(path: str, place: str, problem: str, advice: str) -> NoReturn:
    raise BadDefinition("E-DEFINITION", path=path, place=place, problem=problem, advice=advice)


def _known(names: Iterable[str]) -> str:
    return f"Dùng một trong / Use one of: {', '.join(sorted(names))}."


def _frames(office: Office) -> dict[str, frozenset[str]]:
    """The columns of each frame by its name."""
    columns: dict[str, set[str]] = {"info": set()}
    for sheet in office.tables():
        named = {column.name for column in sheet.columns} | sheet.constants.keys()
        columns.setdefault(sheet.frame or sheet.id, set()).update(named)
    return {name: frozenset(found | _DERIVED.get(name, frozenset())) for name, found in columns.items()}


def _check_sheets(office: Office) -> None:
    for needed in ("info", "summary", "findings"):
        if not any(sheet.id == needed for sheet in office.sheets):
            _refuse(f"{needed}.yaml", "id", f"no sheet {needed}", "Khôi phục tệp. / Bring the file back.")
    for what, count in (
        ("id", Counter(sheet.id for sheet in office.sheets)),
        ("sheet", Counter(sheet.sheet for sheet in office.sheets)),
        ("order", Counter(sheet.order for sheet in office.sheets)),
    ):
        for sheet in office.sheets:
            value = getattr(sheet, what)
            if count[value] > 1:
                _refuse(
                    f"{sheet.id}.yaml",
                    what,
                    f"{what} {value} used twice",
                    "Mỗi trang một giá trị. / One a sheet.",
                )
    for sheet in office.sheets:
        headers = Counter(fold(text) for c in sheet.columns for text in (c.header, *c.aliases))
        names = Counter(column.name for column in sheet.columns)
        for index, column in enumerate(sheet.columns):
            twice = any(headers[fold(text)] > 1 for text in (column.header, *column.aliases))
            if names[column.name] > 1 or twice:
                problem = f"column {column.name} ({column.header}) stands twice"
                advice = "Mỗi cột một tên và một tiêu đề. / One name and one header a column."
                _refuse(f"{sheet.id}.yaml", f"columns[{index}]", problem, advice)


def _check_column(sheet: Sheet, column: Column, catalogues: Catalogues) -> None:
    path, place = f"{sheet.id}.yaml", f"columns[{sheet.columns.index(column)}]"
    if column.catalogue is not None and column.catalogue not in catalogues.entries:
        _refuse(
            path, f"{place}.catalogue", f"unknown catalogue {column.catalogue}", _known(catalogues.entries)
        )
    if column.type == "choice" and not column.choices and column.catalogue is None:
        _refuse(
            path,
            place,
            "a choice without choices",
            "Thêm choices hoặc catalogue. / Add choices or a catalogue.",
        )
    if column.total and not column.numeric:
        _refuse(path, f"{place}.total", f"{column.type} cannot be added", "Bỏ total. / Remove total.")
    _check_values(column.checks, path, place)


def _check_values(checks: Iterable[CheckDefinition], path: str, place: str) -> None:
    for index, check in enumerate(checks):
        problem = _wrong_value(check)
        if problem:
            advice = "Xem docs/definitions.md. / See docs/definitions.md."
            _refuse(path, f"{place}.checks[{index}].value", problem, advice)


def _wrong_value(check: CheckDefinition) -> str | None:
    """What is wrong with the value of a check, if anything."""
    value = check.value
    if check.check == "str_matches":
        try:
            re.compile(str(value))
        except re.error as error:
            return f"{value!r} is not a pattern: {error}"
        return None
    if check.check == "isin":
        return None if isinstance(value, (list, tuple)) else f"{value!r} is not a list"
    numbers = value if check.check == "in_range" and isinstance(value, (list, tuple)) else [value]
    wanted = 2 if check.check == "in_range" else 1
    if len(numbers) != wanted or not all(isinstance(n, (int, float)) for n in numbers):
        return f"{value!r} is not {wanted} number(s)"
    return None


def _check_summary(sheet: Sheet, columns: Mapping[str, frozenset[str]]) -> None:
    path = f"{sheet.id}.yaml"
    for name, quantity in sheet.quantities.items():
        place = f"quantities.{name}"
        known = _columns(quantity.frame, columns, path, f"{place}.frame")
        for field, sql in (("sum", quantity.sum), ("where", quantity.where)):
            if sql is not None:
                _check_sql(sql, known, path, f"{place}.{field}")
    of_then = {*sheet.quantities, *(f"{name}{THEN}" for name in sheet.quantities)}
    for figure in (*sheet.figures, *sheet.year_before_figures):
        names = of_then if figure in sheet.year_before_figures else set(sheet.quantities)
        given = [sql for sql in (figure.amount, figure.count, *(figure.ratio or ())) if sql is not None]
        for sql in given:
            _check_sql(sql, names, path, f"figures.{figure.name}")
        if not given:
            _refuse(
                path,
                f"figures.{figure.name}",
                "nothing to show",
                "Thêm amount, count hoặc ratio. / Add one of them.",
            )


def _columns(frame: str, columns: Mapping[str, frozenset[str]], path: str, place: str) -> frozenset[str]:
    if frame not in columns:
        _refuse(path, place, f"unknown frame {frame}", _known(columns))
    return columns[frame]


def _check_sql(sql: str, known: Iterable[str], path: str, place: str) -> None:
    try:
        names = pl.sql_expr(sql).meta.root_names()
    except pl.exceptions.PolarsError as error:
        _refuse(
            path, place, f"{sql!r}: {str(error).splitlines()[0]}", "Sửa biểu thức SQL. / Put the SQL right."
        )
    for name in names:
        if name not in known:
            _refuse(path, place, f"{sql!r}: unknown column {name}", _known(known))


def _check_rule(rule: Rule, columns: Mapping[str, frozenset[str]]) -> None:
    path = "rules.yaml"
    for frame in rule.frames:
        _columns(frame, columns, path, f"{rule.id}.frames")
    if rule.kind not in WITHIN_ONE_REPORT or rule.kind == "total":
        return  # the others compare with columns of the previous report
    if rule.left is None or rule.right is None:
        _refuse(path, rule.id, "left or right is missing", "Thêm cả hai vế. / Give both sides.")
    if rule.operator == "between" and rule.most is None:
        _refuse(path, rule.id, "between without most", "Thêm most. / Add most.")
    if rule.kind == "row":
        for frame in rule.frames:
            known = columns[frame] | set(CONTEXT)
            for name, sql in _row_expressions(rule):
                _check_sql(sql, known, path, f"{rule.id}.{name}")
        return
    for name, side in (("left", rule.left), ("right", rule.right)):
        _check_side(rule, side, columns, f"{rule.id}.{name}")


def _row_expressions(rule: Rule) -> Iterator[tuple[str, str]]:
    sides = (("left", rule.left), ("right", rule.right), ("most", rule.most))
    yield from ((f"{name}.value", side.value) for name, side in sides if side is not None)
    if rule.where is not None:
        yield "where", rule.where


def _check_side(rule: Rule, side: Side, columns: Mapping[str, frozenset[str]], place: str) -> None:
    path = "rules.yaml"
    if not rule.measures:
        _refuse(path, f"{rule.id}.measures", "nothing to compare", "Thêm measures. / Add measures.")
    for frame in side.frames:
        known = _columns(frame, columns, path, place)
        for key in rule.by:
            if key not in known:
                _refuse(path, f"{rule.id}.by", f"{frame} has no column {key}", _known(known))
        for measure in rule.measures:
            _check_sql(side.column(measure), known, path, f"{place}.value")
        if side.where is not None:
            _check_sql(side.where, known, path, f"{place}.where")
