"""What a file is by its bytes, whatever its name says, and a name under which it may be kept."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from sheetcredit.model.errors import CannotRead
from sheetcredit.xlsx.container import OLE2_MAGIC, Container
from sheetcredit.xlsx.limits import current_limits

FileKind = Literal["workbook", "mail", "archive", "closed", "other"]

WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xls", ".ods", ".xlsb"})
MAILS = frozenset({".eml", ".msg"})
ARCHIVES = frozenset({".zip"})
CLOSED = frozenset({".rar", ".7z"})
"""Endings of files that may hold a report and that nothing here can open: they are reported."""

_ZIP_MAGIC = b"PK\x03\x04"
_CLOSED_MAGICS = ((b"Rar!", ".rar"), (b"7z\xbc\xaf\x27\x1c", ".7z"), (b"\x78\x9f\x3e\x22", "winmail.dat"))
_DROPPED = WORKBOOKS | MAILS | ARCHIVES | CLOSED | {".dat", ".bin", ".pdf", ".doc", ".docx"}
_LONGEST = 100
_FORBIDDEN = frozenset('<>:"|?*\ufffd')
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_PORTS = (f"{port}{number}" for port in ("com", "lpt") for number in range(10))
_DEVICES = frozenset({"con", "prn", "aux", "nul", *_PORTS})


@dataclass(frozen=True, slots=True)
class FileContent:
    """What a file is, and the ending that goes with it."""

    kind: FileKind
    suffix: str


def content_of(name: str, data: bytes) -> FileContent:
    """What a file is by its bytes; a broken one is taken for what its name says, so that someone tells."""
    suffix = suffix_of(name)
    if data.startswith(_ZIP_MAGIC):
        return _zipped(name, suffix, data)
    if data.startswith(OLE2_MAGIC):
        return _compound(suffix, data)
    for magic, ending in _CLOSED_MAGICS:
        if data.startswith(magic):
            return FileContent("closed", ending)
    if suffix in WORKBOOKS:
        return FileContent("workbook", suffix)
    if suffix in MAILS:
        return FileContent("mail", suffix)
    return FileContent("archive" if suffix in ARCHIVES else "other", suffix)


def suffix_of(name: str) -> str:
    """The ending of a name in small letters, blanks around it left out."""
    return PurePosixPath(name.strip().casefold()).suffix


def _zipped(name: str, suffix: str, data: bytes) -> FileContent:
    try:
        container = Container(data, name, current_limits())
    except CannotRead:
        return FileContent("workbook" if suffix in WORKBOOKS else "archive", suffix)
    entries = container.entries
    if "mimetype" in entries:
        return _open_document(container, suffix)
    if any(entry.startswith("xl/") for entry in entries):
        if "xl/workbook.bin" in entries:
            return FileContent("workbook", ".xlsb")
        return FileContent("workbook", ".xlsm" if "xl/vbaProject.bin" in entries else ".xlsx")
    return FileContent("other" if "[Content_Types].xml" in entries else "archive", suffix)


def _open_document(container: Container, suffix: str) -> FileContent:
    try:
        said = container.read("mimetype")
    except CannotRead:
        said = b""
    if said.startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
        return FileContent("workbook", ".ods")
    return FileContent("workbook" if suffix in WORKBOOKS else "other", suffix)


def _compound(suffix: str, data: bytes) -> FileContent:
    """An OLE file: an old or a protected workbook, a mail of Outlook, a document."""

    def names(text: str) -> bool:
        return text.encode("utf-16-le") in data

    if names("EncryptedPackage"):
        return FileContent("workbook" if suffix in WORKBOOKS else "other", suffix)
    if names("__properties_version1.0"):
        return FileContent("mail", ".msg")
    if names("WordDocument"):
        return FileContent("other", suffix)
    if names("Workbook") or names("Book"):
        return FileContent("workbook", ".xls")
    return FileContent("workbook" if suffix in WORKBOOKS else "other", suffix)


def is_ours_to_skip(name: str) -> bool:
    """Whether a name is of a hidden file, a lock or a temporary file of a spreadsheet program."""
    return name.startswith((".", "~$", "~WRL")) or name.casefold().endswith((".tmp", ".part", ".crdownload"))


def safe_name(name: str, suffix: str) -> str:
    """A plain file name: no folders, no control or forbidden characters, not long, with this ending."""
    last = unicodedata.normalize("NFC", name.replace("\\", "/")).rpartition("/")[2]
    kept = "".join("_" if _is_bad(character) else character for character in " ".join(last.split()))
    stem, dot, ending = kept.strip(" .~$").rpartition(".")
    if f".{ending.casefold()}" not in _DROPPED:
        stem = stem + dot + ending
    stem = stem.lstrip("~$ .")[:_LONGEST].rstrip(" .")
    if not stem.strip("_"):
        stem = "dinh-kem"
    return f"_{stem}{suffix}" if stem.casefold().split(".")[0] in _DEVICES else f"{stem}{suffix}"


def _is_bad(character: str) -> bool:
    return character in _FORBIDDEN or unicodedata.category(character) in _UNSEEN
