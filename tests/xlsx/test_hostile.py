"""No file that arrives can hurt us: each is refused by a check of our own, in one line, and left alone."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from sheetcredit.cli.main import main
from sheetcredit.model.errors import BadUsage, HostileFile, SheetcreditError
from sheetcredit.xlsx.limits import FileLimits, limits_from
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.patch import patch_cells
from sheetcredit.xlsx.read import read_book
from tests.seeds_of import GOLDEN
from tests.xlsx.hostile import HARMLESS, HOSTILE, SHEET, changed, last_row, parts_of


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_files_are_refused(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    codes, make, suffix = HOSTILE[kind]
    path, out = tmp_path / f"báo cáo{suffix}", tmp_path / "ra.xlsx"
    path.write_bytes(make())
    before = path.read_bytes()
    with pytest.raises(SheetcreditError) as caught:
        read_book(path, ["Hội Nông dân"])
    assert caught.value.code in codes
    assert main(["run", str(path), "-o", str(out)]) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1 and said.err.endswith("\n")
    assert "Traceback" not in said.err and "{" not in said.err and path.name in said.err
    assert not said.err.startswith("Lỗi: Lỗi ngoài")
    assert caught.value.remedy("vi").splitlines()[0] in said.err
    assert path.read_bytes() == before and not out.exists()


@pytest.mark.parametrize("kind", HARMLESS)
def test_what_only_looks_hostile_is_read(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "a.xlsx", tmp_path / "ra.xlsx"
    path.write_bytes(HARMLESS[kind]())
    assert main(["run", str(path), "-o", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["files"][0]["findings"] == []


DANGEROUS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    '=HYPERLINK("http://x","y")',
    "=cmd|' /C calc'!A0",
    "\t=1",
    "{=1}",
]


@pytest.mark.parametrize("text", DANGEROUS)
def test_a_text_never_becomes_a_formula(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(changed(sheet=last_row(b'<row r="90"><c r="A90"/></row>'))())
    before = parts_of(path.read_bytes())[SHEET].count(b"<f>")
    patch_cells(path, {"Hội Nông dân": {"B90": text}})
    after = parts_of(path.read_bytes())[SHEET]
    assert after.count(b"<f>") == before
    assert after.count(b't="inlineStr"') == 1
    assert read_book(path).grids["Hội Nông dân"].value(89, 1) == text


def test_control_characters_of_a_file_reach_no_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    escape = b"_x001B_]0;owned_x0007_&#9;\xe2\x80\xae=1+1"
    cell = b'<row r="90"><c r="A90" t="inlineStr"><is><t>%b</t></is></c></row>' % escape
    path = tmp_path / "a\x1b[31m.xlsx"
    path.write_bytes(changed(sheet=last_row(cell))())
    main(["validate", str(path)])
    said = "".join(capsys.readouterr())
    assert not set(said) & {"\x1b", "\x07", "\u202e"}


def test_a_file_may_not_take_the_processor_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    package = Package(GOLDEN.read_bytes(), "a.xlsx", FileLimits(seconds=5))
    package.text(package.sheets[0].part)
    now = time.process_time()
    monkeypatch.setattr(time, "process_time", lambda: now + 6.5)
    with pytest.raises(HostileFile) as caught:
        package.text(package.sheets[1].part)
    assert (caught.value.code, caught.value.details["limit"]) == ("E-LIMIT", "seconds")
    assert "SHEETCREDIT_LIMIT_SECONDS" in caught.value.remedy("vi")


def test_limits_are_settings() -> None:
    assert limits_from({}) == FileLimits()
    assert limits_from({"SHEETCREDIT_LIMIT_PARTS": "5", "HOME": "/"}) == FileLimits(parts=5)
    for name, value in (("PARTS", "many"), ("PARTS", ""), ("PARTS", "-1"), ("NOTHING", "5")):
        with pytest.raises(BadUsage) as caught:
            limits_from({f"SHEETCREDIT_LIMIT_{name}": value})
        assert caught.value.code == "E-SETTING" and "{" not in str(caught.value)
