"""What saving meets on Windows only: files that others hold, marks, names and paths; run by `make test-windows`."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sheetcredit.model.errors import SheetcreditError
from sheetcredit.xlsx.atomic_write import put, rewrite, write_new
from sheetcredit.xlsx.files import REAL_FILES, reading_failed, unlimited

pytestmark = pytest.mark.skipif(sys.platform != "win32", reason="the calls and the rules of Windows")

OLD, NEW = b"old", b"new"
READ, READ_WRITE = 0x80000000, 0xC0000000

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    from sheetcredit.windows import expanded, is_running, may_be_replaced

    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel.CreateFileW.restype = wintypes.HANDLE
    kernel.CreateFileW.argtypes = (
        wintypes.LPCWSTR, wintypes.DWORD, wintypes.DWORD, wintypes.LPVOID, wintypes.DWORD, wintypes.DWORD,
        wintypes.HANDLE,
    )  # fmt: skip
    kernel.CloseHandle.argtypes = (wintypes.HANDLE,)

    @contextmanager
    def held(path: Path, access: int, share: int) -> Iterator[None]:
        """A file is open as another program may have it: 1 shares reading, 2 writing, 4 deleting."""
        handle = kernel.CreateFileW(str(path), access, share, None, 3, 0x80, None)
        assert handle != wintypes.HANDLE(-1).value
        try:
            yield
        finally:
            kernel.CloseHandle(handle)

    @pytest.fixture
    def book(tmp_path: Path) -> Path:
        path = tmp_path / "sổ.xlsx"
        path.write_bytes(OLD)
        return path

    def names(folder: Path) -> list[str]:
        return sorted(path.name for path in folder.iterdir())

    def refused(path: Path, out: Path | None = None) -> str:
        with pytest.raises(SheetcreditError) as caught:
            rewrite(path, lambda _: NEW, out=out)
        return caught.value.code

    def test_open_in_excel(book: Path) -> None:
        with held(book, READ_WRITE, 1):
            assert refused(book) == "E-LOCKED"
            rewrite(book, lambda _: NEW, out=book.with_name("khác.xlsx"))
        assert book.read_bytes() == OLD
        assert names(book.parent) == ["khác.xlsx", "sổ.xlsx"]

    def test_open_to_itself(book: Path) -> None:
        with held(book, READ_WRITE, 0):
            assert refused(book) == "E-HELD"
        assert names(book.parent) == ["sổ.xlsx"]

    def test_target_open_in_a_reader(book: Path) -> None:
        target = book.with_name("ra.xlsx")
        target.write_bytes(OLD)
        with held(target, READ, 3):
            assert not may_be_replaced(str(target))
            assert refused(book, target) == "E-LOCKED"
        assert may_be_replaced(str(target))
        assert names(book.parent) == ["ra.xlsx", "sổ.xlsx"]

    def test_marked_read_only(book: Path) -> None:
        """Nothing is written, and no temporary file stays, however often it is tried."""
        book.chmod(stat.S_IREAD)
        for _ in range(2):
            assert refused(book) == "E-READ-ONLY-FILE"
            assert names(book.parent) == ["sổ.xlsx"]
        assert book.read_bytes() == OLD

    def test_a_refused_rename_leaves_nothing(book: Path) -> None:
        """The new file takes on the mark of the old one before it is renamed; it goes all the same."""
        marked = book.with_name(".mark.sheetcredit-new")
        marked.write_bytes(NEW)
        marked.chmod(stat.S_IREAD)
        REAL_FILES.unlink(marked)
        assert names(book.parent) == ["sổ.xlsx"]

    @contextmanager
    def scanning(folder: Path) -> Iterator[list[str]]:
        """A virus scanner: opens every new file for 0.15 s, so that it can be neither renamed nor removed."""
        caught: list[str] = []
        seen: dict[str, int] = {}
        over = threading.Event()

        def scan() -> None:
            while not over.is_set():
                for name in names(folder):
                    try:
                        mark = (folder / name).stat().st_mtime_ns
                    except OSError:
                        continue
                    if seen.get(name) == mark:
                        continue
                    handle = kernel.CreateFileW(str(folder / name), READ, 3, None, 3, 0, None)
                    if handle != wintypes.HANDLE(-1).value:
                        seen[name] = mark
                        caught.append(name)
                        time.sleep(0.15)
                        kernel.CloseHandle(handle)

        scanner = threading.Thread(target=scan)
        scanner.start()
        try:
            yield caught
        finally:
            over.set()
            scanner.join()

    def test_a_scanner_is_waited_for(book: Path) -> None:
        """50 of 50 writes are right, and nothing is left behind."""
        with scanning(book.parent) as caught:
            for number in range(50):
                rewrite(book, lambda _, number=number: b"%d" % number)  # type: ignore[misc]
                assert book.read_bytes() == b"%d" % number
        assert len(caught) >= 50
        assert names(book.parent) == ["sổ.xlsx"]

    def test_long_paths(tmp_path: Path) -> None:
        """From 225 characters on the names beside a file would be too long without the form that has no limit."""
        for length in (200, 226, 250, 259, 300):
            folder = tmp_path / str(length)
            while len(str(folder)) + 60 < length:
                folder /= "thư mục " + "dài" * 6
            unlimited(folder).mkdir(parents=True, exist_ok=True)
            path = folder / ("x" * (length - len(str(folder)) - 6) + ".xlsx")
            assert len(str(path)) == length
            write_new(path, OLD)
            rewrite(path, lambda _: NEW)
            put(path, NEW)
            assert unlimited(path).read_bytes() == NEW
            assert names(unlimited(folder)) == [path.name]

    @pytest.mark.parametrize(
        ("name", "code"), [("a|b.xlsx", "E-BAD-NAME"), ("a*.xlsx", "E-MISSING"), ("gone.xlsx", "E-MISSING"),
                           ("x" * 300 + ".xlsx", "E-LONG-NAME")],
    )  # fmt: skip
    def test_what_is_told_of_names(tmp_path: Path, name: str, code: str) -> None:
        path = tmp_path / name
        with pytest.raises(OSError) as caught:
            path.read_bytes()
        assert reading_failed(path, caught.value).code == code

    def test_patterns_are_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        for name in ("b [1].xlsx", "a.xlsx", "a.txt"):
            (tmp_path / name).write_bytes(OLD)
        assert expanded(["run", "*.xlsx", "-q"]) == ["run", "a.xlsx", "b [1].xlsx", "-q"]
        assert expanded(["x*.xlsx", "b [1]*", "--to=*"]) == ["x*.xlsx", "b [1].xlsx", "--to=*"]

    def test_processes_that_run(tmp_path: Path) -> None:
        assert is_running(os.getpid())
        ended = subprocess.Popen([sys.executable, "-c", ""])
        ended.wait()
        assert not is_running(ended.pid)
