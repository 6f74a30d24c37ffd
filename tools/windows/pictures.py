"""`make pictures-windows`: the pictures of the guide's first page, made under Wine on a screen of Xvfb."""

from __future__ import annotations

import shutil
import struct
import subprocess
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.windows.pieces import BUILD, ROOT, Missing
from tools.windows.wine import Wine, new_windows

SETUP = ROOT / "dist" / "sheetcredit-setup.exe"
PICTURES = ROOT / "docs" / "pictures"
BOOK = ROOT / "seeds" / "an-duong-2024q1-loi.xlsx"
SCREEN = (900, 620)
# Fonts of Debian with the Vietnamese letters, which Wine's own lack; a title above each window.
REGISTRY = r"""Windows Registry Editor Version 5.00

[HKEY_LOCAL_MACHINE\Software\Microsoft\Windows NT\CurrentVersion\FontSubstitutes]
"MS Shell Dlg"="DejaVu Sans Condensed"
"MS Shell Dlg 2"="DejaVu Sans Condensed"
"Tahoma"="DejaVu Sans Condensed"
"Segoe UI"="DejaVu Sans Condensed"

[HKEY_CURRENT_USER\Console]
"FaceName"="Noto Mono"

[HKEY_CURRENT_USER\Control Panel\Colors]
"Background"="0 0 0"

[HKEY_CURRENT_USER\Software\Wine\Explorer]
"Desktop"="Default"

[HKEY_CURRENT_USER\Software\Wine\Explorer\Desktops]
"Default"="900x620"
"""

# Presses a button of the setup's window by its number: 1 is the one to the right, Install or Finish.
PRESS = """
import ctypes, sys
u = ctypes.WinDLL("user32")
u.FindWindowW.restype = ctypes.c_void_p
u.PostMessageW.argtypes = [ctypes.c_void_p, ctypes.c_uint, ctypes.c_size_t, ctypes.c_size_t]
window = u.FindWindowW("#32770", None)
u.PostMessageW(window, 0x111, 1, 0)
"""


def main() -> None:
    """Walk through the setup and the first use, and draw each step."""
    with TemporaryDirectory() as folder, screen(Path(folder)) as (display, memory):
        without = new_windows(BUILD / "prefix-pictures")
        settings = without.drive / "fonts.reg"
        settings.write_text(REGISTRY, encoding="utf-16", newline="\r\n")
        without.must("regedit", "/S", settings)
        without.stop()
        wine = Wine(without.prefix, {"DISPLAY": display})
        with wine.awake():
            setup = subprocess.Popen(
                wine.command(SETUP), cwd=wine.drive, env=wine.environment(), stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            _settled(memory)
            draw(memory, PICTURES / "cai-dat-1.png")
            press = wine.drive / "press.py"
            press.write_text(PRESS, encoding="utf-8")
            program = BUILD / "program" / "python" / "python.exe"
            wine.run(program, press)
            installed = wine.home / "AppData" / "Local" / "Programs" / "sheetcredit"
            _wait_until(lambda: _is_set_up(installed / "install.log"), "the setup did not end")
            _settled(memory)
            draw(memory, PICTURES / "cai-dat-2.png")
            setup.kill()
            setup.wait()
            _console(wine, installed, memory)


def _console(wine: Wine, installed: Path, memory: Path) -> None:
    """The window of the context menu, with what was found."""
    book = Path(shutil.copy(BOOK, wine.drive / "báo cáo quý I.xlsx"))
    before = book.read_bytes()
    # Wine's window does not know bold and dim, which Windows' console shows.
    shown = subprocess.Popen(
        ["wineconsole", wine.path(installed / "sheetcredit.exe"), "desktop", "check", wine.path(book)],
        cwd=wine.drive, env=wine.environment({"TERM": "dumb"}), stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    _wait_until(lambda: book.read_bytes() != before, "the workbook was not checked")
    _settled(memory)
    draw(memory, PICTURES / "cai-dat-3.png")
    shown.kill()
    shown.wait()


def _is_set_up(log: Path) -> bool:
    """Whether the last step of the setup has written its line."""
    return log.is_file() and "set_up_excel" in log.read_bytes().decode("utf-16", "replace")


def _wait_until(happened: Callable[[], bool], otherwise: str) -> None:
    """Until something is so; long enough for a busy machine."""
    for _ in range(2400):
        if happened():
            return
        time.sleep(0.5)
    raise Missing(otherwise)


@contextmanager
def screen(folder: Path) -> Iterator[tuple[str, Path]]:
    """A screen that nobody sees: its name, and the file with what is on it."""
    size = f"{SCREEN[0]}x{SCREEN[1]}x24"
    # It takes a free number and says which, once it can be used.
    command = [
        "Xvfb", "-displayfd", "1", "-screen", "0", size, "-fbdir", str(folder), "-nolisten", "tcp",
        "-nocursor",
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
        assert running.stdout is not None
        try:
            number = running.stdout.readline().decode().strip()
            if not number:
                raise Missing("Xvfb cannot be started")
            yield f":{number}", folder / "Xvfb_screen0"
        finally:
            running.terminate()


def _settled(memory: Path) -> None:
    """Until the screen shows something and no longer changes."""
    before, same = b"", 0
    for _ in range(120):
        now = memory.read_bytes()
        same = same + 1 if now == before else 0
        if same >= 4 and len(set(now[-SCREEN[0] * 400 :: 997])) > 2:
            return
        before = now
        time.sleep(0.5)


def draw(memory: Path, picture: Path) -> None:
    """What is on the screen as a .png, without the empty border (X's own format of a window: XWD)."""
    data = memory.read_bytes()
    head = struct.unpack(">25I", data[:100])
    width, height, line, colours = head[4], head[5], head[12], head[19]
    first = head[0] + colours * 12
    rows = [data[first + y * line : first + y * line + width * 4] for y in range(height)]
    used = [y for y, row in enumerate(rows) if row.strip(b"\0")]
    if not used:
        raise Missing("nothing is on the screen")
    left = min(_edge(rows[y], width, False) for y in used)
    right = max(_edge(rows[y], width, True) for y in used)
    cut = rows[used[0] : used[-1] + 1]
    raw = b"".join(b"\0" + _rgb(row[left * 4 : (right + 1) * 4]) for row in cut)
    size = struct.pack(">IIBBBBB", right + 1 - left, len(cut), 8, 2, 0, 0, 0)
    parts = ((b"IHDR", size), (b"IDAT", zlib.compress(raw, 9)), (b"IEND", b""))
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts))
    print(f"{picture.relative_to(ROOT)}: {right + 1 - left} x {len(cut)}")


def _edge(row: bytes, width: int, last: bool) -> int:
    """The first or last column of a row that is not of the background."""
    columns = range(width - 1, -1, -1) if last else range(width)
    return next((x for x in columns if row[4 * x : 4 * x + 3] != b"\0\0\0"), 0 if last else width - 1)


def _rgb(row: bytes) -> bytes:
    out = bytearray(len(row) // 4 * 3)
    out[0::3], out[1::3], out[2::3] = row[2::4], row[1::4], row[0::4]
    return bytes(out)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


if __name__ == "__main__":
    main()
