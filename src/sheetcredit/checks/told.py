"""What the words of a cause are filled with: cells as addresses, a missing row's numbers as a list."""

from __future__ import annotations

from sheetcredit.checks.hypothesis import Hypothesis
from sheetcredit.checks.ties import CellRef
from sheetcredit.model.finding import show
from sheetcredit.template.reading import Reading

_COUNTS = frozenset({"groups", "customers", "members"})


def told(hypothesis: Hypothesis, reading: Reading) -> dict[str, object]:
    """The details of a hypothesis in a form that can be shown."""
    details = dict(hypothesis.details)
    block, numbers, keys = details.pop("block", None), details.pop("numbers", None), details.pop("keys", None)
    unit = details.pop("unit", 1)
    if isinstance(block, tuple):
        details["block"] = ":".join(_address(cell, reading) for cell in block)
    if isinstance(numbers, dict) and isinstance(unit, int):
        details["numbers"] = ", ".join(
            f"{header} {show(number, 1 if name in _COUNTS else unit)}"
            for name, (number, header) in numbers.items()
        )
    if isinstance(keys, dict):
        details["place"] = " / ".join(code for code in keys.values() if code)
    return details


def _address(cell: CellRef, reading: Reading) -> str:
    return reading.place(cell.sheet, cell.row, cell.column)[0] or ""
