"""What people see: one golden file a rendering, and what must hold at any width."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from sheetcredit.cli.main import main
from sheetcredit.model.text import Language
from sheetcredit.report import reconcile
from sheetcredit.screen.terminal import Terminal
from tests.seeds_of import GOLDEN, MISTAKEN, copy_of

NUMBER = re.compile(r"\d[\d.,]*\d|\d")


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def on_screen(language: Language, width: int, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    screen = Screen()
    Terminal(screen, language).report(reconcile(MISTAKEN), compared=True, summarised=True)
    return screen.getvalue()


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("seed", [GOLDEN, MISTAKEN], ids=["golden", "mistakes"])
def test_rendering(
    seed: Path,
    language: Language,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    same_as_golden: Callable[[str, str], None],
) -> None:
    copy_of(seed, tmp_path, "bao-cao.xlsx")
    monkeypatch.chdir(tmp_path)
    code = main(["run", "bao-cao.xlsx", "-o", "ket-qua.xlsx", "--lang", language])
    assert code == (0 if seed == GOLDEN else 1)
    name = "golden" if seed == GOLDEN else "mistakes"
    same_as_golden(f"terminal-{name}-{language}.txt", capsys.readouterr().out)


@pytest.mark.parametrize("width", [80, 100, 140])
def test_no_number_is_broken_and_no_line_too_long(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    text = plain(on_screen("vi", width, monkeypatch))
    assert max(len(line) for line in text.splitlines()) <= width
    whole = io.StringIO()
    Terminal(whole, "vi").report(reconcile(MISTAKEN), compared=True, summarised=True)
    assert NUMBER.findall(text) == NUMBER.findall(whole.getvalue())


def test_a_cause_and_a_remedy_are_said_once_a_cell() -> None:
    text = io.StringIO()
    report = reconcile(MISTAKEN)
    Terminal(text, "vi").findings(report)
    lines = [line.strip() for line in text.getvalue().splitlines()]
    (moved,) = {f.suspects[0].cause_text() for f in report.findings if f.cell == "C28"}
    assert sum(line.endswith(moved) for line in lines) == 1
    shown = [finding for finding in report.findings if finding.cell == "C28" and not finding.follows]
    remedies = {finding.remedy() for finding in shown}
    assert len(shown) == 1 and sum(line.startswith("+ 15 dòng cùng nguyên nhân") for line in lines) == 1
    start, end = lines.index("C28    Mã xã"), lines.index("F118   Số tổ viên")
    assert [line for line in lines[start:end] if line.startswith("→")] == [
        f"→ {remedy}" for remedy in sorted(remedies, key=lambda r: next(
            n for n, f in enumerate(report.findings) if f.remedy() == r))
    ]  # fmt: skip


def test_of_very_many_cells_to_put_right_first_some_are_named() -> None:
    report = reconcile(MISTAKEN)
    fix = next(fix for fix in report.fix_first if fix.clears > 1)
    screens = []
    for number in (10, 11, 150):
        screen = io.StringIO()
        Terminal(screen, "vi").findings(replace(report, fix_first=(fix,) * number))
        screens.append((screen.getvalue().count(f"{fix.suspect.cell} trước"), screen.getvalue()))
    assert [count for count, _ in screens] == [10, 10, 10]
    assert "… và" not in screens[0][1] and "… và 1 dòng" in screens[1][1] and "… và 140 dòng" in screens[2][1]


def test_messages_do_not_repeat_their_place() -> None:
    text = io.StringIO()
    Terminal(text, "vi").findings(reconcile(MISTAKEN))
    for line in text.getvalue().splitlines():
        assert ", ô " not in line and ", cột " not in line


def test_without_a_terminal_there_are_no_colours_and_no_trailing_blanks() -> None:
    text = io.StringIO()
    Terminal(text, "vi").report(reconcile(MISTAKEN), compared=True, summarised=True)
    assert "\x1b" not in text.getvalue()
    assert [line for line in text.getvalue().splitlines() if line != line.rstrip()] == []


def test_colours_on_a_terminal_unless_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b[1;31m" in on_screen("vi", 100, monkeypatch)
    monkeypatch.setenv("NO_COLOR", "1")
    screen = Screen()
    Terminal(screen, "vi").findings(reconcile(MISTAKEN))
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", screen.getvalue())


def test_text_from_the_workbook_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    report = reconcile(MISTAKEN)
    first = replace(report.findings[0], explanation="[bold]xem\n[/red] lại\x1b[2J")
    for stream in (Screen(), io.StringIO()):
        Terminal(stream, "vi").findings(replace(report, findings=(first,), office_name="[red]PGD[/x]"))
        assert "[bold]xem [/red] lại" in stream.getvalue() and "[red]PGD[/x]" in stream.getvalue()
        assert "\x1b[2J" not in stream.getvalue()


def test_several_files_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, two = copy_of(GOLDEN, tmp_path, "a.xlsx"), copy_of(MISTAKEN, tmp_path, "b.xlsx")
    assert main(["validate", str(one), str(two)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].startswith("Đã kiểm tra 2 tệp: 1 đạt, 1 ")


def test_a_clean_check_needs_no_layout() -> None:
    code = (
        "import sys; from sheetcredit.cli.main import main; "
        f"main(['validate', {str(GOLDEN)!r}]); print('rich.console' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals there")
def test_progress_is_shown_on_a_terminal_and_nowhere_else(tmp_path: Path) -> None:
    files = [str(copy_of(GOLDEN, tmp_path, f"{name}.xlsx")) for name in "abc"]
    command = [sys.executable, "-m", "sheetcredit", "validate", *files]
    controller, terminal = os.openpty()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=terminal, timeout=60, check=True)
    os.close(terminal)
    shown = os.read(controller, 100_000).decode("utf-8", "replace")
    os.close(controller)
    assert "Đang đọc" in shown and "Đang đọc" not in done.stdout.decode("utf-8")
    piped = subprocess.run(command, capture_output=True, timeout=60, check=True)
    assert piped.stderr == b""
