"""Programs that run beside the one under test, inside Wine: who holds a file, and a virus scanner."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.windows.installed import Installed

READ, READ_WRITE = "80000000", "C0000000"

# Opens a file with an access and a sharing mode of Windows, says so, and holds it until its input ends.
HOLD = """
import ctypes, sys
from ctypes import wintypes as w
k = ctypes.WinDLL("kernel32", use_last_error=True)
k.CreateFileW.restype = w.HANDLE
k.CreateFileW.argtypes = [w.LPCWSTR, w.DWORD, w.DWORD, w.LPVOID, w.DWORD, w.DWORD, w.HANDLE]
handle = k.CreateFileW(sys.argv[1], int(sys.argv[2], 16), int(sys.argv[3]), None, 3, 0x80, None)
print("no" if handle == w.HANDLE(-1).value else "held", flush=True)
sys.stdin.read()
"""

# Looks at every new file of a folder for 0.15 s, again and again, and lets nobody rename or delete it meanwhile.
SCAN = """
import ctypes, os, sys, threading, time
from ctypes import wintypes as w
k = ctypes.WinDLL("kernel32")
k.CreateFileW.restype = w.HANDLE
k.CreateFileW.argtypes = [w.LPCWSTR, w.DWORD, w.DWORD, w.LPVOID, w.DWORD, w.DWORD, w.HANDLE]
k.CloseHandle.argtypes = [w.HANDLE]
os.chdir(sys.argv[1])
seen, caught, over = {}, 0, threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
print("scanning", flush=True)
while not over.is_set():
    for name in os.listdir("."):
        try:
            mark = os.stat(name).st_mtime_ns
        except OSError:
            continue
        if seen.get(name) == mark:
            continue
        handle = k.CreateFileW(name, 0x80000000, 3, None, 3, 0, None)
        if handle != w.HANDLE(-1).value:
            seen[name] = mark
            caught += 1
            time.sleep(0.15)
            k.CloseHandle(handle)
print(caught, flush=True)
"""


@contextmanager
def beside(
    installed: Installed, program: str, *arguments: str, cwd: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Run Python code in Wine while the block runs; its first line says that it is ready."""
    script = cwd.parent / "beside.py"
    script.write_text(program, encoding="utf-8")
    command = installed.wine.command(installed.python, script, *arguments)
    running = subprocess.Popen(
        command, cwd=cwd, env=installed.wine.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert running.stdout is not None
    try:
        assert running.stdout.readline().strip() in (b"held", b"scanning")
        yield running
    finally:
        if running.poll() is None:
            running.communicate()


@contextmanager
def held(installed: Installed, path: Path, access: str, share: int) -> Iterator[None]:
    """A file is open in another program with this access and sharing (1 read, 2 write, 4 delete)."""
    with beside(installed, HOLD, installed.wine.path(path), access, str(share), cwd=path.parent):
        yield
