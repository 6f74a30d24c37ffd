"""Texts of the kinds that papers and offices publish, with their truth: every number, every contradiction."""

from __future__ import annotations

import pytest

from tests.bulletin.texts.marked import MarkedText, marked_texts
from tests.bulletin.texts.measure import measured

SETS = ("given", "own", "held_out", "fresh")
TEXTS = [text for name in SETS for text in marked_texts(name)]
KNOWN = {
    # Whether `vốn ưu đãi` of a heading is lent or to be lent cannot be told: it is not compared.
    "mu-cang-chai": [
        "mu-cang-chai: «430 tỷ đồng» means [None], not TH_DuNo", "mu-cang-chai: «430 tỷ đồng» was not compared",
    ],
}  # fmt: skip


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.name)
def test_a_text_is_read_as_it_is_meant(text: MarkedText) -> None:
    measure = measured([text])
    assert measure.misses == KNOWN.get(text.name, [])
    assert measure.numbers == measure.values > 0


def test_the_texts_say_enough() -> None:
    whole = measured(TEXTS)
    assert whole.contradictions == whole.found > 40
    assert whole.comparable > 350 and whole.false_alarms == whole.wrongly_compared == 0
    assert whole.clean == whole.texts - len(KNOWN) > 70
