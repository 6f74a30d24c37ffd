"""The bulletin as a Word document: the template filled, and every number commented with its cell.

The template is `workbook/bulletin.docx`, or one that the office has made of it. Loaded only when a .docx is
asked for: lxml, jinja and python-docx take longer to import than the rest of the command.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from docx.document import Document
from docx.text.run import Run as DocumentRun
from docxtpl import DocxTemplate, RichText  # type: ignore[import-untyped]
from jinja2 import TemplateError
from jinja2.sandbox import SandboxedEnvironment

from sheetcredit.bulletin.compose import Composed, TextRun
from sheetcredit.model.errors import CannotRead
from sheetcredit.model.resources import templates_folder
from sheetcredit.xlsx.files import reading_failed

TEMPLATE = "bulletin.docx"
NUMBER_STYLE = "SoLieu"
"""The character style of every number that comes from the workbook."""

AUTHOR, INITIALS = "sheetcredit", "SC"
_MARK = re.compile(r"\ue000(\w+)\ue001")


def as_docx(bulletin: Composed, template: Path | None = None) -> bytes:
    """The bytes of the filled document.

    Raises:
        CannotRead: the template cannot be read or filled.
    """
    source = template or templates_folder() / TEMPLATE
    filled = _filled(bulletin, source)
    document: Document = filled.docx
    for run, figure in list(_numbers(document)):
        document.add_comment(run, bulletin.sources[figure], author=AUTHOR, initials=INITIALS)
    properties = document.core_properties
    properties.title = bulletin.subject
    properties.author = bulletin.letter["office"]
    properties.created = properties.modified = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    target = io.BytesIO()
    filled.save(target)
    return target.getvalue()


def _filled(bulletin: Composed, source: Path) -> Any:
    try:
        template = DocxTemplate(io.BytesIO(source.read_bytes()))
        template.render(_context(bulletin), jinja_env=SandboxedEnvironment(autoescape=True))
    except OSError as problem:
        raise reading_failed(source, problem) from problem
    except TemplateError as error:
        raise CannotRead("E-BULLETIN-TEMPLATE", path=source, reason=error.message or str(error)) from error
    except Exception as error:  # a damaged package fails in a dozen ways
        raise CannotRead("E-BULLETIN-TEMPLATE", path=source, reason=str(error)) from error
    return template


def _context(bulletin: Composed) -> dict[str, Any]:
    """What the template may use; `so` holds every figure by name, for sentences staff add themselves."""
    return {
        **bulletin.letter,
        "kind": bulletin.kind,
        "subject": bulletin.subject,
        "draft": bulletin.draft,
        "sections": [
            {
                "heading": section.heading,
                "body": [
                    _rich((TextRun("- "), *part.runs) if part.item else part.runs) for part in section.body
                ],
            }
            for section in bulletin.sections
        ],
        "receivers": bulletin.receivers,
        "so": {name: _rich((TextRun(text, name),)) for name, text in bulletin.printed.items()},
    }


def _rich(runs: tuple[TextRun, ...]) -> RichText:
    """Runs whose numbers carry their style and, until they are commented, a mark with their name."""
    rich = RichText()
    for run in runs:
        if run.figure:
            rich.add(f"\ue000{run.figure}\ue001{run.text}", style=NUMBER_STYLE)
        else:
            rich.add(run.text)
    return rich


def _numbers(document: Document) -> Iterator[tuple[DocumentRun, str]]:
    """The runs that print a figure, their mark taken away."""
    for element in document.element.body.iter(
        "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}r"
    ):
        run = DocumentRun(element, document)
        if found := _MARK.search(run.text):
            run.text = _MARK.sub("", run.text)
            yield run, found[1]
