"""Every formula of a file computed, the values put into the user's own file, and nothing else.

We compute what we can for certain (`engine`). For the rest LibreOffice is asked, if it is installed: its file
is only looked at, and a value is taken when LibreOffice knew every function of the formula and of all that it
depends on. Formulas that are left stay as they were and are named.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path

from sheetcredit.model.errors import CannotRead, CannotWrite
from sheetcredit.xlsx.address import format_address
from sheetcredit.xlsx.atomic_write import REAL_FILES, FileOps, rewrite
from sheetcredit.xlsx.cached_values import cached_value_changes, computed_values, formulas_by_sheet
from sheetcredit.xlsx.cells import CellContent, Computed, parse_cell
from sheetcredit.xlsx.container import Container
from sheetcredit.xlsx.dependents import CellPlace, FormulaGraph, FormulaGroup
from sheetcredit.xlsx.inspect import inspect
from sheetcredit.xlsx.limits import FileLimits, current_limits
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.patch import check_macros, check_suffix, refuse_signed
from sheetcredit.xlsx.references import scan_references
from sheetcredit.xlsx.scan import cells_of_rows
from sheetcredit.xlsx.xml_bytes import check_well_formed, splice

_OTHER_BOOK = re.compile(r"\[[0-9]+\]")
_ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NUM!", "#N/A"})
"""Errors that are results; `#NAME?` says that LibreOffice did not know a word."""

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


def computed_by_libreoffice(program: str, data: bytes, suffix: str, path: str, seconds: int) -> bytes:
    """The workbook as LibreOffice saves it once every formula is computed: to look at, never to keep.

    `suffix` is `.xlsx` or `.xlsm`, `path` the name for messages. Raises `CannotRead` `E-LIBREOFFICE` when it
    fails or takes longer than `seconds`.
    """
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


@dataclass(frozen=True, slots=True)
class Recalculated:
    """What a recalculation did."""

    path: Path
    formulas: int
    """Formula cells of the workbook."""
    changed: int
    """Cells that keep another value than before, or had none."""
    left: tuple[tuple[str, str], ...]
    """Sheet and address of the formulas that could not be worked out; they are as they were."""


def recalculate(
    path: str | PathLike[str],
    out: str | PathLike[str] | None = None,
    *,
    limits: FileLimits | None = None,
    files: FileOps = REAL_FILES,
) -> Recalculated:
    """Compute every formula of an .xlsx or .xlsm file and store the values, all else kept.

    Raises `CannotRead` (`E-LIBREOFFICE` when it fails, hostile files), `CannotPatch` for a signed file,
    `CannotWrite`; the file is then as it was.
    """
    source, target = Path(path), None if out is None else Path(out)
    check_suffix(source)
    done: list[Recalculated] = []

    def change(data: bytes) -> bytes:
        if target is not None:
            check_macros(data, source, target)
        result, report = _recalculated(data, source, limits or current_limits())
        done.append(report)
        return result

    written = rewrite(source, change, out=target, files=files)
    return replace(done[-1], path=written)


def _recalculated(data: bytes, source: Path, limits: FileLimits) -> tuple[bytes, Recalculated]:
    package = Package(data, str(source), limits)
    refuse_signed(package)
    inspect(package)
    formulas = formulas_by_sheet(package)
    graph = FormulaGraph(package, formulas, {})
    every = graph.all_formulas()
    values: dict[CellPlace, Computed] = {}
    unknown: dict[FormulaGroup, list[int]] = {}
    for group, members in computed_values(package, graph, every, {}, momentary=True).items():
        for member, value in members.items():
            if value is None:
                unknown.setdefault(group, []).append(member)
            else:
                values[group.sheet, *group.cells[member]] = value
    left: set[CellPlace] = set()
    if unknown:
        theirs = _by_libreoffice(package, data, source, unknown)
        left = {
            (group.sheet, *group.cells[member])
            for group, members in unknown.items()
            for member in members
            if (group.sheet, *group.cells[member]) not in theirs
        }
        for group, reached in (graph.dependents(left) if left else {}).items():
            left.update((group.sheet, *group.cells[member]) for member in reached)
        values |= theirs
    replaced: dict[str, bytes] = {}
    changed = 0
    for index, found in formulas.items():
        part = package.sheets[index].part
        own: dict[tuple[int, int], Computed | None] = {
            (row, column): value
            for (sheet, row, column), value in values.items()
            if sheet == index and (sheet, row, column) not in left
        }
        text, stored = package.unpacked(part)
        changes = cached_value_changes(text, found, own, package.origin(part))
        changed += len(changes)
        if changes:
            new = splice(text, [change for cell in changes.values() for change in cell])
            check_well_formed(new, package.origin(part))
            replaced[part] = stored.pack(new)
    result = package.container.rebuilt(replaced) if replaced else data
    _verify(result, replaced, source, limits)
    named = tuple(
        (package.sheets[sheet].name, format_address(row, column)) for sheet, row, column in sorted(left)
    )
    return result, Recalculated(source, sum(map(len, every.values())), changed, named)


def _by_libreoffice(
    package: Package, data: bytes, source: Path, unknown: Mapping[FormulaGroup, list[int]]
) -> dict[CellPlace, Computed]:
    """The values of formulas that LibreOffice understands, and of the cells they fill; none without it."""
    asked = {
        (group.sheet, *group.cells[member]): (group, member)
        for group, members in unknown.items()
        for member in members
        if not group.is_data_table
        if not _OTHER_BOOK.search(group.formula(member))
    }
    program = find_libreoffice()
    if not asked or program is None:
        return {}
    limits = package.limits
    saved = computed_by_libreoffice(program, data, source.suffix.lower(), str(source), limits.recalc_seconds)
    theirs = Package(saved, str(source), limits)
    by_name = {sheet.name: sheet for sheet in theirs.sheets if sheet.kind == "worksheet"}
    values: dict[CellPlace, Computed] = {}
    for index in {sheet for sheet, _, _ in asked}:
        sheet = by_name.get(package.sheets[index].name)
        if sheet is None:
            continue
        cells = {
            place: one.filled_cells(member) for place, (one, member) in asked.items() if place[0] == index
        }
        wanted = {place: list(filled) for place, filled in cells.items()}
        text, origin = theirs.text(sheet.part), theirs.origin(sheet.part)
        rows = {row for filled in wanted.values() for row, _ in filled}
        found = {
            (cell.row, cell.column): parse_cell(text[cell.start : cell.end], origin)
            for cell in cells_of_rows(text, rows, origin)
        }
        for (_, row, column), filled in wanted.items():
            if (row, column) in found and _understood(found[row, column]):
                values.update(_stored(index, filled, found))
    return values


def _stored(
    sheet: int, cells: list[tuple[int, int]], found: Mapping[tuple[int, int], CellContent]
) -> Iterator[tuple[CellPlace, Computed]]:
    for row, column in cells:
        content = found.get((row, column))
        if content is not None and content.value is not None and content.kind in ("n", "str", "b", "e"):
            yield (sheet, row, column), Computed(content.kind, content.value)


def _understood(content: CellContent) -> bool:
    """Whether a cell of LibreOffice's file holds a result; small letters name an unknown function."""
    if content.formula is None or content.value is None or content.kind not in ("n", "str", "b", "e"):
        return False
    if content.kind == "e" and content.value not in _ERRORS:
        return False
    calls = scan_references(content.formula.text).calls
    return all(name.removeprefix("_xlfn.").removeprefix("_xlws.").isupper() for _, name in calls)


def _verify(result: bytes, replaced: Mapping[str, bytes], source: Path, limits: FileLimits) -> None:
    container = Container(result, str(source), limits)
    if any(container.read(name) != content for name, content in replaced.items()):
        raise CannotWrite("E-VERIFY", path=source)
