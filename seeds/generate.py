"""A consistent office in whole đồng, from a seed: every tie of the rules holds to the đồng.

Totals come first (published, or drawn for a size); everything below them is split so that it adds
up again. Nothing here is a real group, person or balance.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random

from seeds import names
from seeds.apportion import (
    MILLION,
    THOUSAND,
    apportion,
    collections,
    jitter,
    least_collection,
    roughen,
    scatter,
)
from seeds.content import catalogue_entries, to_content
from seeds.office import (
    ASSOCIATIONS,
    DIRECT,
    Account,
    Commune,
    Funding,
    Group,
    LedgerRow,
    Office,
    Programme,
    Statement,
)
from seeds.targets import AssociationTarget, Flows, Targets, draw_targets, read_targets
from sheetcredit.catalogue.catalogue import load_limits, scale_in_force

__all__ = ["catalogue_entries", "golden_office", "make_office", "to_content"]

GOLDEN = Path(__file__).parent / "an-duong-2024q1.yaml"
Place = tuple[str, str]  # commune, association

_LEAST_CUSTOMERS, _MOST_CUSTOMERS = 9, 54
_LEAST_MEMBERS, _MOST_MEMBERS = 5, 60


@cache
def golden_office(yaml_path: Path = GOLDEN) -> Office:
    """The office of a golden case: its published figures, over synthetic books."""
    seed, targets = read_targets(yaml_path)
    return _generate(Random(seed), targets)


def make_office(
    seed: int,
    *,
    code: str,
    communes: int,
    groups: int,
    period: str = "2024Q1",
    average: int = 1_750,
    first_commune: int = 20_001,
    name: str | None = None,
    branch: str | None = None,
    places: Sequence[tuple[str, str]] = (),
) -> Office:
    """An invented office of a size: 3 to 60 communes, 20 to 600 groups of about `average` triệu.

    With `places` (code and name) its communes are those. Otherwise they are invented:
    Commune codes count up by three from `first_commune`: leave room between the offices of a nation.
    """
    rng = Random(seed)
    targets = draw_targets(
        rng, code=code, communes=communes, groups=groups, period=period, average=average,
        first_commune=first_commune, name=name, branch=branch, places=places,
    )  # fmt: skip
    return _generate(rng, targets)


def _generate(rng: Random, targets: Targets) -> Office:
    groups = _groups(rng, targets)
    entrusted = _ledger_of(groups)
    statements, collected = _statements(rng, targets, entrusted)
    direct = _direct_programmes(rng, targets)
    return Office(
        info=targets.info,
        communes=targets.communes,
        funding=_funding(rng, targets),
        programmes=_programmes(rng, targets, collected, direct),
        statements=statements,
        direct=direct,
        groups=groups,
        ledger=_in_order((*entrusted, *_direct_ledger(rng, targets)), _ranks(targets)),
    )


def _groups(rng: Random, targets: Targets) -> tuple[Group, ...]:
    """All groups, by commune, association and code."""
    places = [
        (commune, association)
        for association, target in targets.associations.items()
        for commune, count in _group_counts(rng, targets.communes, target, targets.most_groups)
        for _ in range(count)
    ]
    count = len(places)
    customers = apportion(
        targets.customers,
        [rng.randint(22, 46) for _ in places],
        least=[_LEAST_CUSTOMERS] * count,
        most=[_MOST_CUSTOMERS] * count,
    )
    members = [_members(rng, borrowing) for borrowing in customers]
    balances = _balances(rng, targets.associations, places, customers)
    overdue = roughen(rng, scatter(rng, targets.entrusted.overdue, balances, targets.overdue_groups), 40)
    frozen = scatter(rng, targets.entrusted.frozen, balances, targets.frozen_groups)
    saving = [size * rng.randint(4_000, 16_000) for size in members]
    deposits = roughen(rng, apportion(targets.deposits, saving, step=THOUSAND), 60)
    scores = _scores(rng, targets, [late + stopped for late, stopped in zip(overdue, frozen, strict=True)])
    codes = _group_codes(rng, count)
    groups = [
        Group(
            code=codes[place],
            leader=names.leader(rng, association),
            commune=commune,
            association=association,
            members=members[place],
            customers=customers[place],
            balance=balances[place],
            overdue=overdue[place],
            frozen=frozen[place],
            deposits=deposits[place],
            score=scores[place][0],
            rating=scores[place][1],
        )
        for place, (commune, association) in enumerate(places)
    ]
    rank = _ranks(targets)
    return tuple(sorted(groups, key=lambda group: (rank[group.commune], group.association, group.code)))


def _ranks(targets: Targets) -> Mapping[str, int]:
    """The order of the communes in every table: that in which they are listed."""
    return {commune.code: place for place, commune in enumerate(targets.communes)}


def _group_counts(
    rng: Random, communes: Sequence[Commune], target: AssociationTarget, most: int | None
) -> list[tuple[str, int]]:
    """How many groups an association has in each commune: one at least, while they last."""
    if target.groups < len(communes):
        return [(commune.code, 1) for commune in rng.sample(communes, target.groups)]
    counts = apportion(
        target.groups,
        jitter(rng, [commune.weight for commune in communes], 20),
        least=[1] * len(communes),
        most=[most or target.groups] * len(communes),
    )
    return [(commune.code, count) for commune, count in zip(communes, counts, strict=True)]


def _members(rng: Random, customers: int) -> int:
    return min(_MOST_MEMBERS, max(_LEAST_MEMBERS, customers + rng.choice((0, 0, 1, 1, 2, 3, 4, 6))))


def _balances(
    rng: Random,
    associations: Mapping[str, AssociationTarget],
    places: Sequence[Place],
    customers: Sequence[int],
) -> list[int]:
    """Balances of the groups: those of an association add up to its total."""
    balances = [0] * len(places)
    for association, target in associations.items():
        own = [place for place, (_, managing) in enumerate(places) if managing == association]
        weights = jitter(rng, [customers[place] for place in own], 18)
        amounts = roughen(rng, apportion(target.balance, weights, step=THOUSAND), 10)
        for place, amount in zip(own, amounts, strict=True):
            balances[place] = amount
    return balances


def _group_codes(rng: Random, count: int) -> list[str]:
    """Seven digits in the order the groups were founded in, which is not that of any table."""
    code, codes = rng.randint(10_000, 20_000), []
    for _ in range(count):
        code += rng.randint(1, 9)
        codes.append(f"{code:07d}")
    rng.shuffle(codes)
    return codes


def _scores(rng: Random, targets: Targets, arrears: Sequence[int]) -> list[tuple[Decimal, str]]:
    """Scores and the ratings they give; the groups with the largest arrears score worst."""
    levels = scale_in_force(load_limits().rating, targets.info.as_of).levels
    bounds = [0, *(min(round(level.below * 100), 10_001) for level in levels)]
    worst_first = sorted(range(len(arrears)), key=lambda place: (-arrears[place], place))
    ranked = [
        (level.name.vi, rank)
        for rank, level in enumerate(levels)
        for _ in range(targets.ratings[level.name.vi])
    ]
    scores: dict[int, tuple[Decimal, str]] = {}
    for place, (rating, rank) in zip(worst_first, ranked, strict=True):
        least, below = max(bounds[rank], 2_000), bounds[rank + 1]
        # Two draws, the better one counts: few groups sit just above a threshold.
        hundredths = max(rng.randrange(least, below), rng.randrange(least, below))
        if rng.randrange(4):
            hundredths -= hundredths % 25  # most criteria give quarters of a point
        scores[place] = (Decimal(max(hundredths, least)) / 100, rating)
    return [scores[place] for place in range(len(arrears))]


def _ledger_of(groups: Iterable[Group]) -> tuple[LedgerRow, ...]:
    """The ledger of entrusted lending: the sums of the groups."""
    by_place: dict[Place, list[Group]] = defaultdict(list)
    for group in groups:
        by_place[group.commune, group.association].append(group)
    return tuple(
        LedgerRow(
            commune, association,
            groups=len(own),
            customers=sum(group.customers for group in own),
            balance=sum(group.balance for group in own),
            overdue=sum(group.overdue for group in own),
            frozen=sum(group.frozen for group in own),
            deposits=sum(group.deposits for group in own),
        )
        for (commune, association), own in by_place.items()
    )  # fmt: skip


def _in_order(rows: Iterable[LedgerRow], rank: Mapping[str, int]) -> tuple[LedgerRow, ...]:
    return tuple(sorted(rows, key=lambda row: (rank[row.commune], row.association)))


def _statements(
    rng: Random, targets: Targets, ledger: Sequence[LedgerRow]
) -> tuple[tuple[Statement, ...], int]:
    """The associations' statements, and how much they collected altogether."""
    rank = _ranks(targets)
    rows = sorted(ledger, key=lambda row: (row.association, rank[row.commune]))
    balances = [row.balance for row in rows]
    openings: list[int] = []
    for association in ASSOCIATIONS:
        own = [row.balance for row in rows if row.association == association]
        opening = apportion(targets.associations[association].opening, jitter(rng, own, 3), step=THOUSAND)
        openings += roughen(rng, opening, 25)
    collected = max(targets.entrusted.collection, least_collection(openings, balances) * 5 // 4)
    written_off = scatter(rng, targets.entrusted.write_off, openings, 2)
    late = [(row.overdue, row.frozen) for row in rows]
    accounts = _accounts(rng, openings, balances, written_off, collected, late)
    return tuple(
        Statement(row.commune, row.association, row.groups, row.customers, account, row.deposits)
        for row, account in zip(rows, accounts, strict=True)
    ), collected


def _accounts(
    rng: Random,
    openings: Sequence[int],
    balances: Sequence[int],
    written_off: Sequence[int],
    collected: int,
    late: Sequence[tuple[int, int]],
) -> list[Account]:
    """Accounts whose collections add up to `collected`; what was lent follows."""
    collection = collections(rng, openings, balances, written_off, collected)
    return [
        Account(o, b - o + c + w, c, w, b, overdue, frozen)
        for o, b, c, w, (overdue, frozen) in zip(
            openings, balances, collection, written_off, late, strict=True
        )
    ]


def _split(
    rng: Random,
    weights: Sequence[int],
    opening: int,
    balance: int,
    flows: Flows,
    collected: int | None = None,
) -> list[Account]:
    """A portfolio split over its programmes."""
    balances = roughen(rng, apportion(balance, jitter(rng, weights, 6), step=THOUSAND), 30)
    openings = roughen(rng, apportion(opening, jitter(rng, balances, 3), step=THOUSAND), 30)
    if collected is None:
        collected = max(flows.collection, least_collection(openings, balances) * 5 // 4)
    places = max(1, len(weights) // 2)
    late = zip(
        scatter(rng, flows.overdue, balances, places), scatter(rng, flows.frozen, balances, 2), strict=True
    )
    written_off = scatter(rng, flows.write_off, openings, 2)
    return _accounts(rng, openings, balances, written_off, collected, list(late))


def _direct_programmes(rng: Random, targets: Targets) -> tuple[Programme, ...]:
    direct = targets.direct
    accounts = _split(rng, list(direct.programmes.values()), direct.opening, direct.balance, direct.flows)
    counts = apportion(direct.customers, [a.balance for a in accounts], least=[1] * len(accounts))
    return tuple(
        Programme(code, 0, count, account)
        for code, count, account in zip(direct.programmes, counts, accounts, strict=True)
    )


def _direct_ledger(rng: Random, targets: Targets) -> tuple[LedgerRow, ...]:
    direct, count = targets.direct, len(targets.direct.communes)
    balances = apportion(direct.balance, [rng.randint(5_000, 15_000) for _ in direct.communes], step=THOUSAND)
    customers = apportion(direct.customers, balances, least=[1] * count)
    overdue = scatter(rng, direct.flows.overdue, balances, 1)
    frozen = scatter(rng, direct.flows.frozen, balances, 1)
    return tuple(
        LedgerRow(commune, DIRECT, 0, customers[i], balances[i], overdue[i], frozen[i], 0)
        for i, commune in enumerate(direct.communes)
    )


def _programmes(
    rng: Random, targets: Targets, collected: int, direct: Sequence[Programme]
) -> tuple[Programme, ...]:
    """All programmes: their entrusted part, split from the associations' totals, and the direct part."""
    opening = sum(target.opening for target in targets.associations.values())
    balance = sum(target.balance for target in targets.associations.values())
    weights = list(targets.programmes.values())
    entrusted = _split(rng, weights, opening, balance, targets.entrusted, collected)
    loans = apportion(targets.loans, jitter(rng, weights, 25), least=[1] * len(weights))
    own = {programme.code: programme for programme in direct}
    whole = [
        Programme(code, 0, count, account) if code not in own
        else Programme(code, 0, count + own[code].customers, _together(account, own[code].account))
        for code, count, account in zip(targets.programmes, loans, entrusted, strict=True)
    ]  # fmt: skip
    plans = apportion(targets.plan, jitter(rng, [p.account.balance for p in whole], 4), step=MILLION)
    return tuple(
        Programme(programme.code, plan, programme.customers, programme.account)
        for programme, plan in zip(whole, plans, strict=True)
    )


def _together(one: Account, other: Account) -> Account:
    return Account(
        one.opening + other.opening,
        one.disbursement + other.disbursement,
        one.collection + other.collection,
        one.write_off + other.write_off,
        one.balance + other.balance,
        one.overdue + other.overdue,
        one.frozen + other.frozen,
    )


def _funding(rng: Random, targets: Targets) -> tuple[Funding, ...]:
    """Funding in whole triệu; the members' deposits are the source that the groups account for."""
    target = targets.funding
    deposits = (targets.deposits + MILLION // 2) // MILLION * MILLION
    saved = {
        "plan": deposits * 110 // 100 // MILLION * MILLION,
        "opening": deposits * 97 // 100 // MILLION * MILLION,
        "current": deposits,
    }
    totals = {"plan": target.plan, "opening": target.opening, "current": target.current}
    columns = {
        name: apportion(total - saved[name], jitter(rng, list(target.weights.values()), 2), step=MILLION)
        for name, total in totals.items()
    }
    rows = [
        Funding(code, columns["plan"][i], columns["opening"][i], columns["current"][i])
        for i, code in enumerate(target.weights)
    ]
    return (*rows, Funding(target.deposits_source, **saved))
