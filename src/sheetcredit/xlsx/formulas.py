"""The formulas of a sheet part: their texts, and the values that the file keeps for them (cached values)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import Literal, NamedTuple, cast

from sheetcredit.xlsx.address import Area, format_address
from sheetcredit.xlsx.cells import CellContent, parse_cell, stored_text
from sheetcredit.xlsx.references import shift_formula
from sheetcredit.xlsx.scan import CellSpan, SheetScan, UsualFormula, scan_sheet
from sheetcredit.xlsx.xml_bytes import Origin, unescape

FormulaKind = Literal["normal", "shared", "array", "dataTable"]


class CellFormula(NamedTuple):
    """What a formula cell holds."""

    text: str
    """Without the leading `=`. A member of a shared formula shows its own text; empty if it has none."""
    kind: FormulaKind
    cached: str | None
    """The value some program computed and stored; None when there is none."""
    ref: str | None = None
    """The cells that an array formula, a data table or the first cell of a shared formula covers."""


class SpecialFormula(NamedTuple):
    """A formula cell that is not written in the usual way, with its bytes."""

    cell: CellSpan
    content: CellContent
    formula: CellFormula

    def area(self, origin: Origin) -> Area | None:
        """The cells that an array formula or a data table fills; None for other formulas."""
        if self.formula.kind not in ("array", "dataTable"):
            return None
        try:
            return Area.parse(self.formula.ref or format_address(self.cell.row, self.cell.column))
        except ValueError:
            origin.unsure(f"ref {self.formula.ref!r:.40}")


class SheetFormulas(NamedTuple):
    """The formulas of a part, the usual ones as they are written."""

    usual: list[UsualFormula]
    special: list[SpecialFormula]
    """Array formulas, data tables, the first cell of each shared formula, and anything unusual."""

    def __bool__(self) -> bool:
        return bool(self.special or self.usual)

    def shared(self) -> Iterator[tuple[SpecialFormula | None, list[UsualFormula]]]:
        """Each shared formula: its first cell and those that point at it; None for those without a first."""
        members: dict[bytes, list[UsualFormula]] = {}
        for one in self.usual:
            if one.shared:
                members.setdefault(one.shared, []).append(one)
        for number, cells in members.items():
            # Two formulas may have one number: a cell shares that of the last one before it.
            firsts = [one for one in self.special if _is_first(one, number.decode())]
            firsts.sort(key=lambda one: one.cell[:2])
            places = [one.cell[:2] for one in firsts]
            parts: dict[int, list[UsualFormula]] = {}
            for one in cells:
                parts.setdefault(bisect_left(places, one.place), []).append(one)
            for before, part in parts.items():
                yield (firsts[before - 1] if before else None), part


def _is_first(one: SpecialFormula, number: str) -> bool:
    source = one.content.formula
    return source is not None and source.shared_index == number and bool(source.text)


def find_formulas(data: bytes, origin: Origin) -> SheetFormulas:
    """The formulas of a sheet part (as UTF-8)."""
    # Whatever the prefix, a formula's tag ends in `f`; most sheets have none and are done here.
    table, end = max(data.find(b"sheetData"), 0), data.rfind(b"sheetData")
    if not data.startswith(b"</", data.rfind(b"<", table, end)):  # it is not closed there
        end = len(data)
    if data.find(b"f", table, end) < 0 or (
        data.find(b"<f", table, end) < 0 and data.find(b":f", table, end) < 0
    ):
        return SheetFormulas([], [])
    return formulas_of(data, scan_sheet(data, None, origin), origin)


def formulas_of(data: bytes, scan: SheetScan, origin: Origin) -> SheetFormulas:
    """The formulas that a scan has found."""
    return SheetFormulas(scan.usual, read_formulas(data, scan.special, origin))


def read_formulas(data: bytes, cells: list[CellSpan], origin: Origin) -> list[SpecialFormula]:
    """The formulas among some cells, in document order: shared ones after their first cell."""
    firsts: dict[str, tuple[str, CellSpan]] = {}
    found: list[SpecialFormula] = []
    for cell in cells:
        content = parse_cell(data[cell.start : cell.end], origin)
        source = content.formula
        if source is None:
            continue
        text = source.text
        if source.kind == "shared" and source.shared_index is not None:
            if text:
                firsts[source.shared_index] = (text, cell)
            elif source.shared_index in firsts:
                text, first = firsts[source.shared_index]
                text = shift_formula(text, cell.row - first.row, cell.column - first.column) or ""
        formula = CellFormula(text, cast(FormulaKind, source.kind), content.shown, source.ref)
        found.append(SpecialFormula(cell, content, formula))
    return found


def by_place(formulas: SheetFormulas, origin: Origin) -> dict[tuple[int, int], CellFormula]:
    """All formulas by (row, column), shared formulas written out for each of their cells."""
    found = {(one.cell.row, one.cell.column): one.formula for one in formulas.special}
    for one in formulas.usual:
        if one.text:
            found[one.place] = CellFormula(
                formula_text(one.text, origin), "normal", cached_value(one, origin)
            )
    for first, members in formulas.shared():
        for one in members:
            text = None
            if first is not None:
                row, column = one.place
                text = shift_formula(first.formula.text, row - first.cell.row, column - first.cell.column)
            found[one.place] = CellFormula(text or "", "shared", cached_value(one, origin))
    return dict(sorted(found.items()))


def formula_text(raw: bytes, origin: Origin) -> str:
    """A formula as one reads it. Raises `CannotRead` for bytes that stand for no text."""
    try:
        return unescape(raw)
    except (ValueError, OverflowError):
        # Bytes that are not UTF-8, or a reference to a character that does not exist.
        origin.unreadable()


def cached_value(one: UsualFormula, origin: Origin) -> str | None:
    """The value that the file keeps for a formula. Some programs write an empty one where none is known."""
    text = formula_text(one.value[len(b"<v>") : -len(b"</v>")], origin)
    if one.value and b't="str"' in one.attributes:
        return stored_text(text)
    return text or None
