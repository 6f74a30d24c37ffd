"""The offices' sums against the bank's exports that lie among the reports."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from seeds.office import Office
from sheetcredit.consolidate import bank_sums as checked
from sheetcredit.consolidate.arrivals import arrivals
from sheetcredit.consolidate.bank_sums import AskedOffice, bank_sums, findings_of_bank
from sheetcredit.consolidate.consolidate import Options, consolidate, read_all
from sheetcredit.imports.read import tables_of
from sheetcredit.imports.recognise import folded
from sheetcredit.imports.tables import RawTable
from sheetcredit.intake.candidates import Candidate
from sheetcredit.model.errors import NotOurTemplate
from sheetcredit.model.finding import Finding
from sheetcredit.outcome import Gathered
from sheetcredit.page.write import write_page
from sheetcredit.rulebook import Rulebook
from tests.consolidate.branch_offices import arrived, built, office, rulebook_of
from tests.imports.small import bctd, printed, query, telegram

NUMBERS = (1, 2, 3)
REPORTED = (1, 2)
TRIEU = 1_000_000
DAY, ANOTHER_DAY = date(2024, 3, 31), date(2024, 4, 30)


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return rulebook_of([office(number) for number in REPORTED])


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory, rulebook: Rulebook) -> list[Gathered]:
    folder = tmp_path_factory.mktemp("den")
    paths = [arrived(folder / f"PGD030{number}.xlsx", built(number)) for number in REPORTED]
    return read_all([Candidate(path, path.name) for path in paths], rulebook, Options(workers=1))


# Exports: `more` is what the last of the offices has too much, in đồng


def day_telegram(path: Path, of: Sequence[int], more: int = 0, day: date = DAY) -> Path:
    """An office a column, in triệu with two decimals."""
    sums = [sum(one.account.balance for one in office(number).programmes) for number in of]
    sums[-1] += more
    balances = [round(dong / TRIEU, 2) for dong in sums]
    lines = [
        [name, 0.0, *(balance * share for balance in balances)]
        for name, share in (
            ("Tổng dư nợ", 1), ("Dư nợ Kế hoạch A", 0.5), ("Dư nợ Kế hoạch B", 0.5),
            ("Nguồn vốn cân đối từ TW (KHA)", 1), ("Tổng huy động vốn", 0.1),
            ("Tiền gửi tiết kiệm qua Tổ TK&VV", 0.05), ("Nguồn vốn nhận UTĐT tại ĐP", 0.1),
        )
    ]  # fmt: skip
    codes = [None, None, None, *(300 + number for number in of)]
    return telegram(path, {"DB1": lines}, codes=codes, day=f"{day:%d/%m/%Y}")


def bc0438(path: Path, of: Sequence[int], more: int = 0, day: date = DAY) -> Path:
    """A row a commune and association, in đồng."""
    rows: list[dict[str, Any]] = [
        {
            "Mã PGD": f"00{own.info.code}", "Mã xã": row.commune, "Tên xã": own.commune_names()[row.commune],
            "Mã ĐVUT": row.association, "Tên ĐVUT": 0, "Tổng số tổ do HĐT quản lý": row.groups,
            "Tổng số khách hàng vay vốn do HĐT quản lý": row.customers,
            "Tổng dư nợ do HĐT quản lý": row.balance, "Số dư tiết kiệm do HĐT quản lý": row.deposits,
        }
        for own in map(office, of)
        for row in own.ledger
        if row.association != "99"
    ]  # fmt: skip
    rows[-1]["Tổng dư nợ do HĐT quản lý"] += more
    title = f"THÔNG TIN ỦY THÁC XÃ 000000 ĐẾN NGÀY {day:%d/%m/%Y}"
    return query(path, rows, above={(0, 0): title}, sheet="Sheet 1")


def bctd_01_1(path: Path, of: Sequence[int], more: int = 0, day: date = DAY) -> Path:
    """A row a commune of all the offices, in triệu to the đồng; it names no office."""
    lines = [line for own in map(office, of) for line in communes(own)]
    lines[-1][9] += Decimal(more) / TRIEU
    total = bctd("TỔNG CỘNG", None, 0, 0)
    total = [*total[:9], *(sum(line[place] or 0 for line in lines) for place in range(9, len(total)))]
    shown = [
        [round(float(cell), 6) if isinstance(cell, Decimal) else cell for cell in line]
        for line in (*lines, total)
    ]
    return printed(
        path, shown, title="01.1/BCTD", marks=17, unit="Đơn vị: triệu đồng",
        day=f"Ngày {day.day} tháng {day.month} năm {day.year}",
    )  # fmt: skip


def communes(own: Office) -> Iterator[list[Any]]:
    """The lines of an office's communes."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for row in own.ledger:
        for place, value in enumerate((row.balance, row.overdue, row.frozen, row.customers)):
            sums[row.commune][place] += value
    for number, (commune, (*amounts, customers)) in enumerate(sums.items(), start=1):
        line = list(bctd(str(number), own.commune_names()[commune], 0, customers))
        line[9], line[11], line[12] = (Decimal(dong) / TRIEU for dong in amounts)
        yield line


@dataclass(frozen=True)
class Kind:
    """An export, and what is certainly beyond its rounding in đồng; `by_office`: whether it names offices."""

    write: Callable[..., Path]
    beyond: int
    by_office: bool


KINDS = {
    "Điện báo": Kind(day_telegram, 20_000, by_office=True),
    "BC0438": Kind(bc0438, 1, by_office=True),
    "01.1": Kind(bctd_01_1, 1, by_office=False),
}
each_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))


def of_bank(path: Path, reports: Sequence[Gathered], rulebook: Rulebook) -> tuple[list[str], bool]:
    """The file of each difference (empty: of the branch), and whether the export was compared at all."""
    stray = Gathered(str(path), path.name, error=NotOurTemplate("E-NOT-OURS", path=path))
    arrived_ones = arrivals([*reports, stray], rulebook.catalogues)
    findings, compared = findings_of_bank(arrived_ones, rulebook)
    assert {finding.code for finding in findings} <= {"N-BANK"}
    return [Path(finding.file).name for finding in findings], str(path) in compared


@each_kind
def test_an_export_that_agrees(
    kind: Kind, tmp_path: Path, reports: list[Gathered], rulebook: Rulebook
) -> None:
    assert of_bank(kind.write(tmp_path / "x.xlsx", REPORTED), reports, rulebook) == ([], True)


@each_kind
def test_one_that_differs_by_more_than_it_rounds(
    kind: Kind, tmp_path: Path, reports: list[Gathered], rulebook: Rulebook
) -> None:
    found = of_bank(kind.write(tmp_path / "x.xlsx", REPORTED, kind.beyond), reports, rulebook)
    assert found == (["PGD0302.xlsx" if kind.by_office else ""], True)


@each_kind
def test_one_of_one_office_is_held_against_that_office(
    kind: Kind, tmp_path: Path, reports: list[Gathered], rulebook: Rulebook
) -> None:
    assert of_bank(kind.write(tmp_path / "x.xlsx", [2]), reports, rulebook) == ([], True)
    found = of_bank(kind.write(tmp_path / "y.xlsx", [2], kind.beyond), reports, rulebook)
    assert found == (["PGD0302.xlsx"], True)


@each_kind
def test_one_with_an_office_that_has_not_reported(
    kind: Kind, tmp_path: Path, reports: list[Gathered]
) -> None:
    rulebook = rulebook_of([office(number) for number in NUMBERS])
    found = of_bank(kind.write(tmp_path / "x.xlsx", NUMBERS, kind.beyond), reports, rulebook)
    assert found == ([], kind.by_office)  # the third one is not here to be wrong
    found = of_bank(kind.write(tmp_path / "y.xlsx", [3, 1, 2], kind.beyond), reports, rulebook)
    assert found == (["PGD0302.xlsx"] if kind.by_office else [], kind.by_office)


@each_kind
def test_one_of_another_day_is_not_compared(
    kind: Kind, tmp_path: Path, reports: list[Gathered], rulebook: Rulebook
) -> None:
    path = kind.write(tmp_path / "x.xlsx", REPORTED, kind.beyond, ANOTHER_DAY)
    assert of_bank(path, reports, rulebook) == ([], False)


@each_kind
def test_a_file_is_opened_once_for_all_offices(
    kind: Kind, tmp_path: Path, rulebook: Rulebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Path] = []

    def counted(path: Path, findings: list[Finding]) -> list[RawTable]:
        opened.append(path)
        return tables_of(path, findings)

    monkeypatch.setattr(checked, "tables_of", counted)
    path = kind.write(tmp_path / "x.xlsx", REPORTED)
    asked = [
        AskedOffice(own.info.code, f"00{own.info.code}", frozenset(map(folded, own.commune_names().values())))
        for own in map(office, REPORTED)
    ]
    assert bank_sums([str(path)], asked, rulebook, DAY)
    assert opened == [path]


def test_a_difference_is_on_the_page_and_the_export_no_file_of_nobody(
    tmp_path: Path, rulebook: Rulebook
) -> None:
    for number in REPORTED:
        arrived(tmp_path / "den" / f"PGD030{number}.xlsx", built(number))
    day_telegram(tmp_path / "den" / "dien-bao.xlsx", REPORTED, 7 * TRIEU)
    result = consolidate([tmp_path / "den"], tmp_path / "cn.xlsx", rulebook, Options(workers=1))
    found = {finding.code: finding for finding in result.report.findings}
    assert "N-UNREADABLE" not in found
    assert Path(found["N-BANK"].file).name == "PGD0302.xlsx"
    assert found["N-BANK"].details["apart"] == pytest.approx(-7 * TRIEU, abs=10_000)
    page = write_page(result.totals, tmp_path / "tinh-hinh.html", "vi").read_text(encoding="utf-8")
    assert "Tổng khác báo cáo của ngân hàng" in page
