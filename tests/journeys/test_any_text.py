"""Any text in any cell: every command ends well, and one office's texts never stop a branch."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sheetcredit.cli.main import main
from sheetcredit.xlsx.patch import patch_cells
from tests.mail_server import own_folders
from tests.seeds_of import GOLDEN, copy_of
from tests.xlsx.hostile import STRINGS, packed, parts_of

LONG = 32_767
TEXTS = {
    "as long as a cell": "a" * LONG,
    "digits": "1" * LONG,
    "brackets": "(" * (LONG // 2) + ")" * (LONG // 2),
    "beyond the basic plane": "😀" * (LONG // 2),
    "marks": "e" + "\u0302\u0323" * (LONG // 2 - 1),
    "dots and commas": "1.," * (LONG // 3),
}
CONTROLS = {
    "C1": "Nguyễn&#x9B;31m Nam",
    "C0 as Excel writes it": "Nguyễn_x001B_[31m Nam",
    "right to left": "Nguyễn\u202e Nam",
    "line separators": "Nguyễn\u2028 Nam\u2029\x85",
}
PLACES = [
    ("Tổ TK&VV", "B10"),
    ("Hội CCB", "I10"),
    ("Hội CCB", "B11"),
    ("Thông tin", "C8"),
    ("Kiểm tra", "I12"),
]


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in own_folders(tmp_path / "own").items():
        monkeypatch.setenv(variable, value)


def every_command(path: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each ends with 0 or 1, or is refused in one line that is none of a fault of ours; the branch is summed."""
    draft = ["--draft", str(folder / "thư.eml"), "--no-pdf", "--to", "a@b.example"]
    for command in (
        ["validate"],
        ["run"],
        ["reconcile"],
        ["fix"],
        ["fix", "--apply"],
        ["seal"],
        ["send", *draft],
    ):
        code = main([*command, str(path)])
        said = capsys.readouterr()
        assert code in (0, 1), (command, said.err[:300])
        longest = max(map(len, said.out.splitlines()), default=0)
        assert longest < 5_000, command
        assert not set(said.out + said.err) & {"\x1b", "\x9b", "\u202e"}
    expected = folder / "phải nộp.csv"
    expected.write_text("Mã PGD,Tên PGD\n0312,PGD An Dương\n0313,PGD Khác\n", encoding="utf-8")
    good = copy_of(GOLDEN, folder, "tốt.xlsx")
    code = main([
        "consolidate", str(path), str(good), "-o", str(folder / "tổng.xlsx"), "--expected", str(expected), "--json"
    ])  # fmt: skip
    whole = json.loads(capsys.readouterr().out)
    assert code in (0, 1) and (folder / "tổng.xlsx").exists()
    assert [one["summed"] for one in whole["submissions"] if one["office"] == "0312"] == [True]


@pytest.mark.parametrize("kind", TEXTS)
def test_long_texts(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = copy_of(GOLDEN, tmp_path, "lạ.xlsx")
    patch_cells(path, {"Thông tin": {"C7": "0313"}})
    for sheet, cell in PLACES:
        patch_cells(path, {sheet: {cell: TEXTS[kind]}})
    every_command(path, tmp_path, capsys)


@pytest.mark.parametrize("kind", CONTROLS)
def test_characters_that_nobody_sees(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = copy_of(GOLDEN, tmp_path, "lạ.xlsx")
    patch_cells(path, {"Thông tin": {"C7": "0313"}, "Kiểm tra": {"I12": "Nguyễn Minh Nam"}})
    parts = parts_of(path.read_bytes())
    parts[STRINGS] = parts[STRINGS].replace(">Nguyễn Minh Nam<".encode(), f">{CONTROLS[kind]}<".encode())
    parts[STRINGS] = parts[STRINGS].replace("Lê Thiện<".encode(), f"Lê Thiện{CONTROLS[kind]}<".encode())
    path.write_bytes(packed(parts))
    every_command(path, tmp_path, capsys)
