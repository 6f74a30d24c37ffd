"""The golden case: published figures and every identity, in đồng, computed from the books alone."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from seeds.generate import golden_office, to_content
from seeds.office import Office
from sheetcredit.catalogue.catalogue import load_catalogue, load_catalogues
from sheetcredit.model.text import fold
from tests.seeds.identities import check_office, check_statements_round

MILLION = 1_000_000
YAML = Path(__file__).parents[2] / "seeds" / "an-duong-2024q1.yaml"


@pytest.fixture(scope="module")
def office() -> Office:
    return golden_office(YAML)


@pytest.fixture(scope="module")
def published() -> dict[str, Any]:
    case: dict[str, Any] = yaml.safe_load(YAML.read_text(encoding="utf-8"))
    return {**case["published"], "derived": case["derived"]}


def half_up(value: Fraction, decimals: int = 0) -> Decimal:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def millions(dong: int) -> int:
    return int(half_up(Fraction(dong, MILLION)))


def percent(part: int, whole: int, decimals: int) -> Decimal:
    return half_up(Fraction(100 * part, whole), decimals)


def test_every_identity_holds_to_the_dong(office: Office) -> None:
    check_office(office)
    check_statements_round(office)


def test_funding_as_published(office: Office, published: dict[str, Any]) -> None:
    current = sum(source.current for source in office.funding)
    opening = sum(source.opening for source in office.funding)
    plan = sum(source.plan for source in office.funding)
    assert millions(current) == published["funding"]["value"] == 449_141
    assert millions(opening) == published["derived"]["funding_opening"]["value"] == 429_553
    assert millions(plan) == published["derived"]["funding_plan"]["value"] == 472_508
    growth = current - opening
    assert str(percent(growth, opening, 2)) == published["funding_growth_percent"]["value"] == "4.56"
    assert (
        str(percent(growth, plan - opening, 1)) == published["funding_growth_plan_percent"]["value"] == "45.6"
    )


def test_balance_as_published(office: Office, published: dict[str, Any]) -> None:
    balance = sum(p.account.balance for p in office.programmes)
    opening = sum(p.account.opening for p in office.programmes)
    plan = sum(p.plan for p in office.programmes)
    assert millions(balance) == published["balance"]["value"] == 438_213
    assert millions(opening) == published["derived"]["opening"]["value"] == 429_551
    assert millions(balance - opening) == published["balance_growth"]["value"] == 8_662
    assert (
        str(percent(balance - opening, opening, 2)) == published["balance_growth_percent"]["value"] == "2.02"
    )
    assert plan == published["derived"]["plan"]["value"] * MILLION == 448_989 * MILLION
    assert str(percent(balance, plan, 1)) == published["plan_percent"]["value"] == "97.6"
    assert sum(p.account.balance > 0 for p in office.programmes) == published["programmes"]["value"] == 11
    eleven = ["01", "19", "09", "03", "06", "02", "04", "12", "07", "26", "27"]
    assert [p.code for p in office.programmes] == eleven


def test_entrusted_and_direct_as_published(office: Office, published: dict[str, Any]) -> None:
    balance = sum(group.balance for group in office.groups)
    opening = sum(s.account.opening for s in office.statements)
    direct = sum(p.account.balance for p in office.direct)
    assert millions(balance) == published["entrusted"]["value"] == 437_439
    assert str(percent(balance, balance + direct, 2)) == published["entrusted_percent"]["value"] == "99.82"
    assert millions(opening) == published["derived"]["entrusted_opening"]["value"] == 428_774
    assert millions(balance - opening) == published["entrusted_growth"]["value"] == 8_665
    assert len(office.groups) == published["groups"]["value"] == 250
    assert sum(group.customers for group in office.groups) == published["customers"]["value"] == 8_425
    assert millions(direct) == published["derived"]["direct_balance"]["value"] == 774
    direct_opening = sum(p.account.opening for p in office.direct)
    assert millions(direct_opening) == published["derived"]["direct_opening"]["value"] == 777


def test_associations_and_their_shares_as_published(office: Office, published: dict[str, Any]) -> None:
    balances = {
        code: sum(group.balance for group in office.groups if group.association == code)
        for code in ("11", "12", "13", "14")
    }
    assert [millions(balance) for balance in balances.values()] == [147_185, 185_065, 70_061, 35_128]
    for code, balance in balances.items():
        assert millions(balance) == published["associations"][code]["value"]
    # Largest remainder: floors of tenths of a percent, the missing tenths to the largest rests.
    whole = sum(balances.values())
    tenths = {code: balance * 1000 // whole for code, balance in balances.items()}
    rests = sorted(balances, key=lambda code: -(balances[code] * 1000 % whole))
    for code in rests[: 1000 - sum(tenths.values())]:
        tenths[code] += 1
    assert [Decimal(t) / 10 for t in tenths.values()] == [Decimal(s) for s in ("33.7", "42.3", "16", "8")]
    assert [str(Decimal(t).scaleb(-1)) for t in tenths.values()] == [
        figure["percent"] for figure in published["associations"].values()
    ]
    assert str(percent(balances["11"], whole, 1)) == "33.6"  # what half-up would have printed


def test_overdue_and_ratings_as_published(office: Office, published: dict[str, Any]) -> None:
    overdue = sum(p.account.overdue for p in office.programmes)
    balance = sum(p.account.balance for p in office.programmes)
    assert millions(overdue) == published["overdue"]["value"] == 456
    assert str(percent(overdue, balance, 2)) == "0.10"
    assert str(percent(overdue, balance, 1)) == published["overdue_percent"]["value"]
    ratings = [group.rating for group in office.groups]
    counts = {rating: ratings.count(rating) for rating in published["ratings"]}
    assert counts == {"Tốt": 240, "Khá": 6, "Trung bình": 4, "Yếu": 0}
    assert counts == {rating: figure["value"] for rating, figure in published["ratings"].items()}


def test_the_quotes_stand_in_the_bulletin_as_figures_say(published: dict[str, Any]) -> None:
    """Every published amount is written in its own quote, with Vietnamese thousands."""
    for name in (
        "funding",
        "balance",
        "balance_growth",
        "entrusted",
        "entrusted_growth",
        "customers",
        "overdue",
    ):
        written = f"{published[name]['value']:,}".replace(",", ".")
        assert written in published[name]["quote"]


def test_all_cells_exist_with_one_to_eight_groups(office: Office) -> None:
    entrusted = [row for row in office.ledger if row.association != "99"]
    assert len(office.communes) == 16
    assert len(entrusted) == 64
    assert all(1 <= row.groups <= 8 for row in entrusted)


def test_groups_look_like_life(office: Office) -> None:
    count = len(office.groups)
    assert 1_700 * MILLION < sum(g.balance for g in office.groups) // count < 1_800 * MILLION
    assert 0 < sum(g.overdue > 0 for g in office.groups) < count // 10
    leaders = [g.leader for g in office.groups]
    assert len(set(leaders)) < len(leaders)  # namesakes
    assert all(g.code.startswith("00") for g in office.groups)
    odd = sum(g.balance % 1_000 > 0 for g in office.groups)
    assert 0 < odd < count // 4  # mostly round thousands, some to the đồng


def test_rounded_cells_add_up_to_a_few_millions_off(office: Office) -> None:
    tables = to_content(office).tables
    stated = sum(
        int(str(row["balance"])) for s in ("farmers", "women", "veterans", "youth") for row in tables[s]
    )
    assert 1 <= abs(stated - 437_439) <= 32


def test_names_and_codes_are_those_of_the_catalogues(office: Office) -> None:
    entries = [e for e in load_catalogues().communes_of("0312") if e.valid_on(office.info.as_of)]
    assert {c.code: c.name for c in office.communes} == {e.code: e.name.vi for e in entries}
    known = next(e for e in load_catalogue("offices") if e.code == office.info.code)
    assert fold(known.name.vi) == fold(office.info.name)
    assert known.programmes == tuple(p.code for p in office.programmes)


def test_deposits_are_a_funding_source(office: Office) -> None:
    saved = next(source for source in office.funding if source.code == "302")
    assert saved.current // MILLION == millions(sum(group.deposits for group in office.groups))
