"""Which figure is taken, and what is said where sources differ."""

from __future__ import annotations

from datetime import date

import pytest

from sheetcredit.imports.choose import ChosenFigures, choose
from sheetcredit.imports.trust import load_trust
from sheetcredit.model.text import LANGUAGES, message_catalogue
from tests.imports.handmade import exports, figure, source

TRUST = load_trust()
LEDGER = "ledger/11581,11/{}"


def chosen(*figures: object) -> ChosenFigures:
    return choose(exports(*figures), TRUST)  # type: ignore[arg-type]


def taken(choice: ChosenFigures) -> dict[str, str]:
    return {column: one.source.kind for (_, _, column), one in choice.taken.items()}


def told(choice: ChosenFigures) -> list[tuple[str, str, int, object]]:
    return [
        (one.column, one.cause.id if one.cause else "", one.rows, one.total) for one in choice.differences
    ]


@pytest.mark.parametrize(
    ("place", "kinds", "first"),
    [
        ("programmes/01/balance", ("hstd", "bctd_01_2"), "bctd_01_2"),
        ("ledger/11581,11/balance", ("hstd", "len31_units", "bc0438"), "len31_units"),
        ("ledger/11581,11/customers", ("bc0438", "hstd", "len31_units"), "hstd"),
        ("groups/0000001/balance", ("bc0437", "hstd"), "hstd"),
        ("groups/0000001/members", ("hstd", "groups", "bc0437"), "bc0437"),
        ("direct/03/balance", ("len31_programmes", "hstd"), "hstd"),
    ],
)
def test_the_order_of_trust_of_each_column(place: str, kinds: tuple[str, ...], first: str) -> None:
    for order in (kinds, kinds[::-1]):
        choice = chosen(*(figure(kind, place, 5) for kind in order))
        assert set(taken(choice).values()) == {first} and not choice.differences


def test_a_source_that_only_compares_fills_no_cell() -> None:
    choice = chosen(figure("len31_units", LEDGER.format("customers"), 50, basis="with_savers"))
    assert choice.taken == {}
    choice = chosen(figure("hstd", "~total//balance", 5), figure("bctd_01_1", "~total//balance", 6))
    assert choice.taken == {} and told(choice) == [("balance", "", 1, -1)]


def test_our_own_basis_comes_before_a_more_trusted_file() -> None:
    place = LEDGER.format("groups")
    choice = chosen(
        figure("hstd", place, 2, basis="all_groups"), figure("bc0438", place, 1),
    )  # fmt: skip
    assert taken(choice) == {"groups": "bc0438"}
    assert told(choice) == [("groups", "empty_groups", 0, 0)] and not choice.differences[0].compared


def test_one_difference_a_measure_and_cause_however_many_rows_and_files() -> None:
    keys = ["11581,11", "11581,12", "11584,11"]
    figures = [figure("hstd", f"ledger/{key}/deposits", 100) for key in keys]
    figures += [
        figure("len31_units", f"ledger/{key}/deposits", 110 + n, basis="all_savers")
        for n, key in enumerate(keys)
    ]
    figures += [
        figure("len31_communes", "~communes/11581/deposits", 221, basis="all_savers"),
        figure("hstd", "~communes/11581/deposits", 200),
    ]
    choice = chosen(*figures)
    assert told(choice) == [("deposits", "len31_deposits", 3, 33)]
    assert choice.differences[0].files == 1


def test_a_difference_without_a_known_cause_names_its_files() -> None:
    place = LEDGER.format("balance")
    choice = chosen(figure("len31_units", place, 100), figure("hstd", place, 90))
    (one,) = choice.differences
    assert (one.ours.kind, one.other.kind, one.rows, one.cause) == ("len31_units", "hstd", 1, None)
    assert one.total == -10


def test_like_with_like_roll_overs_have_a_name() -> None:
    choice = chosen(
        figure("bctd_01_2", "~month//disbursement", 100),
        figure("len31_units", "~month//disbursement", 140, basis="with_roll_over"),
    )
    assert told(choice) == [("disbursement", "roll_over", 1, 40)]


def test_what_is_rounded_is_an_interval() -> None:
    place = "groups/0000001/balance"
    exact, near = figure("hstd", place, 1_499_999), figure("bc0437", place, 1_000_000, slack=500_000)
    assert chosen(exact, near).differences == ()
    far = figure("bc0437", place, 1_000_000, slack=499_998)
    assert told(chosen(exact, far)) == [("balance", "", 1, -499_999)]


def test_texts_and_spellings_are_no_difference() -> None:
    place = "groups/0000001/leader"
    choice = chosen(
        figure("hstd", place, "Trần Văn An"), figure("groups", place, "ÔNG TRẦN VĂN AN"),
        figure("hstd", "groups/0000001/balance", 5),
    )  # fmt: skip
    assert choice.differences == () and taken(choice) == {"leader": "hstd", "balance": "hstd"}


def test_a_list_of_names_alone_makes_no_row() -> None:
    assert chosen(figure("leaders", "groups/0012399/leader", "TỔ TRƯỞNG 99")).taken == {}


def test_the_day_and_the_office_are_those_of_most_sources() -> None:
    place = LEDGER.format("balance")
    opening = figure(source("telegram", as_of=date(2023, 12, 31)), "funding/101/opening", 1)
    nameless = figure(source("groups", as_of=None, office=None), place, 1)
    choice = chosen(figure("hstd", place, 1), figure("len31_units", place, 1), opening, nameless)
    assert (choice.as_of, choice.office) == (date(2024, 3, 31), "000312")


def test_every_cause_has_its_words_and_kinds_that_exist() -> None:
    words = message_catalogue("imports")
    for cause in TRUST.causes:
        assert set(words[f"cause-{cause.id}"]["text"]) == set(LANGUAGES)
        assert set(cause.kinds) <= set(TRUST.order)
        assert not cause.basis or f"basis-{cause.basis}" in words
    named = {
        k
        for columns in (*TRUST.first.values(), *TRUST.never.values())
        for kinds in columns.values()
        for k in kinds
    }
    assert named <= set(TRUST.order)
