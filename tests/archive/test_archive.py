"""The archive: idempotent, whole or not at all, and as good as the previous workbook itself."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path

import duckdb
import polars as pl
import pytest

from seeds.generate import make_office, to_content
from sheetcredit.archive import write as archive_module
from sheetcredit.archive.history import history
from sheetcredit.archive.partitions import branch_of, partitions
from sheetcredit.archive.read import ArchiveSnapshot
from sheetcredit.archive.write import TABLES, append
from sheetcredit.build.workbook import build_workbook
from sheetcredit.model.errors import BadUsage, CannotRead, CannotWrite, FileLocked
from sheetcredit.model.period import Period
from sheetcredit.outcome import Gathered
from sheetcredit.pool.cache import ResultCache
from sheetcredit.pool.gather import gather
from sheetcredit.report import reconcile
from sheetcredit.screen.json_form import as_json
from sheetcredit.xlsx.atomic_write import put
from sheetcredit.xlsx.files import REAL_FILES
from sheetcredit.xlsx.locks import locked
from tests.consolidate.nation import Came, Land

DOCS = Path(__file__).resolve().parent.parent.parent / "docs" / "archive.md"


@pytest.fixture(scope="module")
def quarters(land: Land, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    """Three offices of the nation over four quarters, each drawn anew, so that much differs."""
    folder = tmp_path_factory.mktemp("quarters")
    made: dict[str, list[Path]] = {}
    for turn, period in enumerate(("2023Q4", "2024Q1", "2024Q2", "2024Q3")):
        for place in range(3):
            office = make_office(
                900 + 10 * turn + place, code=f"500{place}", communes=3, groups=20, period=period,
                first_commune=40_001 + 9 * place, branch=f"Chi nhánh số {place // 2}",
            )  # fmt: skip
            path = folder / f"{period}-{place}.xlsx"
            made.setdefault(period, []).append(build_workbook(path, to_content(office)))
    return made


def gathered(land: Land, files: Sequence[Path]) -> list[Gathered]:
    return gather([Came(path) for path in files], land.rulebook, workers=1)


@pytest.fixture
def first(land: Land, quarters: dict[str, list[Path]]) -> list[Gathered]:
    return gathered(land, quarters["2023Q4"])


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(folder.rglob("*")) if path.is_file()
    }  # fmt: skip


def table(folder: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(folder / name / "**" / "*.parquet", hive_partitioning=True)


def test_everything_is_kept(land: Land, first: list[Gathered], tmp_path: Path) -> None:
    result = append(first, tmp_path, land.rulebook)
    assert result.added == tuple(first)
    for name in ("ledger", "statements", "groups", "programmes", "funding", "direct"):
        rows = pl.concat(one.rows[name] for one in first)
        assert len(table(tmp_path, name)) == len(rows)
    assert table(tmp_path, "groups")["balance"].sum() == sum(
        one.rows["groups"]["balance"].sum() for one in first
    )
    reports = [one.report for one in first if one.report]
    figures = table(tmp_path, "figures")
    for report in reports:
        own = figures.filter(pl.col("office") == report.office)
        assert dict(own.select("figure", "value").rows()) == {
            name: None if value is None else Decimal(value) for name, value in report.figures.items()
        }
    assert len(table(tmp_path, "findings")) == sum(len(report.findings) for report in reports)
    assert table(tmp_path, "submissions")["digest"].to_list() == [one.digest for one in first]
    assert set(table(tmp_path, "submissions")["period"]) == {"2023Q4"}


def test_the_same_again_touches_no_file(land: Land, first: list[Gathered], tmp_path: Path) -> None:
    append(first, tmp_path, land.rulebook)
    before = snapshot(tmp_path)
    result = append(first, tmp_path, land.rulebook)
    assert result.unchanged == tuple(first)
    assert snapshot(tmp_path) == before


def test_offices_may_come_one_after_another(land: Land, first: list[Gathered], tmp_path: Path) -> None:
    for one in reversed(first):
        append([one], tmp_path / "singly", land.rulebook)
    append(first, tmp_path / "together", land.rulebook)
    assert {name: data for name, (_, data) in snapshot(tmp_path / "singly").items()} == {
        name: data for name, (_, data) in snapshot(tmp_path / "together").items()
    }


def again(land: Land, quarters: dict[str, list[Path]], one: Gathered, received: datetime | None) -> Gathered:
    """Another submission for the office and period of `one`."""
    [other] = gathered(land, quarters["2024Q1"][:1])
    assert one.report and other.report
    report = replace(other.report, period=one.report.period)
    return replace(other, report=report, received=received)


def test_a_later_submission_replaces_the_one_before(
    land: Land, quarters: dict[str, list[Path]], first: list[Gathered], tmp_path: Path
) -> None:
    append(first, tmp_path, land.rulebook)
    later = again(land, quarters, first[0], None)
    assert append([later], tmp_path, land.rulebook).added == (later,)
    for name in TABLES:
        rows = table(tmp_path, name).filter(pl.col("office") == "5000")
        assert set(rows["submission"]) <= {later.digest[:12]}
    assert len(table(tmp_path, "submissions")) == 3


def test_what_was_received_earlier_does_not_replace(
    land: Land, quarters: dict[str, list[Path]], first: list[Gathered], tmp_path: Path
) -> None:
    march, april = (datetime(2024, month, 2, tzinfo=UTC) for month in (3, 4))
    archived = replace(first[0], received=april)
    older = again(land, quarters, first[0], march)
    append([archived], tmp_path, land.rulebook)
    before = snapshot(tmp_path)
    assert append([older], tmp_path, land.rulebook).older == (older,)
    assert snapshot(tmp_path) == before
    both = append([archived, older], tmp_path / "both", land.rulebook)
    assert (both.added, both.older) == ((archived,), (older,))


MARCH, APRIL = (datetime(2024, month, 2, tzinfo=UTC) for month in (3, 4))


@pytest.mark.parametrize(
    ("archived", "offered", "replaces"),
    [
        ((2, "", MARCH), (1, "", APRIL), False),  # the number counts, not when it came
        ((2, "", None), (1, "", None), False),
        ((1, "", APRIL), (2, "", MARCH), True),
        ((1, "", None), (2, "", None), True),
        ((None, "", APRIL), (1, "", MARCH), True),
        ((1, "", MARCH), (None, "", APRIL), False),
        ((1, "2024-04-09T08:00:00+07:00", MARCH), (1, "2024-04-08T08:00:00+07:00", APRIL), False),
        ((1, "2024-04-08T08:00:00+07:00", APRIL), (1, "2024-04-09T08:00:00+07:00", MARCH), True),
        ((2, "", APRIL), (2, "", MARCH), False),
        ((2, "", MARCH), (2, "", APRIL), True),
        ((None, "", None), (None, "", None), True),  # nobody knows: the last offered
    ],
)
def test_versions_are_ordered_as_consolidate_orders_them(
    land: Land, quarters: dict[str, list[Path]], first: list[Gathered], tmp_path: Path,
    archived: tuple[int | None, str, datetime | None], offered: tuple[int | None, str, datetime | None],
    replaces: bool,
) -> None:  # fmt: skip
    def version(one: Gathered, said: tuple[int | None, str, datetime | None]) -> Gathered:
        number, sealed, received = said
        return replace(one, info={**one.info, "submission": number, "sealed_at": sealed}, received=received)

    there, one = version(first[0], archived), version(again(land, quarters, first[0], None), offered)
    append([there], tmp_path, land.rulebook)
    result = append([one], tmp_path, land.rulebook)
    assert (result.added, result.older) == (((one,), ()) if replaces else ((), (one,)))
    (digest,) = table(tmp_path, "submissions")["digest"]
    assert digest == (one if replaces else there).digest


def test_an_office_that_changes_its_branch_is_in_one_place(
    land: Land, quarters: dict[str, list[Path]], first: list[Gathered], tmp_path: Path
) -> None:
    unknown = [replace(one, report=replace(one.report, office="9999")) for one in first[:1] if one.report]
    append(unknown, tmp_path, land.rulebook)
    other = again(land, quarters, first[0], None)
    assert other.report is not None
    moved = replace(
        other, report=replace(other.report, office="9999"), info={**other.info, "branch": "Chi nhánh mới"}
    )
    append([moved], tmp_path, land.rulebook)
    for name in TABLES:
        assert set(table(tmp_path, name)["branch"]) <= {"chi-nhanh-moi"}


def test_what_has_no_office_or_period_is_left_out(land: Land, first: list[Gathered], tmp_path: Path) -> None:
    assert first[0].report is not None
    nameless = replace(first[0], report=replace(first[0].report, office=None))
    unread = replace(first[1], report=None, error=CannotRead("E-EMPTY", path="x"))
    assert append([nameless, unread], tmp_path, land.rulebook).left_out == (nameless, unread)
    assert partitions(tmp_path) == []


@pytest.mark.parametrize("breaks_at", (1, 5, 9))
def test_a_run_that_broke_off_is_put_right_by_the_next(
    land: Land, first: list[Gathered], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, breaks_at: int
) -> None:
    calls: list[Path] = []

    def breaking(path: Path, data: bytes) -> None:
        calls.append(path)
        if len(calls) == breaks_at:
            raise OSError(28, "No space left on device")
        original(path, data)

    original = put
    with monkeypatch.context() as patched:
        patched.setattr(archive_module, "put", breaking)
        with pytest.raises(CannotWrite):
            append(first, tmp_path / "broken", land.rulebook)
    append(first, tmp_path / "broken", land.rulebook)
    append(first, tmp_path / "whole", land.rulebook)
    assert {name: data for name, (_, data) in snapshot(tmp_path / "broken").items()} == {
        name: data for name, (_, data) in snapshot(tmp_path / "whole").items()
    }


def test_two_runs_do_not_write_at_once(land: Land, first: list[Gathered], tmp_path: Path) -> None:
    with locked(tmp_path / "archive", REAL_FILES), pytest.raises(FileLocked):
        append(first, tmp_path, land.rulebook)


@pytest.mark.parametrize("period", ["2024Q1", "2024Q2"])
def test_continuity_finds_what_it_finds_with_the_workbook(
    land: Land, quarters: dict[str, list[Path]], tmp_path: Path, period: str
) -> None:
    before = {"2024Q1": "2023Q4", "2024Q2": "2024Q1"}[period]
    for each in sorted(quarters):
        if each <= before:
            append(gathered(land, quarters[each]), tmp_path, land.rulebook)
    from_archive = gather(
        [Came(path) for path in quarters[period]], land.rulebook, workers=1, archive=tmp_path
    )
    from_files = [
        reconcile(now, land.rulebook, then)
        for now, then in zip(quarters[period], quarters[before], strict=True)
    ]
    reports = [one.report for one in from_archive if one.report]
    assert sum(len(report.findings) for report in reports) > 20
    assert as_json(reports, "vi") == as_json(from_files, "vi")


def test_what_is_kept_is_told_anew_when_the_previous_report_is_another(
    land: Land, quarters: dict[str, list[Path]], tmp_path: Path
) -> None:
    archive, came = tmp_path / "archive", [Came(path) for path in quarters["2024Q1"]]
    run = partial(gather, came, land.rulebook, workers=1)
    alone = run(cache=ResultCache(land.rulebook, tmp_path / "kept"))
    assert run(cache=ResultCache(land.rulebook, tmp_path / "kept"), archive=archive) == run(archive=archive)
    append(gathered(land, quarters["2023Q4"]), archive, land.rulebook)
    compared = run(cache=ResultCache(land.rulebook, tmp_path / "kept"), archive=archive)
    assert [one.report for one in compared] != [one.report for one in alone]
    assert [one.report for one in compared] == [one.report for one in run(archive=archive)]
    append(compared, archive, land.rulebook)  # their own archiving makes them no other
    again = run(cache=ResultCache(land.rulebook, tmp_path / "kept"), archive=archive)
    assert [one.report for one in again] == [one.report for one in compared]


def test_history_is_in_order(land: Land, quarters: dict[str, list[Path]], tmp_path: Path) -> None:
    for files in reversed(quarters.values()):
        append(gathered(land, files), tmp_path, land.rulebook)
    told = history(tmp_path, "5001", land.rulebook).periods
    assert [str(quarter.period) for quarter in told] == ["2023Q4", "2024Q1", "2024Q2", "2024Q3"]
    reports = [reconcile(quarters[str(quarter.period)][1], land.rulebook) for quarter in told]
    assert [quarter.figures["TH_DuNo"] for quarter in told] == [
        report.figures["TH_DuNo"] for report in reports
    ]


def test_what_is_no_archive_is_told(land: Land, first: list[Gathered], tmp_path: Path) -> None:
    with pytest.raises(BadUsage) as nothing:
        history(tmp_path, "5000")
    assert nothing.value.code == "E-NO-ARCHIVE"
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(BadUsage):
        ArchiveSnapshot.at(tmp_path / "file")
    append(first, tmp_path, land.rulebook)
    with pytest.raises(BadUsage) as unknown:
        history(tmp_path, "1")
    assert unknown.value.code == "E-NOT-ARCHIVED"


def test_a_damaged_file_is_told(land: Land, first: list[Gathered], tmp_path: Path) -> None:
    append(first, tmp_path, land.rulebook)
    for path in (tmp_path / "submissions").rglob("*.parquet"):
        path.write_bytes(b"PAR1")
    with pytest.raises(CannotRead) as told:
        append(first, tmp_path, land.rulebook)
    assert told.value.code == "E-ARCHIVE"


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("Chi nhánh NHCSXH thành phố Hải Phòng", "chi-nhanh-nhcsxh-thanh-pho-hai-phong"),
        ("Đắk Nông / 2024", "dak-nong-2024"),
        ("../../etc", "etc"),
        ("", "khong-ro"),
        ("…", "khong-ro"),
    ],
)
def test_a_branch_names_a_folder(name: str, folder: str) -> None:
    assert branch_of(name) == folder


@dataclass(frozen=True)
class Query:
    language: str
    text: str


def queries() -> Iterator[Query]:
    for language, text in re.findall(
        r"```(sql|python)\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL
    ):
        yield Query(language, text)


@pytest.fixture(scope="module")
def archive(land: Land, quarters: dict[str, list[Path]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("queried")
    for files in quarters.values():
        append(gathered(land, files), folder / "archive", land.rulebook)
    return folder


@pytest.mark.parametrize("query", list(queries()), ids=lambda query: query.language)
def test_the_queries_of_the_documentation_run(
    archive: Path, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(archive)
    if query.language == "sql":
        with duckdb.connect() as database:
            rows = database.execute(query.text).fetchall()
        assert rows or "'Yếu'" in query.text or "findings" in query.text  # these may find nothing
        return
    names: dict[str, pl.DataFrame] = {}
    exec(query.text, names)
    assert names["result"].columns == ["office", "2023Q4", "2024Q1", "2024Q2", "2024Q3"]
    assert len(names["result"]) == 3


def test_duckdb_adds_up_what_the_workbooks_say(
    archive: Path, land: Land, quarters: dict[str, list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(archive)
    sql = next(query.text for query in queries() if "count(DISTINCT office) AS offices" in query.text)
    with duckdb.connect() as database:
        summed = {(row[0], row[1]): row[2] for row in database.execute(sql).fetchall()}
    for period, files in quarters.items():
        rows = pl.concat(one.rows["ledger"] for one in gathered(land, files))
        for association, balance in rows.group_by("association").agg(pl.col("balance").sum()).iter_rows():
            assert summed[period, association] == balance


def test_periods_of_the_folders_are_read(tmp_path: Path) -> None:
    for name in ("period=2024Q1", "period=2023Q4", "period=other"):
        (tmp_path / "submissions" / name / "branch=a").mkdir(parents=True)
        (tmp_path / "submissions" / name / "branch=a" / "data.parquet").write_bytes(b"")
    assert [one.period for one in partitions(tmp_path)] == [Period(2023, 4), Period(2024, 1)]
    os.remove(tmp_path / "submissions" / "period=2024Q1" / "branch=a" / "data.parquet")  # noqa: PTH107
    assert len(partitions(tmp_path)) == 1
