"""Who has to report, and by when: from a list that the branch keeps, or from the catalogues.

A list is a YAML, CSV or Excel file whose columns are `code`, `name`, `due`, `period` (or `Mã đơn vị`, `Tên
đơn vị`, `Hạn nộp`, `Kỳ`); only the code is needed. A line with a period holds for that period alone.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import StringIO
from pathlib import Path

from sheetcredit.model.errors import BadUsage, SheetcreditError
from sheetcredit.model.period import Period, find_period
from sheetcredit.model.resources import schemas_folder
from sheetcredit.model.text import fold
from sheetcredit.model.yaml_file import YamlMistakeError, load_yaml, parse_yaml
from sheetcredit.template.catalogue import Entry
from sheetcredit.template.cells import read_dates

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "code": ("code", "office", "mã đơn vị", "mã pgd", "mã chi nhánh", "mã"),
    "name": ("name", "tên đơn vị", "tên pgd", "tên chi nhánh", "tên", "đơn vị"),
    "due": ("due", "hạn nộp", "hạn"),
    "period": ("period", "kỳ báo cáo", "kỳ"),
}
_NAMES = {name: column for column, names in _COLUMNS.items() for name in names}
_MOST_LINES_ABOVE = 30


@dataclass(frozen=True, slots=True)
class Expected:
    """One that has to report: its code and name, and the day by which."""

    code: str
    name: str
    due: date


def due_after(period: Period) -> date:
    """The day by which a report is due where no list says another."""
    days = load_yaml(schemas_folder() / "branch" / "_deadlines.yaml")["due_days"]
    return period.last_day + timedelta(days=int(days))


def expected_from_catalogue(entries: Iterable[Entry], period: Period) -> list[Expected]:
    """Those of a catalogue that are valid at the end of the period, by code."""
    due = due_after(period)
    valid = sorted((e for e in entries if e.valid_on(period.last_day)), key=lambda entry: entry.code)
    return [Expected(entry.code, entry.name.vi, due) for entry in valid]


def expected_from_list(path: Path, period: Period) -> list[Expected]:
    """Those that a list names for a period, in its order.

    Raises:
        BadUsage: the list cannot be read, names no code column, or holds a date that is none.
    """
    found: dict[str, Expected] = {}
    for number, line in enumerate(_lines(path), start=1):
        code = _code(line.get("code"))
        said = find_period(str(line.get("period") or ""))
        if not code or (said is not None and said != period):
            continue
        due = _day(path, number, line.get("due")) or due_after(period)
        found[code] = Expected(code, str(line.get("name") or ""), due)
    if not found:
        raise BadUsage("E-EXPECTED", path=path, reason=f"{period}: 0")
    return list(found.values())


def _code(value: object) -> str:
    """A code as text; a spreadsheet that made a number of it took the leading nought of its even width."""
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value or "").strip()
    return f"0{text}" if text.isdigit() and len(text) % 2 else text


def _day(path: Path, number: int, value: object) -> date | None:
    if value is None or value == "":
        return None
    raw = value if isinstance(value, (date, datetime)) else str(value)
    days, oddities = read_dates([raw])
    if oddities:
        raise BadUsage("E-EXPECTED", path=path, reason=f"dòng {number}: {value}")
    return days[0]


def _lines(path: Path) -> Iterator[Mapping[str, object]]:
    suffix = path.suffix.lower()
    try:
        if suffix in (".yaml", ".yml"):
            yield from _from_yaml(path)
        elif suffix in (".xlsx", ".xlsm"):
            yield from _from_workbook(path)
        else:
            yield from _from_csv(path)
    except (OSError, UnicodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise BadUsage("E-EXPECTED", path=path, reason=reason) from error


def _from_yaml(path: Path) -> Iterator[Mapping[str, object]]:
    try:
        content = parse_yaml(path.read_bytes())
    except YamlMistakeError as error:
        raise BadUsage("E-EXPECTED", path=path, reason=error.problem) from error
    entries = content.get("entries") if isinstance(content, dict) else content
    if not isinstance(entries, list):
        raise BadUsage("E-EXPECTED", path=path, reason="entries?")
    for entry in entries:
        line = entry if isinstance(entry, dict) else {"code": entry}
        named = {_NAMES.get(fold(str(key)), str(key)): value for key, value in line.items()}
        name = named.get("name")
        yield named | {"name": name.get("vi") if isinstance(name, dict) else name}


def _from_csv(path: Path) -> Iterator[Mapping[str, object]]:
    text = path.read_bytes().decode("utf-8-sig")
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    yield from _tabular(path, list(csv.reader(StringIO(text), delimiter=separator)))


def _from_workbook(path: Path) -> Iterator[Mapping[str, object]]:
    from sheetcredit.workbook.read import read_book  # noqa: PLC0415

    try:
        grids = read_book(path).grids
    except SheetcreditError as error:
        raise BadUsage("E-EXPECTED", path=path, reason=error.message()) from error
    grid = next(iter(grids.values()), None)
    yield from _tabular(path, grid.rows if grid else [])


def _tabular(path: Path, rows: Sequence[Sequence[object]]) -> Iterator[Mapping[str, object]]:
    """The lines below the first row that names a column of codes."""
    for number, row in enumerate(rows[:_MOST_LINES_ABOVE]):
        columns = {place: _NAMES.get(fold(str(value))) for place, value in enumerate(row) if value}
        if "code" in columns.values():
            for line in rows[number + 1 :]:
                yield {name: line[p] for p, name in columns.items() if name and p < len(line)}
            return
    raise BadUsage("E-EXPECTED", path=path, reason="code / Mã đơn vị?")
