"""Template version 2: the sheets added, proposals with their cells, mistakes on their cells, quarters rolled forward."""

from __future__ import annotations

import io
import re
import shutil
from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from zipfile import ZipFile

import pytest
from docx import Document
from openpyxl import load_workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Font
from openxml_audit import OpenXmlValidator  # type: ignore[import-untyped]

from seeds.generate import make_office, to_content
from sheetcredit.build.workbook import build_workbook
from sheetcredit.bulletin.publish import bulletin_text
from sheetcredit.bulletin.verify.verification import verify
from sheetcredit.cli.main import main
from sheetcredit.model.errors import BadDefinition, BadUsage, CannotWrite
from sheetcredit.model.grid import address
from sheetcredit.next_period import make_next
from sheetcredit.report import reconcile, run
from sheetcredit.rulebook import our_rulebook
from sheetcredit.workplan.definition import load_works
from sheetcredit.workplan.fill import fill_plan
from sheetcredit.workplan.lines import WorkLine, work_sheets
from sheetcredit.workplan.roll import WorkCounts, count_work
from sheetcredit.workplan.totals import sum_work
from sheetcredit.workplan.upgrade import upgrade
from sheetcredit.xlsx.patch import patch_cells
from tests.checks.cells import read
from tests.seeds_of import GOLDEN, MISTAKEN, copy_of, digest

WORK, MATURING, SIGNED = "Kế hoạch", "Nợ đến hạn", "Giấy đã ký"
ASSOCIATIONS = {"11": "Hội Nông dân", "12": "Hội Phụ nữ", "13": "Hội CCB", "14": "Đoàn TN"}
Values = Mapping[str, object]


@cache
def _filled(folder: Path) -> Path:
    book = copy_of(GOLDEN, folder, "goc.xlsx")
    upgrade(book)
    fill_plan(book)
    return book


@pytest.fixture
def book(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Path:
    """The golden workbook of version 2, its plan filled."""
    folder = tmp_path_factory.getbasetemp() / "v2"
    folder.mkdir(exist_ok=True)
    return Path(shutil.copy(_filled(folder), tmp_path / "an-duong-2024Q1.xlsx"))


def lines_of(book: Path, sheet: str = "work") -> list[WorkLine]:
    return list(work_sheets(read(book))[sheet].lines)


def cell_of(book: Path, sheet: str, line: WorkLine, column: str) -> str:
    cell = work_sheets(read(book))[sheet].cell(line.row, column)
    assert cell is not None
    return cell


def put(book: Path, sheet: str, line: WorkLine, **values: object) -> Path:
    tab = {"work": WORK, "maturing": MATURING, "signed": SIGNED}[sheet]
    cells = {cell_of(book, sheet, line, name): value for name, value in values.items()}
    return patch_cells(book, {tab: cells})  # type: ignore[dict-item]


def first_row(book: Path, sheet: str) -> int:
    """The first row below the headers of a sheet without lines."""
    table = work_sheets(read(book))[sheet].table
    assert table is not None
    return table.header_row + 2


def parts(path: Path) -> dict[str, bytes]:
    with ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


# Upgrading.


def test_what_is_missing_is_added_and_nothing_else_changes(tmp_path: Path) -> None:
    book = copy_of(GOLDEN, tmp_path)
    before = parts(book)
    findings = [f.key for f in reconcile(book).findings]
    assert main(["upgrade", str(book)]) == 0
    after = parts(book)
    changed = {name for name in before if before[name] != after.get(name)}
    assert changed <= {
        "[Content_Types].xml",
        "xl/workbook.xml",
        "xl/_rels/workbook.xml.rels",
        "xl/styles.xml",
    }
    assert all(name.startswith("xl/worksheets/sheetcredit") for name in after.keys() - before.keys())
    assert load_workbook(book).sheetnames[-3:] == [WORK, MATURING, SIGNED]
    assert [f.key for f in reconcile(book).findings] == findings
    assert OpenXmlValidator().validate(str(book)).is_valid
    done = digest(book)
    assert main(["upgrade", str(book)]) == 0
    assert digest(book) == done


def test_a_workbook_full_of_other_things_keeps_all_of_them(tmp_path: Path) -> None:
    """Sheets, notes, charts, pictures and macros of the user: every part of theirs byte for byte."""
    book = tmp_path / "cua-toi.xlsm"
    assert main(["new", str(book), "--office", "0312", "--period", "2024Q1"]) == 0
    before = parts(book)
    with ZipFile(book) as old:
        data = io.BytesIO()
        with ZipFile(data, "w") as new:
            for entry in old.infolist():
                new.writestr(entry, old.read(entry))
            new.writestr("xl/media/anh.png", b"\x89PNG a picture")
            new.writestr("customXml/ghi-chu.xml", b"<note>user</note>")
    types = before["[Content_Types].xml"].replace(
        b"<Default ", b'<Default Extension="png" ContentType="image/png"/><Default ', 1
    )
    book.write_bytes(_with(data.getvalue(), {"[Content_Types].xml": types}))
    before = parts(book)
    assert {name for name in before if "vbaProject" in name or "drawing" in name}
    assert main(["upgrade", str(book)]) == 0
    after = parts(book)
    grown = {"[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"}
    assert {name for name in before if before[name] != after.get(name)} <= grown
    assert before["xl/media/anh.png"] == after["xl/media/anh.png"]


def _with(data: bytes, replaced: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with ZipFile(io.BytesIO(data)) as old, ZipFile(target, "w") as new:
        for entry in old.infolist():
            new.writestr(entry, replaced.get(entry.filename, old.read(entry)))
    return target.getvalue()


def test_a_sheet_of_the_user_that_is_there_already_is_taken(tmp_path: Path) -> None:
    book = copy_of(GOLDEN, tmp_path)
    opened = load_workbook(book)
    opened.create_sheet("Kế hoạch quý sau")["A1"] = "của tôi"
    opened.save(book)
    _, added = upgrade(book)
    assert added == (MATURING, SIGNED)
    with pytest.raises(BadUsage) as caught:
        fill_plan(book)
    assert caught.value.code == "E-WORKPLAN-TABLE"
    assert {f.code for f in reconcile(book).findings if f.sheet == WORK} == {"S-TABLE"}


@pytest.mark.parametrize("seed", [GOLDEN, MISTAKEN])
def test_version_1_stays_as_it_was(seed: Path, tmp_path: Path) -> None:
    plain, upgraded = copy_of(seed, tmp_path, "1.xlsx"), copy_of(seed, tmp_path, "2.xlsx")
    upgrade(upgraded)
    one, two = reconcile(plain), reconcile(upgraded)
    assert [(f.key, f.cell, f.value) for f in one.findings] == [
        (f.key, f.cell, f.value) for f in two.findings
    ]
    assert one.figures == two.figures and one.outcomes == two.outcomes
    assert not work_sheets(read(plain))


# Proposals.


def sheet_rows(sheet: str) -> list[tuple[int, dict[str, object]]]:
    """Row and values by header, read by openpyxl: nothing of ours."""
    lines = [list(line) for line in load_workbook(GOLDEN, data_only=True)[sheet].iter_rows(values_only=True)]
    at = next(place for place, line in enumerate(lines) if line[0] and str(line[0]).startswith("Mã"))
    return [
        (number, dict(zip(map(str, lines[at]), line, strict=True)))
        for number, line in enumerate(lines[at + 1 :], start=at + 2)
        if re.fullmatch(r"\d{2,7}", str(line[0]))
    ]


def expected_plan() -> dict[tuple[str, str, str, str], tuple[Decimal, str]]:
    """By key, plan and the cell that it comes from: an independent computation."""
    found: dict[tuple[str, str, str, str], tuple[Decimal, str]] = {}
    for row, values in sheet_rows("Tổ TK&VV"):
        if values["Xếp loại"] in ("Trung bình", "Yếu"):
            key = (str(values["Mã xã"]), str(values["Mã ĐVUT"]), "Củng cố tổ", str(values["Mã tổ"]))
            found[key] = Decimal(1), f"Tổ TK&VV!M{row}"
    for row, values in sheet_rows("Sổ ngân hàng"):
        place = str(values["Mã xã"]), str(values["Mã ĐVUT"])
        if place[1] not in ASSOCIATIONS:
            continue
        found[(*place, "Kiểm tra tổ", "")] = Decimal(str(values["Số tổ"])), f"Sổ ngân hàng!E{row}"
        if values["Nợ quá hạn"]:
            amount = Decimal(str(values["Nợ quá hạn"])) / 1_000_000
            found[(*place, "Thu nợ quá hạn", "")] = amount, f"Sổ ngân hàng!H{row}"
    for row, values in sheet_rows("Chương trình"):
        left = Decimal(str(values["Kế hoạch năm"] or 0)) - Decimal(str(values["Dư nợ"] or 0))
        if left > 0:
            key = ("", "", "Rà soát nhu cầu vay", str(values["Mã CT"]))
            found[key] = left, f"Chương trình!C{row}"
    return found


def test_every_line_is_right_and_names_its_cells(book: Path) -> None:
    expected = expected_plan()
    lines = {line.key: line for line in lines_of(book)}
    assert lines.keys() == expected.keys() and len(lines) > 80
    opened = load_workbook(book, data_only=True)
    for key, (planned, cell) in expected.items():
        line = lines[key]
        assert abs((line.number("planned") or Decimal(0)) - planned) < Decimal("0.0000005"), key
        assert line.number("proposed") == line.number("planned")
        assert line.text("basis").startswith(cell), (key, line.text("basis"))
        for sheet, address_ in re.findall(r"([^!;−:]+)!([A-Z]+[0-9]+)", line.text("basis")):
            assert opened[sheet.strip()][address_].value is not None
    shares = [
        re.search(r"([0-9,]+)% nợ", line.text("basis"))
        for line in lines.values()
        if line.key[2] == "Thu nợ quá hạn"
    ]
    assert abs(
        sum((Decimal(share[1].replace(",", ".")) for share in shares if share), Decimal(-100))
    ) < Decimal("0.2")


def test_groups_that_slipped_name_the_cell_of_the_previous_report(book: Path, tmp_path: Path) -> None:
    made = make_next(book)
    before = {str(values["Mã tổ"]): (row, values) for row, values in sheet_rows("Tổ TK&VV")}
    group, (row, _) = next(item for item in before.items() if item[1][1]["Xếp loại"] == "Tốt")
    patch_cells(made.path, {"Tổ TK&VV": {f"L{row}": 75, f"M{row}": "Khá"}})
    fill_plan(made.path)
    (line,) = [line for line in lines_of(made.path) if line.key[2:] == ("Củng cố tổ", group)]
    assert line.text("basis") == f"Tổ TK&VV!M{row}: Khá, kỳ trước Tốt (an-duong-2024Q1.xlsx!Tổ TK&VV!M{row})"


def test_filled_again_nothing_changes_and_what_people_typed_stays(book: Path) -> None:
    done = digest(book)
    fill_plan(book)
    assert digest(book) == done
    overdue = next(line for line in lines_of(book) if line.key[2] == "Thu nợ quá hạn")
    weak = next(line for line in lines_of(book) if line.key[2] == "Củng cố tổ")
    put(book, "work", overdue, planned=7, person="Nguyễn Văn A", month="05/2024", note="theo họp giao ban")
    put(book, "work", weak, month="06/2024")
    typed = digest(book)
    assert fill_plan(book).kept == 1
    assert digest(book) == typed
    (row,) = [row for row, values in sheet_rows("Sổ ngân hàng")
              if (values["Mã xã"], values["Mã ĐVUT"]) == overdue.key[:2]]  # fmt: skip
    patch_cells(book, {"Sổ ngân hàng": {f"H{row}": 0}})  # the reason is gone, somebody worked on the line
    (group,) = [row for row, values in sheet_rows("Tổ TK&VV") if values["Mã tổ"] == weak.key[3]]
    untouched = [line for line in lines_of(book) if line.key[2] == "Củng cố tổ"][1]
    (other,) = [row for row, values in sheet_rows("Tổ TK&VV") if values["Mã tổ"] == untouched.key[3]]
    patch_cells(book, {"Tổ TK&VV": {f"M{group}": "Tốt", f"M{other}": "Tốt"}})
    filled = fill_plan(book)
    after = {line.key: line for line in lines_of(book)}
    assert (
        after[overdue.key].number("planned") == 7 and after[overdue.key].text("note") == "theo họp giao ban"
    )
    assert weak.key in after and untouched.key not in after and filled.emptied == 1


def test_a_sheet_without_room_is_refused_and_nothing_is_lost(tmp_path: Path) -> None:
    book = copy_of(GOLDEN, tmp_path)
    upgrade(book)
    row = first_row(book, "work") + 20
    patch_cells(book, {WORK: {f"F{row}": "ghi chú của tôi, không thuộc bảng"}})
    before = digest(book)
    with pytest.raises(CannotWrite) as caught:
        fill_plan(book)
    assert caught.value.code == "E-WORKPLAN-ROOM" and digest(book) == before


def test_debt_that_falls_due_feeds_the_plan(book: Path) -> None:
    row = first_row(book, "maturing") + 1
    lines = [
        ("11584", "11", "04/2024", 120.5),
        ("11584", "11", "05/2024", 30),
        ("11587", "12", "06/2024", 40),
    ]
    for place, (commune, association, month, due) in enumerate(lines, start=row):
        patch_cells(
            book,
            {
                MATURING: {
                    f"A{place}": commune,
                    f"C{place}": association,
                    f"E{place}": month,
                    f"F{place}": due,
                }
            },
        )
    fill_plan(book)
    found = {line.key[:2]: line for line in lines_of(book) if line.key[2] == "Nợ đến hạn"}
    assert {key: line.number("planned") for key, line in found.items()} == {
        ("11584", "11"): Decimal("150.5"), ("11587", "12"): Decimal(40),
    }  # fmt: skip
    assert found["11584", "11"].text("basis") == f"Nợ đến hạn!F{row}+F{row + 1}"


# Mistakes, each on its cell.


def test_a_clean_office_has_no_findings_there(book: Path) -> None:
    assert [f for f in run(book).findings if f.sheet in (WORK, MATURING, SIGNED)] == []


MISTAKES: list[tuple[str, dict[str, object], str, str]] = [
    ("Củng cố tổ", {"done": 2}, "W-OVERDONE", "done"),
    ("Củng cố tổ", {"planned": -1}, "V-RANGE", "planned"),
    ("Củng cố tổ", {"planned": 0.5}, "V-WHOLE", "planned"),
    ("Củng cố tổ", {"planned": None, "done": 1}, "W-NO-PLAN", "planned"),
    ("Củng cố tổ", {"subject": "0099999"}, "W-GROUP", "subject"),
    ("Củng cố tổ", {"month": "4/2024"}, "V-FORM", "month"),
    ("Củng cố tổ", {"month": "02/2024"}, "W-LATE", "month"),
    ("Củng cố tổ", {"kind": "Củng cố"}, "V-CHOICE", "kind"),
    ("Củng cố tổ", {"kind": None}, "V-REQUIRED", "kind"),
    ("Thu nợ quá hạn", {"planned": "mười"}, "V-TYPE", "planned"),
    ("Thu nợ quá hạn", {"planned": "12,5"}, "V-TEXTNUM", "planned"),
    ("Thu nợ quá hạn", {"association": "15"}, "W-PLACE", "commune"),
    ("Thu nợ quá hạn", {"commune": "99999"}, "W-PLACE", "commune"),
    ("Kiểm tra tổ", {"commune": "11584", "association": "12"}, "W-TWICE", "subject"),
]


@pytest.mark.parametrize(("kind", "values", "code", "column"), MISTAKES)
def test_a_mistake_is_found_on_its_cell(
    kind: str, values: dict[str, object], code: str, column: str, book: Path
) -> None:
    line = next(line for line in lines_of(book) if line.key[2] == kind)
    place = cell_of(book, "work", line, column)
    put(book, "work", line, **values)
    found = [(f.code, f.cell) for f in reconcile(book).findings if f.sheet == WORK]
    if code == "W-TWICE":  # of two alike the later one
        assert [one for one, _ in found] == [code]
    else:
        assert (code, place) in found and len(found) == 1, found


def test_mistakes_in_the_other_sheets(book: Path) -> None:
    row = first_row(book, "maturing") + 1
    line = {
        f"A{row}": "11584",
        f"C{row}": "11",
        f"E{row}": "04/2024",
        f"F{row}": 100,
        f"G{row}": 60,
        f"H{row}": 30,
        f"I{row}": 10.5,
    }
    patch_cells(book, {MATURING: line})  # type: ignore[dict-item]
    signed = lines_of(book, "signed")[0]
    put(book, "signed", signed, lists_signed=(signed.number("lists") or 0) + 1, signed_on=date(2024, 3, 30))
    found = {(f.code, f.cell) for f in reconcile(book).findings if f.sheet in (MATURING, SIGNED)}
    assert found == {
        ("W-PARTS", f"F{row}"),
        ("W-LISTS", cell_of(book, "signed", signed, "lists_signed")),
        ("W-SIGNED-EARLY", cell_of(book, "signed", signed, "signed_on")),
    }


def at_2026(book: Path, as_of: date) -> None:
    info = read(book).info.cells
    period = f"{as_of.year}Q{(as_of.month + 2) // 3}"
    patch_cells(book, {"Thông tin": {address(*info["period"]): period, address(*info["as_of"]): as_of}})


def test_quotas_hold_from_their_day_and_name_what_is_missing(book: Path) -> None:
    lines = [line for line in lines_of(book) if line.key[2] == "Kiểm tra tổ"]
    short, gone = lines[0], lines[1]
    put(book, "work", short, planned=(short.number("planned") or 0) - 1)
    put(
        book,
        "work",
        gone,
        **dict.fromkeys([name for name, value in gone.values.items() if value is not None]),
    )
    quotas = [f for f in reconcile(book).findings if f.code.startswith("W-QUOTA")]
    assert quotas == []  # in 2024 nothing was asked for
    at_2026(book, date(2026, 3, 31))
    found = {f.code: f for f in reconcile(book).findings if f.code.startswith("W-QUOTA")}
    assert found.keys() == {"W-QUOTA", "W-QUOTA-LINE"}
    assert found["W-QUOTA"].cell == cell_of(book, "work", short, "planned")
    assert found["W-QUOTA"].severity == "query" and "727/HD-NHCS" in found["W-QUOTA"].sentence("vi")
    assert "/".join(gone.key[:2]) in found["W-QUOTA-LINE"].sentence("vi")
    assert all(not quota.verified for quota in load_works().quotas)


def test_what_is_done_is_held_against_the_plan_when_its_time_is_over(book: Path) -> None:
    line = next(line for line in lines_of(book) if line.key[2] == "Thu nợ quá hạn")
    put(book, "work", line, kind="Kiểm tra món vay mới", planned=30, done=29, month="02/2026", proposed=None)
    older = next(line for line in lines_of(book) if line.key[2] == "Thu nợ quá hạn")
    put(book, "work", older, kind="Kiểm tra món vay cũ", planned=100, done=89, proposed=None)
    at_2026(book, date(2026, 3, 31))
    told = [(f.cell, f.code) for f in reconcile(book).findings if f.code == "W-QUOTA"]
    assert told == [(cell_of(book, "work", line, "done"), "W-QUOTA")]
    at_2026(book, date(2026, 12, 31))
    told = [
        (f.cell, f.code) for f in reconcile(book).findings if f.code == "W-QUOTA" and f.column == "Đã làm"
    ]
    assert (cell_of(book, "work", older, "done"), "W-QUOTA") in told
    put(book, "work", older, done=90)
    told = [
        (f.cell, f.code) for f in reconcile(book).findings if f.code == "W-QUOTA" and f.column == "Đã làm"
    ]
    assert (cell_of(book, "work", older, "done"), "W-QUOTA") not in told


def test_a_mistake_in_the_definitions_is_told(tmp_path: Path) -> None:
    (tmp_path / "_works.yaml").write_text("works: {}\n", encoding="utf-8")
    with pytest.raises(BadDefinition):
        load_works(tmp_path)


# Rolled forward, and summed.


def test_three_quarters_with_work_done_postponed_and_forgotten(book: Path) -> None:
    weak = [line for line in lines_of(book) if line.key[2] == "Củng cố tổ"]
    overdue = [line for line in lines_of(book) if line.key[2] == "Thu nợ quá hạn"]
    inspected = next(
        line for line in lines_of(book) if line.key[2] == "Kiểm tra tổ" and (line.number("planned") or 0) > 3
    )
    assert count_work(lines_of(book)) == WorkCounts(0, 89, 0)
    put(book, "work", weak[0], done=1, person="Trần B")  # done
    put(book, "work", weak[1], month="08/2024", person="Trần C")  # postponed
    part = (overdue[0].number("planned") or Decimal(0)) - 5
    put(book, "work", overdue[0], done=part, month="04/2024")  # the rest is forgotten
    put(book, "work", inspected, done=2)
    assert count_work(lines_of(book)) == WorkCounts(1, 88, 0)

    second = make_next(book).path
    after = {line.key: line for line in lines_of(second)}
    assert weak[0].key not in after and len(after) == 88
    assert (after[weak[1].key].text("month"), after[weak[1].key].text("person")) == ("08/2024", "Trần C")
    rest = after[overdue[0].key]
    assert (rest.number("planned"), rest.number("done"), rest.text("since")) == (Decimal(5), None, "2024Q1")
    assert after[inspected.key].number("done") == 2 and after[inspected.key].text("since") == ""
    assert after[inspected.key].number("planned") == inspected.number("planned")
    assert count_work(lines_of(second)) == WorkCounts(0, 88, 88 - 64)
    assert {f.cell for f in reconcile(second).findings if f.code == "W-LATE"} == {
        cell_of(second, "work", rest, "month")
    }

    put(second, "work", after[inspected.key], done=3)
    third = make_next(second).path
    again = {line.key: line for line in lines_of(third)}
    assert again.keys() == after.keys()
    assert again[overdue[0].key].text("since") == "2024Q1" and again[overdue[0].key].number("planned") == 5
    assert again[inspected.key].number("done") == 3
    put(third, "work", again[overdue[0].key], done=5)
    put(third, "work", again[weak[1].key], done=1)
    assert count_work(lines_of(third)) == WorkCounts(2, 86, 86 - 64)

    last = make_next(make_next(third).path)  # over the turn of the year
    assert last.new_year
    final = {line.key[2:]: line for line in lines_of(last.path)}
    assert overdue[0].key not in {line.key for line in lines_of(last.path)}
    assert all(line.number("done") is None for line in final.values())


def test_the_register_counts_who_has_not_signed(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = lines_of(book, "signed")
    assert len(lines) == 64 and sum(int(line.number("lists") or 0) for line in lines) == 250
    for line in lines[:3]:
        put(
            book,
            "signed",
            line,
            signed_on=date(2024, 4, 5),
            scan="bb-11581.pdf",
            lists_signed=line.number("lists"),
        )
    typed = digest(book)
    fill_plan(book)
    assert digest(book) == typed
    totals = sum_work([read(book)], our_rulebook().catalogues)
    assert sum(one.minutes for one in totals.signed) == 64
    assert sum(one.minutes_signed for one in totals.signed) == 3
    assert main(["plan", "--total", str(book)]) == 0
    assert "3/64" in capsys.readouterr().out
    made = make_next(book).path
    assert all(line.values["signed_on"] is None for line in lines_of(made, "signed"))


def test_offices_are_summed_by_association_and_kind(book: Path, tmp_path: Path) -> None:
    other = Path(shutil.copy(book, tmp_path / "khac.xlsx"))
    line = next(line for line in lines_of(other) if line.key[2] == "Thu nợ quá hạn")
    put(other, "work", line, done=3)
    plain = copy_of(GOLDEN, tmp_path, "cu.xlsx")
    totals = sum_work([read(book), read(other), read(plain)], our_rulebook().catalogues)
    assert totals.without == (str(plain),)
    expected: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for one in lines_of(book):
        expected[one.key[1], one.key[2]] += one.number("planned") or Decimal(0)
    half = totals.work[: len(totals.work) // 2]
    assert {(one.association, one.name): one.planned for one in half} == expected
    assert sum(one.done for one in totals.work) == 3
    assert sum(one.open for one in totals.work) == 2 * 89


# In the bulletin.


def test_the_bulletin_quotes_the_plan_and_verifies_clean(book: Path, tmp_path: Path) -> None:
    text = tmp_path / "ban-tin.txt"
    assert main(["bulletin", str(book), "-o", str(text), "-q"]) == 0
    written = text.read_text("utf-8")
    for line in (
        "cho vay 11.743 triệu đồng theo kế hoạch", "Kiểm tra 250 Tổ TK&VV theo kế hoạch",
        "Thu hồi 439 triệu đồng nợ quá hạn theo kế hoạch", "Củng cố 4 tổ theo kế hoạch",
    ):  # fmt: skip
        assert line in written
    assert main(["bulletin", str(book), "--verify", str(text), "-q"]) == 0
    document = tmp_path / "ban-tin.docx"
    assert main(["bulletin", str(book), "-o", str(document), "-q"]) == 0
    comments = [comment.text for comment in Document(str(document)).comments]
    assert "Kế hoạch!H (VIEC_weak), Củng cố tổ" in comments
    assert main(["bulletin", str(book), "--verify", str(document), "-q"]) == 0


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("Thu hồi 439", "Thu hồi 493"), ("Kiểm tra 250", "Kiểm tra 205"), ("Củng cố 4", "Củng cố 5")],
)
def test_a_slip_in_what_is_planned_is_found(right: str, wrong: str, book: Path, tmp_path: Path) -> None:
    text = tmp_path / "ban-tin.txt"
    assert main(["bulletin", str(book), "-o", str(text), "-q"]) == 0
    text.write_text(text.read_text("utf-8").replace(right, wrong), encoding="utf-8")
    (found,) = verify(text, book).findings
    assert found.code == "B-VALUE" and "Kế hoạch!H" in found.message()


def test_a_bulletin_of_version_1_is_as_it_was(book: Path) -> None:
    assert bulletin_text(reconcile(GOLDEN)).count("theo kế hoạch") == 0


# Of offices of any size, and of workbooks of any make.


@pytest.mark.parametrize("seed", range(6))
def test_clean_offices_have_no_findings_there(seed: int, tmp_path: Path) -> None:
    office = make_office(seed, code="0312", communes=2 + seed, groups=8 + 5 * seed, period="2026Q2")
    made = build_workbook(tmp_path / "a.xlsx", to_content(office))
    upgrade(made)
    filled = fill_plan(made)
    assert filled.added == filled.proposed > 0
    assert [f.code for f in reconcile(made).findings if f.code.startswith("W-")] == []
    assert [f for f in reconcile(made).findings if f.sheet in (WORK, MATURING, SIGNED)] == []
    done = digest(made)
    fill_plan(made)
    assert digest(made) == done


def test_notes_charts_and_formats_of_the_user_stay_byte_for_byte(tmp_path: Path) -> None:
    book = copy_of(GOLDEN, tmp_path)
    opened = load_workbook(book)
    own = opened.create_sheet("Của tôi")
    own.append(["tháng", "số"])
    for number in range(1, 5):
        own.append([number, number * number])
    own["A1"].comment = Comment("ghi chú của tôi", "tôi")
    own["B2"].font = Font(color="FF0000", bold=True)
    chart = BarChart()
    chart.add_data(Reference(own, min_col=2, min_row=1, max_row=5), titles_from_data=True)
    own.add_chart(chart, "D2")
    bold = CellIsRule(operator="greaterThan", formula=["3"], font=Font(bold=True))  # type: ignore[no-untyped-call]
    own.conditional_formatting.add("B2:B5", bold)
    opened.save(book)
    before = parts(book)
    assert any("comment" in name for name in before) and any("chart" in name for name in before)
    upgrade(book)
    after = parts(book)
    grown = {"[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"}
    assert {name for name in before if before[name] != after.get(name)} <= grown
    shown = load_workbook(book)["Của tôi"]
    assert shown["B2"].font.b and shown["A1"].comment is not None
