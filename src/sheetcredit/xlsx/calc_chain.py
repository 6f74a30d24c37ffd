"""The two parts besides the sheets that a patch may change: the calculation chain and `workbook.xml`."""

from __future__ import annotations

from dataclasses import dataclass, field

from sheetcredit.xlsx.address import parse_address
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.xml_bytes import (
    MAIN_NAMESPACES,
    Element,
    elements,
    prefix_of,
    splice,
    tag_name,
    with_attribute,
)

# The order of elements in workbook.xml is fixed: calcPr follows these.
_BEFORE_CALCULATION = frozenset(
    {
        "fileVersion",
        "fileSharing",
        "workbookPr",
        "AlternateContent",
        "revisionPtr",
        "workbookProtection",
        "bookViews",
        "sheets",
        "functionGroups",
        "externalReferences",
        "definedNames",
    }
)


@dataclass(slots=True)
class PartChanges:
    """New contents of parts by name (as UTF-8 stored again), and the parts to leave out."""

    replaced: dict[str, bytes] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)


def ask_for_recalculation(package: Package) -> PartChanges:
    """Have the spreadsheet program compute everything when it opens the file."""
    part = package.workbook_part
    data, stored = package.unpacked(part)
    found = package.workbook_elements
    known = [one for one in found if one.name == "calcPr" and one.depth == 1]
    if known:
        if known[0].attributes.get("fullCalcOnLoad") in ("1", "true", "on"):
            return PartChanges()
        tag = data[known[0].start : known[0].head_end]
        change = (known[0].start, known[0].head_end, with_attribute(tag, b"fullCalcOnLoad", b"1"))
    else:
        before = [one for one in found if one.depth == 1 and one.name in _BEFORE_CALCULATION]
        at = before[-1].end if before else found[0].head_end
        prefix = prefix_of(tag_name(data, found[0].start))
        change = (at, at, b"<" + prefix + b'calcPr fullCalcOnLoad="1"/>')
    return PartChanges({part: stored.pack(splice(data, [change]))})


def drop_from_chain(package: Package, gone: dict[int, set[tuple[int, int]]]) -> PartChanges:
    """Take cells that no longer hold a formula out of the calculation chain.

    `gone` maps sheetId to (row, column). A chain left empty is removed with its relationship and its
    content type, as Excel does not accept an empty one.
    """
    links = [one for one in package.workbook_relationships.values() if one.kind == "calcChain"]
    if not gone or not links or not package.has(links[0].target):
        return PartChanges()
    part = package.actual_name(links[0].target)
    data, stored = package.unpacked(part)
    # As many entries as the workbook has formulas: not counted with the small parts.
    entries = [
        one
        for one in elements(data, package.origin(part))
        if one.name == "c" and one.namespace in MAIN_NAMESPACES
    ]
    changes: list[tuple[int, int, bytes]] = []
    sheet = 0
    handed_down: str | None = None
    for entry in entries:
        stated = entry.attributes.get("i")
        if stated is not None:
            sheet = int(stated) if stated.isascii() and stated.isdigit() else 0
            handed_down = None
        if _place(entry) in gone.get(sheet, ()):
            changes.append((entry.start, entry.end, b""))
            # An entry without a sheet belongs to that of the entry before it, which has just gone.
            handed_down = stated if stated is not None else handed_down
        elif handed_down is not None:
            tag = with_attribute(data[entry.start : entry.head_end], b"i", handed_down.encode())
            changes.append((entry.start, entry.head_end, tag))
            handed_down = None
    if not changes:
        return PartChanges()
    if len([change for change in changes if not change[2]]) == len(entries):
        return _without_chain(package, part)
    return PartChanges({part: stored.pack(splice(data, changes))})


def _place(entry: Element) -> tuple[int, int] | None:
    try:
        return parse_address(entry.attributes.get("r", ""))
    except ValueError:
        return None


def _without_chain(package: Package, part: str) -> PartChanges:
    changes = PartChanges(removed={part})
    folder, _, name = package.workbook_part.rpartition("/")
    relationships = f"{folder}/_rels/{name}.rels" if folder else f"_rels/{name}.rels"
    ids = {one.id for one in package.workbook_relationships.values() if one.kind == "calcChain"}
    links = [
        one
        for one in package.elements(relationships)
        if one.name == "Relationship" and one.attributes.get("Id") in ids
    ]
    types = [
        one
        for one in package.elements("[Content_Types].xml")
        if one.name == "Override"
        and one.attributes.get("PartName", "").lstrip("/").casefold() == part.casefold()
    ]
    for listing, found in ((relationships, links), ("[Content_Types].xml", types)):
        data, stored = package.unpacked(listing)
        if found:
            spans = [(one.start, one.end, b"") for one in found]
            changes.replaced[package.actual_name(listing)] = stored.pack(splice(data, spans))
    return changes
