"""A branch's quarter on Windows: mails and folders in, one workbook, receipts and archive out, as on Linux."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.consolidate.branch_offices import IN_TIME, LATE, built
from tests.seeds_of import GOLDEN
from tests.windows.installed import Installed, Twins, twins

ARCHIVE = ("--archive", "kho")
JOURNEY: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("status", "den"), ()),
    (("status", "den", "--json"), ()),
    (("status", "den", "-o", "tinh-hinh.xlsx"), ("tinh-hinh.xlsx",)),
    (("consolidate", "den", "-o", "cn.xlsx", *ARCHIVE, "--receipts", "phieu"), ()),
    (("consolidate", "den", "-o", "cn.xlsx", *ARCHIVE, "--receipts", "phieu"), ()),
    (("consolidate", "den", "-o", "cn-json.xlsx", "--json"), ()),
    (("history", "0312", *ARCHIVE), ()),
    (("history", "0312", *ARCHIVE, "--json"), ()),
    (("validate", "cn.xlsx"), ()),
    (("run", "cn.xlsx", "-o", "cn-run.xlsx"), ("cn-run.xlsx",)),
)


@pytest.fixture(scope="module")
def desk(installed: Installed, tmp_path_factory: pytest.TempPathFactory) -> Twins:
    desk = twins(installed, tmp_path_factory.mktemp("linux"), "chi-nhanh")
    desk.put("den/PGD0301.xlsx", built(1), IN_TIME.timestamp())
    desk.put("den/quận/PGD 0303.xlsx", built(3), LATE.timestamp())
    desk.put("den/PGD0302.xlsx", built(2), IN_TIME.timestamp())
    desk.put("den/PGD0312.xlsx", GOLDEN, IN_TIME.timestamp())  # accepted, so that there is a history
    desk.put("den/hỏng.xlsx", b"no workbook", IN_TIME.timestamp())
    return desk


@pytest.mark.parametrize(("arguments", "files"), JOURNEY, ids=[" ".join(line[0]) for line in JOURNEY])
def test_as_on_linux(desk: Twins, arguments: tuple[str, ...], files: tuple[str, ...]) -> None:
    desk.same(*arguments, files=files)


def test_workers_of_a_large_branch(desk: Twins) -> None:
    """Enough files that processes are started to read them."""
    for number in range(4, 16):
        desk.put(f"nhieu/PGD{number:04}.xlsx", built(number), IN_TIME.timestamp())
    desk.same("consolidate", "nhieu", "-o", "nhieu.xlsx", "--json", home="other")


def test_path_of_windows_is_taken(desk: Twins) -> None:
    linux = desk.on_linux("status", "den/quận", "--json")
    windows = desk.on_windows("status", "den\\quận\\", "--json")
    assert windows.code == linux.code
    assert Path(desk.windows / "den").is_dir()
