"""Many workbooks at once: each is told as it is alone, and no file stops another."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import polars as pl
import pytest

from sheetcredit.build.workbook import build_workbook
from sheetcredit.model.errors import CannotRead, NotOurTemplate
from sheetcredit.pool.chunks import read_files
from sheetcredit.pool.gather import address_of, gather
from sheetcredit.report import reconcile
from sheetcredit.screen.json_form import as_json
from tests.consolidate.nation import SMALL, Came, Land, told
from tools.national import corrupt


def test_each_workbook_is_told_as_it_is_alone(land: Land) -> None:
    gathered = gather(land.came, land.rulebook, workers=1)
    reports = [one.report for one in gathered if one.report]
    alone = [reconcile(path, land.rulebook) for path in land.files]
    assert as_json(reports, "vi") == as_json(alone, "vi")
    assert [one.kind for one in gathered] == ["office"] * SMALL.offices
    assert all(len(one.digest) == 64 for one in gathered)


def test_rows_are_those_of_the_workbook_in_dong(land: Land) -> None:
    gathered = gather(land.came, land.rulebook, workers=1)
    assert {name for one in gathered for name in one.rows} == {
        "funding", "programmes", "statements", "direct", "groups", "ledger"
    }  # fmt: skip
    for name in ("groups", "ledger", "statements", "programmes"):
        typed = pl.read_parquet(land.folder / "data" / f"{name}.parquet")
        rows = pl.concat(one.rows[name] for one in gathered)
        assert len(rows) == len(typed)
        assert rows["balance"].sum() == typed["balance"].sum()
        assert rows["balance"].dtype == pl.Int64
    assert not any("file" in frame.columns for one in gathered for frame in one.rows.values())


def test_a_bad_file_stops_no_other(land: Land, tmp_path: Path) -> None:
    other, empty = tmp_path / "other.xlsx", tmp_path / "empty.xlsx"
    other.write_bytes(b"PK garbage")
    empty.write_bytes(b"")
    first, second = land.came[:2]
    came = [first, Came(other), Came(tmp_path / "missing.xlsx"), Came(empty), second]
    gathered = gather(came, land.rulebook, workers=1)
    assert [type(one.error) for one in gathered] == [
        type(None), CannotRead, CannotRead, CannotRead, type(None)
    ]  # fmt: skip
    assert [one.report is None for one in gathered] == [False, True, True, True, False]
    assert [one.path for one in gathered] == [str(one.path) for one in came]


def test_a_file_that_keeps_its_reader_busy_is_given_up(land: Land, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = count(0, 100)  # a hundred seconds of processor time between two looks
    monkeypatch.setattr("sheetcredit.xlsx.container.time.process_time", lambda: next(clock))
    (only,) = read_files([str(land.files[0])], land.rulebook).gathered()  # what a worker does
    assert only.error is not None and only.error.code == "E-LIMIT"
    assert only.error.details["limit"] == "seconds"


def test_every_corrupt_file_is_reported_and_the_rest_as_before(land: Land, tmp_path: Path) -> None:
    for path in land.files:
        target = tmp_path / path.relative_to(land.folder)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(path.read_bytes())
    spoilt = {tmp_path / one["file"] for one in corrupt(tmp_path, 34, seed=1)}
    files = sorted(tmp_path.glob("branch-*/*.xlsx"))
    gathered = gather([Came(path) for path in files], land.rulebook, workers=1)
    assert {Path(one.path) for one in gathered if one.error} == spoilt
    sound = [one for one in gathered if not one.error]
    before = gather([one for one in land.came if tmp_path / Path(one.path).relative_to(land.folder) not in spoilt],
                    land.rulebook, workers=1)  # fmt: skip
    assert [one.rows["groups"].equals(other.rows["groups"])
            for one, other in zip(sound, before, strict=True)] == [True] * len(sound)  # fmt: skip


def test_another_workbook_is_no_office(land: Land, tmp_path: Path) -> None:
    import xlsxwriter  # type: ignore[import-untyped]  # noqa: PLC0415

    path = tmp_path / "list.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Sheet1").write(0, 0, "anything")
    [one] = gather([Came(path)], land.rulebook)
    assert isinstance(one.error, NotOurTemplate)
    assert len(one.digest) == 64


def test_a_path_given_twice_is_read_once(land: Land) -> None:
    seen: list[tuple[int, int]] = []
    came = [Came(land.files[0], "mail 1"), Came(land.files[1]), Came(land.files[0], "mail 2")]
    gathered = gather(came, land.rulebook, progress=lambda done, total: seen.append((done, total)))
    assert [one.origin for one in gathered] == ["mail 1", "", "mail 2"]
    assert gathered[0].report == gathered[2].report
    assert seen[-1] == (2, 2)


def test_a_blank_form_is_told_as_one(land: Land, tmp_path: Path) -> None:
    [one] = gather([Came(build_workbook(tmp_path / "blank.xlsx"))], land.rulebook)
    assert one.error is None
    assert one.report is not None
    assert one.report.blocks


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("s3://bucket/a b.xlsx", "s3://bucket/a b.xlsx"),
        (Path("s3://bucket/x.xlsx"), "s3://bucket/x.xlsx"),
        (Path("memory://x.xlsx"), "memory://x.xlsx"),
        ("file:///tmp/x.xlsx", "file:///tmp/x.xlsx"),
        (Path("file:///tmp/x.xlsx"), "file:///tmp/x.xlsx"),
        ("C:/reports/x.xlsx", "C:/reports/x.xlsx"),
        ("a/b.xlsx", "a/b.xlsx"),
    ],
)
def test_an_address_survives_being_a_path(given: Path | str, address: str) -> None:
    assert address_of(given) == address


def test_files_on_other_storage(land: Land) -> None:
    import fsspec  # noqa: PLC0415

    memory = fsspec.filesystem("memory")
    memory.pipe("/q1/one.xlsx", land.files[0].read_bytes())
    came = [Came("memory://q1/one.xlsx"), Came("memory://q1/none.xlsx"), Came("nothing://q1/one.xlsx")]
    came.append(Came(f"file://{land.files[1]}"))
    gathered = gather(came, land.rulebook, workers=1)  # this memory is that of one process
    assert [one.error.code if one.error else None for one in gathered] == [
        None,
        "E-STORAGE",
        "E-STORAGE",
        None,
    ]
    assert [one.path for one in gathered] == [str(one.path) for one in came]
    assert gathered[0].report is not None
    assert gathered[0].report.file == "memory://q1/one.xlsx"
    assert "memory://q1/none.xlsx" in str(gathered[1].error)
    assert told(gathered[:1]).count("memory://q1/one.xlsx")
