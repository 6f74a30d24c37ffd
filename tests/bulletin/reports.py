"""Reports to write bulletins of: the golden one, those of invented offices, and any figures at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cache

from hypothesis import strategies as st

from seeds.generate import make_office, to_content
from sheetcredit.bulletin.compose import definitions
from sheetcredit.figures.summary import FigureValue, Summary
from sheetcredit.model.period import Period
from sheetcredit.outcome import Report
from sheetcredit.report import check_readings, reconcile
from sheetcredit.rulebook import our_rulebook
from sheetcredit.template.definition import load_office
from sheetcredit.template.reading import understand
from tests.mutation.books import Typed, make_book
from tests.seeds_of import GOLDEN

UNITS = {"nghìn đồng": 10**3, "triệu đồng": 10**6, "tỷ đồng": 10**9}


@cache
def golden_report() -> Report:
    """An Dương, first quarter 2024."""
    return reconcile(GOLDEN)


def invented_report(seed: int, communes: int, groups: int, period: str) -> Report:
    """The report of an invented office; its name and communes are in no catalogue, which is beside the point."""
    office = make_office(seed, code="0312", communes=communes, groups=groups, period=period)
    book = our_rulebook()
    reading = understand(make_book(Typed.of(to_content(office)), f"{seed}.xlsx"), book.office)
    return check_readings([reading], book)[0]


def with_figures(figures: Mapping[str, FigureValue], **more: object) -> Report:
    """A report without a workbook: figures and names only, as a branch has them."""
    then = {figure.name for figure in load_office().sheet("summary").year_before_figures}
    values = {name: figures.get(name) for name in definitions()}
    summary = Summary(
        {name: value for name, value in values.items() if name not in then}, (),
        year_before={name: value for name, value in values.items() if name in then},
    )  # fmt: skip
    report = Report(
        file="", office=None, office_name="Chi nhánh NHCSXH thành phố Hải Phòng", period=Period(2024, 1),
        unit=10**6, unit_name="triệu đồng", findings=(), outcomes={}, summary=summary,
    )  # fmt: skip
    return replace(report, **more)  # type: ignore[arg-type]


@st.composite
def any_reports(draw: st.DrawFn) -> Report:
    """Figures of any size and sign, zero and missing ones among them, in any unit, of any quarter."""
    unit = draw(st.sampled_from(sorted(UNITS)))
    return with_figures(
        {name: draw(_values(name)) for name in definitions()},
        period=Period(draw(st.integers(2020, 2035)), draw(st.integers(1, 4))),
        unit=UNITS[unit],
        unit_name=unit,
    )


def _values(name: str) -> st.SearchStrategy[FigureValue]:
    definition = definitions()[name]
    signed = "Tang" in name
    whole = st.integers(-9_999_999 if signed else 0, 9_999_999) | st.integers(-9 if signed else 0, 9)
    if not definition.ratio:
        return st.none() | st.just(0) | whole
    most = 10 ** (definition.decimals + 2)
    steps = st.integers(-most if signed else 0, most)
    return st.none() | st.just(Decimal(0)) | steps.map(lambda n: Decimal(n).scaleb(-definition.decimals - 2))
