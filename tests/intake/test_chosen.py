"""Which version counts: the latest valid one, whatever order the files came in, and why the others do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sheetcredit.intake.versions import Chosen, choose, is_valid, submission_of, version_order
from sheetcredit.model.errors import CannotRead, SheetcreditError
from sheetcredit.model.finding import Finding, Severity
from sheetcredit.model.period import Period
from sheetcredit.outcome import Report

PERIOD = Period(2024, 1)
START = datetime(2024, 4, 1, 8, tzinfo=UTC)


@dataclass(frozen=True)
class Arrived:
    origin: str
    digest: str
    received: datetime | None = START
    kind: str | None = "office"
    report: Report | None = None
    error: SheetcreditError | None = None
    info: Mapping[str, object] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return f"/arrived/{self.origin}"


def report(office: str | None = "0312", *severities: Severity, period: Period | None = PERIOD) -> Report:
    findings = tuple(Finding("f", "R05", severity, "Hội CCB", "I10") for severity in severities)
    return Report("f", office, "", period, 1, "", findings, {})


def sent(version: int, *severities: Severity, number: int | None = None, hours: int | None = None) -> Arrived:
    info = {} if number is None else {"submission": float(number)}
    when = START + timedelta(hours=version if hours is None else hours)
    return Arrived(f"bản-{version}.xlsx", f"d{version}", when, report=report("0312", *severities), info=info)


def unreadable(version: int) -> Arrived:
    info = {"office": "0312", "period": "2024Q1"}
    error = CannotRead("E-TRUNCATED", path="x.xlsx")
    return replace(sent(version), report=None, error=error, info=info)


def one(arrivals: Sequence[Arrived]) -> Chosen[Arrived]:
    (chosen,) = choose(arrivals)
    return chosen


def reasons(chosen: Chosen[Arrived]) -> dict[str, str]:
    return {each.gathered.origin: each.reason for each in chosen.passed_over}


def test_the_latest_valid_version_and_its_story() -> None:
    chosen = one([sent(3, "error", "note"), sent(1), sent(2, "note")])
    assert (chosen.used, chosen.version, chosen.versions) == (sent(2, "note"), 2, 3)
    assert reasons(chosen) == {"bản-1.xlsx": "older", "bản-3.xlsx": "blocked"}
    assert [each.gathered.origin for each in chosen.returned] == ["bản-3.xlsx"]
    assert chosen.story().startswith("dùng bản 2; bản 3 đã nhận, bị trả lại vì còn 1 điểm chặn")
    assert "bản 1" not in chosen.story() and "bản 1" in chosen.story(older=True)
    assert chosen.story("en").startswith("version 2 is used; version 3 arrived and is returned")


def test_one_version_alone() -> None:
    assert one([sent(1)]).story() == "dùng bản duy nhất"


def test_no_valid_version() -> None:
    chosen = one([sent(1, "error"), unreadable(2)])
    assert chosen.used is None and chosen.version is None
    assert reasons(chosen) == {"bản-1.xlsx": "blocked", "bản-2.xlsx": "unreadable"}
    assert chosen.story().startswith("chưa có bản nào dùng được; bản 1") and "bị hỏng" in chosen.story()


def test_the_number_of_the_submission_goes_before_the_time_of_arrival() -> None:
    first, second = sent(1, number=2, hours=1), sent(2, number=1, hours=9)
    chosen = one([first, second])
    assert (chosen.used, chosen.version, reasons(chosen)) == (first, 2, {"bản-2.xlsx": "older"})


def test_the_time_of_the_seal_goes_before_the_time_of_arrival() -> None:
    late = replace(sent(1, hours=9), info={"sealed_at": "2024-04-01T07:00:00+00:00"})
    assert one([late, sent(2, hours=1)]).used == sent(2, hours=1)


def test_a_query_without_explanation_blocks() -> None:
    assert not is_valid(sent(1, "query")) and is_valid(sent(1, "note"))


def test_the_same_bytes_are_one_version() -> None:
    again = replace(sent(1), origin="thư-09.eml › a.xlsx", received=START + timedelta(days=3))
    chosen = one([again, sent(2), sent(1)])
    assert (chosen.used, chosen.versions) == (sent(2), 2)
    assert reasons(chosen) == {"bản-1.xlsx": "older", "thư-09.eml › a.xlsx": "duplicate"}
    assert chosen.passed_over[-1].details["same"] == "bản-1.xlsx"


def test_offices_periods_and_kinds_are_apart_and_in_order() -> None:
    arrivals = [
        replace(sent(1), digest="a", kind="branch", report=report("31")),
        replace(sent(1), digest="b", report=report("0313")),
        replace(sent(1), digest="c", report=report("0312", period=Period(2023, 4))),
        replace(sent(1), digest="d", kind="association", info={"association": "12"}),
        replace(sent(1), digest="e", kind="association", info={"association": "11"}),
        sent(1),
    ]
    found = [(c.kind, c.office, c.association, str(c.period)) for c in choose(arrivals)]
    assert found == [
        ("office", "0312", None, "2023Q4"), ("office", "0312", None, "2024Q1"),
        ("office", "0313", None, "2024Q1"), ("association", "0312", "11", "2024Q1"),
        ("association", "0312", "12", "2024Q1"), ("branch", "31", None, "2024Q1"),
    ]  # fmt: skip


def test_what_cannot_be_assigned_comes_last_and_is_told() -> None:
    nothing = replace(sent(1), digest="x", kind=None, report=None, error=CannotRead("E-EMPTY", path="x"))
    no_office = replace(sent(2), report=report(None))
    no_period = replace(sent(3), report=report("0312", period=None))
    twice = replace(nothing, origin="lại.xlsx", received=START + timedelta(days=1))
    *_, last = choose([twice, no_period, sent(4), no_office, nothing])
    assert (last.office, last.used, last.versions) == (None, None, 3)
    assert reasons(last) == {
        "bản-1.xlsx": "unidentified", "bản-2.xlsx": "unidentified", "bản-3.xlsx": "unidentified",
        "lại.xlsx": "duplicate",
    }  # fmt: skip
    assert "bản-3.xlsx không rõ của ai: trang Thông tin không có kỳ báo cáo" in last.story()


def test_a_file_without_a_digest_is_only_itself() -> None:
    gone = [replace(unreadable(n), digest="") for n in (1, 2)]
    assert set(reasons(one([*gone, sent(3)])).values()) == {"unreadable"}


REPORTS = (report(), report("0313"), report("0312", "error"), report(None), None)
INFOS: tuple[Mapping[str, object], ...] = (
    {}, {"submission": 1}, {"submission": 2.0}, {"submission": "x"}, {"sealed_at": "2024-04-01T09:30:00"},
)  # fmt: skip


def content(number: int) -> tuple[str, Report | None, Mapping[str, object], str | None]:
    """Digest, report, details and kind of the same bytes are the same."""
    kind = ("office", "association", None)[number % 3]
    return f"{number}", REPORTS[number % 5], INFOS[number // 5 % 5], kind


@st.composite
def arrivals(draw: st.DrawFn) -> list[Arrived]:
    found = []
    for origin in draw(st.lists(st.sampled_from("abcdefgh"), unique=True)):
        digest, report, info, kind = content(draw(st.integers(0, 24)))
        hours = draw(st.none() | st.integers(0, 3))
        received = None if hours is None else START + timedelta(hours=hours)
        found.append(Arrived(origin, digest, received, kind, report, None, info))
    return found


@given(arrivals().flatmap(lambda found: st.tuples(st.just(found), st.permutations(found))))
def test_the_order_of_the_files_does_not_matter(orders: tuple[list[Arrived], list[Arrived]]) -> None:
    one_way, other_way = (choose(order) for order in orders)
    assert one_way == other_way
    placed = [each.used for each in one_way if each.used] + [
        p.gathered for c in one_way for p in c.passed_over
    ]
    assert sorted(map(repr, placed)) == sorted(map(repr, orders[0]))  # each arrival has exactly one fate
    for chosen in one_way:
        if chosen.used:
            later = [p.gathered for p in chosen.passed_over if p.later]
            assert is_valid(chosen.used) and not any(map(is_valid, later))
            assert all(version_order(each) > version_order(chosen.used) for each in later)


def test_only_a_whole_number_is_a_submission() -> None:
    numbers: list[object] = [2, 2.0, 0, -1, 1.5, True, "2", None]
    found = [submission_of(replace(sent(1), info={"submission": number})) for number in numbers]
    assert found == [2, 2, None, None, None, None, None, None]
