"""The main path of an import: read the exports, choose, find or make the workbook, plan, apply.

`prepare_import` writes nothing into the user's folders: what it finds is shown first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sheetcredit.catalogue.catalogue import load_catalogues
from sheetcredit.catalogue.own_offices import OwnOffice, keep, own_file
from sheetcredit.imports.apply import apply_import
from sheetcredit.imports.choose import ChosenFigures, choose
from sheetcredit.imports.figures import Exports
from sheetcredit.imports.new_book import new_workbook, office_in, with_office
from sheetcredit.imports.plan import ImportPlan, plan_import
from sheetcredit.imports.read import read_exports
from sheetcredit.imports.trust import load_trust
from sheetcredit.model.errors import BadUsage, CannotWrite
from sheetcredit.rulebook import Rulebook
from sheetcredit.workbooks import read_office

_SUFFIXES = frozenset({".xlsx", ".xlsm", ".xls"})
Finish = Callable[[bytes, Path], bytes]
"""What is done to the bytes of a new workbook before it is filled, as to give it buttons."""


@dataclass(frozen=True, slots=True)
class PreparedImport:
    """An import that was thought through: what the files are, what would change, and where it would go.

    `made`: the workbook is new. `office`: one that nobody knew, to be remembered with the import.
    """

    exports: Exports
    plan: ImportPlan
    rulebook: Rulebook
    target: Path
    made: bool
    office: OwnOffice | None


def prepare_import(
    paths: Iterable[Path],
    target: Path,
    workdir: Path,
    rulebook: Rulebook,
    *,
    propose: bool = True,
    finish: Finish | None = None,
) -> PreparedImport:
    """Everything but the writing; a workbook that is not there is made in `workdir`.

    Raises:
        BadUsage: no file is an export, they are of several days or offices, or of others than the workbook.
        CannotRead, NotOurTemplate: the workbook cannot be read.
        CannotWrite: a table of it cannot be recognised, or has too few blank rows.
    """
    exports, choice = read_and_choose(exports_among(paths, target), rulebook)
    made, office = not target.exists(), office_in(choice, rulebook)
    if office is not None:
        rulebook = with_office(rulebook, office)
    source = target
    if made:
        _check_new(target)
        source = workdir / target.name
        plain = new_workbook(source.with_suffix(".xlsx"), choice, rulebook)
        if finish is not None:
            source.write_bytes(finish(plain.read_bytes(), target))
    reading = read_office(source, rulebook)
    plan = plan_import(reading, choice, rulebook, propose=propose)
    return PreparedImport(exports, plan, rulebook, target, made, office)


def read_and_choose(files: Sequence[Path], rulebook: Rulebook) -> tuple[Exports, ChosenFigures]:
    """What the files say, and which of it is taken.

    Raises:
        BadUsage: no file is an export of the bank.
    """
    exports = read_exports(files, rulebook)
    if not exports.figures:
        raise BadUsage("E-IMPORT-NOTHING", found=", ".join(file.name for file in files) or "-")
    return exports, choose(exports, load_trust())


def carry_out(prepared: PreparedImport, out: Path | None = None, confirmed: str = "") -> Path:
    """Write it: all of it or nothing; returns where the workbook is.

    `confirmed`: who confirmed the proposals for the associations, and when.

    Raises:
        CannotWrite, CannotPatch: the workbook cannot be written; everything is as it was.
    """
    place = out or (prepared.target if prepared.made else None)
    written = apply_import(prepared.plan, prepared.rulebook, place, confirmed)
    if prepared.office is not None:
        keep(prepared.office, own_file())
        load_catalogues.cache_clear()
    return written


def exports_among(paths: Iterable[Path], target: Path) -> Sequence[Path]:
    """The files that may be exports: those named, and those that lie in folders named; never the workbook."""
    found: dict[Path, Path] = {}
    for path in paths:
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in inside:
            if (file == path or _may_be_an_export(file)) and file.resolve() != target.resolve():
                found.setdefault(file.resolve(), file)
    return list(found.values())


def _may_be_an_export(file: Path) -> bool:
    return file.suffix.lower() in _SUFFIXES and not file.name.startswith(("~$", ".")) and file.is_file()


def _check_new(target: Path) -> None:
    if target.suffix.lower() not in (".xlsx", ".xlsm"):
        raise BadUsage("E-FORMAT", suffix=target.suffix or "-", path=target)
    if not target.parent.is_dir():
        raise CannotWrite("E-GONE", folder=target.parent)
