"""Build `workbook/bulletin.docx`, the blank bulletin that `sheetcredit bulletin` fills.

python -m workbook.build_bulletin            write it
python -m workbook.build_bulletin --check    say whether the file here is the one this script gives

The page follows Decree 30/2020/NĐ-CP, appendix I: A4, margins 20 mm above and below, 30 mm left, 15 mm
right; Times New Roman 13 to 14; the nation's name and motto at the right, the agency at the left; number and
date; kind and subject; text; receivers at the left, signature at the right.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from docx.enum.style import WD_STYLE_TYPE
from docx.oxml.ns import qn
from docx.shared import Pt

from workbook.decree_page import (
    FONT,
    LINE,
    as_bytes,
    blank_page,
    draft_style,
    put_lines,
    put_run,
    side_by_side,
    write_or_check,
)

TEMPLATE = Path(__file__).resolve().parent / "bulletin.docx"


def build() -> bytes:
    """The document's bytes."""
    document = blank_page("Mẫu bản tin quý")
    _styles(document)
    _head(document)
    _text(document)
    _foot(document)
    return as_bytes(document)


def _styles(document: Any) -> None:
    number = document.styles.add_style("SoLieu", WD_STYLE_TYPE.CHARACTER)
    number.font.name = FONT
    draft_style(document)
    # Those that comments use: python-docx names them and does not define them.
    reference = document.styles.add_style("annotation reference", WD_STYLE_TYPE.CHARACTER)
    reference.element.set(qn("w:styleId"), "CommentReference")
    reference.font.size = Pt(8)
    comment = document.styles.add_style("annotation text", WD_STYLE_TYPE.PARAGRAPH)
    comment.element.set(qn("w:styleId"), "CommentText")
    comment.base_style = document.styles["Normal"]
    comment.font.size = Pt(10)


def _head(document: Any) -> None:
    for condition in ("{%p if draft %}", "{{ draft }}", "{%p endif %}"):
        document.add_paragraph(condition, style="DuThao")
    left, right = side_by_side(document, 70, 95)
    put_lines(
        left,
        [
            ("{{ above|upper }}", 12, False, False),
            ("{{ office|upper }}", 12, True, False),
            (LINE, 22, False, False),
        ],
    )
    put_lines(
        right,
        [("{{ nation }}", 12, True, False), ("{{ motto }}", 13, True, False), (LINE, 23, False, False)],
    )
    left, right = side_by_side(document, 70, 95)
    put_lines(left, [("", 4, False, False), ("{{ number }}", 13, False, False)])
    put_lines(right, [("", 4, False, False), ("{{ place_and_day }}", 13, False, True)])
    put_lines(
        document,
        [("", 14, False, False), ("{{ kind }}", 14, True, False), ("{{ subject }}", 14, True, False)],
    )
    put_lines(document, [(LINE, 56, False, False), ("", 8, False, False)])


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
    put_lines(document, [("", 6, False, False)])
    left, right = side_by_side(document, 82, 83)
    first = left.paragraphs[0]
    put_run(first, "{{ receivers_heading }}", 12, bold=True, italic=True)
    for text in ("{%p for receiver in receivers %}", "{{ receiver }}", "{%p endfor %}"):
        put_run(left.add_paragraph(), text, 11)
    put_lines(right, [("{{ signed_as }}", 14, True, False)])
    put_lines(right, [("", 14, False, False)] * 4)
    put_lines(right, [("{{ director }}", 14, True, False)])


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the template, or check it; 0 when all is well, 1 when it is out of date."""
    return write_or_check({TEMPLATE: build}, arguments, __doc__ or "")


if __name__ == "__main__":
    sys.exit(main())
