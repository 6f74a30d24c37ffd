"""What must hold in any office's books, written down without the generator's own code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

from seeds.generate import to_content
from seeds.office import Account, Office

MILLION = 1_000_000
MEASURES = ("opening", "disbursement", "collection", "write_off", "balance", "overdue", "frozen")
COUNTED = ("groups", "customers")
HELD = ("balance", "overdue", "frozen", "deposits")


def check_account(account: Account) -> None:
    assert all(getattr(account, measure) >= 0 for measure in MEASURES)
    assert account.balance == account.opening + account.disbursement - account.collection - account.write_off
    assert account.overdue + account.frozen <= account.balance


def total(accounts: Iterable[Account], measure: str) -> int:
    return sum(getattr(account, measure) for account in accounts)


def check_office(office: Office) -> None:
    _check_groups(office)
    _check_places(office)
    _check_programmes(office)
    assert sum(f.current for f in office.funding) >= sum(p.account.balance for p in office.programmes)
    for source in office.funding:
        assert min(source.plan, source.opening, source.current) >= 0
        assert (source.plan % MILLION, source.opening % MILLION, source.current % MILLION) == (0, 0, 0)


def _check_groups(office: Office) -> None:
    codes = [group.code for group in office.groups]
    assert len(set(codes)) == len(codes)
    communes = {commune.code for commune in office.communes}
    for group in office.groups:
        assert len(group.code) == 7
        assert group.code.isdigit()
        assert group.commune in communes
        assert group.association in ("11", "12", "13", "14")
        assert 5 <= group.members <= 60
        assert 0 < group.customers <= group.members
        assert group.balance > 0
        assert min(group.overdue, group.frozen, group.deposits) >= 0
        assert group.overdue + group.frozen <= group.balance
        assert group.rating == _rating(group.score)
        assert 0 <= group.score <= 100
        assert group.score == round(group.score, 2)


def _rating(score: Decimal) -> str:
    return "Yếu" if score < 50 else "Trung bình" if score < 70 else "Khá" if score < 85 else "Tốt"


def _check_places(office: Office) -> None:
    """Groups, statements and the ledger agree in every commune × association."""
    sums: Counter[tuple[str, str, str]] = Counter()
    for group in office.groups:
        sums[group.commune, group.association, "groups"] += 1
        for measure in ("customers", *HELD):
            sums[group.commune, group.association, measure] += getattr(group, measure)
    places = {(commune, association) for commune, association, _ in sums}
    for row in office.ledger:
        if row.association == "99":
            assert (row.groups, row.deposits) == (0, 0)
            assert row.overdue + row.frozen <= row.balance
            continue
        for measure in (*COUNTED, *HELD):
            assert getattr(row, measure) == sums[row.commune, row.association, measure]
    ledger = [(row.commune, row.association) for row in office.ledger]
    assert len(set(ledger)) == len(ledger)
    assert {place for place in ledger if place[1] != "99"} == places
    stated = [(statement.commune, statement.association) for statement in office.statements]
    assert len(stated) == len(places)
    assert set(stated) == places
    for statement in office.statements:
        check_account(statement.account)
        place = (statement.commune, statement.association)
        for measure in COUNTED:
            assert getattr(statement, measure) == sums[*place, measure]
        for measure in ("balance", "overdue", "frozen"):
            assert getattr(statement.account, measure) == sums[*place, measure]
        assert statement.deposits == sums[*place, "deposits"]


def _check_programmes(office: Office) -> None:
    """Programmes = associations + direct, in every column; direct ties with the ledger's code 99."""
    for programme in (*office.programmes, *office.direct):
        check_account(programme.account)
    by_code = {programme.code: programme for programme in office.programmes}
    assert len(by_code) == len(office.programmes)
    for direct in office.direct:
        whole = by_code[direct.code]
        assert direct.customers <= whole.customers
        for measure in MEASURES:
            assert getattr(direct.account, measure) <= getattr(whole.account, measure)
    for measure in MEASURES:
        whole_total = total((p.account for p in office.programmes), measure)
        entrusted = total((s.account for s in office.statements), measure)
        assert whole_total == entrusted + total((p.account for p in office.direct), measure)
    for measure in ("balance", "overdue", "frozen"):
        ledger = sum(getattr(row, measure) for row in office.ledger if row.association == "99")
        assert ledger == total((p.account for p in office.direct), measure)
    for plan, balance in (
        *((p.plan, p.account.balance) for p in office.programmes),
        (sum(p.plan for p in office.programmes), sum(p.account.balance for p in office.programmes)),
    ):
        assert plan % MILLION == 0
        assert plan * 50 <= balance * 100 <= plan * 110


def check_statements_round(office: Office) -> None:
    """What is handed out: every cell within its interval, exact where it is exact."""
    tables = to_content(office).tables
    books = {(s.association, s.commune): s for s in office.statements}
    for code, sheet in (("11", "farmers"), ("12", "women"), ("13", "veterans"), ("14", "youth")):
        for row in tables[sheet]:
            statement = books[code, str(row["commune"])]
            assert (row["groups"], row["customers"]) == (statement.groups, statement.customers)
            amounts = {measure: getattr(statement.account, measure) for measure in MEASURES}
            for measure, dong in {**amounts, "deposits": statement.deposits}.items():
                typed = row[measure]
                assert isinstance(typed, int)
                assert -MILLION // 2 < dong - typed * MILLION + 1 <= MILLION // 2 + 1
    for sheet, rows in (("programmes", office.programmes), ("direct", office.direct)):
        for typed_row, programme in zip(tables[sheet], rows, strict=True):
            for measure in MEASURES:
                assert Decimal(str(typed_row[measure])) * MILLION == getattr(programme.account, measure)
    for typed_row, group in zip(tables["groups"], office.groups, strict=True):
        for measure in HELD:
            assert Decimal(str(typed_row[measure])) * MILLION == getattr(group, measure)
    for typed_row, booked in zip(tables["ledger"], office.ledger, strict=True):
        assert all(typed_row[measure] == getattr(booked, measure) for measure in (*COUNTED, *HELD))
