"""`sheetcredit doctor`: what this machine has, what it lacks, and what to do about each."""

from __future__ import annotations

import json as json_form
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from sheetcredit._version import __version__
from sheetcredit.bulletin.phrases import load_phrases
from sheetcredit.bulletin.verify.lexicon import load_lexicon
from sheetcredit.catalogue.catalogue import catalogues_folder, load_catalogues
from sheetcredit.catalogue.own_offices import branch_file, own_file
from sheetcredit.excel.machine import Machine, this_machine
from sheetcredit.excel.setup import look_at_book, look_at_excel
from sheetcredit.imports.definitions import imports_folder, load_kinds
from sheetcredit.model.errors import SheetcreditError
from sheetcredit.model.resources import schemas_folder, templates_folder
from sheetcredit.model.text import Language, message_catalogue, word
from sheetcredit.rules.consistency import check_consistency
from sheetcredit.rules.rules import branch_rules, load_rules
from sheetcredit.settings import mail_settings, settings_file
from sheetcredit.template.definition import definitions_folder, load_branch, load_office
from sheetcredit.template.mapping import kept_mappings, mappings_folder
from sheetcredit.xlsx.recalc import find_libreoffice

LIBRARIES = (
    "polars", "pandera", "msgspec", "python-calamine", "PyYAML", "rich", "typer", "XlsxWriter", "xlwings",
    "pyOpenVBA",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """One thing looked at: `code` of the screen catalogue, whether it is well, whether it is needed."""

    code: str
    ok: bool
    needed: bool
    found: str


def examine(book: Path | None = None, machine: Machine | None = None) -> list[Item]:
    """Everything looked at, in order; with a `book`, its macros too.

    Raises:
        CannotRead: the book cannot be read.
    """
    machine = machine or this_machine()
    plain = machine.interpreter_for_excel()
    return [
        Item("doctor-python", sys.version_info >= (3, 11), True, platform.python_version()),
        Item("doctor-interpreter", not machine.has_excel or plain.isascii(), False, machine.interpreter),
        Item("doctor-program", True, True, __version__),
        *(_library(name) for name in LIBRARIES),
        _loads("doctor-definitions", _definitions, str(schemas_folder())),
        Item(
            "doctor-template", (templates_folder() / "office.xlsx").is_file(), True, str(templates_folder())
        ),
        _loads("doctor-catalogues", _catalogues, _where_catalogues()),
        _loads("doctor-own", _own_templates, _where_own()),
        _mail(),
        _libreoffice(),
        *(Item(seen.code, seen.ok, False, seen.found) for seen in look_at_excel(machine)),
        *(Item(seen.code, seen.ok, True, seen.found) for seen in (look_at_book(book) if book else ())),
    ]


def _library(name: str) -> Item:
    try:
        return Item("doctor-library", True, True, f"{name} {version(name)}")
    except PackageNotFoundError:
        return Item("doctor-library", False, True, name)


def _loads(code: str, load: Callable[[], None], where: str) -> Item:
    try:
        load()
    except SheetcreditError as error:
        return Item(code, False, True, str(error))
    return Item(code, True, True, where)


def _definitions() -> None:
    check_consistency(load_office(), load_rules(), load_catalogues())
    check_consistency(load_branch(), branch_rules(), load_catalogues())
    load_phrases()
    load_lexicon()
    load_kinds(schemas_folder() / "imports")


def _where_catalogues() -> str:
    """The folder that is used, and the files of what offices and branches have put right, if any."""
    try:
        folder = catalogues_folder()
    except SheetcreditError:
        folder = None
    kept = [str(path) for path in (own_file(), branch_file()) if path.is_file()]
    return " + ".join((str(folder or schemas_folder() / "catalogues"), *kept))


def _catalogues() -> None:
    load_catalogues()


def _own_templates() -> None:
    kept_mappings()
    load_kinds()


def _where_own() -> str:
    """The user's folders of definitions, mappings and kinds of exports, each with how many files it holds."""
    try:
        folders = (definitions_folder(), mappings_folder(), imports_folder())
    except SheetcreditError:
        return "-"
    return " + ".join(f"{folder} ({len(list(folder.glob('*.yaml')))})" for folder in folders)


def _mail() -> Item:
    """Where the mail settings are, and whether a server is set; drafts need none."""
    try:
        settings = mail_settings()
    except SheetcreditError as error:
        return Item("doctor-mail", False, False, str(error))
    server = f"{settings.host}:{settings.at_port}" if settings.host else "-"
    return Item(
        "doctor-mail", bool(settings.host and settings.sender), False, f"{server} ({settings_file()})"
    )


def _libreoffice() -> Item:
    found = find_libreoffice()
    return Item("doctor-libreoffice", found is not None, False, found or "-")


def print_examination(items: Sequence[Item], language: Language, json: bool) -> None:
    """The examination on stdout, each thing that is not well with what to do."""
    if json:
        print(json_form.dumps([asdict(item) for item in items], ensure_ascii=False, indent=1))
        return
    for item in items:
        what = word(item.code, language, found=item.found)
        mark = "doctor-ok" if item.ok else "doctor-bad" if item.needed else "doctor-optional"
        print(word(mark, language, what=what))
        if not item.ok:
            print(word("doctor-todo", language, what=_remedy(item, language)))


def _remedy(item: Item, language: Language) -> str:
    """What to do, in the words for this system where it has its own."""
    own = f"{item.code}-todo-{sys.platform}"
    code = own if own in message_catalogue("screen") else f"{item.code}-todo"
    return word(code, language, found=item.found)
