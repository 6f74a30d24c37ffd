"""The attack table of docs/security.md: every row names a test that exists, and there are enough of them."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROWS = [
    line.split(" | ")
    for line in (ROOT / "docs" / "security.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| who")
]


def test_every_attack_names_a_test_that_exists() -> None:
    assert len(ROWS) >= 40
    for row in ROWS:
        match = re.fullmatch(r"`([\w/.]+)(?:::(\w+))?` \|", row[-1])
        assert match, row
        file = ROOT / "tests" / match[1]
        assert file.is_file(), match[1]
        assert match[2] is None or f"def {match[2]}(" in file.read_text(encoding="utf-8"), match[0]


def test_rows_are_told_apart() -> None:
    assert len({(row[0], row[1]) for row in ROWS}) == len(ROWS)
