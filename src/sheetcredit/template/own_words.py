"""Findings in the words of a workbook whose sheets and headers are other than ours.

Checks and rules speak of our sheets and headers, so that they need to know no workbook. What is told to
people names the tab and the header that stand in their file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sheetcredit.model.finding import Finding, Suspect
from sheetcredit.template.reading import Reading


@dataclass(frozen=True, slots=True)
class OwnWords:
    """The workbook's tab of each of our sheets, its header by our sheet and header, and its units.

    `units` has the worth in đồng of what a table of ours counts in there, by sheet and letters of a column of
    amounts.
    """

    tabs: Mapping[str, str]
    headers: Mapping[tuple[str, str], str]
    units: Mapping[tuple[str, str], int]

    def of_finding(self, finding: Finding) -> Finding:
        """The finding as the workbook words it; its key stays."""
        sheet = finding.sheet or ""
        unit = self._unit(sheet, finding.cell, finding.unit)
        tab = self.tabs.get(sheet, sheet)
        return replace(
            finding,
            sheet=(tab or None) if finding.sheet is not None else None,
            column=self.headers.get((sheet, finding.column or ""), finding.column),
            unit=unit,
            details={name: self._detail(sheet, value, unit) for name, value in finding.details.items()},
            suspects=tuple(map(self.of_suspect, finding.suspects)),
        )

    def of_suspect(self, suspect: Suspect) -> Suspect:
        """The same of a cell that may be the cause."""
        unit = self._unit(suspect.sheet, suspect.cell, suspect.unit)
        details = {name: self._detail(suspect.sheet, value, unit) for name, value in suspect.details.items()}
        tab = self.tabs.get(suspect.sheet) or suspect.sheet
        return replace(suspect, sheet=tab, unit=unit, details=details)

    def _unit(self, sheet: str, cell: str | None, known: int) -> int:
        letters = (cell or "").rstrip("0123456789")
        return self.units.get((sheet, letters), known)

    def _detail(self, sheet: str, value: object, unit: int) -> object:
        if isinstance(value, Mapping):
            return {name: self._detail(sheet, each, unit) for name, each in value.items()}
        if isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], int) and value[1] > 1:
            return value[0], unit  # an amount with the unit it is shown in
        if not isinstance(value, str):
            return value
        known = self.headers.get((sheet, value)) or self.tabs.get(value)
        return known or ", ".join(self._beside_number(sheet, part) for part in value.split(", "))

    def _beside_number(self, sheet: str, text: str) -> str:
        """A header with a number behind it: `Dư nợ 3.100`."""
        header, _, number = text.rpartition(" ")
        own = self.headers.get((sheet, header))
        return f"{own} {number}" if own else text


def own_words_of(reading: Reading) -> OwnWords | None:
    """The words of a workbook; None where they are ours."""
    if not reading.tabs:
        return None
    headers: dict[tuple[str, str], str] = {}
    units: dict[tuple[str, str], int] = {}
    for table in reading.tables.values():
        name = table.sheet.sheet
        for column in table.sheet.columns:
            if column.name in table.headers:
                headers[name, column.header] = table.headers[column.name]
            if table.unit is not None and column.type == "amount" and column.name in table.columns:
                units[name, table.cell(0, column.name)[:-1]] = table.unit
    return OwnWords(reading.tabs, headers, units)
