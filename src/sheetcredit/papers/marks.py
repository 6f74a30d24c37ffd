"""How a number on a paper remembers which figure of which workbook it is.

In the text of a template's fields a number stands between marks; in the document it becomes a content control
of Word, which does not print: its tag names the figure, its title the cell. Whoever clicks on the number sees
where it came from, and `papers --check` reads it back, whatever else was written into the document.

    SC|b|0312|2024Q1|11584/11|ledger.balance
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from xml.etree.ElementTree import XML, Element
from zipfile import BadZipFile, ZipFile
from zlib import error as ZlibError  # noqa: N812 - a class

from sheetcredit.model.errors import CannotRead
from sheetcredit.model.finding import digest_of
from sheetcredit.model.text import one_line
from sheetcredit.xlsx.files import reading_failed

BEGIN, MIDDLE, END = "\ue000", "\ue001", "\ue002"
MARKED = re.compile(f"{BEGIN}([^{MIDDLE}]*){MIDDLE}([^{END}]*){END}")
SEAL = "seal"
LONGEST = 64
"""Characters that Word allows in a tag or a title."""

_PREFIX = "SC"
_LARGEST = 40_000_000
"""Bytes of a document unpacked: 250 lists in one file have some ten million."""

_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PARTS = re.compile(r"word/(document|header\d*|footer\d*)\.xml")
_NO_MARKS = str.maketrans(dict.fromkeys((BEGIN, MIDDLE, END)))


@dataclass(frozen=True, slots=True)
class Tag:
    """Which figure a number is: letter of the kind, office, period, key of the paper, name of the figure.

    The seal stands in the foot of all papers of a file: it has neither letter nor key.
    """

    letter: str
    office: str
    period: str
    key: str
    name: str

    def shortened(self) -> Tag:
        """With codes that fit into a document: a longer one, which is a slip, by its digest."""
        side, dot, measure = self.name.rpartition(".")
        name = f"{_short(side, 17)}{dot}{measure}"
        return Tag(self.letter, _short(self.office, 7), self.period, _short(self.key, 11), name)

    def __str__(self) -> str:
        """As it stands in the document."""
        return "|".join((_PREFIX, self.letter, self.office, self.period, self.key, self.name))


def _short(code: str, most: int) -> str:
    plain = clean(code).replace("|", "_")
    return plain if len(plain) <= most else digest_of(code)[:7]


def tag_of(text: str) -> Tag | None:
    """The tag that a content control carries; None for one that is not ours."""
    prefix, *parts = text.split("|")
    return Tag(*parts) if prefix == _PREFIX and len(parts) == 5 else None


def clean(text: str) -> str:
    """A text of the workbook as it may stand in a document: no marks, no control characters."""
    return one_line(text.translate(_NO_MARKS))


def marked(tag: Tag, text: str) -> str:
    """A number between its marks."""
    return f"{BEGIN}{tag}{MIDDLE}{text}{END}"


def printed_in(path: Path) -> list[tuple[Tag, str]]:
    """The numbers that a document holds, as they stand in it now.

    Raises:
        CannotRead: it is no Word document, or a damaged one.
    """
    try:
        return numbers_of(path.read_bytes())
    except OSError as error:
        raise reading_failed(path, error) from error
    except (
        BadZipFile,
        KeyError,
        SyntaxError,
        NotImplementedError,
        RuntimeError,
        EOFError,
        ZlibError,
    ) as error:
        raise CannotRead("E-TEXT-DAMAGED", path=path) from error


def numbers_of(data: bytes) -> list[tuple[Tag, str]]:
    """The same of a document's bytes; whatever is wrong with them is raised as it comes."""
    with ZipFile(BytesIO(data)) as package:
        parts = [info for info in package.infolist() if _PARTS.fullmatch(info.filename)]
        if not parts or sum(info.file_size for info in parts) > _LARGEST:
            raise BadZipFile
        return [one for info in parts for one in _controls(_parsed(package.read(info)))]


def _parsed(data: bytes) -> Element:
    """The root of a part; one that declares a document type is refused, and with it entities."""
    if b"<!DOCTYPE" in data:
        raise SyntaxError("document type")
    return XML(data)


def _controls(root: Element) -> Iterator[tuple[Tag, str]]:
    for control in root.iter(f"{_WORD}sdt"):
        tag = control.find(f"{_WORD}sdtPr/{_WORD}tag")
        read = tag_of(tag.get(f"{_WORD}val", "")) if tag is not None else None
        if read is not None:
            texts = control.iterfind(f"{_WORD}sdtContent//{_WORD}t")
            yield read, "".join(text.text or "" for text in texts).strip()
