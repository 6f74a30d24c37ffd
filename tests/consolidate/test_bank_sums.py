"""The offices' sums against the bank's exports that lie among the reports."""

from __future__ import annotations

from pathlib import Path

import pytest

from sheetcredit.consolidate.consolidate import Consolidated, Options, consolidate
from sheetcredit.page.write import write_page
from sheetcredit.rulebook import Rulebook
from tests.consolidate.branch_offices import arrived, built, office, rulebook_of
from tests.imports.small import telegram

NUMBERS = (1, 2)
TRIEU = 1_000_000
BALANCES = {number: sum(one.account.balance for one in office(number).programmes) for number in NUMBERS}


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return rulebook_of([office(number) for number in NUMBERS])


def day_telegram(path: Path, more: int = 0, day: str = "31/03/2024") -> Path:
    """A telegram of both offices in triệu with two decimals, the second with so many triệu more."""
    first, second = (round(BALANCES[number] / TRIEU, 2) for number in NUMBERS)
    lines = [
        [name, 0.0, first * share, (second + more) * share]
        for name, share in (
            ("Tổng dư nợ", 1), ("Dư nợ Kế hoạch A", 0.5), ("Dư nợ Kế hoạch B", 0.5),
            ("Nguồn vốn cân đối từ TW (KHA)", 1), ("Tổng huy động vốn", 0.1),
            ("Tiền gửi tiết kiệm qua Tổ TK&VV", 0.05), ("Nguồn vốn nhận UTĐT tại ĐP", 0.1),
        )
    ]  # fmt: skip
    return telegram(path, {"DB1": lines}, codes=(None, None, None, 301, 302), day=day)


def run(folder: Path, rulebook: Rulebook) -> Consolidated:
    for number in NUMBERS:
        arrived(folder / "den" / f"PGD030{number}.xlsx", built(number))
    return consolidate([folder / "den"], folder / "cn.xlsx", rulebook, Options(workers=1))


def of_bank(result: Consolidated) -> list[tuple[str, str]]:
    """The file and the message of each difference."""
    return [(Path(f.file).name, f.message("vi")) for f in result.report.findings if f.code == "N-BANK"]


def test_a_telegram_that_agrees_is_not_mentioned(tmp_path: Path, rulebook: Rulebook) -> None:
    (tmp_path / "den").mkdir()
    day_telegram(tmp_path / "den" / "dien-bao.xlsx")
    result = run(tmp_path, rulebook)
    assert of_bank(result) == []
    assert "N-UNREADABLE" not in {finding.code for finding in result.report.findings}


def test_the_office_whose_sum_differs_is_named(tmp_path: Path, rulebook: Rulebook) -> None:
    (tmp_path / "den").mkdir()
    day_telegram(tmp_path / "den" / "dien-bao.xlsx", more=7)
    result = run(tmp_path, rulebook)
    ((file, _),) = of_bank(result)
    assert file == "PGD0302.xlsx"
    (finding,) = [one for one in result.report.findings if one.code == "N-BANK"]
    assert finding.details["apart"] == pytest.approx(-7 * TRIEU, abs=10_000)
    page = write_page(result.totals, tmp_path / "tinh-hinh.html", "vi").read_text(encoding="utf-8")
    assert "Tổng khác báo cáo của ngân hàng" in page


def test_an_export_of_another_day_is_not_compared(tmp_path: Path, rulebook: Rulebook) -> None:
    (tmp_path / "den").mkdir()
    day_telegram(tmp_path / "den" / "dien-bao.xlsx", more=7, day="30/04/2024")
    assert of_bank(run(tmp_path, rulebook)) == []
