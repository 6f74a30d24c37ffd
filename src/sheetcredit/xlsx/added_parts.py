"""Parts that are added to a package: their relationships and their lines in listings."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.xml_bytes import Origin, elements, prefix_of, splice, tag_name

Parts = dict[str, bytes]
CONTENT_TYPES = "[Content_Types].xml"
_TIME_IN_ZIP = (1980, 1, 1, 0, 0, 0)  # the same content gives the same bytes
_UNIX = 3


def relate(
    package: Package, part: str, targets: Iterable[tuple[str, str]], replaced: Parts, added: Parts
) -> list[str]:
    """Relate other parts to a part, each by its type and part name; the ids of the relationships."""
    folder, name = posixpath.split(part)
    rels = posixpath.join(folder, "_rels", f"{name}.rels")
    taken = set(package.relationships(part))
    ids: list[str] = []
    lines = []
    for kind, target in targets:
        number = len(taken) + 1
        while f"rId{number}" in taken:
            number += 1
        ids.append(f"rId{number}")
        taken.add(ids[-1])
        path = posixpath.relpath(target, folder)
        lines.append(f'Relationship Id="{ids[-1]}" Type="{kind}" Target="{path}"/>'.encode())
    if not package.has(rels):
        added[rels] = (
            b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships xmlns='
            b'"http://schemas.openxmlformats.org/package/2006/relationships">'
            + b"".join(b"<" + line for line in lines)
            + b"</Relationships>"
        )
        return ids
    actual = package.actual_name(rels)
    text, stored = package.unpacked(actual)
    for line in lines:
        text = with_child(text, line, package.origin(actual))
    replaced[actual] = stored.pack(text)
    return ids


def with_content_types(package: Package, types: Mapping[str, str], replaced: Parts) -> None:
    """Say of which type each added part is."""
    actual = package.actual_name(CONTENT_TYPES)
    text, stored = package.unpacked(actual)
    for part, kind in types.items():
        line = f'Override PartName="/{part}" ContentType="{kind}"/>'.encode()
        text = with_child(text, line, package.origin(actual))
    replaced[actual] = stored.pack(text)


def with_child(text: bytes, line: bytes, origin: Origin) -> bytes:
    """A listing with one more line at its end; `line` is the element without its bracket and prefix."""
    root = elements(text, origin)[0]
    name = tag_name(text, root.start)
    child = b"<" + prefix_of(name) + line
    if root.end == root.head_end:
        opened = text[root.start : root.head_end - 2].rstrip() + b">"
        return splice(text, [(root.start, root.end, opened + child + b"</" + name + b">")])
    at = text.rfind(b"</", 0, root.end)
    return splice(text, [(at, at, child)])


def with_parts(package: Package, replaced: Mapping[str, bytes], added: Mapping[str, bytes]) -> bytes:
    """The file with parts replaced and others added at its end; what is there already is copied as it is."""
    whole = BytesIO(package.container.rebuilt(replaced))
    with ZipFile(whole, "a", ZIP_DEFLATED) as archive:
        for name, content in added.items():
            entry = ZipInfo(name, _TIME_IN_ZIP)
            entry.create_system = _UNIX  # as elsewhere, on Windows too
            archive.writestr(entry, content, ZIP_DEFLATED)
    return whole.getvalue()
