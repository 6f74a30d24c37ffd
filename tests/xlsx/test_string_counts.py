"""A table of shared strings that promises more than it holds: read as it is, never believed.

calamine makes room for as many strings as the count says; where that is more memory than the machine has the
whole process is aborted, so that no test here could even fail. Hence what calamine is given is looked at too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from sheetcredit.model.errors import HostileFile
from sheetcredit.template.recognise import recognise
from sheetcredit.xlsx.container import Container
from sheetcredit.xlsx.for_calamine import for_calamine
from sheetcredit.xlsx.inspect import inspect_other
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.read import peek, read_book
from tests.seeds_of import GOLDEN

PART = "xl/sharedStrings.xml"
TAG = re.compile(rb"<sst[^>]*>")
MAIN = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
HUGE = b"4294967295"


def plain(part: bytes) -> bytes:
    return part


def bold(part: bytes) -> bytes:
    """A string in bold, as in the file that was seen: calamine reads such a table in another way."""
    return re.sub(rb"<si><t>([^<]*)</t></si>", rb"<si><r><rPr><b/></rPr><t>\1</t></r></si>", part, count=1)


def with_tag(tag: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """The golden workbook with another first tag of its shared strings."""
    out = BytesIO()
    with ZipFile(GOLDEN) as old, ZipFile(out, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, change(TAG.sub(tag, part)) if name == PART else part)
    return out.getvalue()


LIES = {
    "both": b'<sst %s count="%s" uniqueCount="%s">' % (MAIN, HUGE, HUGE),
    "count": b'<sst %s count="%s" uniqueCount="3">' % (MAIN, HUGE),
    "unique": b'<sst %s uniqueCount="%s">' % (MAIN, HUGE),
    "quotes": b"<sst %s uniqueCount='%s'>" % (MAIN, HUGE),
    "spaces": b'<sst %s\n uniqueCount = "%s" >' % (MAIN, HUGE),
    "angle": b'<sst %s xmlns:a="u>v" uniqueCount="%s">' % (MAIN, HUGE),
    "billion": b'<sst %s count="9" uniqueCount="1000000000">' % MAIN,
    "digits": b'<sst %s count="9" uniqueCount="%s">' % (MAIN, b"9" * 5_000),
    "entity": b'<sst %s uniqueCount="&#52;294967295">' % MAIN,
    "negative": b'<sst %s uniqueCount="-1">' % MAIN,
}


@pytest.mark.parametrize("change", [plain, bold])
@pytest.mark.parametrize("tag", LIES.values(), ids=LIES)
def test_what_is_there_counts_not_what_is_promised(
    tag: bytes, change: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    path = tmp_path / "lies.xlsx"
    path.write_bytes(with_tag(tag, change))
    given = for_calamine(Package(path.read_bytes(), str(path)))
    with ZipFile(BytesIO(given)) as package:
        first = re.search(rb"<sst.*?<si", package.read(PART), re.DOTALL)
    assert first is not None and b"ount" not in first[0]
    there, wanted = read_book(path), read_book(GOLDEN)
    assert {name: grid.rows for name, grid in there.grids.items()} == {
        name: grid.rows for name, grid in wanted.grids.items()
    }
    assert recognise(path).kind == "office"
    assert peek(path, "Thông tin") is not None


def test_true_counts_are_left_as_they_are() -> None:
    data = GOLDEN.read_bytes()
    assert for_calamine(Package(data, "golden.xlsx")) == data


def test_a_binary_workbook_that_promises_too_much_is_refused() -> None:
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.bin", b"")
        archive.writestr("xl/sharedStrings.bin", b"\x9f\x01\x08" + b"\x01\0\0\0" + b"\xff\xff\xff\xff")
    with pytest.raises(HostileFile) as refused:
        inspect_other(Container(out.getvalue(), "a.xlsb"))
    assert refused.value.details["limit"] == "strings"
