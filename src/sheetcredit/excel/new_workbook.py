"""`sheetcredit new`: workbooks with buttons, from the template or from one that is there already."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from sheetcredit.build.new import content_of, make_workbook
from sheetcredit.build.result_sheets import with_result_sheets
from sheetcredit.build.sources_sheet import with_sources_sheet
from sheetcredit.catalogue.catalogue import load_catalogues
from sheetcredit.excel.button_strip import drawn_parts
from sheetcredit.excel.macros import macro_part, with_new_macros, with_project
from sheetcredit.model.errors import BadUsage, CannotPatch, CannotWrite
from sheetcredit.rulebook import our_rulebook
from sheetcredit.template.definition import Office, load_office
from sheetcredit.workbooks import own_mapping, understood_by
from sheetcredit.xlsx.added_parts import with_parts
from sheetcredit.xlsx.atomic_write import write_new
from sheetcredit.xlsx.limits import FileLimits, current_limits
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.read import bytes_of, read_book

WITH, WITHOUT = ".xlsm", ".xlsx"


def make_new(out: Path, office: str | None, period: str | None, buttons: bool | None = None) -> Path:
    """A new workbook at `out`; its ending says whether it has buttons, and `buttons` must not contradict it.

    Raises:
        BadUsage: the ending does not fit, or the office or the period is not known.
        CannotWrite: `out` is there already, or cannot be written.
    """
    suffix = out.suffix.lower()
    if suffix not in (WITH, WITHOUT):
        raise BadUsage("E-FORMAT", suffix=out.suffix or "-", path=out)
    wanted = suffix == WITH if buttons is None else buttons
    if wanted != (suffix == WITH):
        raise BadUsage("E-BUTTONS-SUFFIX", path=out)
    if not wanted:
        return make_workbook(out, office, period)
    _refuse_taken(out)
    with TemporaryDirectory(prefix="sheetcredit-") as folder:
        plain = make_workbook(Path(folder) / "plain.xlsx", office, period).read_bytes()
    content = content_of(office, period, load_catalogues())
    info = content.info if content else None
    return write_new(out, with_buttons(with_sources_sheet(plain, str(out), info), load_office(), str(out)))


def give_buttons(source: Path, out: Path | None = None) -> Path:
    """A copy of a workbook of ours with buttons, beside it unless `out` is named; the source stays as it is.

    Raises:
        CannotRead, NotOurTemplate: the source cannot be read, or is none of ours.
        CannotPatch: it cannot take our macros.
        CannotWrite: the copy is there already, or cannot be written.
    """
    target = out or source.with_suffix(WITH)
    if target.suffix.lower() != WITH:
        raise BadUsage("E-BUTTONS-SUFFIX", path=target)
    book, office = read_book(source), load_office()
    if not book.writable:
        raise CannotWrite("E-READ-ONLY-FORMAT", path=source, format=source.suffix)
    own = own_mapping(book, our_rulebook())
    understood_by(own, book, our_rulebook())
    _refuse_taken(target)
    data = bytes_of(source)
    if own is not None:  # its buttons stand on the sheets that the tool adds
        data = with_result_sheets(data, str(source))
    return write_new(target, with_buttons(data, office, str(source)))


def with_buttons(data: bytes, office: Office, path: str, limits: FileLimits | None = None) -> bytes:
    """A workbook of ours (bytes of an .xlsx) as an .xlsm with macros and buttons.

    A workbook that has our macros already gets them anew, as this installation has them.

    Raises:
        CannotPatch: it is signed, or has macros of somebody else, or cannot take ours.
    """
    package = Package(data, path, limits or current_limits())
    _refuse_signed(package)
    if macro_part(package) is not None:
        return with_new_macros(package)
    replaced, added = drawn_parts(package, office)
    drawn = Package(with_parts(package, replaced, added), path, package.limits)
    changed = with_project(drawn)
    known = drawn.container.entries.keys()
    return with_parts(
        drawn,
        {name: changed[name] for name in changed.keys() & known},
        {name: changed[name] for name in sorted(changed.keys() - known)},
    )


def _refuse_signed(package: Package) -> None:
    if any(link.kind == "origin" for link in package.relationships("").values()):
        raise CannotPatch("E-SIGNED", path=package.path)


def _refuse_taken(target: Path) -> None:
    if target.exists():
        raise CannotWrite("E-EXISTS", path=target)
    if not target.parent.is_dir():
        raise CannotWrite("E-GONE", folder=target.parent)
