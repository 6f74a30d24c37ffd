"""Formulas computed by ourselves and by LibreOffice: only their values come into the user's file."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import pytest

from sheetcredit.cli.main import main
from sheetcredit.model.errors import CannotPatch, CannotRead, HostileFile
from sheetcredit.xlsx import recalc as libreoffice
from sheetcredit.xlsx.limits import FileLimits
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.recalc import recalculate
from tests.xlsx.hostile import HOSTILE
from tests.xlsx.patch_corpus import (
    by_openpyxl,
    changed_parts,
    hand_made,
    part,
    sheet_xml,
    skeleton,
    zipped,
)

WITH_OFFICE = pytest.mark.skipif(
    libreoffice.find_libreoffice() is None, reason="LibreOffice is not installed"
)
FORMULAS = {
    "A2": "A1+B1",
    "A3": 'C1&amp;"&lt;"',
    "A4": "A1&gt;1",
    "A5": "A1/0",
    "A6": "_xlfn.CONCAT(C1,A2)",
    "A7": "UNKNOWN.FUNCTION(A1)",
    "A8": "IFERROR(UNKNOWN.FUNCTION(A1),1)",
    "A9": "A8+1",
    "A10": "[1]S!A1",
    "A11": '""',
    "A12": "SUM(A1:B1)",
}
COMPUTED = {
    "A2": ("n", "5"), "A3": ("str", "chữ&lt;"), "A4": ("b", "1"), "A5": ("e", "#DIV/0!"), "A6": ("str", "chữ5"),
    "A11": ("str", ""),
}  # fmt: skip
LEFT = ["A7", "A8", "A9", "A10"]


def sheet() -> str:
    rows = (
        '<row r="1"><c r="A1"><v>2</v></c><c r="B1"><v>3</v></c>'
        '<c r="C1" t="inlineStr"><is><t>chữ</t></is></c></row>'
    )
    for cell, text in FORMULAS.items():
        kept = "<v>5.0</v>" if cell == "A12" else "<v>77</v>" if cell == "A2" else ""
        rows += f'<row r="{cell[1:]}"><c r="{cell}" s="0"><f>{text}</f>{kept}</c></row>'
    rows += '<row r="20"><c r="A20"><f t="array" ref="A20:B20">A1:B1*2</f></c><c r="B20"/></row>'
    return sheet_xml(rows)


@WITH_OFFICE
def test_only_values_are_stored_and_what_is_unknown_stays(tmp_path: Path) -> None:
    path, out = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    source = hand_made(sheet(), sheet_xml('<row r="1"><c r="A1"><v>1</v></c></row>'))
    path.write_bytes(source)
    done = recalculate(path, out)
    after = out.read_bytes()
    assert path.read_bytes() == source
    assert changed_parts(source, after) == {"xl/worksheets/sheet1.xml"}
    text = part(after, "xl/worksheets/sheet1.xml").decode()
    for cell, (kind, value) in COMPUTED.items():
        stated = "" if kind == "n" else f' t="{kind}"'
        assert f'<c r="{cell}" s="0"{stated}><f>{FORMULAS[cell]}</f><v>{value}</v></c>' in text
    assert '<f t="array" ref="A20:B20">A1:B1*2</f><v>4</v></c><c r="B20"><v>6</v></c>' in text
    # 5 and 5.0 are one number: its bytes stay.
    assert "<f>SUM(A1:B1)</f><v>5.0</v>" in text
    assert [cell for _, cell in done.left] == LEFT
    for cell in LEFT:
        assert f'<c r="{cell}" s="0"><f>{FORMULAS[cell]}</f></c>' in text
    assert done.formulas == len(FORMULAS) + 1 and done.changed == len(COMPUTED) + 2
    assert recalculate(out).changed == 0 and out.read_bytes() == after


@WITH_OFFICE
def test_everything_else_of_a_real_workbook_stays(tmp_path: Path) -> None:
    path, source = tmp_path / "a.xlsx", by_openpyxl()
    path.write_bytes(source)
    done = recalculate(path)
    assert done.left == ()
    after = path.read_bytes()
    package = Package(after, "a.xlsx")
    sheets = [one.part for one in package.sheets]
    assert changed_parts(source, after) <= set(sheets)
    for name in sheets:
        assert skeleton(part(after, name), set(), cached=True) == skeleton(
            part(source, name), set(), cached=True
        )
    assert package.formulas("Dữ liệu")[2, 8].cached == "465"
    assert package.formulas("Ẩn")[1, 1].cached == "466"


@WITH_OFFICE
def test_the_command_names_what_is_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(hand_made(sheet()))
    assert main(["recalc", str(path), "-q"]) == 1
    assert main(["recalc", str(path)]) == 1
    said = capsys.readouterr().out
    assert all(f"S1!{cell}" in said for cell in LEFT)


def refusal(path: Path, limits: FileLimits | None = None) -> str:
    before = path.read_bytes()
    with pytest.raises((CannotRead, CannotPatch)) as caught:
        recalculate(path, limits=limits)
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    return caught.value.code


@pytest.fixture
def book(tmp_path: Path) -> Path:
    folder = tmp_path / "sổ"
    folder.mkdir()
    path = folder / "a.xlsx"
    path.write_bytes(hand_made(sheet()))
    return path


def test_without_libreoffice(
    book: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(libreoffice, "find_libreoffice", lambda: None)
    assert main(["recalc", str(book)]) == 1
    said = capsys.readouterr().out
    assert all(f"S1!{cell}" in said for cell in [*LEFT, "A20"])
    package = Package(book.read_bytes(), "a.xlsx")
    assert package.formulas("S1")[2, 1].cached == "5" and package.formulas("S1")[7, 1].cached is None


def program(folder: Path, script: str) -> str:
    path = folder / "soffice"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.mark.skipif(os.name == "nt", reason="a shell script")
@pytest.mark.parametrize("script", ["echo no >&2; exit 1", "exit 0", "sleep 60", "sleep 60 & wait"])
def test_libreoffice_fails_or_hangs(
    book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    fake = program(tmp_path, script)
    monkeypatch.setattr(libreoffice, "find_libreoffice", lambda: fake)
    assert refusal(book, FileLimits(recalc_seconds=1)) == "E-LIBREOFFICE"


@pytest.mark.parametrize("kind", ["bomb-of-a-sheet", "entity-bomb-sheet", "far-cell"])
def test_hostile_files_never_reach_libreoffice(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libreoffice, "_run", lambda *_: pytest.fail("it was started"))
    path = tmp_path / "a.xlsx"
    path.write_bytes(HOSTILE[kind].make())
    with pytest.raises(HostileFile):
        recalculate(path)


def test_a_signed_file_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "sổ"
    folder.mkdir()
    path = folder / "a.xlsx"
    path.write_bytes(hand_made(sheet(), extra={"_xmlsignatures/origin.sigs": b""}))
    assert refusal(path) == "E-SIGNED"
    path.write_bytes(zipped({"a": b"x"}))
    assert refusal(path) == "E-NOT-WORKBOOK"


def test_the_program_is_the_one_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = program(tmp_path, "exit 0")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert libreoffice.find_libreoffice() == fake == shutil.which("soffice")
