"""N-…: what a branch workbook says of each office that is not simply there, now and in the period before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from sheetcredit.checks.batch import Batch
from sheetcredit.model.finding import Finding, digest_of, severity_of
from sheetcredit.rules.previous import offices_on
from sheetcredit.template.definition import Sheet
from sheetcredit.template.frames import Block
from sheetcredit.template.reading import Reading

_SHEET = "submissions"
_UNITS = "units"
_FOUND_BY_STATE = {
    "Chưa nộp": "N-MISSING",
    "Trả lại": "N-RETURNED",
    "Cộng tạm": "N-PROVISIONAL",
    "Nhận trễ hạn": "N-LATE",
}


def check_submissions(batch: Batch) -> Iterator[Finding]:
    """One finding an office, on the cell of its state; none in a workbook that has no such sheet."""
    if not batch.office.has(_SHEET):
        return
    sheet = batch.office.sheet(_SHEET)
    for reading in batch.readings.values():
        for block in (block for block in reading.blocks if block.sheet.id == _SHEET):
            for index, state in enumerate(block.columns["state"]):
                code = _FOUND_BY_STATE.get(str(state))
                if code is not None:
                    yield _finding(reading, sheet, block, index, code)


def _finding(reading: Reading, sheet: Sheet, block: Block, index: int, code: str) -> Finding:
    row = {name: values[index] for name, values in block.columns.items()}
    cell, line = reading.place(sheet.sheet, block.rows[index], "state")
    due, received = row["due"], row["received"]
    days = (received - due).days if isinstance(due, date) and isinstance(received, date) else "?"
    story = str(row["story"] or "")
    return Finding(
        file=reading.file, code=code, severity=severity_of(code), sheet=sheet.sheet, cell=cell, row=line,
        column=sheet.column("state").header, value=str(row["state"]),
        details={
            "office": f"{row['office']} {row['office_name'] or ''}".strip(),
            "period": str(reading.info.period or "?"), "due": _shown(due), "received": _shown(received),
            "days": days, "last": f"; {story}" if story else "", "reason": story,
        },
        key=f"{code}|{sheet.sheet}|{row['office']}",
        digest=digest_of(row["state"], row["errors"], row["queries"]),
    )  # fmt: skip


def _shown(day: object) -> str:
    return f"{day:%d/%m/%Y}" if isinstance(day, date) else "?"


def check_absent_before(batch: Batch) -> Iterator[Finding]:
    """N-NO-PREVIOUS: an office that the branch's previous report has not, on its row of `Đơn vị`.

    Its opening cannot be compared, nor the branch's sums with those of then.
    """
    for file, then in batch.previous.items():
        reading, known = batch.readings[file], offices_on(then)
        for block in (block for block in reading.blocks if known and block.frame == _UNITS):
            for index, code in enumerate(block.columns["office"]):
                if code and code not in known:
                    yield _absent(reading, then, block, index)


def _absent(reading: Reading, then: Reading, block: Block, index: int) -> Finding:
    sheet, code = block.sheet, str(block.columns["office"][index])
    cell, line = reading.place(sheet.sheet, block.rows[index], "opening")
    name = block.columns["office_name"][index] if "office_name" in block.columns else ""
    return Finding(
        file=reading.file, code="N-NO-PREVIOUS", severity=severity_of("N-NO-PREVIOUS"), sheet=sheet.sheet,
        cell=cell, row=line, column=sheet.column("opening").header,
        details={"office": f"{code} {name or ''}".strip(), "previous": str(then.info.period or "?"),
                 "previous_file": Path(then.file).name},
        key=f"N-NO-PREVIOUS|{sheet.sheet}|{code}", digest=digest_of(code, then.info.period),
    )  # fmt: skip
