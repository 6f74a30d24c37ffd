"""What was read once is not read again: by content, by version and rules, and never from a damaged file."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetcredit.archive.plain_values import plain, restored
from sheetcredit.archive.read import ArchiveSnapshot
from sheetcredit.catalogue.catalogue import Catalogues
from sheetcredit.model.period import Period
from sheetcredit.pool import gather as gather_module
from sheetcredit.pool.cache import ResultCache, tidy
from sheetcredit.pool.chunks import ChunkResult, read_files
from sheetcredit.pool.gather import Stopped, gather
from sheetcredit.rulebook import Rulebook
from tests.consolidate.nation import Came, Land, told


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that are really read."""
    read: list[str] = []

    def spy(paths: Sequence[str], rulebook: Rulebook, archive: ArchiveSnapshot | None) -> ChunkResult:
        read.extend(paths)
        return read_files(paths, rulebook, archive)

    monkeypatch.setattr(gather_module, "read_files", spy)
    return read


def test_unchanged_files_are_not_read_again(land: Land, tmp_path: Path, reads: list[str]) -> None:
    first = gather(land.came, land.rulebook, workers=1, cache=ResultCache(land.rulebook, tmp_path))
    assert len(reads) == 12
    second = gather(land.came, land.rulebook, workers=1, cache=ResultCache(land.rulebook, tmp_path))
    assert len(reads) == 12
    assert told(first) == told(second) == land.told
    assert [(one.kind, one.digest, one.info, one.layout) for one in first] == [
        (one.kind, one.digest, one.info, one.layout) for one in second
    ]


def test_a_file_that_moved_is_known_and_named_anew(land: Land, tmp_path: Path, reads: list[str]) -> None:
    kept, there = tmp_path / "kept", tmp_path / "there"
    gather(land.came, land.rulebook, workers=1, cache=ResultCache(land.rulebook, kept))
    shutil.copytree(land.folder, there)
    files = sorted(there.glob("branch-*/*.xlsx"))
    reads.clear()
    moved = gather(
        [Came(path) for path in files], land.rulebook, workers=1, cache=ResultCache(land.rulebook, kept)
    )
    assert reads == []
    assert told(moved) == told(gather([Came(path) for path in files], land.rulebook, workers=1))


def test_only_what_changed_is_read(land: Land, tmp_path: Path, reads: list[str]) -> None:
    kept, there = tmp_path / "kept", tmp_path / "there"
    shutil.copytree(land.folder, there)
    files = sorted(there.glob("branch-*/*.xlsx"))
    came = [Came(path) for path in files]
    gather(came, land.rulebook, workers=1, cache=ResultCache(land.rulebook, kept))
    reads.clear()
    files[3].write_bytes(files[4].read_bytes())  # known, though not here
    files[7].write_bytes(files[7].read_bytes()[:-10])
    again = gather(came, land.rulebook, workers=1, cache=ResultCache(land.rulebook, kept))
    assert reads == [str(files[7])]
    assert [one.path for one in again if one.error] == [str(files[7])]
    reads.clear()
    gather(came, land.rulebook, workers=1, cache=ResultCache(land.rulebook, kept))
    assert reads == [str(files[7])]  # an error is not kept: it may be put right without a change of bytes


def test_other_rules_know_nothing(land: Land, tmp_path: Path, reads: list[str]) -> None:
    gather(land.came, land.rulebook, workers=1, cache=ResultCache(land.rulebook, tmp_path))
    reads.clear()
    entries = {**land.rulebook.catalogues.entries, "communes": ()}
    other = Rulebook(catalogues=Catalogues(entries, land.rulebook.catalogues.limits))
    gather(land.came, other, workers=1, cache=ResultCache(other, tmp_path))
    assert len(reads) == 12


@pytest.mark.parametrize("damage", ["cut", "flipped", "foreign", "empty"])
def test_a_damaged_file_is_as_good_as_none(land: Land, tmp_path: Path, reads: list[str], damage: str) -> None:
    kept = ResultCache(land.rulebook, tmp_path)
    gather(land.came, land.rulebook, workers=1, cache=kept)
    for path in kept.folder.iterdir():
        data = path.read_bytes()
        path.write_bytes({
            "cut": data[:-100], "flipped": data[:-50] + bytes([data[-50] ^ 1]) + data[-49:],
            "foreign": b"PK" + data, "empty": b"",
        }[damage])  # fmt: skip
    reads.clear()
    again = gather(land.came, land.rulebook, workers=1, cache=ResultCache(land.rulebook, tmp_path))
    assert len(reads) == 12
    assert told(again) == land.told


def test_after_ctrl_c_one_goes_on_where_one_was(land: Land, tmp_path: Path, reads: list[str]) -> None:
    def stop(done: int, total: int) -> None:
        if done >= 6:
            raise KeyboardInterrupt

    with pytest.raises(Stopped) as stopped:
        gather(land.came, land.rulebook, workers=1, progress=stop, cache=ResultCache(land.rulebook, tmp_path))
    done = stopped.value.done
    assert 6 <= done < 12
    assert not list(tmp_path.rglob("*.sheetcredit-new"))
    reads.clear()
    rest = gather(land.came, land.rulebook, workers=1, cache=ResultCache(land.rulebook, tmp_path))
    assert len(reads) == 12 - done
    assert told(rest) == land.told


def test_a_folder_that_cannot_be_written_is_nobodys_trouble(land: Land, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    kept = ResultCache(land.rulebook, tmp_path / "file")
    assert told(gather(land.came, land.rulebook, workers=1, cache=kept)) == land.told


def test_what_nobody_needs_is_cleared_away(land: Land, tmp_path: Path) -> None:
    kept = ResultCache(land.rulebook, tmp_path)
    gather(land.came, land.rulebook, workers=1, cache=kept)
    files = sorted(kept.folder.iterdir())
    os.utime(files[0], (0, 0))
    tidy(tmp_path)
    assert sorted(kept.folder.iterdir()) == files[1:]
    tidy(tmp_path, now=datetime(2100, 1, 1).timestamp())
    assert list(tmp_path.iterdir()) == []


def _once(moment: datetime) -> datetime:
    """Never the second of two hours of the same name: no cell can say so."""
    return moment.replace(fold=0)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
    | st.decimals(allow_nan=False) | st.dates() | st.datetimes().map(_once) | st.builds(Period, st.integers(), st.integers()),
    lambda inner: st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner),
)  # fmt: skip


@given(PLAIN)
def test_what_is_packed_comes_back(value: object) -> None:
    again = restored(plain(value), "file")
    assert again == value
    assert repr(again) == repr(value)


def test_nothing_else_is_packed_or_made() -> None:
    with pytest.raises(TypeError):
        plain({"a": object()})
    with pytest.raises(LookupError):
        restored(["Path", "/etc"], "file")
    assert restored(plain((Decimal("1.50"), date(2024, 3, 31))), "") == (Decimal("1.50"), date(2024, 3, 31))


def test_reports_come_back_with_the_file_of_now(land: Land) -> None:
    for one in gather(land.came, land.rulebook, workers=1):
        assert one.report is not None
        again = restored(plain(one.report), "moved.xlsx")
        assert again.file == "moved.xlsx"
        assert {finding.file for finding in again.findings} <= {"moved.xlsx"}
        assert (
            replace(again, file=one.path, findings=one.report.findings, notices=one.report.notices)
            == one.report
        )
