"""An office's books as the cells of its workbook, each in the unit and rounding of its sheet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from seeds.apportion import MILLION
from seeds.office import Account, Office, Programme
from sheetcredit.build.workbook import Content
from sheetcredit.catalogue.catalogue import load_catalogue
from sheetcredit.catalogue.entry import Entry
from sheetcredit.model.checked_yaml import Words
from sheetcredit.model.money import printed

Row = dict[str, object]
SHEETS_OF_ASSOCIATIONS = {"11": "farmers", "12": "women", "13": "veterans", "14": "youth"}
TEMPLATE_VERSION = 1


def to_content(office: Office) -> Content:
    """What to type into the office's workbook.

    The ledger is in đồng; what the bank exports is in triệu with up to six decimals, exactly; what
    the associations state is rounded to whole triệu, cell by cell.
    """
    info = office.info
    return Content(
        info={
            "office": info.code,
            "office_name": info.name,
            "branch": info.branch,
            "period": info.period,
            "as_of": info.as_of,
            "unit": "triệu đồng",
            "template_version": TEMPLATE_VERSION,
            "share_rounding": info.share_rounding,
            "prepared_by": info.prepared_by,
            "checked_by": info.checked_by,
            "director": info.director,
            "send_to": None,
        },
        tables={
            "funding": _funding(office),
            "programmes": [_programme(office, programme) for programme in office.programmes],
            **{sheet: _statements(office, code) for code, sheet in SHEETS_OF_ASSOCIATIONS.items()},
            "direct": [_direct(office, programme) for programme in office.direct],
            "groups": _groups(office),
            "ledger": _ledger(office),
        },
    )


def catalogue_entries(office: Office) -> Mapping[str, tuple[Entry, ...]]:
    """By catalogue, the entries that make an invented office and its communes known."""
    info = office.info
    town = office.communes[0].name.removeprefix("Thị trấn ")
    return {
        "offices": (
            Entry(
                code=info.code,
                name=Words(vi=info.name),
                branch=Words(vi=info.branch),
                place=town,
                programmes=tuple(programme.code for programme in office.programmes),
                unverified=True,
            ),
        ),
        "communes": tuple(
            Entry(code=commune.code, name=Words(vi=commune.name), office=info.code, unverified=True)
            for commune in office.communes
        ),
    }


def in_millions(dong: int) -> Decimal:
    """Whole đồng as an exact number of triệu."""
    return Decimal(dong) / MILLION


def _rounded(dong: int) -> int:
    return printed(dong, MILLION)


def _name(catalogue: str, code: str, office: Office) -> str:
    entries: Iterable[Entry] = load_catalogue(catalogue)
    return next(e.name.vi for e in entries if e.code == code and e.valid_on(office.info.as_of))


def _funding(office: Office) -> list[Row]:
    return [
        {
            "source": source.code,
            "source_name": _name("funding_sources", source.code, office),
            "plan": _rounded(source.plan),
            "opening": _rounded(source.opening),
            "current": _rounded(source.current),
        }
        for source in office.funding
    ]


def _exact(account: Account) -> Row:
    return {
        "opening": in_millions(account.opening),
        "disbursement": in_millions(account.disbursement),
        "collection": in_millions(account.collection),
        "write_off": in_millions(account.write_off),
        "balance": in_millions(account.balance),
        "overdue": in_millions(account.overdue),
        "frozen": in_millions(account.frozen),
    }


def _direct(office: Office, programme: Programme) -> Row:
    return {
        "programme": programme.code,
        "programme_name": _name("programmes", programme.code, office),
        "customers": programme.customers,
        **_exact(programme.account),
    }


def _programme(office: Office, programme: Programme) -> Row:
    return {**_direct(office, programme), "plan": in_millions(programme.plan)}


def _statements(office: Office, association: str) -> list[Row]:
    names = office.commune_names()
    return [
        {
            "commune": statement.commune,
            "commune_name": names[statement.commune],
            "groups": statement.groups,
            "customers": statement.customers,
            "opening": _rounded(statement.account.opening),
            "disbursement": _rounded(statement.account.disbursement),
            "collection": _rounded(statement.account.collection),
            "write_off": _rounded(statement.account.write_off),
            "balance": _rounded(statement.account.balance),
            "overdue": _rounded(statement.account.overdue),
            "frozen": _rounded(statement.account.frozen),
            "deposits": _rounded(statement.deposits),
        }
        for statement in office.statements
        if statement.association == association
    ]


def _groups(office: Office) -> list[Row]:
    names = office.commune_names()
    return [
        {
            "group": group.code,
            "leader": group.leader,
            "commune": group.commune,
            "commune_name": names[group.commune],
            "association": group.association,
            "members": group.members,
            "customers": group.customers,
            "balance": in_millions(group.balance),
            "overdue": in_millions(group.overdue),
            "frozen": in_millions(group.frozen),
            "deposits": in_millions(group.deposits),
            "score": group.score,
            "rating": group.rating,
        }
        for group in office.groups
    ]


def _ledger(office: Office) -> list[Row]:
    names = office.commune_names()
    return [
        {
            "commune": row.commune,
            "commune_name": names[row.commune],
            "association": row.association,
            "association_name": _name("associations", row.association, office),
            "groups": row.groups,
            "customers": row.customers,
            "balance": row.balance,
            "overdue": row.overdue,
            "frozen": row.frozen,
            "deposits": row.deposits,
        }
        for row in office.ledger
    ]
