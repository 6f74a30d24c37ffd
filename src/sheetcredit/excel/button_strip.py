"""The strip of buttons above a form: Excel's own form buttons, each bound to a macro.

They are VML, the one form in which Excel keeps such buttons that every version and LibreOffice read. They
do not move with the cells, and are not printed.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sheetcredit.model.errors import CannotPatch, CannotRead
from sheetcredit.model.text import fold
from sheetcredit.template.definition import Office
from sheetcredit.template.wording import form
from sheetcredit.xlsx.added_parts import Parts, relate, with_child
from sheetcredit.xlsx.address import Area
from sheetcredit.xlsx.package import Package, SheetInfo
from sheetcredit.xlsx.xml_bytes import (
    RELATIONSHIP_NAMESPACES,
    Element,
    Origin,
    elements,
    escape,
    prefix_of,
    splice,
    tag_name,
    with_attribute,
)

VML_CONTENT = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_NAMESPACES = (
    b' xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
    b' xmlns:x="urn:schemas-microsoft-com:office:excel"'
)
_BUTTON_TYPE = (
    b'<v:shapetype id="_x0000_t201" coordsize="21600,21600" o:spt="201" path="m,l,21600r21600,l21600,xe">'
    b'<v:stroke joinstyle="miter"/>'
    b'<v:path shadowok="f" o:extrusionok="f" strokeok="f" fillok="f" o:connecttype="rect"/>'
    b'<o:lock v:ext="edit" shapetype="t"/></v:shapetype>'
)
_SHAPE = """<v:shape id="_x0000_s{number}" type="#_x0000_t201" style="position:absolute;\
margin-left:{left:g}pt;margin-top:{top:g}pt;width:{width:g}pt;height:{height:g}pt;z-index:{order};\
mso-wrap-style:tight" o:button="t" fillcolor="buttonFace [67]" strokecolor="windowText [64]" \
o:insetmode="auto"><v:fill color2="buttonFace [67]" o:detectmouseclick="t"/>\
<o:lock v:ext="edit" rotation="t"/>\
<v:textbox style="mso-direction-alt:auto" o:singleclick="f"><div style="text-align:center">\
<font face="Times New Roman" size="200" color="#1F4E79"><b>{caption}</b></font></div></v:textbox>\
<x:ClientData ObjectType="Button"><x:Anchor>{anchor}</x:Anchor><x:PrintObject>False</x:PrintObject>\
<x:AutoFill>False</x:AutoFill><x:FmlaMacro>[0]!{macro}</x:FmlaMacro><x:TextHAlign>Center</x:TextHAlign>\
<x:TextVAlign>Center</x:TextVAlign></x:ClientData></v:shape>"""
_ID = re.compile(rb"_x0000_s(\d+)")
_ID_BLOCK = 1024  # the numbers of a sheet's shapes begin at a multiple of it, its block

# Pixels, at the 96 dots an inch that Excel counts in.
_WIDTH, _HEIGHT, _GAP, _LEFT, _TOP = 124, 28, 8, 6, 4
_POINTS = 0.75
_DIGIT = 7  # the width of a digit in the workbook's font
_USUAL_WIDTH, _USUAL_HEIGHT = 64, 20
_ROOM = 24.0  # points: the least height of a row that takes the strip


class Button(NamedTuple):
    """What stands on a button, and the macro that it starts."""

    caption: str
    macro: str


@dataclass(frozen=True, slots=True)
class Columns:
    """The widths of a sheet's columns in pixels: of those that say so, and of all others."""

    known: dict[int, int]
    usual: int

    def at(self, pixels: int, first: int = 0) -> tuple[int, int]:
        """The zero-based column that many pixels right of the left edge of `first`, and the rest."""
        column = first
        while pixels >= (width := self.known.get(column, self.usual)):
            pixels -= width
            column += 1
        return column, pixels

    def left_of(self, column: int) -> int:
        """The pixels left of a column."""
        return sum(self.known.get(place, self.usual) for place in range(column))


def columns_of(found: Sequence[Element]) -> Columns:
    """The column widths that a sheet part gives."""
    known: dict[int, int] = {}
    usual = _USUAL_WIDTH
    for element in found:
        if element.name == "sheetFormatPr" and "defaultColWidth" in element.attributes:
            usual = _pixels(element.attributes["defaultColWidth"])
        if element.name == "col" and element.depth == 2:
            hidden = element.attributes.get("hidden") in ("1", "true")
            width = 0 if hidden else _pixels(element.attributes.get("width", "8.43"))
            first, last = (int(element.attributes.get(name, "1")) for name in ("min", "max"))
            known |= dict.fromkeys(range(first - 1, min(last, 256)), width)
    return Columns(known, max(usual, 1))


def _pixels(width: str) -> int:
    return int(float(width) * _DIGIT + 0.5)


def first_column(found: Sequence[Element]) -> int:
    """Where the strip begins: at the left of row 1 if that is free and tall enough, else beside the form."""
    rows = [element for element in found if element.name == "row" and element.attributes.get("r") == "1"]
    tall = bool(rows) and float(rows[0].attributes.get("ht", "15")) >= _ROOM
    filled = any(
        element.name in ("v", "f", "is") and rows and rows[0].start < element.start < rows[0].end
        for element in found
    )
    if tall and not filled:
        return 0
    dimension = next((element for element in found if element.name == "dimension"), None)
    try:
        return Area.parse(dimension.attributes.get("ref", "A1")).right if dimension else 0
    except ValueError:
        return 0


def new_drawing(buttons: Sequence[Button], columns: Columns, first: int, block: int) -> bytes:
    """A drawing part with the buttons alone; `block` numbers its shapes and differs from sheet to sheet."""
    layout = b'<o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="%d"/></o:shapelayout>' % block
    shapes = _shapes(buttons, columns, first, block * _ID_BLOCK + 1)
    return b"<xml" + _NAMESPACES + b">" + layout + _BUTTON_TYPE + shapes + b"</xml>"


def extended_drawing(
    drawing: bytes, buttons: Sequence[Button], columns: Columns, first: int, origin: Origin
) -> bytes:
    """A drawing that holds something already (comments, for the most part), with the buttons at its end."""
    at = drawing.rfind(b"</xml>")
    if at < 0:
        origin.unsure("</xml>")
    number = max((int(digits) for digits in _ID.findall(drawing)), default=_ID_BLOCK) + 1
    kind = b"" if b'"_x0000_t201"' in drawing else _BUTTON_TYPE
    added = kind + _shapes(buttons, columns, first, number)
    # The prefixes may be bound otherwise there: what is added brings its own.
    for tag in (b"<v:shapetype ", b"<v:shape "):
        added = added.replace(tag, tag.rstrip() + _NAMESPACES + b" ")
    return splice(drawing, [(at, at, added)])


def _shapes(buttons: Sequence[Button], columns: Columns, first: int, number: int) -> bytes:
    drawn = []
    bottom = (1, _TOP + _HEIGHT - _USUAL_HEIGHT) if first else (0, _TOP + _HEIGHT)
    for order, button in enumerate(buttons):
        left = _LEFT + order * (_WIDTH + _GAP)
        start, end = columns.at(left, first), columns.at(left + _WIDTH, first)
        shape = _SHAPE.format(
            number=number + order,
            order=order + 1,
            left=(columns.left_of(first) + left) * _POINTS,
            top=_TOP * _POINTS,
            width=_WIDTH * _POINTS,
            height=_HEIGHT * _POINTS,
            anchor=f"{start[0]}, {start[1]}, 0, {_TOP}, {end[0]}, {end[1]}, {bottom[0]}, {bottom[1]}",
            caption=escape(button.caption).decode("utf-8"),
            macro=button.macro,
        )
        drawn.append(shape.encode("ascii", "xmlcharrefreplace"))
    return b"".join(drawn)


# The parts of a package that draw the buttons: which sheets get the strip, and what that changes.

BUTTONS = (
    ("button-import", "NhapSoLieu"),
    ("button-check", "KiemTra"),
    ("button-reconcile", "DoiChieu"),
    ("button-fill", "LapTongHop"),
    ("button-bulletin", "BanTin"),
    ("button-send", "GuiCapTren"),
    ("button-next", "KySau"),
)
"""The words of `form.yaml` on each button, and its macro in `workbook/vba/SheetcreditButtons.bas`."""

_TYPES = "[Content_Types].xml"
_PLAIN = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_MACROS = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
_AFTER_DRAWING = frozenset(
    {
        "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts",
        "extLst",
    }
)  # fmt: skip
_WITHOUT_BUTTONS = frozenset({"journal"})


def drawn_parts(package: Package, office: Office) -> tuple[Parts, Parts]:
    """The parts that change and those that come for the buttons on our sheets."""
    ours = {fold(sheet.sheet) for sheet in office.sheets if sheet.id not in _WITHOUT_BUTTONS}
    replaced: Parts = {}
    added: Parts = {}
    buttons = [Button(form(caption), macro) for caption, macro in BUTTONS]
    block = len(package.sheets) + 1
    for place, sheet in enumerate(package.sheets):
        if sheet.kind == "worksheet" and fold(sheet.name) in ours:
            _draw(package, sheet, buttons, block + place, replaced, added)
    replaced[package.actual_name(_TYPES)] = _types(package)
    return replaced, added


def _draw(
    package: Package, sheet: SheetInfo, buttons: Sequence[Button], block: int, replaced: Parts, added: Parts
) -> None:
    text, stored = package.unpacked(sheet.part)
    found = elements(text, package.origin(sheet.part))
    columns, first = columns_of(found), first_column(found)
    known = next((one for one in found if one.name == "legacyDrawing" and one.depth == 1), None)
    if known is not None:
        link = package.relationships(sheet.part).get(known.relation("id") or "")
        if link is None or not package.has(link.target):
            raise CannotRead("E-TRUNCATED", path=package.path, part=sheet.part)
        part = package.actual_name(link.target)
        drawing, how = package.unpacked(part)
        replaced[part] = how.pack(extended_drawing(drawing, buttons, columns, first, package.origin(part)))
        return
    name = f"sheetcreditButtons{block}.vml"
    part = posixpath.join(posixpath.dirname(package.workbook_part), "drawings", name)
    added[part] = new_drawing(buttons, columns, first, block)
    kind = f"{RELATIONSHIP_NAMESPACES[0]}/vmlDrawing"  # Excel itself keeps it in strict workbooks too
    (relation,) = relate(package, sheet.part, [(kind, part)], replaced, added)
    namespace = RELATIONSHIP_NAMESPACES["purl.oclc.org" in found[0].namespace]
    tag = b"<%slegacyDrawing xmlns:r=\"%s\" r:id=\"%s\"/>" % (
        prefix_of(tag_name(text, found[0].start)), namespace.encode(), relation.encode(),
    )  # fmt: skip
    after = next((one for one in found if one.depth == 1 and one.name in _AFTER_DRAWING), None)
    at = after.start if after else _end_of_root(text, found, package.origin(sheet.part))
    replaced[sheet.part] = stored.pack(splice(text, [(at, at, tag)]))


def _end_of_root(text: bytes, found: Sequence[Element], origin: Origin) -> int:
    at = text.rfind(b"</", 0, found[0].end)
    if at < found[0].head_end:
        origin.unsure("end")
    return at


def _types(package: Package) -> bytes:
    """The content types with the drawing's, and with the workbook as one with macros."""
    actual = package.actual_name(_TYPES)
    text, stored = package.unpacked(actual)
    found = elements(text, package.origin(actual))
    part = f"/{package.workbook_part}".casefold()
    for one in found:
        if one.name == "Override" and one.attributes.get("PartName", "").casefold() == part:
            if one.attributes.get("ContentType") != _PLAIN.decode():
                raise CannotPatch("E-EQUIP", path=package.path, reason=one.attributes.get("ContentType"))
            tag = with_attribute(text[one.start : one.head_end], b"ContentType", _MACROS)
            text = splice(text, [(one.start, one.head_end, tag)])
            break
    else:
        raise CannotPatch("E-EQUIP", path=package.path, reason=_TYPES)
    kinds = {one.attributes.get("Extension", "").casefold() for one in found if one.name == "Default"}
    if "vml" not in kinds:
        line = f'Default Extension="vml" ContentType="{VML_CONTENT}"/>'.encode()
        text = with_child(text, line, package.origin(actual))
    return stored.pack(text)
