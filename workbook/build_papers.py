"""Build `workbook/papers/*.docx`, the blank papers that `sheetcredit papers` fills.

python -m workbook.build_papers            write them
python -m workbook.build_papers --check    say whether the files here are those that this script gives

The page is that of Decree 30/2020/NĐ-CP. Everything in braces is filled in; the rest is text that an office may
change in Word. What may stand in braces: docs/vi/giay-to.md.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.enum.text import WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from workbook.decree_page import (
    LINE,
    as_bytes,
    blank_page,
    draft_style,
    keep_whole,
    put_lines,
    put_run,
    set_widths,
    side_by_side,
    write_or_check,
)

FOLDER = Path(__file__).resolve().parent / "papers"
LEFT, CENTRE, RIGHT = ALIGN.LEFT, ALIGN.CENTER, ALIGN.RIGHT
Columns = Sequence[tuple[str, str, int, Any]]
"""Head, what is filled in, width in mm, alignment."""


def minutes() -> bytes:
    """The reconciliation of one commune and association."""
    document = _page("Mẫu biên bản đối chiếu")
    _head(document, "BB-...", "BIÊN BẢN", [
        "Đối chiếu số liệu ủy thác với {{ association_name }}",
        "tại {{ commune_name }}, số liệu đến ngày {{ day }}",
    ])  # fmt: skip
    _text(
        document,
        "Hôm nay, ngày ..... tháng ..... năm {{ signing_year }}, tại {{ commune_name }}, chúng tôi gồm:",
    )
    for who in ("{{ association_name }} {{ commune_name }}", "{{ office }}"):
        _dotted(document, f"- {who} (họ tên, chức vụ):", 165)
    _heading(document, "1. Số liệu của ba bên ({{ unit }}; số tổ và số khách hàng tính theo đơn vị)")
    _table(document, "line in lines", [
        ("Chỉ tiêu", "{{ line.header }}", 30, LEFT),
        ("Hội báo cáo (1)", "{{ line.statement }}", 25, RIGHT),
        ("Cộng theo tổ (2)", "{{ line.groups }}", 25, RIGHT),
        ("Sổ ngân hàng (3)", "{{ line.ledger }}", 25, RIGHT),
        ("Chênh lệch (1) - (3)", "{{ line.difference }}", 21, RIGHT),
        ("Chênh lệch (2) - (3)", "{{ line.groups_difference }}", 21, RIGHT),
        ("Kết quả", "{{ line.state }}", 18, CENTRE),
    ], 10)  # fmt: skip
    _heading(document, "2. Chênh lệch và nguyên nhân")
    _text(document, "{%p if differences %}")
    _text(document, "{%p for line in differences %}")
    _text(
        document,
        "- {{ line.header }}: Hội {{ line.statement }}, tổ {{ line.groups }}, ngân hàng {{ line.ledger }}. Nguyên nhân: "
        "{{ line.explanation or line.cause or '................................................' }}.",
    )
    _text(document, "{%p endfor %}")
    _text(document, "{%p else %}")
    _text(
        document,
        "Số liệu của ba bên khớp đúng (phần lẻ do Hội báo cáo số tròn {{ unit }}, nếu có, không phải chênh lệch).",
    )
    _text(document, "{%p endif %}")
    _heading(document, "3. Chi tiết theo tổ tiết kiệm và vay vốn ({{ unit }})")
    _table(document, "group in groups", [
        ("STT", "{{ group.number }}", 11, CENTRE),
        ("Mã tổ", "{{ group.group }}", 18, CENTRE),
        ("Tổ trưởng", "{{ group.leader }}", 36, LEFT),
        ("Khách hàng", "{{ group.customers }}", 14, RIGHT),
        ("Dư nợ", "{{ group.balance }}", 26, RIGHT),
        ("Nợ quá hạn", "{{ group.overdue }}", 18, RIGHT),
        ("Nợ khoanh", "{{ group.frozen }}", 18, RIGHT),
        ("Tiền gửi", "{{ group.deposits }}", 24, RIGHT),
    ], 10)  # fmt: skip
    _text(document, "Biên bản lập thành 02 bản, mỗi bên giữ 01 bản, có giá trị như nhau.", before=6)
    _signatures(document, [
        ("ĐẠI DIỆN {{ association_name|upper }}", ""),
        ("NGƯỜI LẬP", "{{ prepared_by }}"),
        ("GIÁM ĐỐC", "{{ director }}"),
    ])  # fmt: skip
    return as_bytes(document)


def group_list() -> bytes:
    """The figures of one group, for its board to sign."""
    document = _page("Mẫu bảng kê số liệu tổ")
    _head(document, "BK-...", "BẢNG KÊ SỐ LIỆU TỔ TIẾT KIỆM VÀ VAY VỐN", ["Số liệu đến ngày {{ day }}"])
    for line in (
        "Tổ: {{ group }}. Tổ trưởng: {{ leader }}.",
        "Địa bàn: {{ commune_name }}. Đơn vị nhận ủy thác: {{ association_name }}.",
        "Đơn vị tính: {{ unit }}.",
    ):
        _text(document, line)
    rows = (
        ("Số tổ viên", "members"), ("Số khách hàng còn dư nợ", "customers"), ("Tổng dư nợ", "balance"),
        ("Trong đó: nợ quá hạn", "overdue"), ("Tỷ lệ nợ quá hạn", "overdue_ratio"), ("Trong đó: nợ khoanh", "frozen"),
        ("Tỷ lệ nợ khoanh", "frozen_ratio"), ("Tiền gửi tổ viên", "deposits"), ("Điểm xếp loại", "score"),
        ("Xếp loại tổ", "rating"),
    )  # fmt: skip
    table = _lined(document, ("Chỉ tiêu", "Số liệu ngân hàng", "Ban quản lý tổ xác nhận"), (70, 45, 50))
    for label, name in rows:
        _fill(table.add_row(), ((label, LEFT), (f"{{{{ {name} }}}}", RIGHT), ("", LEFT)))
    set_widths(table, (70, 45, 50))
    put_lines(document, [("", 8, False, False)])
    _dotted(document, "Ý kiến của Ban quản lý tổ (nếu số liệu khác):", 165)
    _dotted(document, "", 165)
    _signatures(document, [
        ("TỔ TRƯỞNG", "{{ leader }}"),
        ("ĐẠI DIỆN {{ association_name|upper }}", ""),
        ("CÁN BỘ NGÂN HÀNG", "{{ prepared_by }}"),
    ])  # fmt: skip
    return as_bytes(document)


def summary() -> bytes:
    """All communes of one association."""
    document = _page("Mẫu tổng hợp theo hội", landscape=True)
    _head(document, "TH-...", "TỔNG HỢP SỐ LIỆU ỦY THÁC QUA {{ association_name|upper }}", [
        "Số liệu đến ngày {{ day }} ({{ unit }})"
    ])  # fmt: skip
    columns: Columns = [
        ("STT", "{{ line.number }}", 10, CENTRE),
        ("Xã", "{{ line.name }}", 33, LEFT),
        ("Số tổ", "{{ line.groups }}", 11, RIGHT),
        ("Khách hàng", "{{ line.customers }}", 14, RIGHT),
        ("Dư nợ Hội báo cáo", "{{ line.statement_balance }}", 18, RIGHT),
        ("Dư nợ cộng theo tổ", "{{ line.groups_balance }}", 23, RIGHT),
        ("Dư nợ sổ ngân hàng", "{{ line.balance }}", 23, RIGHT),
        ("Chênh lệch Hội - NH", "{{ line.difference }}", 18, RIGHT),
        ("Nợ quá hạn", "{{ line.overdue }}", 19, RIGHT),
        ("Tỷ lệ", "{{ line.overdue_ratio }}", 13, RIGHT),
        ("Nợ khoanh", "{{ line.frozen }}", 19, RIGHT),
        ("Tiền gửi", "{{ line.deposits }}", 21, RIGHT),
        ("Tốt/Khá/TB/Yếu", "{{ line.good }}/{{ line.fair }}/{{ line.average }}/{{ line.weak }}", 26, CENTRE),
    ]
    total = [(filled.replace("line.", "total."), align) for _, filled, _, align in columns]
    total[0] = ("", CENTRE)
    _table(document, "line in lines", columns, 9, total)
    _text(
        document,
        "Số tổ, số khách hàng, nợ quá hạn, nợ khoanh, tiền gửi theo sổ ngân hàng.",
        style="Normal",
        size=11,
    )
    _signatures(document, [
        ("ĐẠI DIỆN {{ association_name|upper }}", ""),
        ("NGƯỜI LẬP", "{{ prepared_by }}"),
        ("KIỂM SOÁT", "{{ checked_by }}"),
        ("GIÁM ĐỐC", "{{ director }}"),
    ], 252)  # fmt: skip
    return as_bytes(document)


def _page(title: str, *, landscape: bool = False) -> Any:
    document = blank_page(title, landscape=landscape)
    draft_style(document)
    # What proves the paper stands at the foot of every page, the first one included.
    section = document.sections[0]
    for foot in (section.footer, section.first_page_footer):
        line = foot.paragraphs[0]
        put_run(line, "{% if seal %}Mã niêm phong: {{ seal }}{% endif %}", 10)
    return document


def _head(document: Any, number: str, kind: str, subject: Sequence[str]) -> None:
    for condition in ("{%p if draft %}", "{{ draft }}", "{%p endif %}"):
        document.add_paragraph(condition, style="DuThao")
    wide = document.sections[0].page_width > document.sections[0].page_height
    widths = (105, 147) if wide else (70, 95)
    left, right = side_by_side(document, *widths)
    rules = (39, 49) if wide else (22, 23)
    put_lines(left, [
        ("{{ above|upper }}", 12, False, False), ("{{ office|upper }}", 12, True, False), (LINE, rules[0], False, False)
    ])  # fmt: skip
    put_lines(right, [
        ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 12, True, False), ("Độc lập - Tự do - Hạnh phúc", 13, True, False),
        (LINE, rules[1], False, False),
    ])  # fmt: skip
    left, right = side_by_side(document, *widths)
    put_lines(left, [("", 4, False, False), (f"Số:        /{number}", 13, False, False)])
    put_lines(right, [("", 4, False, False), ("{{ place_and_day }}", 13, False, True)])
    put_lines(document, [("", 8, False, False), (kind, 14, True, False)])
    put_lines(document, [(line, 14, True, False) for line in subject])
    put_lines(document, [(LINE, 104 if wide else 60, False, False), ("", 6, False, False)])


def _text(document: Any, text: str, *, style: str = "NoiDung", size: int = 13, before: int = 0) -> None:
    line = document.add_paragraph(style=style)
    if before:
        line.paragraph_format.keep_with_next = True
        line.paragraph_format.space_before = Pt(before)
    put_run(line, text, size)


def _dotted(document: Any, text: str, width: int) -> None:
    """A line to be written on by hand, dots up to `width` mm."""
    line = document.add_paragraph(style="Normal")
    line.paragraph_format.tab_stops.add_tab_stop(Mm(width), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)
    line.paragraph_format.space_after = Pt(4)
    put_run(line, f"{text}\t", 13)


def _heading(document: Any, text: str) -> None:
    put_run(document.add_paragraph(style="Muc"), text, 13)


def _lined(document: Any, heads: Sequence[str], widths: Sequence[int], size: int = 11) -> Any:
    """A table with lines whose first row is repeated on each page."""
    table = document.add_table(rows=1, cols=len(heads), style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    head = table.rows[0]
    _fill(head, [(text, CENTRE) for text in heads], size, bold=True)
    head._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    set_widths(table, widths)
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), "50")
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    table._tbl.tblPr.insert_element_before(margins, "w:tblLook", "w:tblCaption", "w:tblDescription")
    return table


def _table(
    document: Any, loop: str, columns: Columns, size: int = 11, total: Sequence[tuple[str, Any]] = ()
) -> None:
    """A row for each line of a paper; the rows of the loop's own words vanish."""
    widths = [width for _, _, width, _ in columns]
    table = _lined(document, [head for head, *_ in columns], widths, size)
    for text in (f"{{%tr for {loop} %}}", "", "{%tr endfor %}"):
        row = table.add_row()
        if text:
            put_run(row.cells[0].paragraphs[0], text, 11)
        else:
            _fill(row, [(filled, align) for _, filled, _, align in columns], size)
    if total:
        _fill(table.add_row(), total, size, bold=True)
    set_widths(table, widths)


def _fill(row: Any, cells: Sequence[tuple[str, Any]], size: int = 11, *, bold: bool = False) -> None:
    keep_whole(row)
    for cell, (text, align) in zip(row.cells, cells, strict=True):
        line = cell.paragraphs[0]
        line.alignment = align
        put_run(line, text, size, bold=bold)


def _signatures(document: Any, blocks: Sequence[tuple[str, str]], width: int = 165) -> None:
    put_lines(document, [("", 6, False, False)])
    document.paragraphs[-1].paragraph_format.keep_with_next = True
    for cell, (role, name) in zip(
        side_by_side(document, *[width // len(blocks)] * len(blocks)), blocks, strict=True
    ):
        put_lines(cell, [(role, 12, True, False), ("(Ký, ghi rõ họ tên)", 11, False, True)])
        put_lines(cell, [("", 13, False, False)] * 3)
        put_lines(cell, [(name, 13, True, False)])
    # Word wants a paragraph behind a table; one that takes no room.
    last = document.add_paragraph()
    last.paragraph_format.line_spacing = Pt(1)


TEMPLATES = {
    FOLDER / "bien-ban-doi-chieu.docx": minutes,
    FOLDER / "bang-ke-to.docx": group_list,
    FOLDER / "tong-hop-hoi.docx": summary,
}
main = partial(write_or_check, TEMPLATES)

if __name__ == "__main__":
    sys.exit(main(None, __doc__ or ""))
