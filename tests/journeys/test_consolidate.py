"""A branch consolidates what arrived, and the head office its branches: files in, one workbook out."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openxml_audit import OpenXmlValidator  # type: ignore[import-untyped]

from sheetcredit import patch_cells
from sheetcredit.consolidate.branch_report import branch_frames, branch_rulebook, check_branch, read_branch
from sheetcredit.consolidate.consolidate import Consolidated, Options, consolidate, write_receipts
from sheetcredit.model.errors import CannotWrite, SheetcreditError
from sheetcredit.pool.cache import ResultCache
from sheetcredit.report import validate_readings, write_report
from sheetcredit.rulebook import Rulebook
from sheetcredit.screen.overview import consolidated_json
from tests.consolidate.branch_offices import (
    EARLY,
    HAI_PHONG,
    LATE,
    QUANG_NINH,
    arrived,
    built,
    office,
    patched,
    printed,
    rulebook_of,
    totals,
)
from tests.consolidate.mailbox import mail
from tests.libreoffice import LibreOffice
from tests.mail_server import own_folders
from tests.seeds_of import GOLDEN, MISTAKEN, PUBLISHED, copy_of, digest

pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported")

EXPECTED = (1, 2, 3, 4)


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in own_folders(tmp_path).items():
        monkeypatch.setenv(name, value)


def only(code: str, folder: Path) -> tuple[str, Path]:
    """The option that names the one unit that has to report."""
    path = folder / f"{code}.csv"
    path.write_text(f"Mã đơn vị\n{code}\n", encoding="utf-8")
    return "--expected", path


NO_CELL = {"Sổ ngân hàng": {"G10": 123_456_789}}
Place = tuple[str, str | None, str | None]


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return rulebook_of([office(number) for number in EXPECTED])


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """Three of four offices: 1 and 3 in order, 2 with a number typed over in its ledger."""
    folder = tmp_path / "den"
    arrived(folder / "PGD0301.xlsx", built(1))
    arrived(folder / "quan" / "PGD0303.xlsx", built(3), LATE)
    arrived(folder / "PGD0302.xlsx", built(2))
    patched(folder / "PGD0302.xlsx", NO_CELL)
    return folder


@pytest.fixture
def run(rulebook: Rulebook, tmp_path: Path) -> Callable[..., Consolidated]:
    def consolidated(*paths: Path, **options: Any) -> Consolidated:
        return consolidate(paths, tmp_path / "chi-nhanh.xlsx", rulebook, Options(workers=1, **options))

    return consolidated


def own(result: Consolidated) -> set[Place]:
    return {(finding.code, finding.sheet, finding.cell) for finding in result.report.findings}


def states(result: Consolidated) -> dict[str, str]:
    return {one.office: one.state for one in result.arrivals.submissions}


def cells(path: Path, sheet: str) -> list[list[Any]]:
    return [list(row) for row in openpyxl.load_workbook(path)[sheet].iter_rows(values_only=True)]


def lines(path: Path, sheet: str, header: int = 8) -> list[dict[str, Any]]:
    """The rows below the header row of a sheet of the branch workbook, by header."""
    rows = cells(path, sheet)
    names = rows[header - 1]
    return [dict(zip(names, row, strict=True)) for row in rows[header:] if row[0] not in (None, "(1)")]


def same_figures(path: Path, wanted: dict[str, int]) -> None:
    book = openpyxl.load_workbook(path, data_only=True)
    for name, value in wanted.items():
        (sheet, cell), *_ = book.defined_names[name].destinations
        assert book[sheet][cell].value == value, name


def test_totals_are_those_of_the_books_behind(
    run: Callable[..., Consolidated], inbox: Path, tmp_path: Path
) -> None:
    result = run(inbox)
    wanted = printed(totals([office(1), office(3)]))
    assert {name: result.report.figures[name] for name in wanted} == wanted
    same_figures(result.written_to, wanted)
    units = lines(result.written_to, "Đơn vị")
    balances = {row["Mã đơn vị"]: row["Dư nợ"] for row in units if row["Mã đơn vị"] in ("0301", "0303")}
    for number, code in ((1, "0301"), (3, "0303")):
        exact = sum(row.account.balance for row in office(number).programmes)
        assert round(balances[code] * 1_000_000) == exact
    assert not list(tmp_path.glob("*dinh-kem*"))


def test_every_sheet_adds_up_to_the_dong(run: Callable[..., Consolidated], inbox: Path) -> None:
    frames = branch_frames(read_branch(run(inbox).written_to))
    offices = [office(1), office(3)]
    balance = sum(row.balance for one in offices for row in one.ledger)
    for name in ("units", "programmes", "associations", "unit_programmes"):
        assert frames[name]["balance"].sum() == balance, name
    by_association = dict(frames["associations"].group_by("association").agg("overdue").iter_rows())
    for code in ("11", "12", "13", "14", "99"):
        exact = sum(r.overdue for one in offices for r in one.ledger if r.association == code)
        assert sum(by_association[code]) == exact
    assert frames["funding"]["plan"].sum() == sum(r.plan for one in offices for r in one.funding)
    assert frames["ratings"]["good"].sum() == sum(g.rating == "Tốt" for one in offices for g in one.groups)


def test_who_has_reported_and_what_is_returned(run: Callable[..., Consolidated], inbox: Path) -> None:
    result = run(inbox)
    assert states(result) == {"0301": "received", "0302": "returned", "0303": "late", "0304": "missing"}
    sheet = "Tình hình nộp"
    assert own(result) == {
        ("N-LATE", sheet, "E12"), ("N-MISSING", sheet, "E13"), ("N-RETURNED", sheet, "E11"),
    }  # fmt: skip
    assert result.report.blocks


def test_findings_of_offices_are_carried_with_file_cell_and_link(
    run: Callable[..., Consolidated], inbox: Path
) -> None:
    result = run(inbox)
    rows = lines(result.written_to, "Kiểm tra")
    carried = [row for row in rows if row["Tệp"] == "PGD0302.xlsx"]
    assert {(row["Mã lỗi"], row["Trang"], row["Ô"]) for row in carried} == {
        ("R06", "Sổ ngân hàng", "G10"), ("R16", "Sổ ngân hàng", "G10"), ("R17", "Sổ ngân hàng", "G10"),
        ("S-SEAL-NONE", "Thông tin", "C19"),
    }  # fmt: skip
    assert {row["Đơn vị"] for row in carried} == {"0302 số 0302"}
    assert {row["Đường dẫn"] for row in carried} == {"den/PGD0302.xlsx"}
    assert all(row["Địa chỉ"] is None for row in carried)
    assert {row["Địa chỉ"] for row in rows if row["Mã lỗi"] == "N-MISSING"} == {"Tình hình nộp!E13"}


def test_blocked_reports_are_summed_only_when_asked_for(
    run: Callable[..., Consolidated], inbox: Path
) -> None:
    result = run(inbox, include_blocked=True)
    assert states(result)["0302"] == "provisional"
    wanted = sum(row.account.balance for n in (1, 2, 3) for row in office(n).programmes)
    assert result.report.figures["TH_DuNo"] == printed({"TH_DuNo": wanted})["TH_DuNo"]
    assert ("N-PROVISIONAL", "Tình hình nộp", "E11") in own(result)
    assert "R45" in {f.code for f in result.report.findings}  # its ledger and its programmes differ


def test_a_bad_file_never_stops_the_others(run: Callable[..., Consolidated], inbox: Path) -> None:
    arrived(inbox / "cut.xlsx", built(1)[:5000])
    arrived(inbox / "empty.xlsx", b"")
    arrived(inbox / "mails" / "rong.eml", b"From: a@example.vn\r\n\r\nkhong co gi")
    book = openpyxl.Workbook()
    book.save(inbox / "other.xlsx")
    result = run(inbox)
    assert states(result)["0301"] == "received"
    told = {f.details["origin"]: f.severity for f in result.report.findings if f.code == "N-UNREADABLE"}
    assert told == {
        "cut.xlsx": "query", "empty.xlsx": "query", "mails/rong.eml": "query", "other.xlsx": "note",
    }  # fmt: skip
    rows = lines(result.written_to, "Kiểm tra")
    assert {row["Tệp"] for row in rows if row["Mã lỗi"] == "N-UNREADABLE"} == set(told)


def test_mails_are_opened_and_the_latest_valid_version_counts(
    run: Callable[..., Consolidated], tmp_path: Path
) -> None:
    folder = tmp_path / "thu"
    bad = patched(arrived(tmp_path / "bad.xlsx", built(1)), NO_CELL)
    arrived(folder / "01.eml", mail(("PGD0301.xlsx", built(1))).as_bytes())
    later = mail(("PGD0301 sua.xlsx", bad.read_bytes()), subject="sửa")
    later.replace_header("Date", "Fri, 05 Apr 2024 08:00:00 +0700")
    arrived(folder / "02.eml", later.as_bytes())
    result = run(folder)
    (one,) = [one for one in result.arrivals.submissions if one.office == "0301"]
    assert one.state == "received" and one.used and one.used.origin == "01.eml › PGD0301.xlsx"
    assert one.chosen and (one.chosen.version, one.chosen.versions) == (1, 2)
    assert [passed.reason for passed in one.chosen.passed_over] == ["blocked"]
    (row,) = [row for row in lines(result.written_to, "Tình hình nộp") if row["Mã đơn vị"] == "0301"]
    assert (row["Bản dùng"], row["Số bản nhận"], row["Tệp dùng"]) == (
        1,
        2,
        "01.eml › PGD0301.xlsx, thư của pgd0312@example.vn",
    )
    assert row["Ghi chú"] == one.story() != ""
    assert (tmp_path / "chi-nhanh-dinh-kem").is_dir()  # where the links of `Kiểm tra` lead


@pytest.mark.parametrize("later", ["blocked", "duplicate", "older", "valid"])
def test_a_later_version_that_is_returned_beside_an_older_accepted_one(
    run: Callable[..., Consolidated], tmp_path: Path, later: str
) -> None:
    folder = tmp_path / "den"
    arrived(folder / "a.xlsx", built(1))
    second = arrived(folder / "b.xlsx", built(1), LATE if later != "older" else EARLY)
    if later in ("blocked", "older"):
        patched(second, NO_CELL)
    elif later == "valid":
        patched(second, {"Thông tin": {"C17": "Lê Thị Hoa"}})
    result = run(folder)
    found = [one for one in result.report.findings if one.code == "N-NEWER"]
    assert [one.file for one in found] == ([str(second)] if later == "blocked" else [])
    rows = [row for row in lines(result.written_to, "Kiểm tra") if row["Mã lỗi"] == "N-NEWER"]
    assert [row["Tệp"] for row in rows] == (["b.xlsx"] if later == "blocked" else [])
    assert all(one.blocks and one.details["used"] == "a.xlsx" for one in found)
    assert states(result)["0301"] in ("received", "late")


def test_the_same_again_changes_nothing(run: Callable[..., Consolidated], inbox: Path) -> None:
    first = run(inbox)
    before = digest(first.written_to)
    again = run(inbox)
    assert digest(again.written_to) == before and again.kept is None


def explain(path: Path, code: str, text: str) -> str:
    """Write into `Giải trình` beside a finding, as a user does; the cell."""
    rows = cells(path, "Kiểm tra")
    header = rows[7]
    place = header.index("Giải trình")
    line = next(n for n, row in enumerate(rows, start=1) if row[header.index("Mã lỗi")] == code)
    cell = f"{chr(65 + place)}{line}"
    patch_cells(path, {"Kiểm tra": {cell: text}, "Thông tin": {"C17": "Lê Thị Hoa"}})
    return cell


def test_filled_in_place_where_the_offices_are_the_same(
    run: Callable[..., Consolidated], inbox: Path, tmp_path: Path
) -> None:
    out = run(inbox).written_to
    explain(out, "N-MISSING", "PGD 0304 xin gia hạn đến 20/4")
    book = openpyxl.load_workbook(out)
    book.create_sheet("Ghi chép").cell(1, 1, "của tôi")
    book.save(out)
    arrived(inbox / "PGD0301.xlsx", built(1))
    other = office(1).funding[0].current // 1_000_000 + 7
    patched(inbox / "PGD0301.xlsx", {"Nguồn vốn": {"E10": other}})
    result = run(inbox)
    assert result.kept is None
    (told,) = [f for f in result.report.findings if f.code == "N-MISSING"]
    assert (told.status, told.explanation) == ("explained", "PGD 0304 xin gia hạn đến 20/4")
    assert openpyxl.load_workbook(out)["Ghi chép"]["A1"].value == "của tôi"
    reading = read_branch(out)
    assert check_branch(reading).figures == result.report.figures
    rest = sum(row.current for row in office(1).funding[1:]) + sum(r.current for r in office(3).funding)
    assert result.report.figures["TH_NguonVon"] == other + rest // 1_000_000
    assert not list(tmp_path.glob("*bản trước*"))


def test_built_anew_when_an_office_comes_in_and_nothing_of_the_user_is_lost(
    run: Callable[..., Consolidated], inbox: Path
) -> None:
    out = run(inbox).written_to
    explain(out, "N-RETURNED", "đã gọi điện, PGD sửa lại sổ")
    before = out.read_bytes()
    arrived(inbox / "PGD0304.xlsx", built(4))
    result = run(inbox)
    assert result.kept and result.kept.read_bytes() == before
    assert states(result)["0304"] == "received"
    (told,) = [f for f in result.report.findings if f.code == "N-RETURNED"]
    assert (told.status, told.explanation) == ("explained", "đã gọi điện, PGD sửa lại sổ")
    texts = {row["Giải trình"] for row in lines(out, "Kiểm tra")}
    assert "đã gọi điện, PGD sửa lại sổ" in texts
    assert openpyxl.load_workbook(out)["Thông tin"]["C17"].value == "Lê Thị Hoa"


def test_a_file_that_is_something_else_is_not_written_over(
    run: Callable[..., Consolidated], inbox: Path, tmp_path: Path
) -> None:
    out = arrived(tmp_path / "chi-nhanh.xlsx", built(1))
    before = digest(out)
    with pytest.raises(CannotWrite) as refused:
        run(inbox)
    assert (refused.value.code, digest(out)) == ("E-OUT-FOREIGN", before)


def test_another_period_is_not_written_over_this_one(
    rulebook: Rulebook, run: Callable[..., Consolidated], inbox: Path, tmp_path: Path
) -> None:
    out = run(inbox).written_to
    before = digest(out)
    arrived(tmp_path / "q4" / "a.xlsx", built(1, HAI_PHONG, "2023Q4"))
    with pytest.raises(CannotWrite) as refused:
        consolidate([tmp_path / "q4"], out, rulebook, Options(workers=1))
    assert (refused.value.code, digest(out)) == ("E-OUT-OTHER", before)


@pytest.mark.parametrize(
    ("files", "code"), [({}, "E-NO-REPORTS"), ({"x.xlsx": b"nothing"}, "E-NO-REPORTS")], ids=["none", "bad"]
)
def test_nothing_to_consolidate_is_told(
    run: Callable[..., Consolidated], tmp_path: Path, files: dict[str, bytes], code: str
) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    for name, data in files.items():
        arrived(folder / name, data)
    with pytest.raises(SheetcreditError) as told:
        run(folder)
    assert told.value.code == code
    assert not (tmp_path / "chi-nhanh.xlsx").exists()


def test_the_previous_report_beside_it_is_compared_with(
    rulebook: Rulebook, run: Callable[..., Consolidated], inbox: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "cu"
    for number in (1, 3):
        arrived(folder / f"{number}.xlsx", built(number, HAI_PHONG, "2023Q4"))
    before = tmp_path / "quy-truoc.xlsx"
    consolidate([folder], before, rulebook, Options(workers=1))
    result = run(inbox)
    assert result.report.previous == before
    assert "R53" in {f.code for f in result.report.findings}  # another year's books: openings do not follow


@pytest.fixture(scope="module")
def branches(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Rulebook, Sequence[Any]]:
    """Two branch workbooks of two offices each, in one folder."""
    folder = tmp_path_factory.mktemp("branches")
    both = [
        [office(1), office(3)],
        [office(5, QUANG_NINH, "2024Q1", "14"), office(6, QUANG_NINH, "2024Q1", "14")],
    ]
    rulebook = rulebook_of([one for own in both for one in own])
    for name, numbers, where in (("hp", (1, 3), (HAI_PHONG, "03")), ("qn", (5, 6), (QUANG_NINH, "14"))):
        inbox = tmp_path_factory.mktemp(name)
        for number in numbers:
            arrived(inbox / f"{number}.xlsx", built(number, where[0], "2024Q1", where[1]))
        made = consolidate([inbox], folder / f"{name}.xlsx", rulebook, Options(workers=1)).written_to
        arrived(made, made.read_bytes())
    return folder, rulebook, [one for own in both for one in own]


def test_the_head_office_consolidates_branches_the_same_way(
    branches: tuple[Path, Rulebook, Sequence[Any]], tmp_path: Path
) -> None:
    folder, rulebook, offices = branches
    out = tmp_path / "toan-quoc.xlsx"
    result = consolidate([folder], out, rulebook, Options(workers=1))
    assert result.arrivals.owner.code == "00"
    assert states(result) == {"03": "received", "14": "received"}
    wanted = printed(totals(offices))
    assert {name: result.report.figures[name] for name in wanted} == wanted
    same_figures(out, wanted)
    assert [row["Mã đơn vị"] for row in lines(out, "Đơn vị")][:2] == ["03", "14"]
    again = consolidate([folder, out], tmp_path / "lai.xlsx", rulebook, Options(workers=1))
    assert again.report.figures == result.report.figures  # its own earlier report is no branch


def test_a_branch_workbook_reads_as_it_was_written(
    branches: tuple[Path, Rulebook, Sequence[Any]],
) -> None:
    folder, _, _ = branches
    report = check_branch(read_branch(folder / "hp.xlsx"))
    assert not report.blocks and report.findings == ()
    assert report.outcomes["failed"] == report.outcomes["not_evaluated"] == 0


def test_several_branch_workbooks_are_validated_together(
    branches: tuple[Path, Rulebook, Sequence[Any]],
) -> None:
    folder, _, _ = branches
    readings = [read_branch(folder / name) for name in ("hp.xlsx", "qn.xlsx")]
    reports = validate_readings(readings, branch_rulebook())
    assert [(report.file, report.blocks) for report in reports] == [(one.file, False) for one in readings]


@pytest.mark.parametrize(
    ("sheet", "cell", "codes"),
    [
        ("Đơn vị", "F10", {"R41", "R42", "R43", "R45"}),
        ("Chương trình", "H10", {"R41", "R42", "R44", "R50"}),
        ("CT theo đơn vị", "J10", {"R41", "R43", "R44", "R50"}),
        ("Hội", "E10", {"R41", "R46"}),
        ("Nguồn vốn", "E10", {"R41", "R47"}),
        ("Xếp loại", "D10", {"R41", "R49"}),
    ],
)
def test_a_number_changed_in_a_branch_workbook_is_found(
    branches: tuple[Path, Rulebook, Sequence[Any]], tmp_path: Path, sheet: str, cell: str, codes: set[str]
) -> None:
    folder, _, _ = branches
    path = tmp_path / "sua.xlsx"
    path.write_bytes((folder / "hp.xlsx").read_bytes())
    value = openpyxl.load_workbook(path)[sheet][cell].value
    patch_cells(path, {sheet: {cell: value + 7}})
    # The total follows by its formula: what differs is everything else.
    assert {finding.code for finding in check_branch(read_branch(path)).findings} >= codes - {"R41"}


def test_the_workbook_is_clean_and_calculates_to_itself(
    run: Callable[..., Consolidated], inbox: Path, libreoffice: LibreOffice
) -> None:
    out = run(inbox).written_to
    errors = OpenXmlValidator().validate(out).errors
    assert not errors, errors[:3]
    recalculated = read_branch(libreoffice.save_as(out, "xlsx"))
    reading = read_branch(out)
    for name, frame in branch_frames(reading).items():
        assert branch_frames(recalculated)[name].drop("file").equals(frame.drop("file")), name
    assert check_branch(recalculated).figures == check_branch(reading).figures


def test_json_is_as_documented(
    run: Callable[..., Consolidated], inbox: Path, tmp_path: Path, same_as_golden: Callable[[str, str], None]
) -> None:
    arrived(inbox / "cut.xlsx", built(1)[:5000])
    text = consolidated_json(run(inbox), "vi").replace(str(tmp_path), "…")
    said = json.loads(text)
    said["files"] = [{**file, "figures": {"TH_DuNo": file["figures"]["TH_DuNo"]}} for file in said["files"]]
    for one in said["submissions"]:
        one["digest"] = one["digest"] and "…"
    same_as_golden("consolidate.json", json.dumps(said, ensure_ascii=False, indent=1) + "\n")


def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sheetcredit", *map(str, arguments)],
        capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip


def test_command_line_on_the_golden_office(tmp_path: Path) -> None:
    folder = tmp_path / "den"
    folder.mkdir()
    copy_of(GOLDEN, folder)
    out = tmp_path / "hai-phong.xlsx"
    done = command("consolidate", folder, "-o", out, "--json", *only("0312", tmp_path))
    said = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert said["branch"]["findings"] == [] or {f["severity"] for f in said["branch"]["findings"]} == {"note"}
    figures = said["branch"]["figures"]
    skipped = {name for name in PUBLISHED if name.endswith("_TyTrong")}  # the office's own way of rounding
    for name in PUBLISHED.keys() - skipped:
        assert figures[name] == PUBLISHED[name], name


def test_command_line_tells_what_is_wrong_where(tmp_path: Path) -> None:
    folder = tmp_path / "den"
    folder.mkdir()
    copy_of(MISTAKEN, folder)
    done = command("consolidate", folder, "-o", tmp_path / "hai-phong.xlsx")
    assert done.returncode == 1
    assert "0312 An Dương: trả lại" in done.stdout
    assert command("consolidate", tmp_path / "none", "-o", tmp_path / "x.xlsx").returncode == 2


def test_receipts_and_archive(tmp_path: Path) -> None:
    inbox = tmp_path / "den"
    inbox.mkdir()
    copy_of(MISTAKEN, inbox)
    options = ("--receipts", tmp_path / "phieu", "--archive", tmp_path / "kho", *only("0312", tmp_path))
    done = command("consolidate", inbox, "-o", tmp_path / "hp.xlsx", "--json", *options)
    (receipt,) = (tmp_path / "phieu").glob("*.json")
    said = json.loads(receipt.read_text(encoding="utf-8"))
    assert (done.returncode, said["office"], said["verdict"]) == (1, "0312", "returned")
    assert {question["code"] for question in said["questions"]} >= {"R06"}
    assert said["issued_by"] == HAI_PHONG
    assert not list((tmp_path / "kho").rglob("*.parquet"))  # nothing was accepted
    copy_of(GOLDEN, inbox)
    (inbox / MISTAKEN.name).unlink()
    done = command("consolidate", inbox, "-o", tmp_path / "hp.xlsx", *options)
    assert done.returncode == 0
    assert list((tmp_path / "kho").rglob("*.parquet"))
    assert {json.loads(p.read_text("utf-8"))["verdict"] for p in (tmp_path / "phieu").glob("*.json")} <= {
        "accepted", "returned",
    }  # fmt: skip


def test_receipts_of_branches(branches: tuple[Path, Rulebook, Sequence[Any]], tmp_path: Path) -> None:
    folder, rulebook, _ = branches
    result = consolidate([folder], tmp_path / "toan-quoc.xlsx", rulebook, Options(workers=1))
    written = write_receipts(result, tmp_path / "phieu", rulebook)
    assert sorted(json.loads(path.read_text("utf-8"))["office"] for path in written) == ["03", "14"]


def test_a_branch_seals_and_mails_its_workbook_and_the_head_office_takes_it_in(tmp_path: Path) -> None:
    inbox = tmp_path / "den"
    inbox.mkdir()
    copy_of(GOLDEN, inbox)
    out = tmp_path / "hai-phong.xlsx"
    assert command("consolidate", inbox, "-o", out, "-q", *only("0312", tmp_path)).returncode == 0
    sealed = command("seal", out)
    assert sealed.returncode == 0, sealed.stderr
    draft = tmp_path / "thu" / "len-hoi-so.eml"
    draft.parent.mkdir()
    assert command("send", out, "--to", "hoiso@example.vn", "--no-pdf", "--draft", draft).returncode == 0
    done = command(
        "consolidate", draft.parent, "-o", tmp_path / "toan-quoc.xlsx", "--json", *only("03", tmp_path)
    )
    said = json.loads(done.stdout)
    (one,) = said["submissions"]
    assert (done.returncode, said["office"], one["office"], one["summed"]) == (0, "00", "03", True)
    assert one["seal"] and one["origin"] == "len-hoi-so.eml › hai-phong.xlsx"
    assert said["branch"]["figures"]["TH_DuNo"] == PUBLISHED["TH_DuNo"]


def test_sealing_keeps_what_was_told_of_the_offices(run: Callable[..., Consolidated], inbox: Path) -> None:
    out = run(inbox).written_to
    before = [row for row in lines(out, "Kiểm tra") if row["Tệp"]]
    explain(out, "N-RETURNED", "gửi bổ sung sau")
    report = check_branch(read_branch(out))
    write_report(report, read_branch(out), branch_rulebook(), None)
    rows = lines(out, "Kiểm tra")
    told = [{**row, "STT": 0} for row in rows if row["Tệp"]]
    assert told == [{**row, "STT": 0} for row in before]
    assert [row["Giải trình"] for row in rows if row["Mã lỗi"] == "N-RETURNED"] == ["gửi bổ sung sau"]


def test_the_bulletin_of_a_branch(tmp_path: Path) -> None:
    inbox = tmp_path / "den"
    inbox.mkdir()
    copy_of(GOLDEN, inbox)
    out, text = tmp_path / "hai-phong.xlsx", tmp_path / "ban-tin.txt"
    command("consolidate", inbox, "-o", out, "-q", *only("0312", tmp_path))
    assert command("bulletin", out, "-o", text).returncode == 0
    said = text.read_text(encoding="utf-8")
    assert "Chi nhánh NHCSXH thành phố Hải Phòng" in said and "438.213 triệu đồng" in said
    assert command("bulletin", out, "--verify", text).returncode == 0


def test_what_was_read_is_not_read_again(
    rulebook: Rulebook, inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, kept = tmp_path / "chi-nhanh.xlsx", tmp_path / "da-doc"
    first = consolidate([inbox], out, rulebook, Options(workers=1, cache=ResultCache(rulebook, kept)))
    monkeypatch.setattr("sheetcredit.pool.chunks.read_files", lambda *_: pytest.fail("read again"))
    again = consolidate([inbox], out, rulebook, Options(workers=1, cache=ResultCache(rulebook, kept)))
    assert consolidated_json(again, "vi") == consolidated_json(first, "vi")


def test_the_commands_of_an_office_take_a_branch_workbook_too(tmp_path: Path) -> None:
    inbox = tmp_path / "den"
    inbox.mkdir()
    own = copy_of(GOLDEN, inbox)
    out = tmp_path / "hai-phong.xlsx"
    command("consolidate", inbox, "-o", out, "-q", *only("0312", tmp_path))
    patch_cells(out, {"Tổng hợp": {"D16": 1}})
    done = command("reconcile", own, out, "--json")
    first, second = json.loads(done.stdout)["files"]
    assert (first["office"], second["office"]) == ("0312", "03")
    assert [(f["code"], f["sheet"], f["cell"]) for f in second["findings"] if f["severity"] == "error"] == [
        ("R52", "Tổng hợp", "D16")
    ]
    assert (done.returncode, command("run", out, "-q").returncode) == (1, 0)
    assert openpyxl.load_workbook(out)["Tổng hợp"]["D16"].value != 1
