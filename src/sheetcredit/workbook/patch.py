"""`patch_cells`: write values into cells of a workbook and keep every other byte of it.

Formulas that depend on what was written lose their stale cached value, and the workbook asks to be
calculated when it is opened. Nothing else changes; see `sheetcredit.workbook.declared`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from hashlib import sha256
from os import PathLike
from pathlib import Path

from sheetcredit.model.errors import CannotPatch, CannotRead, CannotWrite, ChangedMeanwhile
from sheetcredit.workbook.address import format_address, parse_address
from sheetcredit.workbook.cached import drop_cached, drop_filled
from sheetcredit.workbook.cells import Value, encode_value, holds, parse_cell
from sheetcredit.workbook.container import Container
from sheetcredit.workbook.declared import ask_for_recalculation, drop_from_chain
from sheetcredit.workbook.dependents import Place, stale_formulas
from sheetcredit.workbook.facts import formula_area
from sheetcredit.workbook.formulas import FormulaCell, SheetFormulas, find_grouped
from sheetcredit.workbook.guard import REAL_FILES, FileOps, rewrite
from sheetcredit.workbook.limits import Limits, current_limits
from sheetcredit.workbook.markup import Origin, check_well_formed, splice, unpack
from sheetcredit.workbook.package import Package
from sheetcredit.workbook.sheetscan import cells_of_rows
from sheetcredit.workbook.splice import Edits, SheetPatch, plan_sheet

SheetEdits = Mapping[str, Mapping[str, Value]]
"""Sheet → address (`B7`) → value."""

_MACROS = {".xlsm": True, ".xltm": True, ".xlsx": False, ".xltx": False}


def patch_cells(
    path: str | PathLike[str],
    edits: SheetEdits,
    out: str | PathLike[str] | None = None,
    *,
    digest: bytes | None = None,
    limits: Limits | None = None,
    files: FileOps = REAL_FILES,
) -> Path:
    """Write values into cells of an .xlsx or .xlsm file, in place or into `out`; returns where it is.

    Values: int, float, Decimal (exact to 15 digits), str (never a formula, whatever it begins with), bool,
    date and datetime (a number of the workbook's date system), None (empties the cell, keeps its style).

    The file is replaced at once or not at all. With `digest`, the SHA-256 of the file that the values were
    worked out from, nothing is written once the file is another.

    Raises subclasses of `SheetcreditError`: `CannotRead` for what is not a workbook, `CannotPatch` for a cell
    that cannot be written without breaking something, `CannotWrite` when the result cannot be put in place
    (`ChangedMeanwhile` when somebody else was faster); the file is then as it was.
    """
    source = Path(path)
    target = None if out is None else Path(out)
    check_suffix(source)

    def change(data: bytes) -> bytes:
        if digest is not None and sha256(data).digest() != digest:
            raise ChangedMeanwhile("E-CHANGED", path=source)
        if target is not None:
            check_macros(data, source, target)
        return patch_bytes(data, edits, path=str(source), limits=limits)

    return rewrite(source, change, out=target, files=files)


def check_suffix(source: Path) -> None:
    """Raise `CannotWrite` for a kind of file that can only be looked at here."""
    suffix = source.suffix.lower()
    if suffix in (".xls", ".ods", ".xlsb", ".csv"):
        raise CannotWrite("E-READ-ONLY-FORMAT", path=source, format=suffix)


def check_macros(data: bytes, source: Path, out: Path) -> None:
    """A workbook with macros in an .xlsx (or the other way round) is one that Excel refuses to open."""
    suffix = out.suffix.lower()
    if suffix not in _MACROS:
        raise CannotWrite("E-FORMAT", path=out, suffix=suffix or out.name)
    if (wanted := _MACROS.get(source.suffix.lower())) is None:
        wanted = b"vbaProject.bin" in data
    if wanted and not _MACROS[suffix]:
        raise CannotWrite("E-SUFFIX-MACRO", path=source, out=out)
    if not wanted and _MACROS[suffix]:
        raise CannotWrite("E-SUFFIX-PLAIN", path=source, out=out)


def patch_bytes(
    data: bytes, edits: SheetEdits, *, path: str = "workbook.xlsx", limits: Limits | None = None
) -> bytes:
    """The same on a file in memory; `path` is only the name used in messages.

    The result has been read back: its directory is sane and each written cell holds its value. When every
    cell already reads so, the very same bytes are returned.
    """
    limits = limits or current_limits()
    package = Package(data, path, limits)
    refuse_signed(package)
    plans = {
        index: plan_sheet(package, package.sheets[index], cells)
        for index, cells in _resolve(package, edits).items()
    }
    if not any(plan.changes for plan in plans.values()):
        return data
    replaced, removed = _changed_parts(package, plans)
    result = package.container.rebuilt(replaced, removed)
    _verify(result, plans, replaced, path, limits)
    return result


def refuse_signed(package: Package) -> None:
    """Raise `CannotPatch` if the file carries a digital signature: any change would void it."""
    signed = any(link.kind == "origin" for link in package.relationships("").values())
    if signed or any(name.casefold().startswith("_xmlsignatures/") for name in package.container.entries):
        raise CannotPatch("E-SIGNED", path=package.path)


def _resolve(package: Package, edits: SheetEdits) -> dict[int, Edits]:
    """Names and addresses made certain, values made ready: index of the sheet → cells."""
    resolved: dict[int, Edits] = {}
    for name, cells in edits.items():
        sheet = package.sheet(name)
        wanted = resolved.setdefault(package.sheets.index(sheet), {})
        for address, value in cells.items():
            try:
                row, column = parse_address(address)
            except (ValueError, TypeError):
                raise CannotPatch("E-BAD-CELL", cell=address) from None
            if (row, column) in wanted:
                raise CannotPatch("E-DUPLICATE-EDIT", sheet=name, cell=format_address(row, column))
            wanted[row, column] = encode_value(value, sheet.name, row, column, date1904=package.date1904)
    return resolved


def _changed_parts(package: Package, plans: dict[int, SheetPatch]) -> tuple[dict[str, bytes], set[str]]:
    """The new contents of every part that changes, and the parts that go."""
    formulas = _formulas(package, plans)
    written: list[Place] = [
        (index, row, column) for index, plan in plans.items() for row, column in plan.changed
    ]
    overwritten = {index: plan.overwritten for index, plan in plans.items()}
    stale = stale_formulas(package, formulas, written, overwritten)
    replaced: dict[str, bytes] = {}
    for index in sorted(plans.keys() | stale.keys()):
        sheet = package.sheets[index]
        text, stored = package.unpacked(sheet.part)
        changes = list(plans[index].changes) if index in plans else []
        changes += _cached_values(package, index, stale.get(index, []))
        if changes:
            replaced[sheet.part] = stored.pack(splice(text, changes))
    gone = {
        package.sheets[index].sheet_id: plan.overwritten for index, plan in plans.items() if plan.overwritten
    }
    chain = drop_from_chain(package, gone)
    replaced |= chain.replaced
    if stale:
        replaced |= ask_for_recalculation(package).replaced
    return replaced, chain.removed


def _formulas(package: Package, plans: dict[int, SheetPatch]) -> dict[int, SheetFormulas]:
    """The formulas of the workbook by index of their sheet."""
    found: dict[int, SheetFormulas] = {}
    for index, sheet in enumerate(package.sheets):
        if index in plans:
            found[index] = plans[index].formulas
        elif sheet.kind == "worksheet":
            found[index] = find_grouped(package.text(sheet.part), package.origin(sheet.part))
    return {index: formulas for index, formulas in found.items() if formulas}


def _cached_values(package: Package, index: int, stale: list[FormulaCell]) -> list[tuple[int, int, bytes]]:
    """The changes that take stale values out of a sheet; a cell is named once however often it is filled."""
    part = package.sheets[index].part
    changes: set[tuple[int, int, bytes]] = set()
    for found in stale:
        changes.update(drop_cached(found))
        area = formula_area(found, package.origin(part))
        if area is not None and area.size > 1:
            changes.update(drop_filled(package.text(part), area, package.origin(part)))
    return sorted(changes)


def _verify(
    result: bytes, plans: dict[int, SheetPatch], replaced: Collection[str], path: str, limits: Limits
) -> None:
    """Read the result as if it came from the disk; raises `CannotWrite` `E-VERIFY` if it is not right."""
    try:
        container = Container(result, path, limits)
        written = {plan.sheet.part: plan for plan in plans.values() if plan.changes}
        good = True
        for name in replaced:
            origin = Origin(path, name, limits.depth)
            text, _ = unpack(container.read(name), origin)
            # Also tells a part that was broken before: a value spliced into broken XML would be lost with it.
            check_well_formed(text, origin)
            if name in written:
                good = good and _reads_back(text, written[name].edits, origin)
    except CannotRead as problem:
        if problem.code == "E-XML":
            raise
        raise CannotWrite("E-VERIFY", path=path) from problem
    if not good:
        raise CannotWrite("E-VERIFY", path=path)


def _reads_back(text: bytes, edits: Edits, origin: Origin) -> bool:
    """Whether each written cell of a sheet part holds its value."""
    cells = cells_of_rows(text, {row for row, _ in edits}, origin)
    found = {(row, column): text[start:end] for row, column, start, end in cells}
    return all(
        holds(parse_cell(found[place], origin), written) if place in found else written.text is None
        for place, written in edits.items()
    )
