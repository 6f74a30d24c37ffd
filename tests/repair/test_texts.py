"""Text repaired: what changes, and that nothing else does."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetcredit.model.text import fold
from sheetcredit.repair.fix import repaired_text


@pytest.mark.parametrize(
    ("old", "new", "kinds"),
    [
        ("Hội Nông dân", "Hội Nông dân", ()),
        (unicodedata.normalize("NFD", "Hội Nông dân"), "Hội Nông dân", ("compose",)),
        ("  Trần  Thị\u00a0Lan ", "Trần Thị Lan", ("spaces",)),
        ("\ufeffLê\u200b Lợi", "Lê Lợi", ("spaces",)),
        ("dòng một\ndòng hai", "dòng một\ndòng hai", ()),
        ("dòng một  \n dòng hai", "dòng một\ndòng hai", ("spaces",)),
        ("An Hoà", "An Hòa", ("tones",)),
        (unicodedata.normalize("NFD", "An Hoà"), "An Hòa", ("compose", "tones")),
        ("X· An Hßa", "Xã An Hòa", ("TCVN3",)),
        ("Xaõ An  Hoøa", "Xã An Hòa", ("VNI", "spaces")),
        ("Leâ ViÖt", "Leâ ViÖt", ()),  # half in one code, half in another: not certain
        ("H'Măng Niê", "H'Măng Niê", ()),
    ],
)
def test_texts(old: str, new: str, kinds: tuple[str, ...]) -> None:
    repaired = repaired_text(old)
    assert (repaired.text, repaired.kinds) == (new, kinds)


@given(st.text())
def test_a_repaired_text_has_nothing_left_to_repair(text: str) -> None:
    once = repaired_text(text).text
    again = repaired_text(once)
    assert again.text == once or "TCVN3" in again.kinds or "VNI" in again.kinds


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs", "Cf")), max_size=30))
def test_names_are_compared_as_before(text: str) -> None:
    repaired = repaired_text(text)
    if not {"TCVN3", "VNI"} & set(repaired.kinds):
        assert fold(repaired.text) == fold(text)
