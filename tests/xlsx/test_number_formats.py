"""Number formats: which show another number than the value, and which only show it in their way."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetcredit.xlsx.number_formats import odd_formats, shows_another_number, words_of
from sheetcredit.xlsx.package import Package
from tests.seeds_of import GOLDEN
from tests.xlsx.hostile import SHEET, STYLES, packed, parts_of

USUAL = [
    "General", "", "@", "0", "#,##0", "#,##0.00", "#,##0.######", "0000000", "# ?/8", "# ??/??", "0.00E+00",
    '#,##0" triệu"', "#,##0_);(#,##0)", "#,##0;-#,##0", "#,##0;[Red]#,##0", '#,##0;[Red]-#,##0;"-"',
    "[$-42A]#,##0", "[$₫-42A]#,##0", "#,##0 _₫", "* #,##0", "[>=1000]#,##0;0.0", '_-* #,##0_-;-* #,##0_-;_-* "-"??_-',
    "dd/mm/yyyy", "[h]:mm", r"#\.##0", '#"."##0', "+0;-0;0", r"\ #,##0", "#,##0;;", "[Blue]#,##0",
]  # fmt: skip
MISLEADING = [
    '"999.999"', '"5"#,##0', r"\5#,##0", "5#,##0", '#,##0"000"', "#,##0,", "#,##0,,", "#,##0,.00", "0,", "0%", "0.00%",
    '0"%"', r"0\%", ";;;", '""', " ", "-#,##0", "(#,##0)", '"-"#,##0', "[$9-42A]#,##0", "*1#,##0", '0","000',
    "[>=1000]0%;0", '[<1000]0;"12"', "0;0%", "#,##0 %", '[Red]"1.000"',
]  # fmt: skip
AMOUNT = 12447.0


@pytest.mark.parametrize("code", USUAL)
@pytest.mark.parametrize("value", [AMOUNT, 5000.25])
def test_usual_formats_show_the_value(code: str, value: float) -> None:
    assert not shows_another_number(code, value)


@pytest.mark.parametrize("code", [code for code in MISLEADING if code != "0;0%"])
def test_misleading_formats_do_not(code: str) -> None:
    assert shows_another_number(code, AMOUNT)


@pytest.mark.parametrize(
    ("code", "value", "misleads"),
    [
        ("0;0%", -5, True), ("#,##0;#,##0", -5, True), ("#,##0;#,##0", 5, False), ("#,##0;(#,##0)", -5, False),
        ('#,##0;-#,##0;"-"', 0, False), ('#,##0;-#,##0;"7"', 0, True), ("0%", 0, False), (";;;", 0, False),
        ('[=0]"7";0', 0, True), ('[=0]"7";0', 5, False), ("#,##0", -5, False), ("-0", -5, False),
    ],
)  # fmt: skip
def test_the_section_for_the_value_counts(code: str, value: float, misleads: bool) -> None:
    assert shows_another_number(code, value) is misleads


@pytest.mark.parametrize(
    ("code", "misleads"),
    [("0.00%", False), ("0%", False), ("0.00", True), ("0.0%%", True), ('0.00"%"', True)],
)
def test_a_ratio_is_shown_in_per_cent(code: str, misleads: bool) -> None:
    assert shows_another_number(code, 0.0456, ratio=True) is misleads


@given(st.text(alphabet='0#?.,%;"\\_*[]@-() 195dE+/$<>=ỷ', max_size=30), st.floats(-1e15, 1e15))
def test_no_format_raises(code: str, value: float) -> None:
    assert shows_another_number(code, value) in (True, False)
    assert isinstance(words_of(code, value), str)


@given(
    st.integers(0, 10**12),
    st.integers(0, 6),
    st.sampled_from(["", "#,##"]),
    st.sampled_from(["", " đồng", " triệu"]),
)
def test_what_shows_the_rounded_value_is_never_called_misleading(
    amount: int, decimals: int, thousands: str, words: str
) -> None:
    code = f"{thousands}0{'.' if decimals else ''}{'0' * decimals}" + (f'"{words}"' if words else "")
    value = float((Decimal(amount) / 1000).quantize(Decimal("0.001"), ROUND_HALF_UP))
    assert not shows_another_number(code, value)


def with_format(code: bytes, cell: bytes = b"I13", number: bytes = b"300") -> bytes:
    """The golden workbook with a number format for one cell of `Hội Nông dân`."""
    parts = parts_of(GOLDEN.read_bytes())
    styles = parts[STYLES]
    added = b'<numFmt numFmtId="%b" formatCode="%b"/></numFmts>' % (number, code)
    styles = styles.replace(b"</numFmts>", added, 1) if code else styles
    count = styles.split(b"<cellXfs", 1)[1].split(b"</cellXfs>")[0].count(b"<xf ")
    styles = styles.replace(b"</cellXfs>", b'<xf numFmtId="%b" applyNumberFormat="1"/></cellXfs>' % number, 1)
    sheet = parts[SHEET].replace(b'<c r="%b" s="24"' % cell, b'<c r="%b" s="%d"' % (cell, count), 1)
    assert sheet != parts[SHEET]
    return packed(parts | {STYLES: styles, SHEET: sheet})


@pytest.mark.parametrize(
    ("code", "number"), [(b"&quot;5.000&quot;", b"300"), (b"#,##0,", b"300"), (b"", b"9")]
)
def test_cells_with_odd_formats_are_found(code: bytes, number: bytes) -> None:
    package = Package(with_format(code, number=number), "a.xlsx")
    found = odd_formats(package, "Hội Nông dân")
    assert list(found) == [(12, 8)]
    assert found[12, 8] == {b"": "0%", b"#,##0,": "#,##0,"}.get(code, '"5.000"')


def test_our_template_has_none_where_numbers_are_typed() -> None:
    package = Package(GOLDEN.read_bytes(), "a.xlsx")
    for sheet in package.sheets:
        if sheet.name != "Tổng hợp":
            assert odd_formats(package, sheet.name) == {}
