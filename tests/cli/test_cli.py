"""The command line: its help, its version, its silence, and what it does where nobody listens."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from openpyxl import load_workbook
from typer.main import get_command

import sheetcredit
from sheetcredit import __main__ as start
from sheetcredit.cli.main import app, main
from sheetcredit.model.text import message_catalogue
from tests.seeds_of import GOLDEN, MISTAKEN, copy_of, digest

COMMANDS = sorted(c.name or c.callback.__name__ for c in app.registered_commands if c.callback)
START = [sys.executable, "-m", "sheetcredit"]


def test_the_commands_of_the_contract_are_there() -> None:
    assert set(COMMANDS) >= {"new", "validate", "reconcile", "fill", "run", "doctor"}


@pytest.mark.parametrize("arguments", [["--help"], *([name, "-h"] for name in COMMANDS)], ids=" ".join)
def test_help(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 0
    said = capsys.readouterr()
    assert said.err == "" and said.out.startswith("Usage: sheetcredit")
    for name in COMMANDS if arguments == ["--help"] else []:
        assert f"  {name}" in said.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_explained_in_both_languages(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = get_command(app).get_command(None, name)  # type: ignore[attr-defined]
    for parameter in command.params:
        if parameter.name != "help":
            assert " / " in (parameter.help or ""), parameter.name
    assert " / " in (command.help or "")


@pytest.mark.parametrize("group", ["key", "excel"])
def test_an_unknown_command_of_a_group_is_named(group: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([group, "nothing"]) == 2
    said = capsys.readouterr().err
    assert "nothing" in said and group in said and said.count("\n") == 1


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"sheetcredit {sheetcredit.__version__}\n"


def test_without_a_command_it_shows_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "Usage: sheetcredit" in capsys.readouterr().out


@pytest.mark.parametrize(("seed", "code"), [(GOLDEN, 0), (MISTAKEN, 1)], ids=["golden", "mistakes"])
@pytest.mark.parametrize("command", ["validate", "reconcile", "fill", "run"])
def test_quiet_says_it_with_the_exit_code(
    command: str, seed: Path, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = copy_of(seed, tmp_path)
    assert main([command, "-q", str(path)]) == code
    assert capsys.readouterr() == ("", "")


def test_fill_writes_the_summary_alone(tmp_path: Path) -> None:
    path, out = copy_of(MISTAKEN, tmp_path), tmp_path / "out.xlsx"
    before = digest(path)
    assert main(["fill", str(path), "-o", str(out), "-q"]) == 1
    assert digest(path) == before
    one, other = load_workbook(path), load_workbook(out)
    differing = {
        sheet.title
        for sheet in one
        for row in sheet.iter_rows()
        for cell in row
        if cell.value != other[sheet.title][cell.coordinate].value
    }
    assert differing == {"Tổng hợp"}


def test_machine_form_of_several_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, two = copy_of(GOLDEN, tmp_path, "a.xlsx"), copy_of(MISTAKEN, tmp_path, "b.xlsx")
    assert main(["reconcile", "--json", str(one), str(two)]) == 1
    files = json.loads(capsys.readouterr().out)["files"]
    assert [file["path"] for file in files] == [str(one), str(two)]


def test_a_file_given_twice_is_one_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = copy_of(GOLDEN, tmp_path, "a.xlsx")
    (tmp_path / "b.xlsx").symlink_to(path)
    again = tmp_path / ".." / tmp_path.name / "a.xlsx"
    assert main(["run", "--json", str(path), str(again), str(tmp_path / "b.xlsx")]) == 0
    assert [file["path"] for file in json.loads(capsys.readouterr().out)["files"]] == [str(path)]


def test_results_go_to_a_folder_under_the_same_names(tmp_path: Path) -> None:
    files = [str(copy_of(seed, tmp_path)) for seed in (GOLDEN, MISTAKEN)]
    out = tmp_path / "kết quả" / "quý 1"
    assert main(["run", *files, "-o", str(out), "-q"]) == 1
    assert sorted(path.name for path in out.iterdir()) == sorted([GOLDEN.name, MISTAKEN.name])


def test_into_a_pipe_it_is_utf8_whatever_the_code_page(tmp_path: Path) -> None:
    path = copy_of(MISTAKEN, tmp_path, "báo cáo.xlsx")
    done = subprocess.run(
        [*START, "validate", str(path)],
        capture_output=True, timeout=60, check=False, env={**os.environ, "PYTHONIOENCODING": "cp1258", "PATH": ""},
    )  # fmt: skip
    assert done.returncode == 1 and done.stderr == b""
    assert "báo cáo.xlsx" in done.stdout.decode("utf-8")


def test_a_file_name_that_is_no_text(tmp_path: Path) -> None:
    name = b"b\xe1o c\xe1o.xlsx"
    path = bytes(tmp_path) + b"/" + name
    try:
        Path(path.decode("utf-8", "surrogateescape")).write_bytes(GOLDEN.read_bytes())
    except OSError:
        return  # a file system that has text only
    done = subprocess.run([*START, "validate", "--json", path], capture_output=True, timeout=60, check=False)
    assert (done.returncode, json.loads(done.stdout)["files"]) == (2, [])
    assert done.stderr.count(b"\n") == 1 and b"\\udce1o" in done.stderr


def test_a_reader_that_goes_away_leaves_no_traceback() -> None:
    with subprocess.Popen(
        [*START, "reconcile", str(MISTAKEN)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as started:
        assert started.stdout is not None and started.stderr is not None
        started.stdout.close()
        assert b"Traceback" not in started.stderr.read()


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for another process there")
def test_stopped_by_the_user(tmp_path: Path) -> None:
    path = copy_of(GOLDEN, tmp_path)
    before = digest(path)
    code = (
        "import time, sys; from sheetcredit.cli.jobs import workbooks; from sheetcredit.cli import main as cli\n"
        "def wait(*_): print('ready', flush=True); time.sleep(30)\n"
        "workbooks.read_office = wait; sys.exit(cli.main(sys.argv[1:]))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, "run", str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as started:
        assert started.stdout is not None and started.stdout.readline() == "ready\n"
        time.sleep(0.05)
        started.send_signal(signal.SIGINT)
        _, error = started.communicate(timeout=20)
    assert started.returncode == 130
    assert error.count("\n") == 1 and "Traceback" not in error
    assert digest(path) == before


def test_every_word_of_the_screen_is_in_both_languages() -> None:
    for code, words in message_catalogue("screen").items():
        assert {"vi", "en"} <= set(words), code
    for code, entry in message_catalogue("errors").items():
        for field in ("message", "remedy"):
            assert set(entry[field]) == {"vi", "en"}, (code, field)


def test_the_console_script_leaves_with_the_code_of_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[object] = []
    monkeypatch.setattr("sheetcredit.cli.main.main", lambda: 1)
    monkeypatch.setattr("os._exit", left.append)
    monkeypatch.setattr("gc.set_threshold", lambda *_: None)
    start.entry()
    assert left == [1]


def test_ctrl_c_before_the_command_line_is_loaded_ends_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupting:
        """Ctrl+C comes while the command line is imported."""

        @staticmethod
        def find_spec(name: str, *_: object) -> None:
            if name == "sheetcredit.cli.main":
                raise KeyboardInterrupt

    def leave(code: int) -> None:
        raise SystemExit(code)

    monkeypatch.delitem(sys.modules, "sheetcredit.cli.main")
    monkeypatch.setattr("sys.meta_path", [Interrupting, *sys.meta_path])
    monkeypatch.setattr("os._exit", leave)
    monkeypatch.setattr("gc.set_threshold", lambda *_: None)
    with pytest.raises(SystemExit) as left:
        start.entry()
    assert left.value.code == 130


@pytest.mark.parametrize(("typed", "offered"), [("val", "validate"), ("run --bro", "--broken-first")])
def test_the_shell_completes_commands_and_options(typed: str, offered: str) -> None:
    words = f"sheetcredit {typed}"
    asked = {
        "_SHEETCREDIT_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" ")),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "sheetcredit"],
        env={**os.environ, **asked},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.split()) == (0, [offered])
