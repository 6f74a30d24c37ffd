"""How a text separates thousands and decimals: read accordingly, and told where it is not one way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from sheetcredit.bulletin.verify.claim import Claim
from sheetcredit.bulletin.verify.told import finding
from sheetcredit.model.finding import Finding


def read_alike(claims: Sequence[Claim]) -> list[Claim]:
    """The claims without the readings whose decimal mark no unmistakable number of the text uses.

    Where `4,56%` stands, `449.141 tỷ` is not four hundred and a fraction.
    """
    marks = {claim.value.point for claim in claims if len(claim.values) == 1 and claim.value.point}
    if not marks:
        return list(claims)
    return [
        replace(claim, values=tuple(v for v in claim.values if v.point in ("", *marks)) or claim.values)
        for claim in claims
    ]


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
