"""The files of pinned packages hold pins and hashes, and nothing that leads elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.lock import FILES, HEADER, ROOT, faults, read_pins

DIGEST = "0" * 64
PIN = f"polars==2.1.0 \\\n    --hash=sha256:{DIGEST}\n"


def test_the_files_of_the_project_are_sound() -> None:
    assert faults() == []


def test_windows_gets_what_only_windows_needs() -> None:
    everything = (ROOT / FILES[0].path).read_text(encoding="utf-8")
    assert "colorama==" in everything
    assert "pywin32==" in everything


@pytest.mark.parametrize(
    "line",
    [
        "--index-url somewhere",
        "--find-links wheels",
        "polars @ file:wheels/polars.whl",
        "polars>=2.1",
        "polars==2.1.0",
        "# via -r requirements.in",
    ],
)
def test_anything_but_pins_and_hashes_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "some.txt"
    path.write_text(f"{HEADER}{PIN}{line}\n", encoding="utf-8")
    with pytest.raises(SystemExit, match=r"some\.txt:4: neither"):
        read_pins(path)


def test_a_pin_is_read_with_its_hashes(tmp_path: Path) -> None:
    path = tmp_path / "some.txt"
    path.write_text(HEADER + PIN, encoding="utf-8")
    assert read_pins(path) == {("polars", "2.1.0"): frozenset({DIGEST})}
