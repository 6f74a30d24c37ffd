"""The work rolled forward into the next period's workbook: what is done goes, what is left stays.

A line that is done with is emptied; of one that is not, the rest is the plan of the next period, and `Từ kỳ`
says since when it has been waiting. Work of the year keeps its plan and what is done of it until the year
ends; then its plan is proposed anew from the data. Debt that fell due and was settled goes, other debt stays.
What was signed belongs to the period.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from sheetcredit.model.period import Period
from sheetcredit.template.reading import Reading
from sheetcredit.workplan.definition import load_works
from sheetcredit.workplan.lines import WorkLine, WorkSheet, work_sheets

Value = Decimal | str | None


@dataclass(frozen=True, slots=True)
class WorkCounts:
    """How many lines are done, open, and open since an earlier period."""

    done: int = 0
    open: int = 0
    waiting: int = 0


def count_work(lines: Iterable[WorkLine]) -> WorkCounts:
    """The lines of `Kế hoạch` that plan something, counted."""
    planned = [line for line in lines if line.number("planned")]
    still = [line for line in planned if line.left]
    return WorkCounts(len(planned) - len(still), len(still), sum(bool(line.text("since")) for line in still))


def rolled_cells(
    reading: Reading, new_year: bool, communes: Mapping[str, tuple[str, str]]
) -> dict[str, dict[str, Value]]:
    """By sheet and address, what changes in the sheets of version 2 for the next period.

    `communes`: of those that ended, the code and the name of what they became.
    """
    edits: dict[str, dict[str, Value]] = {}
    for sheet in work_sheets(reading).values():
        cells = edits.setdefault(sheet.grid.sheet, {})
        for line in sheet.lines:
            values = _rest(sheet.sheet.id, line, reading.info.period, new_year)
            became = communes.get(line.text("commune"))
            if became is not None and values.get("commune", "") is not None:
                values |= {"commune": became[0], "commune_name": became[1]}
            cells |= _cells(sheet, line, values)
    return {sheet: cells for sheet, cells in edits.items() if cells}


def _cells(sheet: WorkSheet, line: WorkLine, values: Mapping[str, Value]) -> dict[str, Value]:
    found = {}
    for name, value in values.items():
        cell = sheet.cell(line.row, name)
        if cell is not None and line.values.get(name) != value:
            found[cell] = value
    return found


def _rest(sheet: str, line: WorkLine, period: Period | None, new_year: bool) -> dict[str, Value]:
    """What a line of a sheet holds in the next period where that is something else."""
    if sheet == "work":
        return _rest_of_work(line, period, new_year)
    if sheet == "maturing":
        return _rest_of_debt(line)
    return dict.fromkeys(("lists", "lists_signed", "signed_on", "scan"))


def _rest_of_work(line: WorkLine, period: Period | None, new_year: bool) -> dict[str, Value]:
    works = load_works()
    kind = works.kind_of(line.text("kind"))
    if kind is not None and works.works[kind].yearly:
        return {"done": None, "since": None} if new_year else {}
    planned = line.number("planned")
    if planned is None and line.number("done") is None:
        return {}
    if not line.left:
        return dict.fromkeys(line.values)
    own = planned is not None and planned == line.number("proposed")
    rest: dict[str, Value] = {
        "planned": line.left,
        "done": None,
        "since": line.text("since") or str(period or ""),
    }
    return rest | ({"proposed": line.left} if own else {})


def _rest_of_debt(line: WorkLine) -> dict[str, Value]:
    due = line.number("due")
    settled = [line.number(name) or Decimal(0) for name in ("collected", "extended", "overdue")]
    if due is None:
        return {}
    if sum(settled) >= due:
        return dict.fromkeys(line.values)
    return {"due": due - sum(settled), "collected": None, "extended": None, "overdue": None}
