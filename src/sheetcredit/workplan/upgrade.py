"""`sheetcredit upgrade`: a workbook in use gets the sheets of template version 2 that it lacks.

They go behind its own sheets; every other part of the package is copied as it was, whatever people have put
there. `Phiên bản mẫu` in `Thông tin` stays: it is sealed, and says by what the other sheets are read.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from sheetcredit.build.workbook import Content, workbook_bytes
from sheetcredit.model.errors import BadUsage
from sheetcredit.model.text import fold
from sheetcredit.rulebook import our_rulebook
from sheetcredit.template.reading import Reading
from sheetcredit.workbooks import read_office
from sheetcredit.workplan.definition import added_sheets, load_workplan
from sheetcredit.xlsx.added_sheets import with_sheets
from sheetcredit.xlsx.atomic_write import rewrite
from sheetcredit.xlsx.limits import current_limits
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.patch import check_macros, check_suffix


def upgrade(path: Path, out: Path | None = None) -> tuple[Path, tuple[str, ...]]:
    """The workbook of version 2, in place or at `out`, and the sheets that were added: none where it has all.

    Raises:
        CannotRead, NotOurTemplate: it cannot be read, or is no office's workbook.
        BadUsage: it is of the office's own template.
        CannotWrite: it cannot be written; it is as it was.
        CannotPatch: it is built too unusually to be certain.
    """
    check_suffix(path)
    reading = read_office(path, our_rulebook())
    if reading.own is not None:
        raise BadUsage("E-UPGRADE-OWN", path=path)
    names = missing_sheets(list(reading.book.grids))
    if out is None and not names:
        return path, ()
    written = rewrite(path, partial(_upgraded, reading=reading, out=out or path), out=out)
    return written, tuple(names)


def missing_sheets(tabs: list[str]) -> list[str]:
    """The sheets of version 2 that a workbook with these tabs has not."""
    present = {fold(tab) for tab in tabs}
    return [
        sheet.sheet for sheet in added_sheets()
        if not present & {fold(name) for name in (sheet.sheet, *sheet.aliases)}
    ]  # fmt: skip


def _upgraded(data: bytes, reading: Reading, out: Path) -> bytes:
    path = Path(reading.file)
    check_macros(data, path, out)
    package = Package(data, reading.file, current_limits())
    names = missing_sheets([sheet.name for sheet in package.sheets])
    if not names:
        return data
    # The headings of the new sheets are formulas of the details: with these they show what they compute.
    known = {column.name for column in load_workplan().sheet("info").columns}
    details = {
        name: value for name, value in reading.info.values.items() if name in known and value is not None
    }
    blank = workbook_bytes(Content(details, {}), load_workplan(), "office")
    return with_sheets(package, Package(blank, "office.xlsx"), {name: name for name in names})
