"""Published bulletins: the verdict of each is that of the domain's table."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from seeds.published import FOLDER, read_bulletins
from sheetcredit.bulletin.verify.meaning import claims_of
from sheetcredit.bulletin.verify.source import lines_of
from sheetcredit.bulletin.verify.verification import verify
from sheetcredit.outcome import Report
from tests.seeds_of import GOLDEN

TEXTS = sorted(FOLDER.glob("*.txt"))
SEED = FOLDER / "an-duong-2024q1.txt"


def verdict(report: Report) -> dict[str, list[str]]:
    """The quoted words by code."""
    found: dict[str, list[str]] = {}
    for finding in report.findings:
        found.setdefault(finding.code, []).append(str(finding.details["quote"]))
    return found


def methods(report: Report) -> list[str]:
    """How the shares were rounded, in English, by group."""
    return [str(notice.details["method"]["en"]) for notice in report.notices]  # type: ignore[index]


def test_the_seed_against_its_workbook() -> None:
    report = verify(SEED, GOLDEN)
    assert verdict(report) == {"B-UNIT": ["45,6 kế hoạch"], "B-BASIS": ["45,6 kế hoạch"]}
    (unit, basis) = report.findings
    assert unit.details["items"] == basis.details["items"]
    assert unit.details["items"] == ({"line": 1, "start": 248, "end": 260, "quote": "45,6 kế hoạch"},)
    assert "Tổng hợp!D14" in basis.message() and basis.sheet is None and basis.row == 1
    # 26 numbers and `không có tổ xếp loại yếu`; all but one agree.
    assert report.outcomes == {"passed": 26, "failed": 1, "explained": 0, "not_evaluated": 0}


def test_the_seed_by_itself() -> None:
    report = verify(SEED)
    assert verdict(report) == {"B-UNIT": ["45,6 kế hoạch"]}
    assert methods(report) == ["the largest remainder"]


@pytest.mark.parametrize(
    ("name", "expected", "rounding"),
    [
        ("khanh-hoa-2021-06", {"B-SHARES-SUM": ["89%"]}, ["half-up"]),
        ("dak-mil-2021-02", {}, ["half-up"]),
        ("ben-luc-2022-08", {}, ["half-up"]),
        ("que-son-2025-03", {}, ["half-up"]),
        ("quang-dien-2020-12", {"B-BY-HAND": ["97,5%"]}, []),
        ("hai-phong-2019-09", {"B-SUM": ["101.313 hộ vay"], "B-CUT": ["0,19% dư nợ ủy thác"]}, []),
        ("dak-nong-2020-12", {"B-SEPARATORS": ["19 136 hộ vay"]}, []),
        ("lam-dong-2017-06", {}, []),
    ],
)
def test_the_other_bulletins(name: str, expected: dict[str, list[str]], rounding: list[str]) -> None:
    report = verify(FOLDER / f"{name}.txt")
    assert verdict(report) == expected
    assert methods(report) == rounding
    assert report.blocks == bool(expected.keys() - {"B-SHARES-SUM", "B-SEPARATORS"})


def test_the_verdicts_say_how_much() -> None:
    borrowers = next(f for f in verify(FOLDER / "hai-phong-2019-09.txt").findings if f.code == "B-SUM")
    assert (borrowers.value, borrowers.expected, borrowers.difference) == (101313, 101218, 95)
    assert "99,9%" in verify(FOLDER / "khanh-hoa-2021-06.txt").findings[0].message()
    assert "97,6%; 2,4%" in verify(FOLDER / "quang-dien-2020-12.txt").findings[0].message()
    assert "19 136" in verify(FOLDER / "dak-nong-2020-12.txt").findings[0].message()
    assert "14,917" in verify(FOLDER / "dak-nong-2020-12.txt").findings[0].message()


@pytest.mark.parametrize(
    ("name", "old", "new", "code"),
    [
        ("lam-dong-2017-06", "+5,04%", "+5,05%", "B-GROWTH"),
        ("lam-dong-2017-06", "132.406", "134.206", "B-GROWTH"),
        ("dak-nong-2020-12", "14,917 hộ vay.", "14,917 hộ vay. Tổng số hộ vay là 68.043 hộ.", "B-SUM"),
        ("dak-nong-2020-12", "808 tỷ", "880 tỷ", "B-SUM"),
        ("que-son-2025-03", "98,66%", "96,86%", "B-SHARE"),
        ("dak-mil-2021-02", "17 tổ", "18 tổ", "B-SUM"),
        ("an-duong-2024q1", "99,82%", "98,92%", "B-SHARE"),
        ("an-duong-2024q1", "438.213", "438.231 triệu đồng, tức 438.213", "B-TWICE"),
    ],
)
def test_a_text_made_wrong_is_found_by_itself(
    name: str, old: str, new: str, code: str, tmp_path: Path
) -> None:
    text = (FOLDER / f"{name}.txt").read_text("utf-8")
    assert old in text
    path = tmp_path / "a.txt"
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert code in verdict(verify(path))


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_the_texts_carry_the_figures_of_their_yaml(path: Path) -> None:
    bulletin = next((b for b in read_bulletins() if b.name == path.stem), None)
    claims = claims_of(lines_of(path)).numbers
    values = {value.value for claim in claims for value in claim.values}
    for shares in bulletin.shares if bulletin else ():
        assert {Decimal(part.value) for part in shares.parts} <= values
    for sum_ in bulletin.sums if bulletin else ():
        assert {Decimal(n) for n in (sum_.printed_value, *(part.value for part in sum_.parts))} <= values
    for number in bulletin.numbers if bulletin else ():
        assert Decimal(number.value) in values
