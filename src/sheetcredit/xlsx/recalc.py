"""LibreOffice as a calculator: a workbook opened without a window, everything computed, saved elsewhere."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import NamedTuple

from sheetcredit.model.errors import CannotRead, CannotWrite
from sheetcredit.xlsx.address import format_address
from sheetcredit.xlsx.atomic_write import REAL_FILES, FileOps, rewrite
from sheetcredit.xlsx.cached_values import Computed, put_value
from sheetcredit.xlsx.cells import CellContent, parse_cell
from sheetcredit.xlsx.container import Container
from sheetcredit.xlsx.dependents import Place, stale_formulas
from sheetcredit.xlsx.formulas import FormulaCell, find_formulas, find_grouped
from sheetcredit.xlsx.inspect import inspect
from sheetcredit.xlsx.limits import Limits, current_limits
from sheetcredit.xlsx.package import Package, SheetInfo
from sheetcredit.xlsx.patch import check_macros, check_suffix, refuse_signed
from sheetcredit.xlsx.references import scan_references
from sheetcredit.xlsx.scan import Cell, scan_sheet
from sheetcredit.xlsx.sheet_features import formula_area
from sheetcredit.xlsx.xml_bytes import Change, check_well_formed, splice

# A profile of its own, thrown away afterwards: every formula is computed whatever value the file keeps, no
# macro runs, no link to another file or page is followed, nobody is asked anything.
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">
<value>0</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Content/Update"><prop oor:name="Link" oor:op="fuse">
<value>2</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel"
 oor:op="fuse"><value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution"
 oor:op="fuse"><value>true</value></prop></item>
</oor:items>
"""
_PLACES = (
    r"C:\Program Files\LibreOffice\program\soffice.com",
    r"C:\Program Files (x86)\LibreOffice\program\soffice.com",
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
)


def find_libreoffice() -> str | None:
    """The program, if this machine has it."""
    found = shutil.which("soffice") or shutil.which("libreoffice")
    return found or next((place for place in _PLACES if Path(place).is_file()), None)


def computed_by_libreoffice(data: bytes, suffix: str, path: str, seconds: int) -> bytes:
    """The workbook as LibreOffice saves it once every formula is computed: to look at, never to keep.

    `suffix` is `.xlsx` or `.xlsm`, `path` the name for messages. Raises `CannotRead`: `E-NO-LIBREOFFICE`, or
    `E-LIBREOFFICE` when it fails or takes longer than `seconds`.
    """
    program = find_libreoffice()
    if program is None:
        raise CannotRead("E-NO-LIBREOFFICE", path=path)
    with tempfile.TemporaryDirectory(prefix="sheetcredit-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        settings = folder / "profile" / "user" / "registrymodifications.xcu"
        settings.parent.mkdir(parents=True)
        settings.write_text(_SETTINGS, encoding="utf-8")
        source = folder / f"book{suffix}"
        source.write_bytes(data)
        command = [
            program, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--norestore",
            "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(folder / "out"), str(source),
        ]  # fmt: skip
        said = _run(command, seconds, path)
        result = folder / "out" / "book.xlsx"
        if not result.is_file():
            raise CannotRead("E-LIBREOFFICE", path=path, reason=said or "no output")
        return result.read_bytes()


def _run(command: list[str], seconds: int, path: str) -> str:
    """Run to the end, or end it with everything it started; returns the last line it said."""
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as problem:
        raise CannotRead("E-LIBREOFFICE", path=path, reason=problem.strerror or str(problem)) from problem
    try:
        _, said = process.communicate(timeout=seconds)
    except BaseException as problem:
        _end(process)
        if isinstance(problem, subprocess.TimeoutExpired):
            raise CannotRead("E-LIBREOFFICE", path=path, reason=f"> {seconds} s") from None
        raise
    return said.decode("utf-8", "replace").strip().rpartition("\n")[2]


def _end(process: subprocess.Popen[bytes]) -> None:
    # On other systems than Windows it is a small script that starts the real program.
    if sys.platform == "win32":
        process.kill()
    else:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


# Formulas computed by LibreOffice, their values put into the user's own file.
#
# LibreOffice's file is only looked at. A value is taken when LibreOffice knew every function of the formula
# and of all that it depends on; otherwise the cell stays as it was and is named.

_OTHER_BOOK = re.compile(r"\[[0-9]+\]")
_ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NUM!", "#N/A"})
"""Errors that are results; `#NAME?` says that LibreOffice did not know a word."""


class _Known(NamedTuple):
    cell: Cell
    content: CellContent


@dataclass(frozen=True, slots=True)
class Recalculated:
    """What a recalculation did."""

    path: Path
    formulas: int
    """Formula cells of the workbook."""
    changed: int
    """Cells that keep another value than before, or had none."""
    left: tuple[tuple[str, str], ...]
    """Sheet and address of the formulas that LibreOffice could not work out; they are as they were."""


@dataclass(slots=True)
class _Work:
    """Before and after, sheet by sheet (index in the user's workbook)."""

    package: Package
    found: dict[int, list[FormulaCell]] = field(default_factory=dict)
    computed: dict[int, dict[tuple[int, int], _Known]] = field(default_factory=dict)
    left: set[Place] = field(default_factory=set)
    changed: int = 0


def recalculate(
    path: str | PathLike[str],
    out: str | PathLike[str] | None = None,
    *,
    limits: Limits | None = None,
    files: FileOps = REAL_FILES,
) -> Recalculated:
    """Compute every formula of an .xlsx or .xlsm file with LibreOffice and store the values, all else kept.

    Raises `CannotRead` (`E-NO-LIBREOFFICE`, `E-LIBREOFFICE`, hostile files), `CannotPatch` for a signed file,
    `CannotWrite`; the file is then as it was.
    """
    source, target = Path(path), None if out is None else Path(out)
    check_suffix(source)
    bounds = limits or current_limits()
    works: list[_Work] = []

    def change(data: bytes) -> bytes:
        if target is not None:
            check_macros(data, source, target)
        result, work = _recalculated(data, source, bounds)
        works.append(work)
        return result

    written = rewrite(source, change, out=target, files=files)
    work = works[-1]
    left = tuple(
        (work.package.sheets[sheet].name, format_address(row, column))
        for sheet, row, column in sorted(work.left)
    )
    return Recalculated(written, sum(map(len, work.found.values())), work.changed, left)


def _recalculated(data: bytes, source: Path, limits: Limits) -> tuple[bytes, _Work]:
    package = Package(data, str(source), limits)
    refuse_signed(package)
    inspect(package)
    work = _Work(package)
    for index, sheet in enumerate(package.sheets):
        if sheet.kind == "worksheet":
            work.found[index] = find_formulas(package.text(sheet.part), package.origin(sheet.part))
    if not any(work.found.values()):
        return data, work
    theirs = computed_by_libreoffice(data, source.suffix.lower(), str(source), limits.recalc_seconds)
    _take_over(work, Package(theirs, str(source), limits))
    _leave_unknown(work)
    replaced = {}
    for index, formulas in work.found.items():
        changes = _changes(work, index, formulas)
        if changes:
            part = package.sheets[index].part
            text, stored = package.unpacked(part)
            new = splice(text, changes)
            check_well_formed(new, package.origin(part))
            replaced[part] = stored.pack(new)
    if not replaced:
        return data, work
    result = package.container.rebuilt(replaced)
    _verify(result, replaced, source, limits)
    return result, work


def _take_over(work: _Work, theirs: Package) -> None:
    """The cells of LibreOffice's file, by sheet and place."""
    by_name = {sheet.name: sheet for sheet in theirs.sheets if sheet.kind == "worksheet"}
    for index, formulas in work.found.items():
        sheet = by_name.get(work.package.sheets[index].name)
        rows: set[int] = set()
        for one in formulas:
            rows.update(_rows(one, work, index))
        work.computed[index] = _cells(theirs, sheet, rows) if sheet else {}


def _rows(one: FormulaCell, work: _Work, index: int) -> Collection[int]:
    """The rows that a formula fills: its own, or those of its array."""
    area = formula_area(one, work.package.origin(work.package.sheets[index].part))
    return (one.cell.row,) if area is None else range(area.top, area.bottom + 1)


def _cells(package: Package, sheet: SheetInfo, rows: Collection[int]) -> dict[tuple[int, int], _Known]:
    """The cells of some rows by row and column."""
    text, origin = package.text(sheet.part), package.origin(sheet.part)
    scan = scan_sheet(text, rows, origin)
    return {
        (cell.row, cell.column): _Known(cell, parse_cell(text[cell.start : cell.end], origin))
        for cells in scan.cells.values()
        for cell in cells
    }


def _leave_unknown(work: _Work) -> None:
    """Formulas that LibreOffice does not understand, and all that depend on them."""
    unknown: list[Place] = []
    for index, formulas in work.found.items():
        for one in formulas:
            known = work.computed[index].get((one.cell.row, one.cell.column))
            elsewhere = one.formula.kind == "dataTable" or _OTHER_BOOK.search(one.formula.text)
            if elsewhere or known is None or not _understood(known.content):
                unknown.append((index, one.cell.row, one.cell.column))
    work.left.update(unknown)
    if not unknown:
        return
    package = work.package
    grouped = {
        index: find_grouped(
            package.text(package.sheets[index].part), package.origin(package.sheets[index].part)
        )
        for index, found in work.found.items()
        if found
    }
    for index, cells in stale_formulas(package, grouped, unknown, {}).items():
        work.left.update((index, one.cell.row, one.cell.column) for one in cells)


def _understood(content: CellContent) -> bool:
    """Whether a cell of LibreOffice's file holds a result; small letters name an unknown function."""
    if content.formula is None or content.value is None or content.kind not in ("n", "str", "b", "e"):
        return False
    if content.kind == "e" and content.value not in _ERRORS:
        return False
    calls = scan_references(content.formula.text).calls
    return all(name.removeprefix("_xlfn.").removeprefix("_xlws.").isupper() for _, name in calls)


def _changes(work: _Work, index: int, formulas: list[FormulaCell]) -> list[Change]:
    sheet = work.package.sheets[index]
    changes: list[Change] = []
    for one in formulas:
        if (index, one.cell.row, one.cell.column) in work.left:
            continue
        changes += _value(work, index, one.cell, one.content)
        area = formula_area(one, work.package.origin(sheet.part))
        if area is not None and area.size > 1:
            for (row, column), known in _cells(work.package, sheet, _rows(one, work, index)).items():
                if area.holds(row, column) and known.content.formula is None:
                    changes += _value(work, index, known.cell, known.content)
    return changes


def _value(work: _Work, index: int, cell: Cell, content: CellContent) -> list[Change]:
    known = work.computed[index].get((cell.row, cell.column))
    if known is None or known.content.value is None or known.content.kind not in ("n", "str", "b", "e"):
        return []
    changes = put_value(cell, content, Computed(known.content.kind, known.content.value))
    work.changed += bool(changes)
    return changes


def _verify(result: bytes, replaced: Mapping[str, bytes], source: Path, limits: Limits) -> None:
    container = Container(result, str(source), limits)
    if any(container.read(name) != content for name, content in replaced.items()):
        raise CannotWrite("E-VERIFY", path=source)
