"""The page of Decree 30/2020/NĐ-CP, appendix I, for the scripts that build Word templates.

A4, margins 20 mm above and below, 30 mm left, 15 mm right; Times New Roman 13 to 14; the nation's name and motto
at the right, the agency at the left; number and date; kind and subject.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.table import _Cell as Cell
from docx.text.paragraph import Paragraph

FONT = "Times New Roman"
LINE = "LINE"  # stands for the short line below a heading


def blank_page(title: str, *, landscape: bool = False) -> Any:
    """A document of that page without any text, its styles set."""
    document = Document()
    for reference in [r for r in document.part.rels.values() if r.reltype.endswith("/stylesWithEffects")]:
        document.part.drop_rel(reference.rId)
    document.core_properties.author = "sheetcredit"
    document.core_properties.title = title
    document.core_properties.comments = ""
    document.core_properties.created = document.core_properties.modified = datetime(2024, 1, 1)
    _page(document, landscape)
    normal = document.styles["Normal"]
    set_font(normal, 14)
    normal.paragraph_format.space_before = normal.paragraph_format.space_after = Pt(0)
    normal.paragraph_format.line_spacing = 1.0
    text = document.styles.add_style("NoiDung", WD_STYLE_TYPE.PARAGRAPH)
    text.base_style = normal
    text.paragraph_format.first_line_indent = Mm(10)
    text.paragraph_format.space_after = Pt(6)
    text.paragraph_format.line_spacing = 1.1
    text.paragraph_format.alignment = ALIGN.JUSTIFY
    text.paragraph_format.widow_control = True
    heading = document.styles.add_style("Muc", WD_STYLE_TYPE.PARAGRAPH)
    heading.base_style = text
    heading.font.bold = True
    heading.paragraph_format.keep_with_next = True
    heading.paragraph_format.space_before = Pt(3)
    return document


def draft_style(document: Any) -> None:
    """The red line that a draft begins with."""
    draft = document.styles.add_style("DuThao", WD_STYLE_TYPE.PARAGRAPH)
    draft.base_style = document.styles["Normal"]
    draft.font.bold = True
    draft.font.color.rgb = RGBColor(0xC0, 0, 0)
    draft.paragraph_format.alignment = ALIGN.CENTER
    draft.paragraph_format.space_after = Pt(12)
    for name in ("Header", "Footer"):
        set_font(document.styles[name], 13)


def as_bytes(document: Any) -> bytes:
    """The document's bytes."""
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def _page(document: Any, landscape: bool) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = (Mm(297), Mm(210)) if landscape else (Mm(210), Mm(297))
    if landscape:
        section.orientation = WD_ORIENT.LANDSCAPE
    section.top_margin = section.bottom_margin = Mm(20)
    section.left_margin, section.right_margin = Mm(30), Mm(15)
    # The page's number stands in the middle above the text, not on the first page.
    section.different_first_page_header_footer = True
    line = section.header.paragraphs[0]
    line.alignment = ALIGN.CENTER
    run = line.add_run()
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        mark = OxmlElement("w:instrText" if text else "w:fldChar")
        if text:
            mark.text = text
        else:
            mark.set(qn("w:fldCharType"), kind)
        run._r.append(mark)


def set_font(style: Any, size: int) -> None:
    """The font of a style, for all scripts."""
    style.font.name, style.font.size = FONT, Pt(size)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for script in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        fonts.set(qn(script), FONT)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "vi-VN")
    style.element.get_or_add_rPr().append(language)


def side_by_side(document: Any, *widths: int) -> tuple[Cell, ...]:
    """The cells of a row without lines, widths in mm."""
    table = document.add_table(rows=1, cols=len(widths))
    set_widths(table, widths)
    keep_whole(table.rows[0])
    return tuple(table.rows[0].cells)


def set_widths(table: Any, widths: Sequence[int]) -> None:
    """Fixed widths of a table's columns, in mm."""
    table.autofit = False
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Mm(width)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)


def keep_whole(row: Any) -> None:
    """A row that no page break cuts."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def put_lines(place: Any, lines: Sequence[tuple[str, int, bool, bool]]) -> None:
    """Centred lines (text, size, bold, italic); LINE draws a short rule, its size the indent in mm."""
    for text, size, bold, italic in lines:
        first = place.paragraphs[0] if isinstance(place, Cell) else None
        line = first if first is not None and not first.runs else place.add_paragraph()
        line.alignment = ALIGN.CENTER
        if text == LINE:
            _rule(line, size)
        else:
            put_run(line, text, size, bold=bold, italic=italic)


def put_run(line: Paragraph, text: str, size: int, *, bold: bool = False, italic: bool = False) -> None:
    """A run of text behind what the line has."""
    run = line.add_run(text)
    run.font.size, run.bold, run.italic = Pt(size), bold or None, italic or None


def _rule(line: Paragraph, indent: int) -> None:
    line.paragraph_format.left_indent = line.paragraph_format.right_indent = Mm(indent)
    line.paragraph_format.line_spacing = Pt(3)
    borders = OxmlElement("w:pBdr")
    bottom = OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")):
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    properties = line._p.get_or_add_pPr()
    properties.insert_element_before(borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc")


def differences(template: Path, fresh_bytes: bytes) -> list[str]:
    """The parts of the package that differ from what its script gives."""
    fresh = _parts(io.BytesIO(fresh_bytes))
    try:
        present = _parts(io.BytesIO(template.read_bytes()))
    except FileNotFoundError:
        return ["missing"]
    except BadZipFile:
        return ["not a document"]
    return sorted(name for name in fresh.keys() | present.keys() if fresh.get(name) != present.get(name))


def _parts(file: io.BytesIO) -> dict[str, bytes]:
    with ZipFile(file) as package:
        return {name: package.read(name) for name in package.namelist()}


def write_or_check(
    templates: Mapping[Path, Callable[[], bytes]], arguments: Sequence[str] | None, told: str
) -> int:
    """Write the templates, or check them with `--check`; 0 when all is well, 1 when one is out of date."""
    parser = argparse.ArgumentParser(description=told, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    check, stale = parser.parse_args(arguments).check, False
    for path, build in templates.items():
        if not check:
            path.write_bytes(build())
            print(f"{path.name}: written")
        elif differing := differences(path, build()):
            print(f"{path.name} is out of date ({', '.join(differing)}): run `make template`")
            stale = True
        else:
            print(f"{path.name}: up to date")
    return int(stale)
