"""A text kept inside a workbook comes back as it was, and every other part stays."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZipFile

from hypothesis import given
from hypothesis import strategies as st

from sheetcredit.xlsx.kept_part import kept_text, with_kept_text
from sheetcredit.xlsx.package import Package
from tests.seeds_of import GOLDEN

DATA = GOLDEN.read_bytes()
texts = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=200)


@given(texts, texts)
def test_what_is_kept_comes_back_and_is_replaced(first: str, second: str) -> None:
    once = with_kept_text(Package(DATA, "a.xlsx"), first.encode())
    assert kept_text(Package(once, "a.xlsx")) == first.encode()
    twice = with_kept_text(Package(once, "a.xlsx"), second.encode())
    assert kept_text(Package(twice, "a.xlsx")) == second.encode()
    with ZipFile(BytesIO(DATA)) as before, ZipFile(BytesIO(twice)) as after:
        assert len(after.namelist()) == len(before.namelist()) + 1
        for part in before.namelist():
            assert part == "xl/_rels/workbook.xml.rels" or before.read(part) == after.read(part)


def test_nothing_is_kept_in_a_workbook_that_nobody_taught() -> None:
    assert kept_text(Package(DATA, "a.xlsx")) is None
