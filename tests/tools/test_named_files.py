"""A file of ours that a document, the Makefile or a tool names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_NAMED = re.compile(
    r"(?<![\w/.])(?:src/sheetcredit|tests|tools|schemas|workbook|seeds)/[\w./-]*\w\.(?:py|yaml|md|sh|xlsx)\b"
)
_SAYING = sorted(
    path
    for path in (
        ROOT / "Makefile", ROOT / "README.md", ROOT / ".ci" / "run",
        *ROOT.glob("docs/*.md"), *ROOT.glob("docs/vi/*.md"), *ROOT.glob("tools/**/*.py"), *ROOT.glob("tools/*.sh"),
    )
)  # fmt: skip


@pytest.mark.parametrize("path", _SAYING, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_named_files_exist(path: Path) -> None:
    named = set(_NAMED.findall(path.read_text("utf-8")))
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_files_are_named_at_all() -> None:
    assert _NAMED.findall((ROOT / "Makefile").read_text("utf-8"))
