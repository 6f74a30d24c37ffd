"""`sheetcredit consolidate` as it is typed: stopped and gone on with, archived, repeated."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sheetcredit.cli.main import main
from tests.consolidate.handed_in import office_without_statements, statement
from tests.consolidate.nation import Land
from tests.mail_server import own_folders
from tests.seeds_of import digest

ROOT = Path(__file__).resolve().parents[2]
WATCHED = """
import os, signal, sys
from sheetcredit.cli import main as cli
from sheetcredit.pool import gather
from sheetcredit.pool.cache import ResultCache

store, results = ResultCache.store, gather._results

def store_and_stop(self, one):
    store(self, one)
    if "STOP" in os.environ:
        os.killpg(0, signal.SIGINT)  # what a terminal does

def counted(paths, *others):
    print("to read:", len(paths), file=sys.stderr)
    return results(paths, *others)

if __name__ == "__main__":
    ResultCache.store, gather._results = store_and_stop, counted
    sys.exit(cli.main(sys.argv[1:]))
"""


@pytest.fixture
def environment(land: Land, tmp_path: Path) -> dict[str, str]:
    """A user of one's own, with the catalogues of the invented nation."""
    return {
        **os.environ, **own_folders(tmp_path),
        "SHEETCREDIT_CATALOGUES": str(land.folder / "catalogues"), "PYTHONPATH": str(ROOT),
    }  # fmt: skip


def typed(
    folder: Path, environment: dict[str, str], *arguments: str | Path
) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own, which says how much there was to read."""
    script = folder / "watched.py"
    script.write_text(WATCHED, encoding="utf-8")
    return subprocess.run(
        [sys.executable, str(script), *map(str, arguments)],
        check=False, capture_output=True, text=True, encoding="utf-8", timeout=120, start_new_session=True,
        env=environment,
    )  # fmt: skip


def told(output: str) -> Any:
    return json.loads(output)


@pytest.mark.skipif(sys.platform == "win32", reason="no process groups")
def test_stopped_gone_on_with_and_repeated(land: Land, tmp_path: Path, environment: dict[str, str]) -> None:
    out, archive = tmp_path / "toan-quoc.xlsx", tmp_path / "kho"
    asked = ("consolidate", land.folder, "-o", out, "--archive", archive, "--json")
    stopped = typed(tmp_path, environment | {"STOP": "1"}, *asked)
    assert stopped.returncode == 130 and stopped.stdout == ""
    assert "to read: 12" in stopped.stderr and "Traceback" not in stopped.stderr
    assert len(stopped.stderr.splitlines()) == 2  # what the test prints, and how far it came
    assert not out.exists() and not archive.exists()
    assert [path.name for path in tmp_path.glob("*.xlsx*")] == []

    first = typed(tmp_path, environment, *asked)
    left = int(first.stderr.split("to read: ")[1].split()[0])
    assert 0 < left < 12 and first.returncode in (0, 1)
    before = digest(out)
    again = typed(tmp_path, environment, *asked)
    assert "to read: 0\n" in again.stderr and digest(out) == before
    assert told(again.stdout) == told(first.stdout)

    used = next(one["office"] for one in told(first.stdout)["submissions"] if one["summed"])
    history = typed(tmp_path, environment, "history", used, "--archive", archive)
    assert history.returncode == 0 and used in history.stdout


def test_a_statement_among_offices_is_told_with_its_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in own_folders(tmp_path).items():
        monkeypatch.setenv(name, value)
    folder = tmp_path / "den"
    folder.mkdir()
    office_without_statements(folder / "pgd.xlsx")
    statement(folder, "11")
    assert main(["consolidate", str(folder), "-o", str(tmp_path / "o.xlsx"), "--json"]) == 1
    (stray,) = told(capsys.readouterr().out)["strays"]
    assert (stray["kind"], stray["error"]["code"]) == ("association", "E-IS-STATEMENT")
    assert "-o" in stray["error"]["remedy"]


def test_what_blocks_is_merged_only_when_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    office = office_without_statements(tmp_path / "pgd.xlsx")
    source = statement(
        tmp_path, "12", lambda listed, _: listed[2].update(balance=int(str(listed[2]["balance"])) + 900)
    )
    asked = ["consolidate", str(source), "-o", str(office), "--json"]
    states = []
    for more in ([], ["--force"]):
        assert main([*asked, *more]) == 1
        states += [one["state"] for one in told(capsys.readouterr().out)["statements"]]
    assert states == ["blocked", "merged"]
