"""A copy of a Word document in which every number has a comment: compared, not compared, or wrong.

Loaded only when such a copy is asked for: lxml and python-docx take longer to import than the rest.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any
from unicodedata import normalize

from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.text.run import Run as DocumentRun

from sheetcredit.bulletin.verify.source import PlacedText, lines_in
from sheetcredit.bulletin.verify.wording import term
from sheetcredit.model.errors import CannotRead
from sheetcredit.model.finding import Finding
from sheetcredit.model.text import Language
from sheetcredit.outcome import Report, TextNumber
from sheetcredit.xlsx.files import reading_failed

AUTHOR, INITIALS = "sheetcredit", "SC"
_STYLES = (
    ("character", "CommentReference", "annotation reference"),
    ("paragraph", "CommentText", "annotation text"),
)
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"


def marked_copy(text: Path, report: Report, language: Language) -> bytes:
    """The bytes of the document `text` with a comment on each number of its `report`.

    Raises:
        CannotRead: the document cannot be opened for writing.
    """
    try:
        document = Document(io.BytesIO(text.read_bytes()))
    except OSError as error:
        raise reading_failed(text, error) from error
    except Exception as error:  # a damaged package fails in a dozen ways
        raise CannotRead("E-TEXT-DAMAGED", path=text) from error
    _define_styles(document)
    lines = list(lines_in(document.element.body))
    told = _told_at(report.findings, language)
    # From the end of a line to its beginning: what is split off leaves the places before it as they were.
    for number in sorted(report.numbers or (), key=lambda number: (number.line, -number.start)):
        runs = list(_runs_of(lines[number.line - 1], number))
        if runs:
            comment = _comment(number, told.get((number.line, number.start), ()), language)
            document.add_comment(
                [DocumentRun(run, document) for run in runs], comment, author=AUTHOR, initials=INITIALS
            )
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def _define_styles(document: Any) -> None:
    """Define the styles that comments refer to, in a document that has had none."""
    styles = document.styles.element
    known = {style.get(qn("w:styleId")) for style in styles.findall(qn("w:style"))}
    for kind, name, called in _STYLES:
        if name not in known:
            style = OxmlElement("w:style")
            style.set(qn("w:type"), kind)
            style.set(qn("w:styleId"), name)
            for tag, value in (("w:name", called), ("w:uiPriority", "99")):
                child = OxmlElement(tag)
                child.set(qn("w:val"), value)
                style.append(child)
            styles.append(style)


def _told_at(findings: Sequence[Finding], language: Language) -> Mapping[tuple[int, int], Sequence[str]]:
    """What was found, by the number that does not follow, without the place the comment stands at anyway."""
    told: dict[tuple[int, int], list[str]] = {}
    for finding in findings:
        items = finding.details["items"]
        assert isinstance(items, tuple)
        message = finding.message(language).split("”: " if language == "en" else "»: ", 1)[-1]
        said = f"{finding.code}: {message}. {finding.remedy(language)}"
        told.setdefault((items[0]["line"], items[0]["start"]), []).append(said)
        if finding.severity == "note":
            continue
        words = {"code": finding.code, "quote": items[0]["quote"]}
        involved = term("state-involved", language).format_map(words)
        for item in items[1:]:
            told.setdefault((item["line"], item["start"]), []).append(involved)
    return told


def _comment(number: TextNumber, told: Sequence[str], language: Language) -> str:
    words = {
        "against": "; ".join(number.against), "messages": "\n".join(told), "said": number.said[language],
    }  # fmt: skip
    state = "compared" if number.state == "agrees" and told else number.state
    line = term(f"state-{state}", language).format_map(words)
    return line if state == "wrong" else "\n".join([line, *told])


def _runs_of(line: Sequence[PlacedText], number: TextNumber) -> Iterator[Any]:
    """The runs that hold just the characters of a number, split off where a run holds more.

    The number counts characters of composed Unicode; the document may be decomposed.
    """
    at = 0
    before = ""
    for piece in line:
        start, end = at, len(normalize("NFC", before + piece.text))
        before, at = before + piece.text, end
        if piece.element is None or end < number.start or start >= number.end:
            continue
        first = _characters(piece.text, number.start - 1 - start)
        last = _characters(piece.text, number.end - start)
        if first < last:
            yield _split(piece.element, first, last)


def _characters(text: str, composed: int) -> int:
    """How many characters of a text make so many of composed Unicode."""
    if composed <= 0:
        return 0
    for length in range(composed, len(text)):
        if len(normalize("NFC", text[: length + 1])) > composed:
            return length
    return len(text)


def _split(text: Any, first: int, last: int) -> Any:
    """The run that holds the characters from `first` to `last` of a `w:t`, and nothing else."""
    written = text.text or ""
    run = text.getparent()
    _cut_behind(run, text, written, last)
    if first == 0 and run.index(text) == (1 if run.find(qn("w:rPr")) is not None else 0):
        return run
    return _cut_behind(run, text, written[:last], first)


def _cut_behind(run: Any, text: Any, written: str, at: int) -> Any:
    """Move what stands behind `at` in a run into a run of its own, which is returned; formats go along."""
    place = list(run).index(text)
    following = list(run)[place + 1 :]
    if at >= len(written) and not following:
        return run
    other = run.makeelement(run.tag, dict(run.attrib))
    if (properties := run.find(qn("w:rPr"))) is not None:
        other.append(deepcopy(properties))
    if at < len(written):
        rest = deepcopy(text)
        rest.text = written[at:]
        rest.set(_SPACE, "preserve")
        other.append(rest)
    for element in following:
        other.append(element)
    text.text = written[:at]
    text.set(_SPACE, "preserve")
    run.addnext(other)
    return other
