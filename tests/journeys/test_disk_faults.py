"""The disk says no, for real: what the command line does then, and what it leaves behind."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.seeds_of import GOLDEN

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="limits and modes of Unix")

# No file may grow beyond this many bytes: how a full disk or a quota looks to a program.
FULL = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
from sheetcredit.cli.main import main
sys.exit(main(sys.argv[1:]))
"""
# Without root's right to write anywhere, where the tests have it; all that is needed is loaded before.
NOBODY = """
import os, sys
from sheetcredit.cli.main import main
from sheetcredit.model.text import message_catalogue
message_catalogue("errors")
assert main(["run", sys.argv[2], "-q", "-o", sys.argv[3]]) == 0
if os.geteuid() == 0:
    os.setegid(65534); os.seteuid(65534)
sys.exit(main(sys.argv[1:3]))
"""


def told(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"HOME": "/nonexistent"}
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True, text=True, check=False, timeout=120, env=environment,
    )  # fmt: skip


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_full_disk(tmp_path: Path, elsewhere: bool) -> None:
    path, out = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    shutil.copy(GOLDEN, path)
    done = told(FULL, "run", str(path), *(["-o", str(out)] if elsewhere else []))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert path.name in done.stderr or out.name in done.stderr
    assert "đã đầy" in done.stderr
    assert [one.name for one in tmp_path.iterdir()] == ["a.xlsx"]
    assert path.read_bytes() == GOLDEN.read_bytes()
    assert told("import sys; from sheetcredit.cli.main import main; sys.exit(main(sys.argv[1:]))", "run", str(path),
                "-q").returncode == 0  # fmt: skip


def test_a_read_only_folder(tmp_path: Path) -> None:
    # Not pytest's folder: only its owner may look into that.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "a.xlsx"
        shutil.copy(GOLDEN, path)
        path.chmod(0o444)
        folder.chmod(0o555)
        done = told(NOBODY, "run", str(path), str(tmp_path / "b.xlsx"))
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert str(folder) in done.stderr
        assert [one.name for one in folder.iterdir()] == ["a.xlsx"]
        assert path.read_bytes() == GOLDEN.read_bytes()
        folder.chmod(0o755)
