"""What people hand in by mistake: one clear line and exit 2, or a finding; the file stays as it was."""

from __future__ import annotations

import json
import os
import shutil
import stat
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from openpyxl import Workbook, load_workbook

from sheetcredit.cli.main import main
from sheetcredit.model.errors import SheetcreditError
from sheetcredit.model.text import message_of
from sheetcredit.report import check_readings, reconcile, validate
from sheetcredit.rulebook import our_rulebook
from sheetcredit.workbooks import read_office
from sheetcredit.xlsx.patch import patch_cells
from tests.libreoffice import LibreOffice
from tests.seeds_of import GOLDEN, MISTAKEN, copy_of, digest

pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported")


class Said(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Run the command line and give what it said."""

    def run(*arguments: str | Path) -> Said:
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Said(code, captured.out, captured.err)

    return run


def one_clear_line(said: Said) -> None:
    """Exit 2, one line on stderr without a traceback or a placeholder left open, nothing on stdout."""
    assert (said.code, said.out) == (2, "")
    assert said.err.endswith("\n") and said.err.count("\n") == 1
    assert "Traceback" not in said.err and "{" not in said.err
    assert not said.err.startswith(("Lỗi: Lỗi ngoài", "Error: Unexpected"))


@pytest.mark.parametrize(
    "arguments",
    [
        ("validate", "{long}"), ("run", "{long}"), ("recalc", "{long}"), ("status", "{long}"),
        ("consolidate", "{long}", "-o", "out.xlsx"), ("run", str(GOLDEN), "-o", "{long}"),
        ("consolidate", str(GOLDEN), "-o", "{long}"), ("new", "{long}", "--office", "0312"),
        ("reconcile", "--previous", "{long}", str(GOLDEN)), ("bulletin", str(GOLDEN), "-o", "{long}.docx"),
    ],
)  # fmt: skip
def test_a_name_too_long_for_the_system_is_told_as_that(
    say: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    name = "x" * 5000 + ".xlsx"
    said = say(*(argument.replace("{long}", name) for argument in arguments))
    one_clear_line(said)
    assert message_of("errors", "E-LONG-NAME", "message", "vi", {"path": "|"}).split("|")[0] in said.err


def ole_file(*streams: str) -> bytes:
    """A compound file (what Excel makes of a workbook with a password) with empty-looking streams."""
    size, free, end, special = 512, 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    length = 4096 // size
    fat = [special, end]
    entries = [("Root Entry", 5, end, 0)]
    for name in streams:
        start = len(fat)
        fat += [*range(start + 1, start + length), end]
        entries.append((name, 2, start, 4096))
    fat += [free] * (size // 4 - len(fat))
    header = struct.pack(
        "<8s16sHHHHH6xIIIIIIIIII", bytes.fromhex("d0cf11e0a1b11ae1"), bytes(16), 0x3E, 3, 0xFFFE, 9, 6,
        0, 1, 1, 0, 4096, end, 0, end, 0, 0,
    )  # fmt: skip
    directory = b""
    for number, (name, kind, start, stream_size) in enumerate(entries):
        text = (name + "\0").encode("utf-16-le")
        right = number + 1 if 0 < number < len(entries) - 1 else free
        child = 1 if number == 0 else free
        directory += struct.pack(
            "<64sHBBIII16sI8s8sIQ", text, len(text), kind, 1, free, right, child, bytes(16), 0, bytes(8),
            bytes(8), start, stream_size,
        )  # fmt: skip
    directory = directory.ljust(size, b"\0")
    body = b"".join(bytes([number + 1]) * 4096 for number in range(len(streams)))
    return header.ljust(size, b"\xff") + struct.pack(f"<{size // 4}I", *fat) + directory + body


def blank_workbook(path: Path) -> None:
    Workbook().save(path)


def other_version(path: Path) -> None:
    copy_of(GOLDEN, path.parent, path.name)
    place = read_office(path, our_rulebook()).info.cells["template_version"]
    cell = f"{chr(65 + place[1])}{place[0] + 1}"
    patch_cells(path, {"Thông tin": {cell: 2}})


def far_cell(path: Path) -> None:
    copy_of(GOLDEN, path.parent, path.name)
    patch_cells(path, {"Hội CCB": {"XFD1048576": 1}})


UNREADABLE: dict[str, tuple[str, Callable[[Path], object]]] = {
    "missing": ("E-MISSING", lambda path: None),
    "folder": ("E-NOT-A-FILE", lambda path: path.mkdir()),
    "broken-link": ("E-LINK", lambda path: path.symlink_to(path.with_name("nowhere.xlsx"))),
    "empty": ("E-EMPTY", lambda path: path.write_bytes(b"")),
    "text": ("E-NOT-WORKBOOK", lambda path: path.write_text("Mã PGD\t0312\n", encoding="utf-8")),
    "image": ("E-NOT-WORKBOOK", lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))),
    "zip": ("E-NOT-WORKBOOK", lambda path: shutil.make_archive(str(path.with_suffix("")), "zip", path.parent)
            and path.with_suffix(".zip").rename(path)),
    "truncated": ("E-TRUNCATED", lambda path: path.write_bytes(GOLDEN.read_bytes()[:20_000])),
    "password": ("E-PASSWORD", lambda path: path.write_bytes(ole_file("EncryptionInfo", "EncryptedPackage"))),
    "old-format": ("E-LEGACY", lambda path: path.write_bytes(ole_file("Workbook"))),
    "other-workbook": ("E-TEMPLATE", blank_workbook),
    "other-version": ("E-VERSION", other_version),
    "far-cell": ("E-FAR-CELL", far_cell),
}  # fmt: skip


@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_cannot_be_read(kind: str, tmp_path: Path, say: Callable[..., Said]) -> None:
    code, make = UNREADABLE[kind]
    path = tmp_path / "báo cáo.xlsx"
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(SheetcreditError) as caught:
        validate(path)
    assert caught.value.code == code
    for arguments in (("validate",), ("reconcile", "--lang", "en"), ("run", "-q"), ("fill", "--lang=en")):
        said = say(*arguments, path)
        one_clear_line(said)
        assert path.name in said.err
    said = say("run", path, "--json")
    assert (said.code, json.loads(said.out)) == (2, {"version": 1, "files": []})
    assert said.err.count("\n") == 1
    assert (path.read_bytes() if path.is_file() else None) == before
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith(".")] == []


def without(sheet: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        book = load_workbook(GOLDEN)
        del book[sheet]
        book.save(path)

    return make


def renamed_header(path: Path) -> None:
    copy_of(GOLDEN, path.parent, path.name)
    table = read_office(path, our_rulebook()).table_named("Hội CCB")
    assert table is not None
    patch_cells(path, {"Hội CCB": {table.cell(table.header_row, "balance"): "Dư nơ"}})


def emptied(path: Path) -> None:
    book = load_workbook(GOLDEN)
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if type(cell).__name__ != "MergedCell":
                    cell.value = None
    book.save(path)


INCOMPLETE: dict[str, tuple[Callable[[Path], None], set[tuple[str, str]]]] = {
    "no-statement": (without("Hội CCB"), {("S-MISSING", "Hội CCB")}),
    "no-ledger": (without("Sổ ngân hàng"), {("S-MISSING", "Sổ ngân hàng")}),
    "no-direct": (without("Trực tiếp"), {("S-MISSING", "Trực tiếp")}),
    "renamed-header": (renamed_header, {("S-HEADER", "Hội CCB")}),
    "emptied": (emptied, {("S-TABLE", "Hội CCB"), ("S-TABLE", "Sổ ngân hàng"), ("V-REQUIRED", "Thông tin")}),
}


@pytest.mark.parametrize("kind", INCOMPLETE)
def test_what_is_incomplete_is_a_finding(kind: str, tmp_path: Path, say: Callable[..., Said]) -> None:
    make, expected = INCOMPLETE[kind]
    path = tmp_path / "báo cáo.xlsx"
    make(path)
    before = digest(path)
    for command in ("validate", "reconcile"):
        said = say(command, path, "--json")
        assert (said.code, said.err) == (1, "")
        (file,) = json.loads(said.out)["files"]
        found = {(finding["code"], finding["sheet"]) for finding in file["findings"]}
        assert expected <= found
        assert digest(path) == before


def test_a_missing_sheet_of_results_is_told_and_where_to_get_it(
    tmp_path: Path, say: Callable[..., Said]
) -> None:
    path = tmp_path / "a.xlsx"
    without("Tổng hợp")(path)
    before = digest(path)
    said = say("run", path, "-q")
    one_clear_line(said)
    assert "Tổng hợp" in said.err
    assert digest(path) == before


@pytest.mark.parametrize("kind", ["xls", "ods"])
def test_other_formats_are_checked_alike_but_not_written(
    kind: str, tmp_path: Path, libreoffice: LibreOffice, say: Callable[..., Said]
) -> None:
    other = Path(shutil.copy(libreoffice.save_as(MISTAKEN, kind), tmp_path))
    before = digest(other)
    ours = copy_of(MISTAKEN, tmp_path)
    for check in (validate, reconcile):
        one, two = check(ours), check(other)
        assert [(f.code, f.sheet, f.cell, f.value, f.expected) for f in two.findings] == [
            (f.code, f.sheet, f.cell, f.value, f.expected) for f in one.findings
        ]
        assert two.figures == one.figures
    for arguments in (("run", other), ("fill", other), ("run", other, "-o", tmp_path / "out.xlsx")):
        said = say(*arguments, "-q")
        one_clear_line(said)
        assert f".{kind}" in said.err
    assert digest(other) == before and not (tmp_path / "out.xlsx").exists()


def test_a_workbook_open_in_excel_is_checked_but_not_written(
    tmp_path: Path, say: Callable[..., Said]
) -> None:
    path = copy_of(GOLDEN, tmp_path)
    before = digest(path)
    (tmp_path / f"~${path.name}").write_bytes(b"\x05Huong" + bytes(50))
    said = say("run", path, "-q")
    one_clear_line(said)
    assert "Huong" in said.err and digest(path) == before
    assert say("validate", path, "-q") == (0, "", "")
    assert say("run", path, "-q", "-o", tmp_path / "out.xlsx") == (0, "", "")


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of folders are another matter there")
def test_a_folder_that_may_not_be_written(
    tmp_path: Path, say: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "chỉ đọc"
    folder.mkdir()
    path = copy_of(GOLDEN, folder)
    before = digest(path)
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        if os.access(folder, os.W_OK):  # an administrator may write anywhere: let the system say no
            refuse_new_files(monkeypatch)
        said = say("run", path, "-q")
        one_clear_line(said)
        assert digest(path) == before
        assert say("validate", path, "-q").code == 0
    finally:
        folder.chmod(stat.S_IRWXU)


def refuse_new_files(monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open

    def refuse(path: str | Path, flags: int, *more: int, **named: int) -> int:
        if flags & os.O_CREAT:
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, flags, *more, **named)

    monkeypatch.setattr(os, "open", refuse)


def test_where_results_may_not_go(tmp_path: Path, say: Callable[..., Said]) -> None:
    one, two = copy_of(GOLDEN, tmp_path, "a.xlsx"), copy_of(GOLDEN, tmp_path, "b.xlsx")
    (tmp_path / "other").mkdir()
    same_name = copy_of(GOLDEN, tmp_path / "other", "a.xlsx")
    before = {path: digest(path) for path in (one, two, same_name)}
    for arguments in (
        (one, "-o", one),
        (one, "-o", tmp_path),
        (one, two, "-o", tmp_path / "out.xlsx"),
        (one, two, "-o", two),
        (one, same_name, "-o", tmp_path / "out"),
        (one, "-o", tmp_path / "gone" / "out.xlsx"),
        (one, "-o", tmp_path / "out.xlsm"),
        (one, "-o", tmp_path / "out.pdf"),
        (one, "-o", tmp_path / "out"),
    ):
        one_clear_line(say("run", *arguments, "-q"))
    assert {path: digest(path) for path in before} == before
    assert {path.name for path in tmp_path.iterdir()} == {"a.xlsx", "b.xlsx", "other"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["kiem-tra"],
        ["run"],
        ["run", "--nhanh", "a.xlsx"],
        ["run", "a.xlsx", "--lang", "fr"],
        ["run", "a.xlsx", "--lang=fr"],
        ["run", "a.xlsx", "-o"],
        ["fill", "a.xlsx", "b.xlsx"],
        ["new"],
        ["--json"],
    ],
)
def test_wrong_usage_is_one_line(arguments: list[str], say: Callable[..., Said]) -> None:
    one_clear_line(say(*arguments))


def test_one_bad_file_does_not_stop_the_others(tmp_path: Path, say: Callable[..., Said]) -> None:
    good, bad = copy_of(GOLDEN, tmp_path, "a.xlsx"), tmp_path / "b.xlsx"
    bad.write_bytes(b"")
    wrong = copy_of(MISTAKEN, tmp_path, "c.xlsx")
    said = say("run", good, bad, wrong, good, "-o", tmp_path / "out", "--json")
    assert said.code == 2 and said.err.count("\n") == 1 and "b.xlsx" in said.err
    files = json.loads(said.out)["files"]
    assert [Path(file["path"]).name for file in files] == ["a.xlsx", "c.xlsx"]
    assert [bool(file["fix_first"]) for file in files] == [False, True]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.xlsx", "c.xlsx"]
    assert say("validate", good, wrong, "-q") == (1, "", "")


def test_several_files_give_what_each_gives_alone(tmp_path: Path) -> None:
    book = our_rulebook()
    paths = [copy_of(GOLDEN, tmp_path, "a.xlsx"), copy_of(MISTAKEN, tmp_path, "b.xlsx")]
    together = check_readings([read_office(path, book) for path in paths], book)
    assert together == [check_readings([read_office(path, book)], book)[0] for path in paths]
