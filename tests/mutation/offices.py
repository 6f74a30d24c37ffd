"""The offices that mistakes are made in: the golden one and invented ones of other sizes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from seeds.generate import catalogue_entries, golden_office, make_office, to_content
from seeds.office import Office
from sheetcredit.build.workbook import Content
from sheetcredit.rulebook import Rulebook, our_rulebook

SIZES = (
    (3, 20), (4, 36), (5, 60), (6, 45), (7, 90), (8, 120), (9, 70), (10, 150), (12, 110), (14, 200),
    (16, 250), (18, 180), (20, 300), (23, 240), (26, 330), (30, 400), (35, 350), (40, 450), (50, 500),
    (60, 600),
)  # fmt: skip
"""Communes and groups of the invented offices."""

FIRST_SEED = 40_001


@dataclass(frozen=True)
class Case:
    """An office before any mistake."""

    name: str
    content: Content


@cache
def offices() -> tuple[Case, ...]:
    """The golden office, then the invented ones, smallest first."""
    cases = [Case("golden", to_content(golden_office()))]
    for place, (communes, groups) in enumerate(SIZES):
        office = _invented(place)
        cases.append(Case(f"{communes}x{groups}", to_content(office)))
    return tuple(cases)


def _invented(place: int) -> Office:
    communes, groups = SIZES[place]
    return make_office(
        FIRST_SEED + place, code=f"9{place:03d}", communes=communes, groups=groups,
        first_commune=30_001 + 300 * place,
    )  # fmt: skip


@cache
def rulebook() -> Rulebook:
    """Our rules, with the invented offices and their communes known."""
    book = our_rulebook()
    entries = dict(book.catalogues.entries)
    for place in range(len(SIZES)):
        for name, more in catalogue_entries(_invented(place)).items():
            entries[name] = (*entries[name], *more)
    return Rulebook(book.office, book.rules, book.catalogues.with_entries(entries))
