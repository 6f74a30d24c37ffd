"""What `doctor` sees of Excel, on made-up machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from sheetcredit.excel.machine import MACOS, WINDOWS, Machine
from sheetcredit.excel.setup import install, look_at_book, look_at_excel
from sheetcredit.model.errors import CannotRead
from sheetcredit.model.text import message_catalogue
from tests.seeds_of import GOLDEN

SECURITY = r"Software\Microsoft\Office\16.0\Excel\Security"
POLICY = r"Software\Policies\Microsoft\Office\16.0\Excel\Security"
Values = Mapping[tuple[str, str], int | str]


def windows(
    home: Path, values: Values | None = None, keys: Mapping[str, Sequence[str]] | None = None
) -> Machine:
    known, below = values or {}, keys or {}
    return Machine(
        WINDOWS, home, home / "Documents", r"C:\Python311\python.exe",
        registry=lambda key, name: known.get((key, name)), subkeys=lambda key: below.get(key, ()),
    )  # fmt: skip


def seen(machine: Machine) -> dict[str, bool]:
    return {item.code: item.ok for item in look_at_excel(machine)}


def test_a_fresh_windows_lacks_only_the_set_up(tmp_path: Path) -> None:
    assert seen(windows(tmp_path)) == {
        "doctor-excel-python": False, "doctor-macros": True, "doctor-macros-internet": True,
        "doctor-trusted": False,
    }  # fmt: skip


@pytest.mark.parametrize("platform", [WINDOWS, MACOS])
def test_after_the_set_up_the_python_is_right(platform: str, tmp_path: Path) -> None:
    machine = Machine(platform, tmp_path, tmp_path / "Documents", "/usr/bin/python3")
    assert not seen(machine)["doctor-excel-python"]
    install(machine, lambda path: path)
    found = seen(machine)
    assert found["doctor-excel-python"] and found.get("doctor-excel-script", True)


def test_another_python_is_noticed(tmp_path: Path) -> None:
    install(windows(tmp_path), lambda path: path)
    moved = Machine(WINDOWS, tmp_path, tmp_path / "Documents", r"D:\other\python.exe")
    assert not seen(moved)["doctor-excel-python"]


@pytest.mark.parametrize(
    ("values", "code", "ok"),
    [
        ({(SECURITY, "VBAWarnings"): 1}, "doctor-macros", True),
        ({(SECURITY, "VBAWarnings"): 2}, "doctor-macros", True),
        ({(SECURITY, "VBAWarnings"): 3}, "doctor-macros", False),
        ({(SECURITY, "VBAWarnings"): 4}, "doctor-macros", False),
        ({(SECURITY, "VBAWarnings"): 1, (POLICY, "VBAWarnings"): 4}, "doctor-macros", False),
        ({(POLICY, "VBAWarnings"): 2, (SECURITY, "VBAWarnings"): 4}, "doctor-macros", True),
        ({(POLICY, "blockcontentexecutionfrominternet"): 1}, "doctor-macros-internet", False),
    ],
)
def test_the_rules_for_macros(values: Values, code: str, ok: bool, tmp_path: Path) -> None:
    assert seen(windows(tmp_path, values))[code] is ok


def test_a_trusted_folder_is_recognised(tmp_path: Path) -> None:
    key = rf"{SECURITY}\Trusted Locations"
    folder = str(tmp_path / "Documents" / "sheetcredit")
    machine = windows(
        tmp_path, {(rf"{key}\Location7", "Path"): folder.upper() + "\\"}, {key: ["Location0", "Location7"]}
    )
    assert seen(machine)["doctor-trusted"]


def test_linux_has_nothing_to_look_at(tmp_path: Path) -> None:
    assert seen(Machine("linux", tmp_path, tmp_path, "/usr/bin/python3")) == {}


def test_every_line_has_its_words_and_its_remedy(tmp_path: Path) -> None:
    words = message_catalogue("screen")
    for machine in (windows(tmp_path), Machine(MACOS, tmp_path, tmp_path, "/usr/bin/python3")):
        for item in look_at_excel(machine):
            assert {item.code, f"{item.code}-todo"} <= words.keys()


def test_a_book_without_macros(tmp_path: Path) -> None:
    assert [(item.code, item.ok) for item in look_at_book(GOLDEN)] == [("doctor-book-plain", True)]
    with pytest.raises(CannotRead):
        list(look_at_book(tmp_path / "gone.xlsm"))
