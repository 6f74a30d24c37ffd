"""Setting Excel up on made-up machines: a home folder, a system, a Python."""

from __future__ import annotations

import ntpath
from pathlib import Path

import pytest
import xlwings

from sheetcredit.cli.main import main
from sheetcredit.excel.machine import MACOS, WINDOWS, Machine
from sheetcredit.excel.setup import BLANK, install, read_config, uninstall, write_config
from sheetcredit.model.errors import BadUsage, CannotWrite

PYTHON = {WINDOWS: r"C:\Program Files\Python311\python.exe", MACOS: "/usr/local/bin/python3"}


def machine(platform: str, home: Path, interpreter: str = "", short: str | None = None) -> Machine:
    return Machine(
        platform,
        home,
        home / "Documents",
        interpreter or PYTHON.get(platform, "/usr/bin/python3"),
        (lambda path: short or path),
    )


def blank(path: Path) -> Path:
    path.write_bytes(b"template")
    return path


@pytest.mark.parametrize(
    ("platform", "config", "key"),
    [
        (WINDOWS, ".xlwings/xlwings.conf", "INTERPRETER_WIN"),
        (MACOS, "Library/Containers/com.microsoft.Excel/Data/xlwings.conf", "INTERPRETER_MAC"),
    ],
)
def test_excel_is_told_which_python(platform: str, config: str, key: str, tmp_path: Path) -> None:
    steps = install(machine(platform, tmp_path), blank)
    assert all(step.new for step in steps[:-1])
    settings = read_config(tmp_path / config)
    assert settings[key] == PYTHON[platform]
    assert settings["ADD_WORKBOOK_TO_PYTHONPATH"] == "False"
    assert (tmp_path / "Documents/sheetcredit" / BLANK).read_bytes() == b"template"
    assert steps[-1].code == "excel-trust" and steps[-1].found == str(tmp_path / "Documents/sheetcredit")


def test_the_settings_are_where_xlwings_itself_looks(tmp_path: Path) -> None:
    own = Path(xlwings.USER_CONFIG_FILE)
    assert machine(WINDOWS, Path.home()).config == own


def test_the_mac_gets_the_script_of_the_installed_xlwings(tmp_path: Path) -> None:
    install(machine(MACOS, tmp_path), blank)
    name = f"xlwings-{xlwings.__version__}.applescript"
    placed = tmp_path / "Library/Application Scripts/com.microsoft.Excel" / name
    assert placed.read_bytes() == Path(xlwings.__file__).with_name(name).read_bytes()


def test_windows_gets_no_script(tmp_path: Path) -> None:
    assert {step.code for step in install(machine(WINDOWS, tmp_path), blank)} == {
        "excel-config", "excel-template", "excel-trust",
    }  # fmt: skip


def test_a_second_time_changes_nothing(tmp_path: Path) -> None:
    install(machine(MACOS, tmp_path), blank)
    kept = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    steps = install(machine(MACOS, tmp_path), lambda path: pytest.fail("made again"))
    assert not any(step.new for step in steps)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == kept


def test_other_settings_of_the_user_stay(tmp_path: Path) -> None:
    config = tmp_path / ".xlwings/xlwings.conf"
    config.parent.mkdir()
    config.write_text('"LICENSE_KEY","abc"\n"interpreter_win","C:\\old\\python.exe"\n', encoding="utf-8")
    install(machine(WINDOWS, tmp_path), blank)
    settings = read_config(config)
    assert settings["LICENSE_KEY"] == "abc" and settings["INTERPRETER_WIN"] == PYTHON[WINDOWS]
    # As VBA's `Input #` reads it: one pair of quoted texts a line.
    assert all(line.count('"') == 4 for line in config.read_text("utf-8").splitlines())


def test_a_python_in_a_folder_with_accents_is_named_by_its_short_path(tmp_path: Path) -> None:
    accented, short = r"C:\Users\Nguyễn An\python.exe", r"C:\Users\NGUYN~1\python.exe"
    install(machine(WINDOWS, tmp_path, accented, short), blank)
    assert read_config(tmp_path / ".xlwings/xlwings.conf")["INTERPRETER_WIN"] == short


def test_without_a_short_path_it_says_what_to_do_and_does_nothing(tmp_path: Path) -> None:
    with pytest.raises(BadUsage) as caught:
        install(machine(WINDOWS, tmp_path, r"C:\Users\Nguyễn An\python.exe"), blank)
    assert caught.value.code == "E-INTERPRETER-PATH" and "Python311" in caught.value.remedy()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "Documents").write_bytes(b"a file")
    with pytest.raises(CannotWrite) as caught:
        install(machine(WINDOWS, tmp_path), blank)
    assert caught.value.code == "E-WRITE"


def test_linux_says_plainly_that_there_is_no_excel(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sheetcredit.cli.jobs.machine.this_machine", lambda: machine("linux", tmp_path))
    assert main(["excel", "install"]) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1 and "Excel" in said.err
    assert list(tmp_path.iterdir()) == []


def test_on_the_command_line_the_template_has_buttons(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sheetcredit.cli.jobs.machine.this_machine", lambda: machine(WINDOWS, tmp_path))
    assert main(["excel", "install"]) == 0
    assert b"xl/vbaProject.bin" in (tmp_path / "Documents/sheetcredit" / BLANK).read_bytes()
    first = capsys.readouterr().out
    assert main(["excel", "install"]) == 0
    again = capsys.readouterr().out
    assert len(again.splitlines()) == len(first.splitlines()) + 2


def test_a_config_with_a_mark_and_odd_lines_is_read(tmp_path: Path) -> None:
    path = tmp_path / "xlwings.conf"
    path.write_bytes('\ufeff"A","1"\r\nnonsense\r\n"B" , "2"\r\n'.encode())
    assert read_config(path)["A"] == "1"
    assert write_config(path, {"a": "1"}) is False and write_config(path, {"a": "3"}) is True
    assert read_config(path)["A"] == "3"


def test_paths_are_compared_as_the_system_does(tmp_path: Path) -> None:
    assert machine(WINDOWS, tmp_path).same_path(r"c:\PY\python.exe", ntpath.join("C:\\py", "python.exe"))
    assert not machine(MACOS, tmp_path).same_path("/Bin/python", "/bin/python")


def left(home: Path) -> list[str]:
    return sorted(path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file())


def test_what_was_put_in_place_is_taken_back(tmp_path: Path) -> None:
    install(machine(WINDOWS, tmp_path), blank)
    taken = uninstall(machine(WINDOWS, tmp_path), blank)
    assert [step.code for step in taken] == ["excel-config-gone", "excel-template-gone"]
    assert list(tmp_path.rglob("*")) == [tmp_path / "Documents"]
    assert uninstall(machine(WINDOWS, tmp_path), blank) == []


def test_what_the_user_made_of_it_stays(tmp_path: Path) -> None:
    here = machine(WINDOWS, tmp_path)
    write_config(here.config, {"OTHER": "x"})
    install(here, blank)
    (here.folder / BLANK).write_bytes(b"filled in")
    uninstall(here, blank)
    assert read_config(here.config) == {"OTHER": "x"}
    assert left(tmp_path) == [".xlwings/xlwings.conf", f"Documents/sheetcredit/{BLANK}"]


def test_settings_of_another_python_stay(tmp_path: Path) -> None:
    install(machine(WINDOWS, tmp_path, r"D:\other\python.exe"), blank)
    before = read_config(machine(WINDOWS, tmp_path).config)
    uninstall(machine(WINDOWS, tmp_path), blank)
    assert read_config(machine(WINDOWS, tmp_path).config) == before
