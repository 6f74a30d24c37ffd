"""A workbook built from its definitions: the blank template, or one with content."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sheetcredit.build.forms import Draft
from sheetcredit.build.lists import make_lists, write_lists
from sheetcredit.build.results import (
    add_comparison_sheet,
    add_findings_sheet,
    add_journal_sheet,
    add_record_sheet,
    add_sources_sheet,
    add_summary_sheet,
)
from sheetcredit.build.styles import FONT, Styles, Workbook
from sheetcredit.build.tables import Row, add_info_sheet, add_table_sheet
from sheetcredit.template.definition import Office, Sheet, load_office
from sheetcredit.template.wording import WorkbookKind, form_of

_ON_WINDOWS = sys.platform == "win32"
_MADE = datetime(2024, 1, 1)  # in the document's properties: the same content gives the same bytes
_OUTPUTS = {
    "summary": add_summary_sheet,
    "comparison": add_comparison_sheet,
    "findings": add_findings_sheet,
    "journal": add_journal_sheet,
    "record": add_record_sheet,
    "sources": add_sources_sheet,
}


@dataclass(frozen=True)
class Content:
    """What to put into a new workbook.

    `info`: by column name of info.yaml (`office`, `period`, `as_of` …). `tables`: sheet id
    (`funding`, `farmers` …) to rows, each a mapping of column name to the value as typed into the
    cell: amounts in the sheet's unit, codes as text, None where empty. A value is written as its
    Python type says, so a number kept as text is a `str`. A table that is not named gets blank
    lines; a named one has exactly its rows (one blank line if there are none).
    """

    info: Mapping[str, object]
    tables: Mapping[str, Sequence[Row]]


def build_workbook(
    path: Path, content: Content | None = None, office: Office | None = None, kind: WorkbookKind = "office"
) -> Path:
    """Write a workbook to `path`, an office's unless told otherwise; without content, the blank template."""
    _build(path, content or Content({}, {}), office or load_office(), kind)
    return path


def workbook_bytes(content: Content, office: Office, kind: WorkbookKind) -> bytes:
    """The same as the bytes of a file."""
    target = BytesIO()
    _build(target, content, office, kind)
    return target.getvalue()


def _build(target: Path | BytesIO, content: Content, office: Office, kind: WorkbookKind) -> None:
    _check_names(office, content)
    info = _defaults(office) | dict(content.info)
    made = BytesIO()
    # Not in memory, the parts go through text files, with line ends and marks of the system.
    options = {"default_format_properties": {"font_name": FONT, "font_size": 11}, "in_memory": _ON_WINDOWS}
    book = Workbook(made if _ON_WINDOWS else target, options)
    book.set_properties({"title": form_of(kind, "document-title"), "author": "sheetcredit", "created": _MADE})
    book.set_size(2400, 1500)
    draft = Draft(book, Styles(book), office, info, make_lists(office, info), kind)
    for sheet in office.sheets:
        if sheet.kind == "labels":
            add_info_sheet(draft, sheet)
        elif sheet.kind == "table":
            add_table_sheet(draft, sheet, _rows(sheet, content))
        else:
            _OUTPUTS[sheet.id](draft, sheet)
    write_lists(book, office, draft.lists, draft.styles)
    book.close()
    if _ON_WINDOWS:
        _pack_as_elsewhere(made, target)


def _pack_as_elsewhere(made: BytesIO, target: Path | BytesIO) -> None:
    """The package with the marks that it has on other systems: the same content gives the same bytes."""
    with ZipFile(made) as packed, ZipFile(target, "w", ZIP_DEFLATED) as again:
        for entry in packed.infolist():
            marked = ZipInfo(entry.filename, (1980, 1, 31, 0, 0, 0))
            marked.create_system, marked.external_attr = 3, 0o100600 << 16
            again.writestr(marked, packed.read(entry), ZIP_DEFLATED)


def _defaults(office: Office) -> dict[str, object]:
    known: dict[str, object] = {
        column.name: column.default for column in office.sheet("info").columns if column.default
    }
    return known | {"template_version": office.conventions.version}


def _rows(sheet: Sheet, content: Content) -> Sequence[Row]:
    if sheet.id in content.tables:
        return content.tables[sheet.id] or ({},)
    return ({},) * sheet.rows


def _check_names(office: Office, content: Content) -> None:
    """A name that no definition has is a mistake of the caller, not something to leave out quietly."""
    known = {sheet.id: {column.name for column in sheet.columns} for sheet in office.tables()}
    unknown = sorted(set(content.info) - {column.name for column in office.sheet("info").columns})
    unknown += sorted(set(content.tables) - set(known))
    for sheet_id in set(content.tables) & set(known):
        used = {name for row in content.tables[sheet_id] for name in row}
        unknown += sorted(f"{sheet_id}.{name}" for name in used - known[sheet_id])
    if unknown:
        raise ValueError(f"no definition has: {', '.join(unknown)}")
