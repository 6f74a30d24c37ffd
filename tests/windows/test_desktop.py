"""Without a terminal: the context menu, a drop on the icon, the Start menu; and a button of Excel."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.seeds_of import GOLDEN, MISTAKEN
from tests.windows.installed import Installed
from tests.windows.test_console import on_console


@pytest.fixture
def folder(installed: Installed, request: pytest.FixtureRequest) -> Path:
    folder = installed.wine.drive / "để bàn" / str(request.node.name)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def test_a_file_of_the_context_menu(installed: Installed, folder: Path) -> None:
    """The main job; the window stays until a key is pressed."""
    book = Path(shutil.copy(MISTAKEN, folder / "báo cáo quý.xlsx"))
    before = book.read_bytes()
    command = [installed.wine.path(installed.program), "desktop", "check", installed.wine.path(book)]
    shown = on_console(installed, folder, command, keys=b"x", after="Bấm M để mở")
    assert "lỗi phải sửa" in shown and "Bấm M để mở kết quả" in shown
    assert book.read_bytes() != before


def test_a_folder(installed: Installed, folder: Path) -> None:
    for name, source in (("một.xlsx", GOLDEN), ("hai.xlsx", MISTAKEN)):
        shutil.copy(source, folder / name)
    (folder / "~$một.xlsx").write_bytes(b"")
    (folder / "ghi chú.txt").write_bytes(b"")
    (folder / "~$một.xlsx").unlink()
    done = installed.sheetcredit("desktop", "check", installed.wine.path(folder), cwd=folder)
    assert done.code == 1
    assert "một.xlsx" in done.text and "hai.xlsx" in done.text


def test_an_empty_folder(installed: Installed, folder: Path) -> None:
    done = installed.sheetcredit("desktop", "check", installed.wine.path(folder), cwd=folder)
    assert done.code == 2 and "Không có tệp" in done.text


def test_a_failure_is_read_before_the_window_closes(installed: Installed, folder: Path) -> None:
    (folder / "hỏng.xlsx").write_bytes(b"no workbook")
    path = installed.wine.path(folder / "hỏng.xlsx")
    command = [installed.wine.path(installed.program), "desktop", "check", path]
    shown = on_console(installed, folder, command, keys=b"x", after="Bấm")
    assert "Lỗi:" in shown and "Bấm" in shown and "Traceback" not in shown


def test_a_new_workbook_after_two_questions(installed: Installed, folder: Path) -> None:
    done = installed.wine.run(installed.program, "desktop", "new", cwd=folder, given=b"0312\r\n2024Q1\r\n")
    assert done.code == 0, done
    made = installed.wine.home / "Documents" / "sheetcredit" / "0312-2024Q1.xlsm"
    assert made.is_file()
    made.unlink()


def test_doctor(installed: Installed, folder: Path) -> None:
    done = installed.sheetcredit("desktop", "doctor", "--lang", "en", cwd=folder)
    assert done.code == 0, done
    assert "✗" not in done.text and "apt-get" not in done.text


def test_a_button_of_excel(installed: Installed, folder: Path) -> None:
    """The command line that xlwings' RunPython builds starts the installed program; without Excel one
    sentence says what is missing."""
    python = installed.wine.path(installed.python)
    line = (
        f'cmd.exe /C C: & cd "{installed.wine.path(installed.python.parent)}" & "{python}" -B -c '
        '"import xlwings.utils;xlwings.utils.prepare_sys_path(\\"\\"); import sheetcredit.buttons; '
        'sheetcredit.buttons.check()"  --wb="báo cáo.xlsm" --from_xl=1 '
        '--app="C:\\Program Files\\Microsoft Office\\root\\Office16\\Microsoft Excel" --hwnd="123" '
        f'2> "{installed.wine.path(folder)}\\xl.log" '
    )
    (folder / "line.txt").write_text(line, encoding="utf-8")
    (folder / "start.py").write_text(
        "import subprocess, sys\n"
        "sys.exit(subprocess.run(open('line.txt', encoding='utf-8').read(), stdin=subprocess.DEVNULL).returncode)\n",
        encoding="utf-8",
    )
    done = installed.wine.run(installed.python, folder / "start.py", cwd=folder)
    said = (folder / "xl.log").read_bytes().decode("ascii")
    assert done.code != 0
    assert said.strip() and "Traceback" not in said and said.strip().count("\n") <= 1
