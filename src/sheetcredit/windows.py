"""The few calls of Windows that the program needs; elsewhere there are none."""

from __future__ import annotations

import os
import sys
from pathlib import Path

if sys.platform == "win32":
    import ctypes
    from collections.abc import Sequence
    from ctypes import wintypes
    from glob import glob

    class _OpenFileName(ctypes.Structure):
        """OPENFILENAMEW of the Windows SDK."""

        _fields_ = (
            ("size", wintypes.DWORD), ("owner", wintypes.HWND), ("instance", wintypes.HINSTANCE),
            ("filters", wintypes.LPCWSTR), ("own_filter", wintypes.LPWSTR), ("own_length", wintypes.DWORD),
            ("filter_number", wintypes.DWORD), ("file", wintypes.LPWSTR), ("file_length", wintypes.DWORD),
            ("name", wintypes.LPWSTR), ("name_length", wintypes.DWORD), ("folder", wintypes.LPCWSTR),
            ("title", wintypes.LPCWSTR), ("flags", wintypes.DWORD), ("file_offset", wintypes.WORD),
            ("suffix_offset", wintypes.WORD), ("suffix", wintypes.LPCWSTR), ("data", wintypes.LPARAM),
            ("hook", wintypes.LPVOID), ("template", wintypes.LPCWSTR), ("reserved", wintypes.LPVOID),
            ("reserved_number", wintypes.DWORD), ("more_flags", wintypes.DWORD),
        )  # fmt: skip

    # OFN_ALLOWMULTISELECT, EXPLORER, FILEMUSTEXIST, NOCHANGEDIR, HIDEREADONLY.
    _SEVERAL_EXISTING = 0x200 | 0x80000 | 0x1000 | 0x8 | 0x4

    def ask_for_workbooks() -> list[Path]:
        """The workbooks chosen in the system's own dialog; none when it was closed."""
        room = ctypes.create_unicode_buffer(32768)
        asked = _OpenFileName(
            size=ctypes.sizeof(_OpenFileName), filters="Excel (*.xlsx; *.xlsm)\0*.xlsx;*.xlsm\0\0",
            filter_number=1, file=ctypes.cast(room, wintypes.LPWSTR), file_length=len(room),
            title="sheetcredit", flags=_SEVERAL_EXISTING,
        )  # fmt: skip
        if not ctypes.windll.comdlg32.GetOpenFileNameW(ctypes.byref(asked)):
            return []
        # One file: its path. Several: the folder, then the names, each ended by a zero.
        first, *names = room[:].split("\0\0", 1)[0].split("\0")
        return [Path(first, name) for name in names] or [Path(first)]

    def alone_in_console() -> bool:
        """Whether the console is this program's own: Explorer opened it, and it goes when we end."""
        pids = (wintypes.DWORD * 8)()
        # `sheetcredit.exe` and the Python it starts, nobody else; 0 where there is no console.
        return 0 < int(ctypes.windll.kernel32.GetConsoleProcessList(pids, len(pids))) <= 2

    def _kernel() -> ctypes.WinDLL:
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.CreateFileW.restype = kernel.OpenProcess.restype = wintypes.HANDLE
        kernel.CreateFileW.argtypes = (
            wintypes.LPCWSTR, wintypes.DWORD, wintypes.DWORD, wintypes.LPVOID, wintypes.DWORD, wintypes.DWORD,
            wintypes.HANDLE,
        )  # fmt: skip
        kernel.CloseHandle.argtypes = (wintypes.HANDLE,)
        kernel.GetExitCodeProcess.argtypes = (wintypes.HANDLE, wintypes.LPDWORD)
        return kernel

    def may_be_replaced(path: str) -> bool:
        """Whether nobody holds a file so that it cannot be replaced: it is opened as for deleting it."""
        delete, share_all, existing, sharing_violation = 0x10000, 7, 3, 32
        kernel = _kernel()
        handle = kernel.CreateFileW(path, delete, share_all, None, existing, 0x80, None)
        if handle == wintypes.HANDLE(-1).value:
            return ctypes.get_last_error() != sharing_violation
        kernel.CloseHandle(handle)
        return True

    def error_of_opening(path: str) -> int:
        """The number of the error that opening a file to read ends with; 0 if it opens or is not there."""
        read, share_all, existing, not_found = 0x80000000, 7, 3, 2
        kernel = _kernel()
        handle = kernel.CreateFileW(path, read, share_all, None, existing, 0x80, None)
        if handle == wintypes.HANDLE(-1).value:
            number = ctypes.get_last_error()
            return 0 if number == not_found else number
        kernel.CloseHandle(handle)
        return 0

    def is_running(pid: int) -> bool:
        """Whether a process runs; one of another user, too, which only lets itself be known to be there."""
        query, still_active, access_denied = 0x1000, 259, 5
        kernel = _kernel()
        handle = kernel.OpenProcess(query, False, pid)
        if not handle:
            return ctypes.get_last_error() == access_denied
        code = wintypes.DWORD()
        kernel.GetExitCodeProcess(handle, ctypes.byref(code))
        kernel.CloseHandle(handle)
        return code.value == still_active

    def enable_escapes() -> None:
        """Let the console understand escape sequences, which it shows as they are until it is asked to."""
        kernel = _kernel()
        kernel.GetStdHandle.restype = wintypes.HANDLE
        kernel.GetConsoleMode.argtypes = (wintypes.HANDLE, wintypes.LPDWORD)
        kernel.SetConsoleMode.argtypes = (wintypes.HANDLE, wintypes.DWORD)
        for stream in (-11, -12):
            handle, mode = kernel.GetStdHandle(stream), wintypes.DWORD()
            if kernel.GetConsoleMode(handle, ctypes.byref(mode)):  # not for a pipe or a file
                kernel.SetConsoleMode(handle, mode.value | 4)

    def ignore_ctrl_c(ignored: bool) -> None:
        """Whether this process hears Ctrl+C; processes that it starts begin as it is then."""
        ctypes.windll.kernel32.SetConsoleCtrlHandler(None, ignored)

    _SAFE_LENGTH = 225
    """Characters of a path to which the names beside it (locks, temporary files) can be added below 260."""
    _NO_LIMIT = "\\\\?\\"

    def without_limit(path: str) -> str:
        """A long path in the form for which there is no limit; any other as it is."""
        whole = os.path.abspath(path)  # noqa: PTH100 - must not look at the disk
        if len(whole) <= _SAFE_LENGTH or whole.startswith(_NO_LIMIT):
            return path
        return f"{_NO_LIMIT}UNC{whole[1:]}" if whole.startswith("\\\\") else _NO_LIMIT + whole

    def expanded(arguments: Sequence[str]) -> list[str]:
        """The arguments with `*.xlsx` replaced by the files: the shells of Windows leave that to programs.

        What fits no file stays as it is, and so do options. The name of a file that is there gets the form
        without a limit when it is long.
        """
        given: list[str] = []
        for argument in arguments:
            pattern = not argument.startswith("-") and any(sign in argument for sign in "*?")
            found = sorted(glob(argument.replace("[", "[[]"))) if pattern else []  # noqa: PTH207 - as it was typed
            given += found or [argument]
        return [_long_and_there(argument) for argument in given]

    def _long_and_there(argument: str) -> str:
        longer = argument if argument.startswith("-") else without_limit(argument)
        return longer if longer != argument and Path(longer).exists() else argument
