"""A quarter in which everything happens that a branch has to notice: each on the page, in JSON, in `Kiểm tra`.

Eleven offices report or do not; in each of nine one thing is out of order, the rest are as they should be.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TypeVar

import msgspec
import openpyxl
import pytest
from playwright.sync_api import Browser

from seeds.generate import to_content
from seeds.office import DIRECT, Account, Group, LedgerRow, Office, Statement
from sheetcredit.build.workbook import build_workbook
from sheetcredit.catalogue.catalogue import Catalogues
from sheetcredit.consolidate.consolidate import Consolidated, Options, consolidate
from sheetcredit.mail.sealing import seal_workbook
from sheetcredit.model.text import message_catalogue
from sheetcredit.page.write import write_page
from sheetcredit.rulebook import Rulebook
from sheetcredit.screen.overview import consolidated_json
from sheetcredit.seal.keys import new_key, trust
from tests.browser import Watched, chromium, opened
from tests.consolidate.branch_offices import (
    EARLY,
    IN_TIME,
    LATE,
    arrived,
    built,
    office,
    patched,
    rulebook_of,
)

pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported")
NUMBERS = range(1, 12)
TRIEU = 1_000_000
_R = TypeVar("_R", Group, LedgerRow, Statement)
WRONG = {"Sổ ngân hàng": {"G10": 123_456_789}}


@dataclass(frozen=True)
class Planted:
    """What is planted: its code, the offices it names, the state of the last of them."""

    code: str
    offices: tuple[str, ...]
    state: str = "received"


SITUATIONS = {
    "late": Planted("N-LATE", ("0302",), "late"),
    "returned": Planted("N-RETURNED", ("0303",), "returned"),
    "forged": Planted("N-UNTRUSTED", ("0304",)),
    "older version counted": Planted("N-NEWER", ("0305",)),
    "missing opening": Planted("N-NO-PREVIOUS", ("0306",)),
    "outlier": Planted("N-OUTLIER", ("0307",)),
    "group in two offices": Planted("N-GROUP-TWICE", ("0301", "0308")),
    "commune in two offices": Planted("N-COMMUNE-TWICE", ("0301", "0308")),
    "missing": Planted("N-MISSING", ("0309",), "missing"),
}


def far_from_plan(own: Office) -> Office:
    """The office with a plan that is three tenths higher, of its funding too: no other is so far from it."""
    programmes = tuple(replace(one, plan=one.plan * 13 // 10) for one in own.programmes)
    funding = tuple(replace(one, plan=one.plan * 13 // 10 // TRIEU * TRIEU) for one in own.funding)
    return replace(own, programmes=programmes, funding=funding)


def with_a_group_of(own: Office, other: Office) -> Office:
    """The office with one commune and one group of another in place of one of its own."""
    commune = own.groups[0].commune
    theirs = other.groups[0]

    def moved(rows: Iterable[_R]) -> tuple[_R, ...]:
        return tuple(replace(row, commune=theirs.commune) if row.commune == commune else row for row in rows)

    groups = list(moved(own.groups))
    groups[0] = replace(groups[0], code=theirs.code)
    name = other.commune_names()[theirs.commune]
    communes = tuple(
        replace(one, code=theirs.commune, name=name) if one.code == commune else one for one in own.communes
    )
    return replace(
        own,
        communes=communes,
        groups=tuple(groups),
        ledger=moved(own.ledger),
        statements=moved(own.statements),
    )


def year_before(own: Office) -> Office:
    """The office at the end of the year before: what it opened this one with, overdue debt as now."""

    def closed(account: Account) -> Account:
        return replace(account, disbursement=0, collection=0, write_off=0, balance=account.opening)

    statements = tuple(replace(one, account=closed(one.account)) for one in own.statements)
    programmes = tuple(replace(one, account=closed(one.account)) for one in own.programmes)
    direct = tuple(replace(one, account=closed(one.account)) for one in own.direct)
    groups: list[Group] = []
    ledger = []
    for row in own.ledger:
        of_row = [
            one for one in own.groups if (one.commune, one.association) == (row.commune, row.association)
        ]
        balance = sum(
            one.account.balance
            for one in statements
            if (one.commune, one.association) == (row.commune, row.association)
        )
        if row.association == DIRECT:
            first = row == next(one for one in own.ledger if one.association == DIRECT)
            balance = sum(one.account.balance for one in direct) if first else 0
        ledger.append(replace(row, balance=balance))
        for number, group in enumerate(of_row):
            part = balance // len(of_row) + (balance % len(of_row) if number == 0 else 0)
            groups.append(replace(group, balance=part))
    return replace(
        own,
        info=replace(own.info, period="2023Q4", as_of=date(2023, 12, 31)),
        funding=tuple(replace(one, current=one.opening) for one in own.funding),
        programmes=programmes, direct=direct, statements=statements, ledger=tuple(ledger),
        groups=tuple(groups),
    )  # fmt: skip


def with_part_of(rulebook: Rulebook, number: int, theirs: Office) -> Rulebook:
    """The catalogues, in which an office has a part of the first commune of another, and none of its own first."""
    entries, own = dict(rulebook.catalogues.entries), office(number)
    shared = theirs.groups[0].commune
    communes = [one for one in entries["communes"] if one.code != own.groups[0].commune]
    (commune,) = [one for one in communes if one.code == shared]
    part = msgspec.structs.replace(commune, office=own.info.code, elsewhere=True)
    entries["communes"] = (*communes, part)
    return Rulebook(catalogues=Catalogues(entries, rulebook.catalogues.limits))


def book(own: Office, folder: Path) -> bytes:
    return build_workbook(folder / "mau.xlsx", to_content(own)).read_bytes()


def signed(path: Path, rulebook: Rulebook) -> None:
    """The report as its office signs it with the key of this machine."""
    when = path.stat().st_mtime
    assert seal_workbook(path, rulebook=rulebook).seal
    os.utime(path, (when, when))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Consolidated, Path]]:
    folder = tmp_path_factory.mktemp("quy")
    rulebook = with_part_of(rulebook_of([office(number) for number in NUMBERS]), 8, office(1))
    offices = {number: office(number) for number in NUMBERS}
    offices[7] = far_from_plan(offices[7])
    offices[8] = with_a_group_of(offices[8], offices[1])
    came, before = folder / "den", folder / "truoc"
    for number, own in offices.items():
        if number != 9:
            arrived(came / f"PGD03{number:02}.xlsx", book(own, folder), LATE if number == 2 else IN_TIME)
        if number != 6:
            arrived(before / f"{number}.xlsx", book(year_before(own), folder), EARLY)
    patched(came / "PGD0303.xlsx", WRONG)
    patched(arrived(came / "sau" / "PGD0305.xlsx", built(5), LATE), WRONG)
    arrived(came / "la" / "PGD0304.xlsx", built(4), LATE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHEETCREDIT_HOME", str(folder / "may"))
        patch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
        provisional = Options(workers=1, include_blocked=True)
        consolidate([before], folder / "2023Q4.xlsx", rulebook, provisional)
        key, _ = new_key("0304")
        trust([key.public])
        signed(came / "PGD0304.xlsx", rulebook)
        result = consolidate([came], folder / "cn.xlsx", rulebook, Options(workers=1))
        yield result, write_page(result.totals, folder / "tinh-hinh.html", "vi", result.written_to)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.fixture(scope="module")
def seen(browser: Browser, made: tuple[Consolidated, Path]) -> Watched:
    return opened(browser, made[1])


def named_in(text: str) -> tuple[str, ...]:
    """The offices that a text names by their codes, in their order."""
    return tuple(sorted({f"03{number:02}" for number in NUMBERS if re.search(rf"\b03{number:02}\b", text)}))


@pytest.mark.parametrize("planted", SITUATIONS.values(), ids=list(SITUATIONS))
def test_it_is_on_the_page(planted: Planted, seen: Watched) -> None:
    seen.page.select_option("#finding-code", planted.code)
    (row,) = seen.texts("#finding-table tbody tr")
    assert named_in(row) == planted.offices
    office_row = seen.page.locator("#office-table tbody tr", has_text=planted.offices[-1])
    assert office_row.get_attribute("data-state") == planted.state
    tile = seen.page.locator(".tile", has_text=planted.offices[-1])
    assert f"s-{planted.state}" in str(tile.get_attribute("class"))


@pytest.mark.parametrize("planted", SITUATIONS.values(), ids=list(SITUATIONS))
def test_it_is_in_json(planted: Planted, made: tuple[Consolidated, Path]) -> None:
    told = json.loads(consolidated_json(made[0], "vi"))
    (found,) = [one for one in told["branch"]["findings"] if one["code"] == planted.code]
    assert named_in(found["message"]) == planted.offices
    states = {one["office"]: one["state"] for one in told["submissions"]}
    assert states[planted.offices[-1]] == planted.state


@pytest.mark.parametrize("planted", SITUATIONS.values(), ids=list(SITUATIONS))
def test_it_is_in_kiem_tra(planted: Planted, made: tuple[Consolidated, Path]) -> None:
    lines = openpyxl.load_workbook(made[0].written_to)["Kiểm tra"].iter_rows(values_only=True)
    (line,) = [row for row in lines if planted.code in row]
    assert named_in(" ".join(map(str, line))) == planted.offices


def test_nothing_else_is(seen: Watched, made: tuple[Consolidated, Path]) -> None:
    codes = sorted(planted.code for planted in SITUATIONS.values())
    assert sorted(finding.code for finding in made[0].report.findings) == codes
    told = json.loads(consolidated_json(made[0], "vi"))
    assert sorted(one["code"] for one in told["branch"]["findings"]) == codes
    # What else the page and `Kiểm tra` list is what was found in the offices' own workbooks.
    own = {finding.code for one in made[0].arrivals.submissions for finding in one.findings}
    options = seen.page.eval_on_selector_all("#finding-code option", "all => all.map(one => one.value)")
    assert {code for code in options if code and code not in own} == set(codes)
    lines = openpyxl.load_workbook(made[0].written_to)["Kiểm tra"].iter_rows(values_only=True)
    listed = {str(cell) for row in lines for cell in row if cell}
    assert {code for code in message_catalogue("findings") if code in listed and code not in own} == set(
        codes
    )


def test_what_misleads_about_the_totals_comes_first(seen: Watched) -> None:
    summed = f"{len(NUMBERS) - 2}/{len(NUMBERS)} đơn vị"  # one is returned, one missing
    assert summed in seen.page.locator("#h-warnings").inner_text()
    warned = seen.page.locator(".warnings").inner_text()
    assert named_in(warned) == ("0301", "0303", "0304", "0305", "0306", "0307", "0308", "0309")
