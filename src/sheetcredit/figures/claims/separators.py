"""Thousands and decimals separated in more than one way within one text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sheetcredit.figures.claims.claim import Claim
from sheetcredit.figures.claims.told import finding
from sheetcredit.model.finding import Finding


def mixed_separators(file: str, claims: Iterable[Claim]) -> Iterator[Finding]:
    """A note at the first number written another way than the first; each way is shown by an example."""
    for mark in ("style", "point"):
        examples: dict[str, Claim] = {}
        for claim in claims:
            used = getattr(claim.value, mark)
            if used not in ("", "plain"):
                examples.setdefault(used, claim)
        if len(examples) > 1:
            _, odd, *more = examples.values()
            shown = ", ".join(claim.text for claim in examples.values())
            yield finding(file, "B-SEPARATORS", odd.spot, *(claim.spot for claim in more), examples=shown)
