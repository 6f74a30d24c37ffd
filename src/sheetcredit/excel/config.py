"""xlwings' settings file: lines of two quoted texts, read by VBA as plain text."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path


def read_config(path: Path) -> dict[str, str]:
    """The settings by name in capitals; none where there is no such file."""
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    lines = csv.reader(text.splitlines())
    return {line[0].strip().upper(): line[1].strip() for line in lines if len(line) >= 2}


def write_config(path: Path, settings: Mapping[str, str]) -> bool:
    """Put settings into the file, the others in it stay; False when they stood there already."""
    known = read_config(path)
    wanted = known | {name.upper(): value for name, value in settings.items()}
    if wanted == known:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(f'"{name}","{value}"\r\n' for name, value in wanted.items())
    path.write_bytes(text.encode("utf-8"))
    return True
