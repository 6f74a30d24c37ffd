"""The benchmark's page: what people wrote around the tables stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.bench_report import BEGIN, END, Measure, Target, write_page

MEASURES = [Measure("a job", 0.010, 0.0123, 0.020, 51.4)]


def test_the_tables_replace_what_is_between_the_markers(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    write_page(page, MEASURES, [Target("ratio", 1.7, "≤", 1.5), Target("speed", 6, "≥", 5)], "2 cores")
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "old" not in text
    assert "| a job | 10 | 12 | 20 | 51 |" in text
    assert "| ratio | 1.70 | ≤ 1.5 | **missed** |" in text
    assert "| speed | 6.00 | ≥ 5 | met |" in text


def test_a_missing_page_is_made(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    write_page(page, MEASURES, [], "2 cores")
    assert page.read_text(encoding="utf-8").count("| a job |") == 1


def test_a_page_without_markers_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text("mine\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="markers"):
        write_page(page, MEASURES, [], "2 cores")
    assert page.read_text(encoding="utf-8") == "mine\n"
