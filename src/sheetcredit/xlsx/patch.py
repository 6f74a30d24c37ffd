"""`patch_cells`: write values into cells of a workbook and keep every other byte of it.

Formulas that depend on what was written get their new cached value; where nobody here can compute it they
lose the old one. The workbook then asks to be calculated when it is opened, and the calculation chain forgets
the formulas that were overwritten (`calc_chain`). Nothing else changes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from os import PathLike
from pathlib import Path

from sheetcredit.model.errors import CannotPatch, CannotRead, CannotWrite, ChangedMeanwhile
from sheetcredit.xlsx.address import Area, around, format_address, parse_address
from sheetcredit.xlsx.atomic_write import REAL_FILES, FileOps, rewrite
from sheetcredit.xlsx.cached_values import (
    by_sheet,
    cached_value_changes,
    computed_values,
    formulas_by_sheet,
)
from sheetcredit.xlsx.calc_chain import ask_for_recalculation, drop_from_chain
from sheetcredit.xlsx.cells import (
    CellContent,
    EditValue,
    StoredValue,
    encode_value,
    holds,
    parse_cell,
    render_cell,
)
from sheetcredit.xlsx.container import Container
from sheetcredit.xlsx.dependents import CellPlace, FormulaGraph
from sheetcredit.xlsx.formulas import SheetFormulas, SpecialFormula, formulas_of, read_formulas
from sheetcredit.xlsx.limits import FileLimits, current_limits
from sheetcredit.xlsx.package import Package, SheetInfo
from sheetcredit.xlsx.references import shift_formula
from sheetcredit.xlsx.scan import CellSpan, RowSpan, SheetScan, cells_of_rows, find_usual, scan_sheet
from sheetcredit.xlsx.sheet_features import SheetFeatures, read_features, refuse_blocked
from sheetcredit.xlsx.xml_bytes import (
    Change,
    Origin,
    Stored,
    check_well_formed,
    escape,
    prefix_of,
    raw_attributes,
    splice,
    tag_name,
    unpack,
    with_attribute,
)

SheetEdits = Mapping[str, Mapping[str, EditValue]]
"""Sheet → address (`B7`) → value."""

Edits = dict[tuple[int, int], StoredValue]
"""(row, column), both from 1 → the value."""

_MACROS = {".xlsm": True, ".xltm": True, ".xlsx": False, ".xltx": False}


def patch_cells(
    path: str | PathLike[str],
    edits: SheetEdits,
    out: str | PathLike[str] | None = None,
    *,
    digest: bytes | None = None,
    prepare: Callable[[bytes], bytes] | None = None,
    limits: FileLimits | None = None,
    files: FileOps = REAL_FILES,
) -> Path:
    """Write values into cells of an .xlsx or .xlsm file, in place or into `out`; returns where it is.

    Values: int, float, Decimal (exact to 15 digits), str (never a formula, whatever it begins with), bool,
    date and datetime (a number of the workbook's date system), `FormulaValue` (a formula with its value),
    None (empties the cell, keeps its style).

    `prepare` changes the file first in another way, as by adding sheets: both go in together.
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
        prepared = prepare(data) if prepare is not None else data
        return patch_bytes(prepared, edits, path=str(source), limits=limits)

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
    data: bytes, edits: SheetEdits, *, path: str = "workbook.xlsx", limits: FileLimits | None = None
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
    formulas = formulas_by_sheet(package, {index: plan.formulas for index, plan in plans.items()})
    graph = FormulaGraph(package, formulas, {index: plan.overwritten for index, plan in plans.items()})
    written: list[CellPlace] = [
        (index, row, column) for index, plan in plans.items() for row, column in plan.changed
    ]
    stale = graph.dependents(written)
    new_values = by_sheet({group: dict.fromkeys(members) for group, members in stale.items()})
    # To compute tens of thousands takes longer than all the rest: the spreadsheet program does, on opening.
    if 0 < sum(map(len, stale.values())) <= package.limits.computed:
        texts = {index: splice(plan.data, plan.changes) for index, plan in plans.items()}
        new_values = by_sheet(computed_values(package, graph, stale, texts))
    replaced: dict[str, bytes] = {}
    for index in sorted(plans.keys() | new_values.keys()):
        part = package.sheets[index].part
        text, stored = package.unpacked(part)
        changes = list(plans[index].changes) if index in plans else []
        if index in new_values:
            found = cached_value_changes(text, formulas[index], new_values[index], package.origin(part))
            changes += [change for cell in found.values() for change in cell]
        if changes:
            replaced[part] = stored.pack(splice(text, changes))
    gone = {
        package.sheets[index].sheet_id: plan.overwritten for index, plan in plans.items() if plan.overwritten
    }
    chain = drop_from_chain(package, gone)
    replaced |= chain.replaced
    if stale:
        replaced |= ask_for_recalculation(package).replaced
    return replaced, chain.removed


@dataclass(slots=True)
class SheetPatch:
    """The changes to one sheet part, as found before anything is written."""

    sheet: SheetInfo
    data: bytes
    """The part as UTF-8; all offsets are in it."""
    stored: Stored
    formulas: SheetFormulas
    edits: Edits = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    changed: set[tuple[int, int]] = field(default_factory=set)
    """The cells whose bytes differ from before."""
    overwritten: set[tuple[int, int]] = field(default_factory=set)
    """Those of them that held a formula."""


def plan_sheet(package: Package, sheet: SheetInfo, edits: Edits) -> SheetPatch:
    """Find the changes that write `edits` into a sheet.

    Raises `CannotPatch` when a cell belongs to a merged range, an array formula, a table's header and the
    like, and when the part is too irregular to be certain of the place.
    """
    data, stored = package.unpacked(sheet.part)
    origin = package.origin(sheet.part)
    scan = scan_sheet(data, {row for row, _ in edits}, origin)
    features = read_features(data, scan, origin)
    formulas = formulas_of(data, scan, origin)
    refuse_blocked(package, sheet, features, formulas.special, list(edits))
    patch = SheetPatch(sheet, data, stored, formulas, edits)
    _Planner(patch, scan, features, origin).run()
    return patch


class _Planner:
    """Walks the edits in sheet order and collects their changes."""

    def __init__(self, patch: SheetPatch, scan: SheetScan, features: SheetFeatures, origin: Origin) -> None:
        self.patch, self.scan, self.features, self.origin = patch, scan, features, origin
        self.data = patch.data
        self.prefix = prefix_of(tag_name(self.data, scan.start))
        self.new_rows: list[tuple[int, bytes]] = []

    def run(self) -> None:
        by_row: dict[int, dict[int, StoredValue]] = {}
        for (row, column), written in sorted(self.patch.edits.items(), key=lambda edit: edit[0]):
            by_row.setdefault(row, {})[column] = written
        rows = {row.number: row for row in self.scan.rows if row.number in by_row}
        for number, edits in by_row.items():
            if number in rows:
                self.edit_row(rows[number], edits)
            else:
                self.add_row(number, edits)
        self.place_new_rows()
        self.extend_dimension()
        self.promote_shared_formulas()

    def edit_row(self, row: RowSpan, edits: dict[int, StoredValue]) -> None:
        cells = self.scan.cells.get(row.number, [])
        known = {cell.column: cell for cell in cells}
        empty = self.data[row.head_end - 2 : row.head_end] == b"/>"
        additions: list[tuple[int, bytes]] = []
        style = self.row_style(row) if edits.keys() - known.keys() else None
        for column, written in edits.items():
            if column in known:
                self.replace_cell(known[column], written)
            elif written.text is not None:
                rendered = self.new_cell(row.number, column, written, style)
                before = [cell.end for cell in cells if cell.column < column]
                additions.append((before[-1] if before else row.head_end, rendered))
        if empty and additions:
            head = self.data[row.start : row.head_end - 2].rstrip()
            name = tag_name(self.data, row.start)
            body = b"".join(rendered for _, rendered in additions)
            self.change(row.start, row.head_end, head + b">" + body + b"</" + name + b">")
        else:
            for at, rendered in additions:
                self.change(at, at, rendered)

    def add_row(self, number: int, edits: dict[int, StoredValue]) -> None:
        cells = [
            self.new_cell(number, column, written, None)
            for column, written in edits.items()
            if written.text is not None
        ]
        if cells:
            name = self.prefix + b"row"
            row = b'<%b r="%d">%b</%b>' % (name, number, b"".join(cells), name)
            self.new_rows.append((number, row))

    def place_new_rows(self) -> None:
        """Missing rows go after the last row with a smaller number."""
        if not self.new_rows:
            return
        if self.data[self.scan.head_end - 2 : self.scan.head_end] == b"/>":
            head = self.data[self.scan.start : self.scan.head_end - 2].rstrip()
            name = tag_name(self.data, self.scan.start)
            body = b"".join(row for _, row in self.new_rows)
            self.change(self.scan.start, self.scan.head_end, head + b">" + body + b"</" + name + b">")
            return
        at, index = self.scan.head_end, 0
        for number, row in self.new_rows:
            while index < len(self.scan.rows) and self.scan.rows[index].number < number:
                at = self.scan.rows[index].end
                index += 1
            self.change(at, at, row)

    def replace_cell(self, cell: CellSpan, written: StoredValue) -> None:
        raw = self.data[cell.start : cell.end]
        old = parse_cell(raw, self.origin)
        new = render_cell(written, format_address(cell.row, cell.column), old, None, self.prefix)
        if _same(old, raw, written, new):
            return
        self.change(cell.start, cell.end, new)
        self.patch.changed.add((cell.row, cell.column))
        if old.formula is not None:
            self.patch.overwritten.add((cell.row, cell.column))

    def new_cell(self, row: int, column: int, written: StoredValue, row_style: str | None) -> bytes:
        self.patch.changed.add((row, column))
        style = row_style if row_style is not None else self.features.column_style(column)
        return render_cell(written, format_address(row, column), None, style, self.prefix)

    def row_style(self, row: RowSpan) -> str | None:
        """The style of a row's empty cells, when the row has one of its own."""
        attributes = {
            name: value.decode("utf-8", "replace")
            for name, value, _, _ in raw_attributes(self.data[row.start : row.head_end])
        }
        if attributes.get(b"customFormat") in ("1", "true", "on"):
            return attributes.get(b"s", "0")
        return None

    def extend_dimension(self) -> None:
        dimension = self.features.dimension
        if dimension is None or not self.patch.changed:
            return
        try:
            area = Area.parse(dimension.attributes.get("ref", ""))
        except ValueError:
            return
        written = around(self.patch.changed)
        wider = area.extended(written.top, written.left).extended(written.bottom, written.right)
        if wider != area:
            tag = self.data[dimension.start : dimension.head_end]
            self.change(dimension.start, dimension.head_end, with_attribute(tag, b"ref", str(wider).encode()))

    def promote_shared_formulas(self) -> None:
        """When the first cell of a shared formula is overwritten, the next member carries the formula."""
        for found in self.patch.formulas.special:
            source, cell = found.content.formula, found.cell
            if (
                source is None
                or source.kind != "shared"
                or not source.text
                or (cell.row, cell.column) not in self.patch.overwritten
            ):
                continue
            number = (source.shared_index or "").encode()
            others = [one.place for one in self.patch.formulas.usual if one.shared == number]
            shared = read_formulas(
                self.data, [cell for cell, _ in find_usual(self.data, others, self.origin)], self.origin
            )
            by_place = {one.cell.start: one for one in [*self.patch.formulas.special, *shared]}
            members = [by_place[at] for at in sorted(by_place) if self.follows(by_place[at], found)]
            if members:
                self.promote(found, members)

    def follows(self, one: SpecialFormula, first: SpecialFormula) -> bool:
        """Whether a formula shares that of `first` and stays when it is overwritten."""
        source, old = one.content.formula, first.content.formula
        return (
            source is not None
            and old is not None
            and source.kind == "shared"
            and not source.text
            and source.shared_index == old.shared_index
            and one.cell.start > first.cell.start
            and (one.cell.row, one.cell.column) not in self.patch.overwritten
        )

    def promote(self, first: SpecialFormula, members: list[SpecialFormula]) -> None:
        successor = members[0]
        source = successor.content.formula
        text = shift_formula(
            first.formula.text, successor.cell.row - first.cell.row, successor.cell.column - first.cell.column
        )
        if source is None or text is None or not text:
            raise CannotPatch(
                "E-SHARED-CELL",
                sheet=self.patch.sheet.name,
                cell=format_address(first.cell.row, first.cell.column),
                range=first.formula.ref,
            )
        area = Area(successor.cell.row, successor.cell.column, successor.cell.row, successor.cell.column)
        for one in members:
            area = area.extended(one.cell.row, one.cell.column)
        tag = with_attribute(source.tag, b"ref", str(area).encode())
        opened = tag[:-2].rstrip() + b">" if tag.endswith(b"/>") else tag
        name = tag_name(tag, 0)
        self.change(
            successor.cell.start + source.start,
            successor.cell.start + source.end,
            opened + escape(text) + b"</" + name + b">",
        )

    def change(self, start: int, end: int, replacement: bytes) -> None:
        self.patch.changes.append((start, end, replacement))


def _same(old: CellContent, raw: bytes, written: StoredValue, new: bytes) -> bool:
    """Whether the cell already reads exactly so. An empty cell may be written in two ways."""
    if raw == new:
        return True
    return written.text is None and old.formula is None and not old.value_spans and old.kind == "n"


def _verify(
    result: bytes, plans: dict[int, SheetPatch], replaced: Collection[str], path: str, limits: FileLimits
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
