"""An invented page of any size: offices in all states, findings of all of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random

from sheetcredit.page.contents import STATES, Chart, FindingRow, OfficeRow, Page, Warned
from sheetcredit.page.trends import Trends

OFFICES, PERIODS = 648, 40


def row(number: int) -> OfficeRow:
    state = STATES[number % 9] if number % 9 < 5 else "received"
    return OfficeRow(
        code=f"{number:04}", name=f"PGD NHCSXH huyện Thứ {number}", state=state, sign="✓",
        due=date(2024, 4, 10), received=date(2024, 4, 4), days_late=0, version=1, versions=1, older=False,
        origin=f"PGD{number:04}.xlsx", link=f"./den/PGD{number:04}.xlsx", seal="chưa niêm phong", errors=0,
        queries=number % 5, story="", summed=True, balance=Decimal(400_000 + number), growth=Decimal("0.0312"),
        completion=Decimal("0.976"), overdue=Decimal(456), overdue_ratio=Decimal("0.00104"),
    )  # fmt: skip


def finding(number: int, text: str = "") -> FindingRow:
    stated, owed = 3_000 + number * 7919 % 6_000, 3_000 + number * 104_729 % 6_000
    told = text or (
        f"Dư nợ của Hội Nông dân tại xã Thứ {number % 97}: hội báo cáo {stated}, sổ ngân hàng {owed}, "
        f"chênh {stated - owed}"
    )
    file = f"PGD{number % OFFICES:04}.xlsx"
    return FindingRow("R05", "error", "open", f"{number % OFFICES:04} Thứ", file, f"./den/{file}",
                      f"Sổ ngân hàng!G{10 + number % 90}", told, "Đối chiếu hai bên, sửa bên sai.", "")  # fmt: skip


def page(findings: int = 0, text: str = "", offices: int = OFFICES) -> Page:
    rows = [row(number) for number in range(1, offices + 1)]
    bars = [{"label": one.name, "value": float(one.balance or 0), "mark": 390_000.0} for one in rows[:25]]
    return Page(
        owner=text or "Hội sở chính", period="2024Q1", as_of=date(2024, 3, 31), language="vi",
        coverage="640/648 đơn vị", counts=[(state, 7) for state in STATES], offices=rows,
        warnings=[Warned(text or "Chưa nộp", [text or "0001"])], cards=[], figures=[],
        charts=[Chart("balance", text or "Dư nợ", "dư nợ", "đầu năm", False, bars, offices)],
        findings=[finding(number, text) for number in range(findings)], strays=[(text or "a.pdf", text)], trends=trends(offices),
    )  # fmt: skip


def trends(offices: int) -> Trends:
    """Ten years of quarters of every office, each with a report but in the first quarter."""
    chance = Random(2024)
    periods = [f"{2014 + number // 4}Q{number % 4 + 1}" for number in range(1, PERIODS + 1)]
    series = {}
    for number in range(1, offices + 1):
        balance = [chance.randrange(200_000, 210_000) + 6_000 * place for place in range(PERIODS)]
        overdue = [value * chance.randrange(80, 120) // 100_000 for value in balance]
        series[f"{number:04}"] = [balance, balance, overdue, [value // 20 for value in balance]]
    branch = [
        [sum(one[line][place] for one in series.values()) for place in range(PERIODS)] for line in range(4)
    ]
    counted = [offices - 3, *[offices] * (PERIODS - 1)]
    return Trends(periods, counted, branch, series)
