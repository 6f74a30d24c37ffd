"""An office's books in whole đồng: the truth from which its workbook is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

ASSOCIATIONS = ("11", "12", "13", "14")
DIRECT = "99"


@dataclass(frozen=True, slots=True)
class Info:
    """What the report says of itself."""

    code: str
    name: str
    branch: str
    period: str
    as_of: date
    share_rounding: str
    prepared_by: str
    checked_by: str
    director: str


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune that the office serves; `weight` is its size beside the others."""

    code: str
    name: str
    weight: int


@dataclass(frozen=True, slots=True)
class Account:
    """Amounts of a period; balance = opening + disbursement - collection - write-off."""

    opening: int
    disbursement: int
    collection: int
    write_off: int
    balance: int
    overdue: int
    frozen: int


@dataclass(frozen=True, slots=True)
class Group:
    """A savings and credit group."""

    code: str
    leader: str
    commune: str
    association: str
    members: int
    customers: int
    balance: int
    overdue: int
    frozen: int
    deposits: int
    score: Decimal
    rating: str


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A commune × association in the bank's ledger; association 99 is direct lending."""

    commune: str
    association: str
    groups: int
    customers: int
    balance: int
    overdue: int
    frozen: int
    deposits: int


@dataclass(frozen=True, slots=True)
class Statement:
    """A commune as an association states it, before rounding to triệu."""

    commune: str
    association: str
    groups: int
    customers: int
    account: Account
    deposits: int


@dataclass(frozen=True, slots=True)
class Programme:
    """A credit programme; `plan` is 0 in a row of direct lending, which has none of its own."""

    code: str
    plan: int
    customers: int
    account: Account


@dataclass(frozen=True, slots=True)
class Funding:
    """A funding source, in whole triệu though counted in đồng."""

    code: str
    plan: int
    opening: int
    current: int


@dataclass(frozen=True, slots=True)
class Office:
    """Everything an office reports for a period."""

    info: Info
    communes: tuple[Commune, ...]
    funding: tuple[Funding, ...]
    programmes: tuple[Programme, ...]
    statements: tuple[Statement, ...]
    direct: tuple[Programme, ...]
    groups: tuple[Group, ...]
    ledger: tuple[LedgerRow, ...]

    def commune_names(self) -> Mapping[str, str]:
        """Names by code."""
        return {commune.code: commune.name for commune in self.communes}
