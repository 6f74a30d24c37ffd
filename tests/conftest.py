"""What all tests share: LibreOffice, and golden files that `--update-golden` writes again."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from tests.consolidate.nation import land
from tests.libreoffice import LibreOffice, find_libreoffice
from tests.mail_server import own_folders
from tests.seeds_of import copy_of

__all__ = ["land"]

GOLDEN = Path(__file__).parent / "golden"
SEED = Path(__file__).parent.parent / "seeds" / "an-duong-2024q1.xlsx"
WINDOWS = Path(__file__).parent / "windows"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the files of tests/golden again")
    parser.addoption("--windows", action="store_true", help="the tests of tests/windows too; they need Wine")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """`tests/windows` is collected where it is asked for: `make test-windows` brings what it needs."""
    if collection_path == WINDOWS and not config.getoption("--windows"):
        return True
    return None


# How long an example takes depends on what else the machine does: speeds are measured by `make bench`.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def libreoffice(tmp_path_factory: pytest.TempPathFactory) -> LibreOffice:
    """LibreOffice; where it is missing the test is skipped, but fails in continuous integration."""
    program = find_libreoffice()
    if program is None:
        message = "LibreOffice is missing; Debian/Ubuntu: sudo apt-get install libreoffice-calc"
        if os.environ.get("CI", "").lower() in ("1", "true"):
            pytest.fail(message)
        pytest.skip(message)
    return LibreOffice(program, tmp_path_factory.mktemp("libreoffice"))


@pytest.fixture
def same_as_golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with the golden file of that name."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        assert path.read_text(encoding="utf-8") == text

    return compare


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has settings, keys and an outbox of its own."""
    for name, value in own_folders(tmp_path).items():
        monkeypatch.setenv(name, value)
    return tmp_path


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """The golden workbook, to work on."""
    return copy_of(SEED, tmp_path, "Báo cáo quý I.xlsx")
