"""A text of ours kept inside a workbook, as a custom XML part that spreadsheet programs carry along."""

from __future__ import annotations

from sheetcredit.xlsx.added_parts import Parts, relate, with_parts
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.xml_bytes import escape, unescape

NAMESPACE = "urn:sheetcredit:mapping:1"
_KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/customXml"
_HEAD = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<mapping xmlns="{NAMESPACE}">'
_END = "</mapping>"


def kept_text(package: Package) -> bytes | None:
    """What is kept in the workbook; None where nothing is."""
    part = _part_of(package)
    if part is None:
        return None
    text = package.text(part)
    inner = text[text.index(b">", text.index(b"<mapping")) + 1 : text.rindex(b"</")]
    return unescape(inner).encode()


def with_kept_text(package: Package, text: bytes) -> bytes:
    """The file with that text kept in it, in place of an earlier one; every other part is copied as it is."""
    content = _HEAD.encode() + escape(text.decode()) + _END.encode()
    part = _part_of(package)
    if part is not None:
        return package.container.rebuilt({part: content})
    replaced: Parts = {}
    added: Parts = {}
    number = 1
    while package.has(f"customXml/item{number}.xml"):
        number += 1
    name = f"customXml/item{number}.xml"
    added[name] = content
    relate(package, package.workbook_part, [(_KIND, name)], replaced, added)
    return with_parts(package, replaced, added)


def _part_of(package: Package) -> str | None:
    for link in package.workbook_relationships.values():
        if link.kind == "customXml" and not link.external and package.has(link.target):
            part = package.actual_name(link.target)
            if NAMESPACE.encode() in package.text(part)[:400]:
                return part
    return None
