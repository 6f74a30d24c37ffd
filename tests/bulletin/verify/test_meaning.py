"""Sentences understood: what each number is of, in which unit; what is no figure is none."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from unicodedata import normalize

import pytest

from sheetcredit.bulletin.verify.claims import Claim
from sheetcredit.bulletin.verify.lexicon import load_lexicon
from sheetcredit.bulletin.verify.meaning import claims_of
from sheetcredit.bulletin.verify.numbers import readings
from sheetcredit.model.errors import BadDefinition
from sheetcredit.model.resources import schemas_folder
from sheetcredit.template.definition import load_office


def told(claim: Claim) -> str:
    meaning = claim.meaning
    if meaning is None:
        return f"{claim.text} ?"
    words = [meaning.measure, meaning.part, meaning.aspect, meaning.base and f"of {meaning.base}"]
    sign = "-" if claim.sign < 0 else ""
    return " ".join(
        [f"{sign}{claim.value.value}", claim.unit or "no unit", *(word for word in words if word)]
    )


SENTENCES = [
    ("Tổng nguồn vốn cho vay đến nay là 449.141 triệu đồng, đạt 45,6 kế hoạch năm 2024, tăng 4,56% so với đầu năm.",
     ["449141 million funding level", "45.6 no unit funding plan", "4.56 percent funding growth"]),
    ("Dư nợ uỷ thác 437.439 triệu đồng, chiếm 99,82% tổng dư nợ, tăng so với đầu năm 8.665 triệu đồng, với 250 tổ TK&VV quản lý 8.425 hộ vay.",
     ["437439 million entrusted level", "99.82 percent entrusted share of balance", "8665 million entrusted change",
      "250 groups groups level", "8425 customers customers level"]),
    ("Hội Nông dân đạt 147.185 triệu đồng chiếm 33,7% dư nợ ủy thác, Hội CCB đạt 70.061 trđ (16%).",
     ["147185 million entrusted HND level", "33.7 percent entrusted HND share of entrusted",
      "70061 million entrusted CCB level", "16 percent entrusted CCB share"]),
    ("Có 240 tổ xếp loại tốt, 06 tổ xếp loại khá, không có tổ xếp loại yếu.",
     ["240 groups groups good level", "6 groups groups fair level", "0 groups groups weak level"]),
    ("Tốt: 240 tổ, chiếm 96%; Khá: 6 tổ.",
     ["240 groups groups good level", "96 percent groups good share", "6 groups groups fair level"]),
    ("Tổng dư nợ giảm 8,5 tỷ đồng (giảm 2,02%) so với đầu năm.",
     ["-8.5 billion balance change", "-2.02 percent balance growth"]),
    ("Tổng dư nợ không đổi so với đầu năm.", ["0 no unit balance change"]),
    ("Không có nợ quá hạn. Nợ khoanh là 134 triệu đồng.", ["0 no unit overdue level", "134 million frozen level"]),
    ("Hoàn thành 97,6% kế hoạch tăng trưởng tín dụng; nguồn vốn bằng 98% kế hoạch nguồn vốn.",
     ["97.6 percent balance plan_growth", "98 percent funding plan_level"]),
    ("Dư nợ đầu năm là 429.551 triệu đồng, đến nay tăng lên 438.213 triệu đồng.",
     ["429551 million balance opening", "438213 million balance level"]),
    ("Hội Nông dân có 85 tổ, dư nợ 147.185 triệu đồng; tổng dư nợ 438.213 triệu đồng.",
     ["85 groups groups HND level", "147185 million entrusted HND level", "438213 million balance level"]),
    ("Thu hồi 456 triệu đồng nợ quá hạn.", ["456 million overdue level"]),
    ("Số hộ vay là 8.425, số tổ là 250.", ["8425 no unit customers level", "250 no unit groups level"]),
    ("Tỷ lệ nợ quá hạn 0,10%.", ["0.10 percent overdue share"]),
    ("Kế hoạch dư nợ năm là 448.989 triệu đồng.", ["448989 million balance plan_amount"]),
]  # fmt: skip

NO_FIGURES = [
    "Căn cứ Nghị định số 78/2002/NĐ-CP ngày 04/10/2002 và Chỉ thị 40-CT/TW, Quyết định 22/2023.",
    "PGD giao dịch qua 4 tổ chức chính trị - xã hội; họp 2 lần; Nghị quyết 11/NQ-CP, Quyết định số 22.",
    "Trong 6 tháng đầu năm 2024, đến 30.6, quý I.2018, III-2020, 30-9-2020, 10/2024 và cuối tháng 9 năm 2021.",
    "Trong quý I/2024, giai đoạn 2021-2025, sau 20 năm hoạt động, tổ chức 3 lớp tập huấn.",
    "1. Nguồn vốn",
    "1.2. Dư nợ",
    "Đơn vị xếp thứ 3, hạng 2; điện thoại 02253871234; lúc 8 giờ 30 phút ngày 5 tháng 4 năm 2024.",
]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    SENTENCES,
    ids=lambda value: value[0][:24] if isinstance(value, list) else value[:24],
)
def test_sentences(sentence: str, expected: list[str]) -> None:
    assert [told(claim) for claim in claims_of([sentence]).numbers] == expected


@pytest.mark.parametrize("line", NO_FIGURES)
def test_what_is_no_figure(line: str) -> None:
    assert claims_of([line]).numbers == ()


def test_a_unit_said_once_for_all() -> None:
    lines = [
        "Đơn vị tính: triệu đồng",
        "Hội Nông dân: 147.185; Hội Phụ nữ: 185.065; Hội Nông dân có 5.000 hộ vay.",
    ]
    assert [told(claim) for claim in claims_of(lines).numbers] == [
        "147185 million entrusted HND level", "185065 million entrusted HPN level",
        "5000 customers customers HND level",
    ]  # fmt: skip


def test_the_row_of_a_table_carries_its_heads() -> None:
    claims = claims_of(["Hội Nông dân: Dư nợ (triệu đồng) 147.185, Tỷ trọng (%) 33,7"]).numbers
    assert [told(claim) for claim in claims] == [
        "147185 million entrusted HND level", "33.7 percent entrusted HND share",
    ]  # fmt: skip


def test_composed_and_decomposed_text_read_alike() -> None:
    line = SENTENCES[1][0]
    both = [[told(c) for c in claims_of([normalize(form, line)]).numbers] for form in ("NFC", "NFD")]
    assert both[0] == both[1] == SENTENCES[1][1]


def test_times() -> None:
    times = claims_of(
        ["Đến ngày 31/3/2024, kế hoạch năm 2024.", "Nhiệm vụ quý II/2024; tháng 6 năm 2021"]
    ).times
    assert [(w.day, w.year, w.quarter, w.month, w.as_of, w.planned, w.ahead) for w in times] == [
        (date(2024, 3, 31), 2024, None, None, True, False, False),
        (None, 2024, None, None, False, True, False),
        (None, 2024, 2, None, False, False, True),
        (None, 2021, None, 6, False, False, True),
    ]


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("449.141", "amount", ["449141", "449.141"]), ("14,917", "amount", ["14.917", "14917"]),
        ("14,917", "count", ["14917"]), ("19 136", "count", ["19136"]), ("2.758.926", "amount", ["2758926"]),
        ("2,758,926", "amount", ["2758926"]), ("437,439.5", "amount", ["437439.5"]),
        ("437.439,5", "amount", ["437439.5"]), ("4,56", "percent", ["4.56"]), ("99.82", "percent", ["99.82"]),
        ("2.020", "percent", ["2.020", "2020"]), ("06", "count", ["6"]), ("-12,3", "percent", ["-12.3"]),
        ("0.123", "amount", ["0.123"]), ("1.1.2", None, []), ("12.34.567", None, []), ("1.234.56", None, []),
    ],
)  # fmt: skip
def test_ways_to_read_a_number(text: str, kind: str | None, expected: list[str]) -> None:
    assert [str(value.value) for value in readings(text, kind)] == expected  # type: ignore[arg-type]


def test_the_lexicon_knows_every_figure() -> None:
    lexicon = load_lexicon()
    assert set(lexicon.figures) == {figure.name for figure in load_office().sheet("summary").figures}
    assert len(set(lexicon.figures.values())) == len(lexicon.figures)
    for phrase in lexicon.phrases.values():
        assert phrase.unit is None or phrase.unit in lexicon.units
        assert phrase.measure is None or phrase.measure in lexicon.measures
        assert phrase.part is None or phrase.part in lexicon.parts


@pytest.mark.parametrize(
    "mistake", [("unit: million", "unit: milion"), ("part: HND", "part: HN"), ("zero: true", "zeero: true")]
)
def test_a_mistake_in_the_lexicon_is_told(mistake: tuple[str, str], tmp_path: Path) -> None:
    text = (schemas_folder() / "bulletin" / "lexicon.yaml").read_text("utf-8")
    assert mistake[0] in text
    (tmp_path / "lexicon.yaml").write_text(text.replace(*mistake), encoding="utf-8")
    with pytest.raises(BadDefinition):
        load_lexicon(tmp_path)
