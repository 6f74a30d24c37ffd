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
    """The workbook's tab of each of our sheets, and its header by our sheet and header."""

    tabs: Mapping[str, str]
    headers: Mapping[tuple[str, str], str]

    def of_finding(self, finding: Finding) -> Finding:
        """The finding as the workbook words it; its key stays."""
        sheet = finding.sheet or ""
        details = {name: self._detail(sheet, value) for name, value in finding.details.items()}
        tab = self.tabs.get(sheet, sheet)
        return replace(
            finding,
            sheet=(tab or None) if finding.sheet is not None else None,
            column=self.headers.get((sheet, finding.column or ""), finding.column),
            details=details,
            suspects=tuple(map(self.of_suspect, finding.suspects)),
        )

    def of_suspect(self, suspect: Suspect) -> Suspect:
        """The same of a cell that may be the cause."""
        details = {name: self._detail(suspect.sheet, value) for name, value in suspect.details.items()}
        return replace(suspect, sheet=self.tabs.get(suspect.sheet) or suspect.sheet, details=details)

    def _detail(self, sheet: str, value: object) -> object:
        if isinstance(value, Mapping):
            return {name: self._detail(sheet, each) for name, each in value.items()}
        if not isinstance(value, str):
            return value
        return self.headers.get((sheet, value)) or self.tabs.get(value) or value


def own_words_of(reading: Reading) -> OwnWords | None:
    """The words of a workbook; None where they are ours."""
    if not reading.tabs:
        return None
    headers = {
        (table.sheet.sheet, column.header): table.headers[column.name]
        for table in reading.tables.values()
        for column in table.sheet.columns
        if column.name in table.headers
    }
    return OwnWords(reading.tabs, headers)
