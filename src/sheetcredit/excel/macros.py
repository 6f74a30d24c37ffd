"""The macros of a workbook: our VBA and xlwings' own module, written with pyOpenVBA and read back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

from sheetcredit.model.errors import CannotPatch, CannotRead
from sheetcredit.model.resources import templates_folder
from sheetcredit.xlsx.package import Package

PROJECT = "xl/vbaProject.bin"


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
    """The VBA modules of a workbook by name, those without code left out; empty where it has none.

    Raises:
        CannotRead: its macros cannot be read.
    """
    if macro_part(package) is None:
        return {}
    try:
        with TemporaryDirectory(prefix="sheetcredit-") as folder, _office_file(package, folder) as book:
            modules: Mapping[str, str] = book.vba_modules()
    except Exception as problem:  # bytes from outside: the library fails on them in many ways
        raise CannotRead("E-MACROS", path=package.path, reason=type(problem).__name__) from problem
    return {name: source for name, source in modules.items() if _has_code(source) or name in vba_sources()}


def _office_file(package: Package, folder: str) -> Any:
    """The package as pyOpenVBA opens it."""
    from pyopenvba import ExcelFile  # noqa: PLC0415 - takes a while, and only macros need it

    file = Path(folder) / "book.xlsm"
    file.write_bytes(package.container.data)
    return ExcelFile(file)


def _has_code(source: str) -> bool:
    """Whether there is more than what Excel itself writes into an empty module."""
    return any(
        line.strip() and not line.startswith(("Attribute ", "VERSION ", "Option ", "'"))
        for line in source.splitlines()
    )


def same_source(one: str, other: str) -> bool:
    """Whether two sources are the same code: Excel's editor changes capitals and blanks of its own accord."""

    def squeezed(source: str) -> list[str]:
        return [line for text in source.splitlines() if (line := "".join(text.split()).casefold())]

    return squeezed(one) == squeezed(other)


def with_project(package: Package) -> dict[str, bytes]:
    """The parts that change or come when a macro-enabled workbook gets our project."""

    def add(book: Any) -> None:
        project = book.add_vba_project()
        for name, text in vba_sources().items():
            project.add_module(name, _with_windows_ends(text))

    after = _saved(package, add)
    before = package.container.entries
    return {
        name: content
        for name, content in after.items()
        if name not in before or content != package.container.read(name)
    }


def with_new_macros(package: Package) -> bytes:
    """The workbook with our macros replaced; its buttons stay where they are.

    Raises:
        CannotPatch: it has macros of somebody else, or cannot take ours.
    """
    if foreign := sorted(embedded_modules(package).keys() - vba_sources().keys()):
        raise CannotPatch("E-OTHER-MACROS", path=package.path, modules=", ".join(foreign))

    def replace(book: Any) -> None:
        for name, text in vba_sources().items():
            book.set_module(name, _with_windows_ends(text))

    part = macro_part(package) or PROJECT
    return package.container.rebuilt({part: _saved(package, replace)[part]})


def _saved(package: Package, change: Callable[[Any], None]) -> dict[str, bytes]:
    """All parts of the package after pyOpenVBA has changed it and saved it elsewhere."""
    try:
        with TemporaryDirectory(prefix="sheetcredit-") as folder:
            target = Path(folder) / "after.xlsm"
            with _office_file(package, folder) as book:
                change(book)
                book.save(target)
            with ZipFile(target) as saved:
                return {name: saved.read(name) for name in saved.namelist()}
    except Exception as problem:  # bytes from outside: the library fails on them in many ways
        raise CannotPatch("E-EQUIP", path=package.path, reason=type(problem).__name__) from problem


def _with_windows_ends(source: str) -> str:
    return "".join(f"{line}\r\n" for line in source.splitlines())


def macro_part(package: Package) -> str | None:
    """The part that holds the macros; None where there is none."""
    for link in package.workbook_relationships.values():
        if link.kind == "vbaProject" and package.has(link.target):
            return package.actual_name(link.target)
    return None
