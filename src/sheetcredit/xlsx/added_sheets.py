"""Sheets of one workbook added behind those of another, with their styles and defined names.

Of the workbook that gets them the list of sheets, the styles and the listings of parts grow at their ends;
every other part is copied as it is, so that no cell of it changes its look. The sheets come from a workbook
that XlsxWriter made: without prefixes, its sections in the usual order.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from operator import add

from sheetcredit.model.errors import CannotPatch
from sheetcredit.xlsx.added_parts import Parts, relate, with_content_types, with_parts
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.xml_bytes import (
    RELATIONSHIP_NAMESPACES,
    Element,
    Origin,
    Stored,
    elements,
    escape,
    prefix_of,
    splice,
    tag_name,
    with_attribute,
)

_MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_STYLES_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
_SECTIONS = (
    b"numFmts", b"fonts", b"fills", b"borders", b"cellStyleXfs", b"cellXfs", b"cellStyles", b"dxfs",
)  # fmt: skip
"""The sections of a style sheet, in the only order that is allowed."""
_BEFORE_NAMES = frozenset({"sheets", "functionGroups", "externalReferences"})
_FIRST_OWN_FORMAT = 164
_LEFT_OUT = re.compile(rb"<dataValidations\b.*?</dataValidations>|<(?:drawing|legacyDrawing)\b[^>]*/>", re.S)
_SHARED = re.compile(rb'<c r="([A-Z]+[0-9]+)"((?: s="[0-9]+")?) t="s"><v>([0-9]+)</v></c>')
_STYLE = re.compile(rb'(<(?:c|row)\b[^>]*? s="|<col\b[^>]*? style=")([0-9]+)"')
_RULE_STYLE = re.compile(rb'(<cfRule\b[^>]*? dxfId=")([0-9]+)"')


def with_sheets(package: Package, donor: Package, sheets: Mapping[str, str]) -> bytes:
    """The workbook with sheets of the donor behind its own; `sheets` are their names there and here.

    The donor's defined names that lead to these sheets come along. Drawings and lists to choose from do not.

    Raises:
        CannotPatch: the workbook is built too unusually to be certain.
    """
    replaced: Parts = {}
    added: Parts = {}
    styles = _Styles(package, donor)
    folder = posixpath.join(posixpath.dirname(package.workbook_part), "worksheets")
    parts = _free_names(package, folder, len(sheets))
    strings = _strings(donor)
    strict = _is_strict(package)
    for part, name in zip(parts, sheets, strict=True):
        text = _LEFT_OUT.sub(b"", donor.text(donor.sheet(name).part))
        text = _SHARED.sub(lambda cell: _with_own_text(cell, strings), text)
        text = _STYLE.sub(lambda m: b'%b%d"' % (m[1], styles.first_format + int(m[2])), text)
        text = _RULE_STYLE.sub(lambda m: b'%b%d"' % (m[1], styles.first_rule + int(m[2])), text)
        added[part] = _for_strict(text, package) if strict else text
    types = dict.fromkeys(parts, _SHEET_TYPE)
    kind = RELATIONSHIP_NAMESPACES[strict]
    targets = [(f"{kind}/worksheet", part) for part in parts]
    if styles.part is None:
        name = posixpath.join(posixpath.dirname(package.workbook_part), "styles.xml")
        targets.append((f"{kind}/styles", name))
        types[name] = _STYLES_TYPE
        added[name] = styles.whole()
    else:
        replaced[styles.part] = styles.whole()
    ids = relate(package, package.workbook_part, targets, replaced, added)
    replaced[package.workbook_part] = _listed(package, donor, sheets, ids)
    with_content_types(package, types, replaced)
    return with_parts(package, replaced, added)


def _free_names(package: Package, folder: str, count: int) -> list[str]:
    names: list[str] = []
    number = 1
    while len(names) < count:
        name = f"{folder}/sheetcredit{number}.xml"
        if not package.has(name):
            names.append(name)
        number += 1
    return names


def _is_strict(package: Package) -> bool:
    return "purl.oclc.org" in package.workbook_elements[0].namespace


def _for_strict(text: bytes, package: Package) -> bytes:
    text = text.replace(_MAIN, package.workbook_elements[0].namespace.encode())
    usual, strict = (namespace.encode() for namespace in RELATIONSHIP_NAMESPACES[:2])
    return text.replace(usual, strict)


def _strings(donor: Package) -> list[bytes]:
    link = next((one for one in donor.workbook_relationships.values() if one.kind == "sharedStrings"), None)
    text = donor.text(link.target) if link else b""
    return re.findall(rb"<si>(.*?)</si>", text, re.S)


def _with_own_text(cell: re.Match[bytes], strings: Sequence[bytes]) -> bytes:
    return b'<c r="%b"%b t="inlineStr"><is>%b</is></c>' % (cell[1], cell[2], strings[int(cell[3])])


# The list of sheets, and the defined names.


def _listed(package: Package, donor: Package, sheets: Mapping[str, str], ids: Sequence[str]) -> bytes:
    text, stored = package.unpacked(package.workbook_part)
    found = package.workbook_elements
    origin = package.origin(package.workbook_part)
    listing = _only(found, "sheets", origin)
    prefix = prefix_of(tag_name(text, listing.start))
    number = max(sheet.sheet_id for sheet in package.sheets) + 1
    relations = RELATIONSHIP_NAMESPACES[_is_strict(package)].encode()
    lines = [
        b'<%bsheet name="%b" sheetId="%d" xmlns:r="%b" r:id="%b"/>'
        % (prefix, _attribute(name), number + place, relations, identity.encode())
        for place, (name, identity) in enumerate(zip(sheets.values(), ids, strict=False))
    ]
    at = _end_of(text, listing, origin)
    changes = [(at, at, b"".join(lines))]
    names = _names_of(donor, sheets, len(package.sheets))
    block = next((one for one in found if one.name == "definedNames" and one.depth == 1), None)
    gone = {name for name, _, place in names if place is None}
    for one in found:
        ours = one.name == "definedName" and one.attributes.get("name") in gone
        if ours and "localSheetId" not in one.attributes:  # left over from a sheet that was deleted
            changes.append((one.start, one.end, b""))
    written = b"".join(
        b'<%bdefinedName name="%b"%b>%b</%bdefinedName>'
        % (prefix, name.encode(), b"" if place is None else b' localSheetId="%d"' % place, target, prefix)
        for name, target, place in names
    )
    if block is not None and block.end > block.head_end:
        at = _end_of(text, block, origin)
        changes.append((at, at, written))
    elif block is not None:
        changes.append((block.start, block.end, _wrapped(b"definedNames", prefix, written)))
    else:
        after = [one for one in found if one.depth == 1 and one.name in _BEFORE_NAMES][-1]
        changes.append((after.end, after.end, _wrapped(b"definedNames", prefix, written)))
    return stored.pack(splice(text, sorted(changes)))


def _names_of(donor: Package, sheets: Mapping[str, str], first: int) -> list[tuple[str, bytes, int | None]]:
    """Name, what it refers to (escaped), and the index of the sheet it is local to."""
    places = {name: first + place for place, name in enumerate(sheets)}
    found = []
    for one in donor.all_names:
        for name, ours in sheets.items():
            quoted, own = f"'{name}'!", "'" + ours.replace("'", "''") + "'!"
            if one.text.startswith(quoted) and (one.sheet is None or one.sheet in places):
                target = escape(one.text.replace(quoted, own))
                found.append((one.name, target, None if one.sheet is None else places[one.sheet]))
    return found


def _wrapped(name: bytes, prefix: bytes, inner: bytes) -> bytes:
    return b"<%b%b>%b</%b%b>" % (prefix, name, inner, prefix, name)


def _attribute(text: str) -> bytes:
    return escape(text).replace(b'"', b"&quot;")


def _only(found: Sequence[Element], name: str, origin: Origin) -> Element:
    sought = [one for one in found if one.name == name and one.depth == 1]
    if len(sought) != 1:
        raise CannotPatch("E-EQUIP", path=origin.path, reason=name)
    return sought[0]


def _end_of(text: bytes, one: Element, origin: Origin) -> int:
    at = text.rfind(b"</", 0, one.end)
    if at < one.head_end:
        origin.unsure(one.name)
    return at


# Styles.


class _Styles:
    """The style sheet of the workbook with the donor's styles behind its own.

    `part` is its name, None where the workbook has none; the donor's cell formats then begin at
    `first_format`, its formats of conditional formatting at `first_rule`.
    """

    def __init__(self, package: Package, donor: Package) -> None:
        link = next((one for one in package.workbook_relationships.values() if one.kind == "styles"), None)
        there = link is not None and package.has(link.target)
        self.part = package.actual_name(link.target) if link is not None and there else None
        self._package = package
        self._donor = _donor_text(donor)
        self._text: bytes = b""
        self._stored: Stored | None = None
        if self.part:
            self._text, self._stored = package.unpacked(self.part)
        self._found = elements(self._text, package.origin(self.part)) if self.part else []
        self.first_format = self._count("cellXfs")
        self.first_rule = self._count("dxfs")

    def whole(self) -> bytes:
        """The style sheet with all styles."""
        if self.part is None or self._stored is None:
            return self._donor
        counts = {name: self._count(name) for name in ("fonts", "fills", "borders")}
        own = [int(one.attributes.get("numFmtId", "0")) for one in self._found if one.name == "numFmt"]
        shift = max([*own, _FIRST_OWN_FORMAT - 1]) + 1 - _FIRST_OWN_FORMAT

        def moved(attribute: bytes, by: Callable[[int], int], text: bytes) -> bytes:
            pattern = re.compile(rb'(\b%b=")([0-9]+)"' % attribute)
            return pattern.sub(lambda m: b'%b%d"' % (m[1], by(int(m[2]))), text)

        def number_format(known: int) -> int:
            return known + shift if known >= _FIRST_OWN_FORMAT else known

        inner = {name: _inner(self._donor, name) for name in _SECTIONS}
        for name in (b"numFmts", b"cellXfs", b"dxfs"):
            inner[name] = moved(b"numFmtId", number_format, inner[name])
        for attribute, section in ((b"fontId", "fonts"), (b"fillId", "fills"), (b"borderId", "borders")):
            inner[b"cellXfs"] = moved(attribute, partial(add, counts[section]), inner[b"cellXfs"])
        inner[b"cellXfs"] = moved(b"xfId", lambda _: 0, inner[b"cellXfs"])
        changes = [
            self._grown(name, inner[name]) for name in _SECTIONS
            if inner[name] and name not in (b"cellStyleXfs", b"cellStyles")
        ]  # fmt: skip
        return self._stored.pack(splice(self._text, sorted(change for one in changes for change in one)))

    def _section(self, name: str) -> Element | None:
        return next((one for one in self._found if one.name == name and one.depth == 1), None)

    def _count(self, name: str) -> int:
        """How many styles a section has, counted."""
        section = self._section(name)
        if section is None:
            return 0
        return sum(one.depth == 2 and section.start < one.start < section.end for one in self._found)

    def _grown(self, name: bytes, inner: bytes) -> list[tuple[int, int, bytes]]:
        """The changes that add styles to a section."""
        root = self._found[0]
        children = _with_namespace(inner, root.namespace.encode())
        section = self._section(name.decode())
        if section is None:
            before = [s.decode() for s in _SECTIONS[: _SECTIONS.index(name)]]
            known = [one for one in self._found if one.depth == 1 and one.name in before]
            at = known[-1].end if known else root.head_end
            prefix = prefix_of(tag_name(self._text, root.start))
            return [(at, at, _wrapped(name, prefix, children))]
        tag = self._text[section.start : section.head_end]
        total = self._count(name.decode()) + _number_of_children(inner)
        tag = with_attribute(tag, b"count", str(total).encode())
        if section.end == section.head_end:
            full = tag_name(self._text, section.start)
            opened = tag[:-2].rstrip() + b">"
            return [(section.start, section.end, opened + children + b"</" + full + b">")]
        at = _end_of(self._text, section, self._package.origin(self.part or ""))
        return [(section.start, section.head_end, tag), (at, at, children)]


def _donor_text(donor: Package) -> bytes:
    link = next(one for one in donor.workbook_relationships.values() if one.kind == "styles")
    return donor.text(link.target)


def _inner(text: bytes, name: bytes) -> bytes:
    match = re.search(rb"<%b\b[^>]*[^/]>(.*?)</%b>" % (name, name), text, re.S)
    return match[1] if match else b""


_CHILD = re.compile(rb"<(/?)(\w+)([^>]*?)(/?)>")


def _number_of_children(inner: bytes) -> int:
    depth = count = 0
    for closing, _, _, alone in _CHILD.findall(inner):
        if closing:
            depth -= 1
            continue
        count += depth == 0
        depth += not alone
    return count


def _with_namespace(inner: bytes, namespace: bytes) -> bytes:
    """Each outermost element with its namespace said: the style sheet may use a prefix."""
    depth = 0

    def said(match: re.Match[bytes]) -> bytes:
        nonlocal depth
        closing, name, rest, alone = match.groups()
        if closing:
            depth -= 1
            return match[0]
        outermost = depth == 0
        depth += not alone
        return b'<%b xmlns="%b"%b%b>' % (name, namespace, rest, alone) if outermost else match[0]

    return _CHILD.sub(said, inner)
