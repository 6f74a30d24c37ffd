"""Build `workbook/bulletin.docx`, the blank bulletin that `sheetcredit bulletin` fills.

python workbook/build_bulletin.py            write it
python workbook/build_bulletin.py --check    say whether the file here is the one this script gives

The page follows Decree 30/2020/NĐ-CP, appendix I: A4, margins 20 mm above and below, 30 mm left, 15 mm
right; Times New Roman 13 to 14; the nation's name and motto at the right, the agency at the left; number and
date; kind and subject; text; receivers at the left, signature at the right.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.table import _Cell as Cell
from docx.text.paragraph import Paragraph

TEMPLATE = Path(__file__).resolve().parent / "bulletin.docx"
FONT = "Times New Roman"
LINE = "LINE"  # stands for the short line below a heading


def build() -> bytes:
    """The document's bytes."""
    document = Document()
    for reference in [r for r in document.part.rels.values() if r.reltype.endswith("/stylesWithEffects")]:
        document.part.drop_rel(reference.rId)
    document.core_properties.author = "sheetcredit"
    document.core_properties.title = "Mẫu bản tin quý"
    document.core_properties.comments = ""
    document.core_properties.created = document.core_properties.modified = datetime(2024, 1, 1)
    _page(document)
    _styles(document)
    _head(document)
    _text(document)
    _foot(document)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def _page(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
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


def _styles(document: Any) -> None:
    normal = document.styles["Normal"]
    _font(normal, 14)
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
    number = document.styles.add_style("SoLieu", WD_STYLE_TYPE.CHARACTER)
    number.font.name = FONT
    draft = document.styles.add_style("DuThao", WD_STYLE_TYPE.PARAGRAPH)
    draft.base_style = normal
    draft.font.bold = True
    draft.font.color.rgb = RGBColor(0xC0, 0, 0)
    draft.paragraph_format.alignment = ALIGN.CENTER
    draft.paragraph_format.space_after = Pt(12)
    for name in ("Header", "Footer"):
        _font(document.styles[name], 13)
    # Those that comments use: python-docx names them and does not define them.
    reference = document.styles.add_style("annotation reference", WD_STYLE_TYPE.CHARACTER)
    reference.element.set(qn("w:styleId"), "CommentReference")
    reference.font.size = Pt(8)
    comment = document.styles.add_style("annotation text", WD_STYLE_TYPE.PARAGRAPH)
    comment.element.set(qn("w:styleId"), "CommentText")
    comment.base_style = normal
    comment.font.size = Pt(10)


def _font(style: Any, size: int) -> None:
    style.font.name, style.font.size = FONT, Pt(size)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for script in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        fonts.set(qn(script), FONT)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "vi-VN")
    style.element.get_or_add_rPr().append(language)


def _head(document: Any) -> None:
    for condition in ("{%p if draft %}", "{{ draft }}", "{%p endif %}"):
        document.add_paragraph(condition, style="DuThao")
    left, right = _two_columns(document, 70, 95)
    _lines(
        left,
        [
            ("{{ above|upper }}", 12, False, False),
            ("{{ office|upper }}", 12, True, False),
            (LINE, 22, False, False),
        ],
    )
    _lines(
        right,
        [("{{ nation }}", 12, True, False), ("{{ motto }}", 13, True, False), (LINE, 23, False, False)],
    )
    left, right = _two_columns(document, 70, 95)
    _lines(left, [("", 4, False, False), ("{{ number }}", 13, False, False)])
    _lines(right, [("", 4, False, False), ("{{ place_and_day }}", 13, False, True)])
    _lines(
        document,
        [("", 14, False, False), ("{{ kind }}", 14, True, False), ("{{ subject }}", 14, True, False)],
    )
    _lines(document, [(LINE, 56, False, False), ("", 8, False, False)])


def _text(document: Any) -> None:
    for text, style in (
        ("{%p for section in sections %}", "NoiDung"),
        ("{%p if section.heading %}", "Muc"),
        ("{{ section.heading }}", "Muc"),
        ("{%p endif %}", "Muc"),
        ("{%p for paragraph in section.body %}", "NoiDung"),
        ("{{r paragraph }}", "NoiDung"),
        ("{%p endfor %}", "NoiDung"),
        ("{%p endfor %}", "NoiDung"),
    ):
        document.add_paragraph(text, style=style)


def _foot(document: Any) -> None:
    _lines(document, [("", 6, False, False)])
    left, right = _two_columns(document, 82, 83)
    first = left.paragraphs[0]
    _run(first, "{{ receivers_heading }}", 12, bold=True, italic=True)
    for text in ("{%p for receiver in receivers %}", "{{ receiver }}", "{%p endfor %}"):
        _run(left.add_paragraph(), text, 11)
    _lines(right, [("{{ signed_as }}", 14, True, False)])
    _lines(right, [("", 14, False, False)] * 4)
    _lines(right, [("{{ director }}", 14, True, False)])


def _two_columns(document: Any, left: int, right: int) -> tuple[Cell, Cell]:
    """The cells of a table without lines, widths in mm."""
    table = document.add_table(rows=1, cols=2)
    table.autofit = False
    for cell, width in zip(table.rows[0].cells, (left, right), strict=True):
        cell.width = Mm(width)
    for column, width in zip(table.columns, (left, right), strict=True):
        column.width = Mm(width)
    cannot_split = OxmlElement("w:cantSplit")
    table.rows[0]._tr.get_or_add_trPr().append(cannot_split)
    first, second = table.rows[0].cells
    return first, second


def _lines(place: Any, lines: Sequence[tuple[str, int, bool, bool]]) -> None:
    """Centred lines (text, size, bold, italic); LINE draws a short rule, its size the indent in mm."""
    for text, size, bold, italic in lines:
        first = place.paragraphs[0] if isinstance(place, Cell) else None
        line = first if first is not None and not first.runs else place.add_paragraph()
        line.alignment = ALIGN.CENTER
        if text == LINE:
            _rule(line, size)
        else:
            _run(line, text, size, bold=bold, italic=italic)


def _run(line: Paragraph, text: str, size: int, *, bold: bool = False, italic: bool = False) -> None:
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


def differences(template: Path) -> list[str]:
    """The parts of the package that differ from what this script gives."""
    fresh = _parts(io.BytesIO(build()))
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


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the template, or check it; 0 when all is well, 1 when it is out of date."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    if not parser.parse_args(arguments).check:
        TEMPLATE.write_bytes(build())
        print(f"{TEMPLATE.name}: written")
        return 0
    if differing := differences(TEMPLATE):
        print(f"{TEMPLATE.name} is out of date ({', '.join(differing)}): run `make template`")
        return 1
    print(f"{TEMPLATE.name}: up to date")
    return 0


if __name__ == "__main__":
    sys.exit(main())
