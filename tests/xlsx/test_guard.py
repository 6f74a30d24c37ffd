"""Replacing a file: locks, owners, links, modes; every fault and every kill leaves old or new bytes."""

from __future__ import annotations

import dataclasses
import errno
import os
import random
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sheetcredit.model.errors import CannotRead, CannotWrite, ChangedMeanwhile, FileLocked, SheetcreditError
from sheetcredit.xlsx.atomic_write import rewrite, write_new
from sheetcredit.xlsx.files import REAL_FILES, FileOps
from sheetcredit.xlsx.locks import lock_path, locked
from sheetcredit.xlsx.patch import patch_cells
from tests.xlsx.patch_corpus import LANGUAGES, hand_made, sheet_xml

OLD, NEW = b"old bytes", b"new bytes"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "sổ.xlsx"
    path.write_bytes(OLD)
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def failure(path: Path, **more: Any) -> SheetcreditError:
    with pytest.raises(SheetcreditError) as caught:
        rewrite(path, lambda _: NEW, **more)
    for language in LANGUAGES:
        text = caught.value.message(language) + caught.value.remedy(language)
        assert "{" not in text and "\n" not in text
    return caught.value


def test_in_place_and_unchanged(target: Path) -> None:
    assert rewrite(target, lambda data: data.replace(b"old", b"new")) == target
    assert target.read_bytes() == NEW
    before = target.stat()
    rewrite(target, lambda data: data)
    assert target.stat() == before
    assert names(target.parent) == ["sổ.xlsx"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes for owner, group and others")
def test_new_files_have_the_usual_mode(tmp_path: Path) -> None:
    previous = os.umask(0o027)
    try:
        write_new(tmp_path / "a.xlsx", NEW)
    finally:
        os.umask(previous)
    assert stat.S_IMODE((tmp_path / "a.xlsx").stat().st_mode) == 0o640


def test_new_files(tmp_path: Path) -> None:
    write_new(tmp_path / "a.xlsx", NEW)
    write_new(tmp_path / "a.xlsx", OLD)
    assert (tmp_path / "a.xlsx").read_bytes() == OLD
    assert names(tmp_path) == ["a.xlsx"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes for owner, group and others")
def test_mode_is_kept(target: Path) -> None:
    target.chmod(0o604)
    rewrite(target, lambda _: NEW)
    assert stat.S_IMODE(target.stat().st_mode) == 0o604


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may give files away")
def test_owner_is_kept(target: Path) -> None:
    os.chown(target, 12345, 23456)
    rewrite(target, lambda _: NEW)
    assert (target.stat().st_uid, target.stat().st_gid) == (12345, 23456)


@pytest.mark.skipif(os.name == "nt", reason="only administrators of Windows may make symbolic links")
def test_links_are_followed(target: Path, tmp_path: Path) -> None:
    folder = tmp_path / "nơi khác"
    folder.mkdir()
    link = folder / "link.xlsx"
    link.symlink_to(target)
    rewrite(link, lambda _: NEW)
    assert link.is_symlink() and target.read_bytes() == NEW
    assert names(folder) == ["link.xlsx"]
    broken = folder / "broken.xlsx"
    broken.symlink_to(folder / "nothing")
    assert failure(broken).code == "E-LINK"


def test_excel_has_it_open(target: Path) -> None:
    owner = target.with_name(f"~${target.name}")
    name = "Nguyễn Thị {An}\n"
    note = bytes([5]) + b"Nguye".ljust(54) + len(name).to_bytes(2, "little") + name.encode("utf-16-le")
    owner.write_bytes(note.ljust(165, b"\0"))
    error = failure(target)
    assert isinstance(error, FileLocked)
    assert (error.code, error.details["owner"]) == ("E-OWNER", "Nguyễn Thị An")
    owner.write_bytes(bytes([3]) + b"Lan".ljust(54))
    assert failure(target).details["owner"] == "Lan"
    owner.write_bytes(b"")
    assert failure(target).code == "E-LOCKED"
    # Elsewhere may be written: only the file that would be replaced matters.
    rewrite(target, lambda _: NEW, out=target.with_name("ra.xlsx"))
    assert target.read_bytes() == OLD


def test_libreoffice_has_it_open(target: Path) -> None:
    target.with_name(f".~lock.{target.name}#").write_text(
        ",user,host,31.03.2024 17:00,file:///x;", encoding="utf-8", newline="\n"
    )
    error = failure(target)
    assert error.code == "E-LOCKED" and "user" in str(error)


def test_another_run_is_writing(target: Path) -> None:
    with locked(target, REAL_FILES):
        assert failure(target).code == "E-BUSY"
    lock_path(target).write_text("elsewhere\n1\nabc\n", encoding="utf-8", newline="\n")
    assert failure(target).code == "E-BUSY"
    assert target.read_bytes() == OLD


def test_what_a_dead_run_left_is_cleared(target: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    lock_path(target).write_text(
        f"{socket.gethostname()}\n{dead.pid}\nabc123\n", encoding="utf-8", newline="\n"
    )
    target.with_name(f".{target.name}.abc123.sheetcredit-new").write_bytes(b"half")
    rewrite(target, lambda data: data)
    assert names(target.parent) == [target.name]
    lock_path(target).write_text("", encoding="utf-8", newline="\n")
    rewrite(target, lambda _: NEW)
    assert target.read_bytes() == NEW
    assert names(target.parent) == [target.name]


def test_it_changed_meanwhile(target: Path) -> None:
    def change(_: bytes) -> bytes:
        target.write_bytes(b"by somebody else")
        return NEW

    with pytest.raises(ChangedMeanwhile):
        rewrite(target, change)
    assert target.read_bytes() == b"by somebody else"

    def remove(_: bytes) -> bytes:
        target.unlink()
        return NEW

    with pytest.raises(ChangedMeanwhile):
        rewrite(target, remove)
    assert names(target.parent) == []


def test_places_that_cannot_be_read(tmp_path: Path) -> None:
    assert failure(tmp_path / "no.xlsx").code == "E-MISSING"
    assert failure(tmp_path).code == "E-NOT-A-FILE"


CAUSES = {
    errno.ENOSPC: "E-NO-SPACE",
    errno.EDQUOT: "E-NO-SPACE",
    errno.EIO: "E-WRITE",
    errno.EACCES: "E-READ-ONLY-FOLDER",
    errno.EROFS: "E-READ-ONLY-FOLDER",
    errno.ESTALE: "E-GONE",
    errno.ENOENT: "E-GONE",
}


@pytest.mark.parametrize("number", sorted(CAUSES))
def test_causes_are_told_apart(target: Path, number: int) -> None:
    def fail(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    error = failure(target, files=dataclasses.replace(REAL_FILES, create=fail))
    assert isinstance(error, CannotWrite) and error.code == CAUSES[number]
    assert names(target.parent) == [target.name]


@pytest.mark.parametrize(("number", "code"), [(errno.EACCES, "E-PERMISSION"), (errno.EIO, "E-DEVICE")])
def test_causes_of_failed_reading(target: Path, number: int, code: str) -> None:
    def fail(_: Path) -> bytes:
        raise OSError(number, os.strerror(number))

    error = failure(target, files=dataclasses.replace(REAL_FILES, read=fail))
    assert isinstance(error, CannotRead) and error.code == code


# --- faults ------------------------------------------------------------------------------------------


class Faulty:
    """The real operations, the n-th of which fails; counts how many there are."""

    def __init__(self, at: int, fault: str) -> None:
        self.at, self.fault, self.count = at, fault, 0

    def files(self) -> FileOps:
        operations = {
            field.name: self.wrapped(field.name, getattr(REAL_FILES, field.name))
            for field in dataclasses.fields(FileOps)
        }
        return FileOps(**operations)

    def wrapped(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def operation(*arguments: Any) -> Any:
            self.count += 1
            if self.count != self.at:
                return real(*arguments)
            if self.fault == "short":
                # Fewer bytes than given, honestly told.
                return real(arguments[0], arguments[1][:3]) if name == "write" else real(*arguments)
            if self.fault == "lost":
                # Fewer bytes than given, and all of them acknowledged.
                if name == "write":
                    real(arguments[0], arguments[1][:3])
                    return len(arguments[1])
                return real(*arguments)
            if name == "close":
                real(*arguments)
            raise OSError(getattr(errno, self.fault), self.fault)

        return operation


@pytest.mark.parametrize("fault", ["ENOSPC", "EIO", "EACCES", "short", "lost"])
@pytest.mark.parametrize("elsewhere", [False, True])
def test_every_operation_may_fail(target: Path, fault: str, elsewhere: bool) -> None:
    out = target.with_name("ra.xlsx") if elsewhere else None
    written = out or target
    at = 0
    while True:
        at += 1
        target.write_bytes(OLD)
        if out is not None:
            out.write_bytes(OLD)
        faulty = Faulty(at, fault)
        raised = None
        try:
            rewrite(target, lambda _: NEW, out=out, files=faulty.files())
        except SheetcreditError as error:
            raised = error
        assert written.read_bytes() in (OLD, NEW)
        if raised is None:
            assert written.read_bytes() == NEW
        assert names(target.parent) == sorted({target.name, written.name})
        rewrite(target, lambda _: NEW, out=out)
        assert written.read_bytes() == NEW
        if faulty.count < at:
            break
    assert at > 10


KILLED = """
import sys
from pathlib import Path
from sheetcredit.xlsx.patch import patch_cells
path = Path(sys.argv[1])
sys.stdout.write("ready\\n"); sys.stdout.flush()
number = 0
while True:
    number += 1
    patch_cells(path, {"S1": {"A1": number % 2}})
"""


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL on Windows")
def test_kills_at_random_moments(tmp_path: Path) -> None:
    kills = int(os.environ.get("SHEETCREDIT_KILLS", "50"))
    path = tmp_path / "a.xlsx"
    rows = "".join(f'<row r="{row}"><c r="B{row}"><v>{row}</v></c></row>' for row in range(2, 60))
    path.write_bytes(hand_made(sheet_xml(rows)))
    states = set()
    for value in (0, 1):
        patch_cells(path, {"S1": {"A1": value}})
        states.add(path.read_bytes())
    moments = random.Random(2024)
    for _ in range(kills):
        process = subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(moments.random() * 0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        assert path.read_bytes() in states
    for value in (0, 1):
        patch_cells(path, {"S1": {"A1": value}})
    assert names(tmp_path) == ["a.xlsx"]
