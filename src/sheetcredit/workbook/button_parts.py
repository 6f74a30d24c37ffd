"""The parts of a package that draw the buttons: which sheets get the strip, and what that changes."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sheetcredit.model.errors import CannotPatch, CannotRead
from sheetcredit.model.text import fold
from sheetcredit.template.definition import Office
from sheetcredit.template.wording import form
from sheetcredit.workbook.button_strip import (
    VML_CONTENT,
    Button,
    columns_of,
    extended_drawing,
    first_column,
    new_drawing,
)
from sheetcredit.workbook.markup import (
    RELATIONSHIP_NAMESPACES,
    Element,
    Origin,
    elements,
    prefix_of,
    splice,
    tag_name,
    with_attribute,
)
from sheetcredit.workbook.package import Package, SheetInfo

BUTTONS = (
    ("button-check", "KiemTra"),
    ("button-reconcile", "DoiChieu"),
    ("button-fill", "LapTongHop"),
    ("button-bulletin", "BanTin"),
    ("button-send", "GuiCapTren"),
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
_TIME_IN_ZIP = (1980, 1, 1, 0, 0, 0)  # the same content gives the same bytes

Parts = dict[str, bytes]


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
    relation = _relate(package, sheet.part, part, replaced, added)
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


def _relate(package: Package, part: str, target: str, replaced: Parts, added: Parts) -> str:
    """Relate a drawing to a sheet; the id of the relationship."""
    folder, name = posixpath.split(part)
    rels = posixpath.join(folder, "_rels", f"{name}.rels")
    taken = set(package.relationships(part))
    identity = next(f"rId{n}" for n in range(len(taken) + 1, len(taken) * 2 + 2) if f"rId{n}" not in taken)
    path = posixpath.relpath(target, folder)
    kind = f"{RELATIONSHIP_NAMESPACES[0]}/vmlDrawing"  # Excel itself keeps it in strict workbooks too
    line = f'Relationship Id="{identity}" Type="{kind}" Target="{path}"/>'.encode()
    if not package.has(rels):
        added[rels] = (
            b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships xmlns='
            b'"http://schemas.openxmlformats.org/package/2006/relationships"><' + line + b"</Relationships>"
        )
        return identity
    actual = package.actual_name(rels)
    text, stored = package.unpacked(actual)
    replaced[actual] = stored.pack(_with_child(text, line, package.origin(actual)))
    return identity


def _with_child(text: bytes, line: bytes, origin: Origin) -> bytes:
    """A listing with one more line at its end; `line` is the element without its bracket and prefix."""
    root = elements(text, origin)[0]
    name = tag_name(text, root.start)
    child = b"<" + prefix_of(name) + line
    if root.end == root.head_end:
        opened = text[root.start : root.head_end - 2].rstrip() + b">"
        return splice(text, [(root.start, root.end, opened + child + b"</" + name + b">")])
    at = text.rfind(b"</", 0, root.end)
    return splice(text, [(at, at, child)])


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
        text = _with_child(text, line, package.origin(actual))
    return stored.pack(text)


def with_parts(package: Package, replaced: Mapping[str, bytes], added: Mapping[str, bytes]) -> bytes:
    """The file with parts replaced and others added at its end; what is there already is copied as it is."""
    whole = BytesIO(package.container.rebuilt(replaced))
    with ZipFile(whole, "a", ZIP_DEFLATED) as archive:
        for name, content in added.items():
            archive.writestr(ZipInfo(name, _TIME_IN_ZIP), content, ZIP_DEFLATED)
    return whole.getvalue()
