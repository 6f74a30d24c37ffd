"""Texts of the kinds that papers and offices publish, with their truth: every number, every contradiction."""

from __future__ import annotations

import pytest

from tests.bulletin.texts.marked import MarkedText, marked_texts
from tests.bulletin.texts.measure import measured

TEXTS = [*marked_texts("given"), *marked_texts("own"), *marked_texts("held_out")]


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.name)
def test_a_text_is_read_as_it_is_meant(text: MarkedText) -> None:
    measure = measured([text])
    assert measure.misses == []
    assert measure.numbers == measure.values == measure.meanings > 0


def test_the_texts_say_enough() -> None:
    whole = measured(TEXTS)
    assert whole.contradictions > 35
    assert whole.comparable > 250
    assert whole.clean == whole.texts > 50
