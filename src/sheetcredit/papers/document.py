"""A Word template filled with papers: one, or many in one file, each beginning on a page of its own.

A template is compiled once and filled many times. Loaded only when papers are written: lxml, jinja and
python-docx take longer to import than the rest of the command.
"""

from __future__ import annotations

import io
import re
import traceback
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from difflib import get_close_matches
from html import unescape
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import qn
from docxtpl import DocxTemplate  # type: ignore[import-untyped]
from jinja2 import StrictUndefined, Template, TemplateError, UndefinedError
from jinja2.sandbox import SandboxedEnvironment
from lxml import etree  # type: ignore[import-untyped]

from sheetcredit.model.errors import CannotRead
from sheetcredit.model.text import shortened
from sheetcredit.papers.contents import Paper, PaperFigure
from sheetcredit.papers.marks import BEGIN, LONGEST, MARKED, Tag, tag_of
from sheetcredit.xlsx.files import reading_failed

_BODY = "/word/document.xml"
_DAY = (1980, 1, 1, 0, 0, 0)
_LONGEST_PLACE = 120
_TAGS = re.compile(r"<[^>]+>")
_BEFORE_NUMBERS = (
    "w:headerReference", "w:footerReference", "w:footnotePr", "w:endnotePr", "w:type", "w:pgSz", "w:pgMar",
    "w:paperSrc", "w:pgBorders", "w:lnNumType",
)  # fmt: skip
_NO_FIGURE = PaperFigure("", "", "")


class _CompilingOnce(SandboxedEnvironment):
    """An environment that compiles the text of each part once; a name that nobody knows is a mistake."""

    def __init__(self) -> None:
        super().__init__(autoescape=True, undefined=StrictUndefined)
        self._compiled: dict[str, Template] = {}

    def from_string(self, source: Any, *_: Any, **__: Any) -> Template:
        """The template of a text."""
        if source not in self._compiled:
            self._compiled[source] = super().from_string(source)
        return self._compiled[source]


class PaperTemplate:
    """A template of papers, ours or the office's own.

    Raises:
        CannotRead: it is no Word document.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._data = path.read_bytes()
            self._template = DocxTemplate(io.BytesIO(self._data))
            self._template.render_init()
            self._parts = dict(self._sources())
        except OSError as problem:
            raise reading_failed(path, problem) from problem
        except Exception as error:  # a damaged package fails in a dozen ways
            raise self._mistake(type(error).__name__, "-") from error
        self._environment = _CompilingOnce()

    def _sources(self) -> Iterator[tuple[str, tuple[str, Any]]]:
        """By name of the part, the text that is filled and the part itself: the body, heads and feet."""
        template = self._template
        yield _BODY, (template.patch_xml(template.get_xml()), template.docx.part)
        for uri in (template.HEADER_URI, template.FOOTER_URI):
            for _, part in template.get_headers_footers(uri):
                yield str(part.partname), (template.patch_xml(template.get_part_xml(part)), part)

    def filled(self, papers: Sequence[Paper]) -> bytes:
        """The document of one paper, or of several one behind the other.

        Heads and feet are those of the first: they belong to the workbook, not to a paper.

        Raises:
            CannotRead: a field of the template names nothing, or is written wrongly; the place is told.
        """
        controls = _Controls({tag: figure for paper in papers for tag, figure in paper.figures.items()})
        root = deepcopy(self._template.docx.element)
        root.replace(root.body, _joined([self._part(_BODY, paper.context) for paper in papers]))
        changed = {_BODY: root}
        for name in self._parts:
            if name != _BODY:
                changed[name] = self._part(name, papers[0].context)
        for tree in changed.values():
            controls.put_into(tree)
        return _package(self._data, {name.lstrip("/"): _bytes(tree) for name, tree in changed.items()})

    def _part(self, name: str, context: Mapping[str, object]) -> Any:
        source, part = self._parts[name]
        try:
            filled = self._template.render_xml_part(source, part, dict(context), self._environment)
        except TemplateError as error:
            raise self._mistake(_reason(error, context), _place(error, source)) from error
        except Exception as error:  # what a field computes may fail in any way
            raise self._mistake(str(error) or type(error).__name__, _place(error, source)) from error
        try:
            return self._template.fix_tables(filled) if name == _BODY else parse_xml(filled)
        except Exception as error:
            raise self._mistake(str(error), "-") from error

    def _mistake(self, reason: str, place: str) -> CannotRead:
        return CannotRead("E-PAPER-TEMPLATE", path=self.path, reason=reason, place=place)


def _reason(error: TemplateError, context: Mapping[str, object]) -> str:
    """What jinja says; of a name that nobody knows also the one that is most alike."""
    said = str(error.message or error)
    if isinstance(error, UndefinedError):
        name = said.split("'")[1] if said.count("'") >= 2 else ""
        near = get_close_matches(name, [*context, *_fields_of(context)], 1)
        return f"{said} (→ {near[0]}?)" if near else said
    return said


def _fields_of(context: Mapping[str, object]) -> Iterator[str]:
    """The names within the lines of a paper."""
    for value in context.values():
        lines = value if isinstance(value, list) else [value]
        yield from (name for line in lines[:1] if isinstance(line, Mapping) for name in line)


def _place(error: Exception, source: str) -> str:
    """The paragraph of the template that a mistake stands in, as it is read in Word."""
    line = getattr(error, "lineno", None)
    if line is None:
        frames = [one for one in traceback.extract_tb(error.__traceback__) if one.filename == "<template>"]
        line = frames[-1].lineno if frames else None
    paragraphs = source.replace("<w:p ", "\n<w:p ").replace("<w:p>", "\n<w:p>").split("\n")
    if not line or line > len(paragraphs):
        return "-"
    text = unescape(_TAGS.sub("", paragraphs[line - 1]))
    return shortened(" ".join(text.split()), _LONGEST_PLACE) or "-"


def _joined(bodies: Sequence[Any]) -> Any:
    """The bodies as one: each section begins on a new page, numbered from 1."""
    whole = bodies[0]
    for body in bodies[1:]:
        _end_section(whole)
        for element in list(body):
            whole.append(element)
    if len(bodies) > 1 and (last := whole.find(qn("w:sectPr"))) is not None:
        _number_from_one(last)
    return whole


def _end_section(body: Any) -> None:
    """What closes a body goes into its last paragraph, so that another body may follow."""
    section = body.find(qn("w:sectPr"))
    if section is None:
        return
    body.remove(section)
    _number_from_one(section)
    last = body[-1] if len(body) and body[-1].tag == qn("w:p") else None
    if last is None or last.find(f"{qn('w:pPr')}/{qn('w:sectPr')}") is not None:
        last = etree.SubElement(body, qn("w:p"))
    properties = last.find(qn("w:pPr"))
    if properties is None:
        properties = etree.Element(qn("w:pPr"))
        last.insert(0, properties)
    # The order of the schema: only w:pPrChange stands behind it.
    properties.append(section)


def _number_from_one(section: Any) -> None:
    numbers = section.find(qn("w:pgNumType"))
    if numbers is None:
        numbers = etree.Element(qn("w:pgNumType"))
        before = [element for name in _BEFORE_NUMBERS for element in section.findall(qn(name))]
        place = max((list(section).index(element) for element in before), default=-1) + 1
        section.insert(place, numbers)
    numbers.set(qn("w:start"), "1")


class _Controls:
    """Turns marked numbers into content controls, each with an id of its own in the file."""

    def __init__(self, figures: Mapping[Tag, PaperFigure]) -> None:
        self._figures = figures
        self._last = 0

    def put_into(self, tree: Any) -> None:
        """All marked numbers of a part."""
        texts = [text for text in tree.iter(qn("w:t")) if BEGIN in (text.text or "")]
        for run in dict.fromkeys(text.getparent() for text in texts):
            pieces = list(self._pieces(run))
            parent, place = run.getparent(), run.getparent().index(run)
            parent[place : place + 1] = pieces

    def _pieces(self, run: Any) -> Iterator[Any]:
        """The run cut at its marks: what is between them as controls, the rest as runs like it."""
        properties = run.find(qn("w:rPr"))
        for child in run:
            if child.tag == qn("w:rPr"):
                continue
            if child.tag != qn("w:t") or BEGIN not in (child.text or ""):
                yield _run(properties, child)
                continue
            plain = 0
            for match in MARKED.finditer(child.text):
                if before := child.text[plain : match.start()]:
                    yield _run(properties, _text(before))
                tag = tag_of(match[1])
                yield self._control(tag, properties, match[2]) if tag else _run(properties, _text(match[2]))
                plain = match.end()
            if after := child.text[plain:]:
                yield _run(properties, _text(after))

    def _control(self, tag: Tag, properties: Any, text: str) -> Any:
        figure = self._figures.get(tag, _NO_FIGURE)
        self._last += 1
        control = OxmlElement("w:sdt")
        told = etree.SubElement(control, qn("w:sdtPr"))
        title = shortened(figure.source or figure.label, LONGEST)
        for name, value in (("w:alias", title), ("w:tag", str(tag)), ("w:id", str(self._last))):
            if value:
                etree.SubElement(told, qn(name)).set(qn("w:val"), value)
        etree.SubElement(control, qn("w:sdtContent")).append(_run(properties, _text(text)))
        return control


def _run(properties: Any, content: Any) -> Any:
    run = OxmlElement("w:r")
    if properties is not None:
        run.append(deepcopy(properties))
    run.append(content)
    return run


def _text(text: str) -> Any:
    element = OxmlElement("w:t")
    element.text = text
    element.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return element


def _bytes(tree: Any) -> bytes:
    data: bytes = etree.tostring(tree, encoding="UTF-8", xml_declaration=True, standalone=True)
    return data


def _package(data: bytes, changed: Mapping[str, bytes]) -> bytes:
    """The template's package with some parts replaced; the same papers give the same bytes."""
    target = io.BytesIO()
    with ZipFile(io.BytesIO(data)) as old, ZipFile(target, "w", ZIP_DEFLATED) as new:
        for name in dict.fromkeys(old.namelist()):
            entry = ZipInfo(name, _DAY)
            entry.compress_type = ZIP_DEFLATED
            new.writestr(entry, changed.get(name, old.read(name)))
    return target.getvalue()
