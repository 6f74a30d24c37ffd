"""What fuzzing found, each with its expected outcome: a listed crash that no longer is one fails here."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
import yaml

from tests.xlsx.fuzzing import TARGETS, Target, outcome, seeds

FOLDER = Path(__file__).resolve().parent / "regressions"
EXPECTED: dict[str, str] = yaml.safe_load((FOLDER / "expected.yaml").read_text(encoding="utf-8")) or {}


def test_every_file_is_listed() -> None:
    assert set(EXPECTED) == {path.name for path in FOLDER.glob("*.bin")}


@pytest.mark.parametrize("name", EXPECTED)
def test_outcome(name: str) -> None:
    target = cast(Target, name.partition("-")[0])
    data = (FOLDER / name).read_bytes()
    if EXPECTED[name] == "crash":
        with pytest.raises(Exception):  # noqa: B017  once mended, its real outcome is to be listed
            outcome(target, data)
    else:
        assert outcome(target, data) == EXPECTED[name]


@pytest.mark.parametrize("target", TARGETS)
def test_the_seeds_are_read(target: Target) -> None:
    for data in seeds(target):
        assert outcome(target, data) == "ok"
