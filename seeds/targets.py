"""What a generated office must add up to: read from a golden case, or drawn at random for a size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import yaml

from seeds import names
from seeds.apportion import MILLION, apportion, jitter
from seeds.office import ASSOCIATIONS, Commune, Info
from sheetcredit.catalogue.catalogue import load_catalogue
from sheetcredit.model.period import parse_period


@dataclass(frozen=True, slots=True)
class AssociationTarget:
    """Totals of an association."""

    groups: int
    opening: int
    balance: int


@dataclass(frozen=True, slots=True)
class Flows:
    """Totals of a period that no association or programme publishes by itself."""

    collection: int
    write_off: int
    overdue: int
    frozen: int


@dataclass(frozen=True, slots=True)
class DirectTarget:
    """Totals of direct lending, the programmes (by weight) and the communes it is found in."""

    opening: int
    balance: int
    flows: Flows
    customers: int
    programmes: Mapping[str, int]
    communes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FundingTarget:
    """Totals of funding; `weights` by source, apart from the source that is the members' deposits."""

    plan: int
    opening: int
    current: int
    weights: Mapping[str, int]
    deposits_source: str


@dataclass(frozen=True, slots=True)
class Targets:
    """The totals and the parameters of an office. `loans` counts borrowers once a programme."""

    info: Info
    communes: tuple[Commune, ...]
    associations: Mapping[str, AssociationTarget]
    entrusted: Flows
    direct: DirectTarget
    programmes: Mapping[str, int]
    plan: int
    loans: int
    funding: FundingTarget
    customers: int
    deposits: int
    ratings: Mapping[str, int]
    overdue_groups: int
    frozen_groups: int
    most_groups: int | None


def read_targets(path: Path) -> tuple[int, Targets]:
    """The RNG seed and the targets of a golden case.

    Published and derived figures are whole triệu; the synthetic remainders (in đồng) make them the
    sums of real books, which never are.
    """
    case: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    published, derived, synthetic = case["published"], case["derived"], case["synthetic"]
    odd, direct, funding = synthetic["remainders"], synthetic["direct"], synthetic["funding"]
    balances = {code: published["associations"][code]["value"] for code in ASSOCIATIONS}
    associations = {
        code: AssociationTarget(
            groups=synthetic["associations"][code]["groups"],
            opening=synthetic["associations"][code]["opening"] * MILLION + odd["opening"][code],
            balance=balances[code] * MILLION + odd["balance"][code],
        )
        for code in ASSOCIATIONS
    }
    return synthetic["seed"], Targets(
        info=Info(
            share_rounding=derived["share_rounding"]["value"], **case["report"], **synthetic["signers"]
        ),
        communes=tuple(Commune(**commune) for commune in synthetic["communes"]),
        associations=associations,
        entrusted=Flows(**synthetic["entrusted"]),
        direct=DirectTarget(
            opening=derived["direct_opening"]["value"] * MILLION + odd["opening"]["99"],
            balance=derived["direct_balance"]["value"] * MILLION + odd["balance"]["99"],
            flows=Flows(**direct["flows"]),
            customers=direct["customers"],
            programmes=direct["programmes"],
            communes=tuple(direct["communes"]),
        ),
        programmes=synthetic["programmes"],
        plan=derived["plan"]["value"] * MILLION,
        loans=synthetic["loans"],
        funding=FundingTarget(
            plan=derived["funding_plan"]["value"] * MILLION,
            opening=derived["funding_opening"]["value"] * MILLION,
            current=published["funding"]["value"] * MILLION,
            weights=funding["weights"],
            deposits_source=funding["deposits_source"],
        ),
        customers=published["customers"]["value"],
        deposits=synthetic["deposits"],
        ratings={rating: figure["value"] for rating, figure in published["ratings"].items()},
        overdue_groups=synthetic["overdue_groups"],
        frozen_groups=synthetic["frozen_groups"],
        most_groups=synthetic["most_groups"],
    )


_OTHER = "99"  # a rest that an office lends under only where nothing else fits


def draw_targets(
    rng: Random,
    *,
    code: str,
    communes: int,
    groups: int,
    period: str,
    average: int,
    first_commune: int,
    name: str | None,
    branch: str | None,
    places: Sequence[tuple[str, str]] = (),
) -> Targets:
    """Targets of an invented office. `average` is the balance of a group in triệu.

    `places` are code and name of communes that exist; invented ones without them.
    """
    quarter = parse_period(period)
    info = Info(
        code, name or f"PGD NHCSXH số {code}", branch or "Chi nhánh NHCSXH (số liệu giả định)",
        str(quarter), quarter.last_day, rng.choice(("thường", "cân đủ 100%")),
        names.person(rng), names.person(rng), names.person(rng),
    )  # fmt: skip
    known_places = tuple(Commune(*place, rng.randint(40, 160)) for place in places)
    placed = known_places or _draw_communes(rng, communes, first_commune)
    balance = groups * average * MILLION * rng.randint(85, 115) // 100 + rng.randrange(MILLION)
    opening = balance * 1000 // rng.randint(1005, 1050)
    associations = _draw_associations(rng, groups, balance, opening)
    listed = load_catalogue("programmes")
    known = [e.code for e in listed if e.valid_on(quarter.last_day) and e.code != _OTHER]
    programmes = dict(zip(known, (rng.randint(2, 100) for _ in known), strict=True))
    for left_out in rng.sample(known, min(rng.randint(2, 7), len(known) - 6)):
        del programmes[left_out]
    direct = _draw_direct(rng, placed, programmes, balance)
    deposits = balance * rng.randint(30, 60) // 1000
    funding = balance * rng.randint(1010, 1040) // 1000 + deposits % MILLION
    customers = groups * rng.randint(26, 36)
    return Targets(
        info=info,
        communes=placed,
        associations=associations,
        entrusted=Flows(
            collection=opening * rng.randint(50, 90) // 1000,
            write_off=rng.choice((0, opening // rng.randint(5_000, 20_000))),
            overdue=balance * rng.randint(5, 60) // 10_000,
            frozen=rng.choice((0, balance * rng.randint(1, 8) // 10_000)),
        ),
        direct=direct,
        programmes=programmes,
        plan=(opening + direct.opening) * rng.randint(104, 112) // 100 // MILLION * MILLION,
        loans=customers * rng.randint(115, 140) // 100,
        funding=FundingTarget(
            plan=funding * rng.randint(103, 109) // 100 // MILLION * MILLION,
            opening=funding * rng.randint(94, 99) // 100 // MILLION * MILLION,
            current=funding // MILLION * MILLION,
            weights={"101": 60, "102": 7, "201": 14, "202": 4, "301": 15},
            deposits_source="302",
        ),
        customers=customers,
        deposits=deposits,
        ratings=_draw_ratings(rng, groups),
        overdue_groups=max(2, groups * rng.randint(3, 12) // 100),
        frozen_groups=max(1, groups // 50),
        most_groups=None,
    )


def _draw_communes(rng: Random, count: int, first: int) -> tuple[Commune, ...]:
    # Every third number, as the statistics office left room between communes.
    return tuple(
        Commune(f"{first + 3 * place:05d}", name, rng.randint(40, 160))
        for place, name in enumerate(names.communes(rng, count))
    )


def _draw_associations(rng: Random, groups: int, balance: int, opening: int) -> dict[str, AssociationTarget]:
    weights = jitter(rng, (30, 42, 17, 11), 30)
    counts = apportion(groups, weights, least=(1, 1, 1, 1))
    balances = apportion(balance, jitter(rng, counts, 8))
    openings = apportion(opening, jitter(rng, balances, 2))
    return {
        code: AssociationTarget(*totals)
        for code, *totals in zip(ASSOCIATIONS, counts, openings, balances, strict=True)
    }


def _draw_direct(
    rng: Random, communes: tuple[Commune, ...], programmes: Mapping[str, int], entrusted: int
) -> DirectTarget:
    balance = entrusted * rng.randint(10, 90) // 10_000
    opening = balance * rng.randint(97, 104) // 100
    lent = rng.sample(sorted(programmes), rng.randint(1, 3))
    where = rng.sample([commune.code for commune in communes], rng.randint(1, min(4, len(communes))))
    return DirectTarget(
        opening=opening,
        balance=balance,
        flows=Flows(
            collection=balance * 8 // 100,
            write_off=0,
            overdue=balance * rng.randint(0, 30) // 1_000,
            frozen=balance * rng.choice((0, 10)) // 1_000,
        ),
        customers=max(len(lent) * len(where), balance // (50 * MILLION)),
        programmes={code: programmes[code] for code in programmes if code in lent},
        communes=tuple(sorted(where)),
    )


def _draw_ratings(rng: Random, groups: int) -> dict[str, int]:
    weak, average, fair = (groups * rng.randint(0, most) // 100 for most in (2, 4, 9))
    return {"Tốt": groups - fair - average - weak, "Khá": fair, "Trung bình": average, "Yếu": weak}
