"""I-…: what `Nguồn số liệu` says of imported figures: sources that differ, proposals not confirmed."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from sheetcredit.checks.batch import Batch
from sheetcredit.model.finding import Finding, digest_of, severity_of
from sheetcredit.model.text import LANGUAGES, number_text, word
from sheetcredit.template.definition import Office
from sheetcredit.template.reading import Reading
from sheetcredit.template.sources import (
    ProposedStatement,
    RecordedLine,
    SourceDifference,
    cause_words,
    is_amount,
    measure_words,
    sources_sheet,
)


def check_sources(batch: Batch) -> Iterator[Finding]:
    """One finding a difference between two sources, and one a proposal that waits for its association.

    What was recorded for another day says nothing of this report.
    """
    for file, lines in batch.sources.items():
        reading = batch.readings[file]
        for line in lines:
            if isinstance(line.what, SourceDifference) and line.what.rows:
                yield _difference(reading, line, line.what, batch.office)
            elif isinstance(line.what, ProposedStatement) and not line.confirmed:
                yield _proposal(reading, line, line.what, batch.office)


def _difference(reading: Reading, line: RecordedLine, what: SourceDifference, office: Office) -> Finding:
    code = "I-KNOWN" if what.cause else "I-DIFFER"
    total = Decimal(what.total)
    direction = "import-higher" if total >= 0 else "import-lower"
    unit = "import-dong" if is_amount(what.column, office) else ""
    texts = {
        "measure": {one: measure_words(what.column, office, one) for one in LANGUAGES},
        "cause": {one: cause_words(what.cause, one) for one in LANGUAGES},
        "direction": {one: word(direction, one) for one in LANGUAGES},
        "total": {one: number_text(abs(total), one) + (word(unit, one) if unit else "") for one in LANGUAGES},
        "more": {
            one: word("import-more-files", one, count=what.files) if what.files else "" for one in LANGUAGES
        },
    }
    return Finding(
        file=reading.file, code=code, severity=severity_of(code), sheet=line.tab, cell=f"A{line.row + 1}",
        row=line.row + 1, column=measure_words(what.column, office),
        details={"file": what.file, "other": what.other, "rows": what.rows, **texts},
        key=f"{code}|{sources_sheet().sheet}|{what.column}|{what.cause or what.other}",
        digest=digest_of(what.rows, what.total),
    )  # fmt: skip


def _proposal(reading: Reading, line: RecordedLine, what: ProposedStatement, office: Office) -> Finding:
    sheet = office.sheet(what.sheet).sheet
    return Finding(
        file=reading.file, code="I-PROPOSED", severity=severity_of("I-PROPOSED"), sheet=line.tab,
        cell=line.confirm_cell, row=line.row + 1, column=sources_sheet().column("confirmed").header,
        details={"sheet": sheet, "file": what.file}, key=f"I-PROPOSED|{sources_sheet().sheet}|{what.sheet}",
        digest=digest_of(what.file, what.cells),
    )  # fmt: skip
