"""Giving a workbook its buttons: our VBA, xlwings' own module, and a strip of buttons on each of our sheets.

Parts are added to the package; of those that are there only these change: the list of content types, the
relationships, `workbook.xml` and the sheets (their code names, and where a sheet names its drawing). All
others stay byte for byte.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sheetcredit.model.errors import CannotPatch, CannotRead
from sheetcredit.model.resources import templates_folder
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
from sheetcredit.workbook.limits import Limits, current_limits
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

PROJECT = "xl/vbaProject.bin"
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


def with_buttons(data: bytes, office: Office, path: str, limits: Limits | None = None) -> bytes:
    """A workbook of ours (bytes of an .xlsx) as an .xlsm with macros and buttons.

    A workbook that has our macros already gets them anew, as this installation has them.

    Raises:
        CannotPatch: it is signed, or has macros of somebody else, or cannot take ours.
    """
    package = Package(data, path, limits or current_limits())
    _refuse_signed(package)
    if _macro_part(package) is not None:
        return _with_new_macros(package)
    replaced, added = _drawn(package, office)
    plain = _with_parts(package, replaced, added)
    changed = _with_project(plain, path)
    again = Package(plain, path, package.limits)
    known = again.container.entries
    return _with_parts(
        again,
        {name: content for name, content in changed.items() if name in known},
        {name: content for name, content in changed.items() if name not in known},
    )


def vba_sources() -> Mapping[str, str]:
    """Our VBA and xlwings' own, by name of the module, as it is written into a workbook."""
    sources = {
        path.stem: path.read_text(encoding="ascii") for path in (templates_folder() / "vba").glob("*.bas")
    }
    return dict(sorted(sources.items())) | {"xlwings": xlwings_module()}


def xlwings_module() -> str:
    """The VBA module that belongs to the installed xlwings, so that both sides always match."""
    return (xlwings_folder() / "xlwings.bas").read_text(encoding="ascii")


def xlwings_folder() -> Path:
    """Where xlwings is installed. It is not imported: that takes longer than all that is wanted of it.

    Raises:
        CannotPatch: it is not installed.
    """
    spec = find_spec("xlwings")
    if spec is None or spec.origin is None:
        raise CannotPatch("E-NO-XLWINGS")
    return Path(spec.origin).parent


def embedded_modules(package: Package) -> Mapping[str, str]:
    """The VBA modules of a workbook by name, without those of its sheets; empty where it has none."""
    from pyopenvba import ExcelFile  # noqa: PLC0415 - only workbooks with macros need it
    from pyopenvba.exceptions import PyOpenVBAError  # noqa: PLC0415

    if _macro_part(package) is None:
        return {}
    with TemporaryDirectory(prefix="sheetcredit-") as folder:
        file = Path(folder) / "book.xlsm"
        file.write_bytes(package.container.data)
        try:
            with ExcelFile(file) as book:
                modules = book.vba_modules()
        except (PyOpenVBAError, OSError, ValueError) as problem:
            raise CannotRead("E-MACROS", path=package.path, reason=type(problem).__name__) from problem
    return {name: source for name, source in modules.items() if _body(source) or name in vba_sources()}


def _body(source: str) -> str:
    lines = source.splitlines()
    return "\n".join(line for line in lines if not line.startswith(("Attribute ", "VERSION "))).strip()


def same_source(one: str, other: str) -> bool:
    """Whether two sources are the same but for their line ends."""
    return one.splitlines() == other.splitlines()


# --- the macros ------------------------------------------------------------------------------------


def _with_project(plain: bytes, path: str) -> Parts:
    """The parts that change or come when a macro-enabled workbook gets our project."""
    from pyopenvba import ExcelFile  # noqa: PLC0415 - takes a while, and only this needs it
    from pyopenvba.exceptions import PyOpenVBAError  # noqa: PLC0415

    with TemporaryDirectory(prefix="sheetcredit-") as folder:
        source, target = Path(folder) / "before.xlsm", Path(folder) / "after.xlsm"
        source.write_bytes(plain)
        try:
            with ExcelFile(source) as book:
                project = book.add_vba_project()
                for name, text in vba_sources().items():
                    project.add_module(name, "\r\n".join(text.splitlines()) + "\r\n")
                book.save(target)
        except (PyOpenVBAError, OSError, ValueError, KeyError) as problem:
            raise CannotPatch("E-EQUIP", path=path, reason=type(problem).__name__) from problem
        with ZipFile(source) as before, ZipFile(target) as after:
            known = set(before.namelist())
            return {
                name: content
                for name in after.namelist()
                if (content := after.read(name)) and (name not in known or content != before.read(name))
            }


def _with_new_macros(package: Package) -> bytes:
    """The workbook with our macros replaced; its buttons stay where they are."""
    if foreign := sorted(embedded_modules(package).keys() - vba_sources().keys()):
        raise CannotPatch("E-OTHER-MACROS", path=package.path, modules=", ".join(foreign))
    from pyopenvba import ExcelFile  # noqa: PLC0415

    part = _macro_part(package) or PROJECT
    with TemporaryDirectory(prefix="sheetcredit-") as folder:
        source, target = Path(folder) / "before.xlsm", Path(folder) / "after.xlsm"
        source.write_bytes(package.container.data)
        with ExcelFile(source) as book:
            for name, text in vba_sources().items():
                book.set_module(name, "\r\n".join(text.splitlines()) + "\r\n")
            book.save(target)
        with ZipFile(target) as after:
            return package.container.rebuilt({part: after.read(part)})


def _macro_part(package: Package) -> str | None:
    for link in package.workbook_relationships.values():
        if link.kind == "vbaProject" and package.has(link.target):
            return package.actual_name(link.target)
    return None


def _refuse_signed(package: Package) -> None:
    if any(link.kind == "origin" for link in package.relationships("").values()):
        raise CannotPatch("E-SIGNED", path=package.path)


# --- the buttons -----------------------------------------------------------------------------------


def _drawn(package: Package, office: Office) -> tuple[Parts, Parts]:
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


def _with_parts(package: Package, replaced: Mapping[str, bytes], added: Mapping[str, bytes]) -> bytes:
    """The file with parts replaced and others added at its end; what is there already is copied as it is."""
    whole = BytesIO(package.container.rebuilt(replaced))
    with ZipFile(whole, "a", ZIP_DEFLATED) as archive:
        for name, content in added.items():
            archive.writestr(ZipInfo(name, _TIME_IN_ZIP), content, ZIP_DEFLATED)
    return whole.getvalue()
