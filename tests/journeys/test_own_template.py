"""An office keeps its own template: it is learnt once, and every command reads the workbook as it is."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook
from openxml_audit import OpenXmlValidator  # type: ignore[import-untyped]

from sheetcredit import buttons
from sheetcredit.cli.main import main
from sheetcredit.folders import HOME
from sheetcredit.outcome import Report
from sheetcredit.report import reconcile, run, validate
from sheetcredit.template.mapping import BESIDE, mappings_folder
from sheetcredit.xlsx.patch import patch_cells
from tests.open_book import Book, Sheet
from tests.own_template.workbooks import LAYOUTS
from tests.seeds_of import GOLDEN

FOUND = Path(__file__).resolve().parent.parent / "own_template"
FOUR_SHEETS, OUR_NAMES = FOUND / "four-short-named-sheets.xlsx", FOUND / "our-sheet-names-own-headers.xlsx"

pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported")


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(HOME, str(tmp_path / "home"))


@pytest.fixture
def office(tmp_path: Path) -> Callable[[str], Path]:
    """A workbook laid out as the name says, in a folder of its own."""

    def build(name: str) -> Path:
        path = tmp_path / "books" / "own.xlsx"
        path.parent.mkdir(exist_ok=True)
        LAYOUTS[name].build(path)
        return path

    return build


def learn(path: Path, *options: str) -> int:
    return main(["template", "learn", str(path), "--office", "0312", "--yes", *options])


def named(report: Report) -> set[tuple[str | None, str | None]]:
    """The cells that findings which block are about, and their first suspects."""
    blocking = [finding for finding in report.findings if finding.blocks]
    cells = {(finding.sheet, finding.cell) for finding in blocking}
    return cells | {(one.sheet, one.cell) for finding in blocking for one in finding.suspects[:1]}


@pytest.mark.parametrize("name", LAYOUTS)
def test_learnt_validated_reconciled_and_a_mistake_is_found_on_its_own_cell(
    name: str, office: Callable[[str], Path]
) -> None:
    path, layout = office(name), LAYOUTS[name]
    assert learn(path) == 0
    for report in (validate(path), reconcile(path)):
        assert [finding for finding in report.findings if finding.blocks] == []
        assert (report.office, str(report.period)) == ("0312", "2024Q1")
    assert reconcile(path).outcomes["passed"] >= 9
    patch_cells(path, {layout.planted.tab: {layout.planted.cell: layout.mistake}})
    found = reconcile(path)
    assert named(found) == {layout.planted}
    assert found.blocks


@pytest.mark.parametrize("name", LAYOUTS)
def test_results_go_into_sheets_that_are_added_and_all_else_stays(
    name: str, office: Callable[[str], Path], tmp_path: Path
) -> None:
    path = office(name)
    assert learn(path) == 0
    out = tmp_path / "out.xlsx"
    run(path, out)
    with ZipFile(path) as before, ZipFile(out) as after:
        grown = {"xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml", "[Content_Types].xml"}
        for part in before.namelist():
            assert part in grown or before.read(part) == after.read(part), part
    assert list(OpenXmlValidator().validate(str(out)).errors) == []
    book = load_workbook(out)
    first = load_workbook(path).sheetnames
    assert book.sheetnames[: len(first)] == first
    assert book.sheetnames[len(first) :] == ["Thông tin", "Tổng hợp", "Đối chiếu", "Kiểm tra"]
    assert book["Thông tin"]["C7"].value == "0312"
    again = run(out)  # by the same mapping, the added sheets not taken for tables
    assert not again.blocks and load_workbook(out).sheetnames == book.sheetnames


def test_amounts_are_told_in_the_unit_of_the_sheet_they_stand_on(office: Callable[[str], Path]) -> None:
    path = office("ledger-in-million")
    assert learn(path) == 0
    patch_cells(path, {"Sổ NH": {"E5": 777}})
    told = [finding for finding in reconcile(path).findings if finding.blocks]
    assert {(one.code, one.sheet, one.unit) for one in told} == {
        ("R01", "Sổ NH", 1_000_000),
        ("R06", "Sổ NH", 1_000_000),
    }
    suspects = [one for finding in told for one in finding.suspects]
    assert {one.unit for one in suspects} == {1_000_000}


def test_the_two_that_were_found_are_read_as_they_are(tmp_path: Path) -> None:
    book = tmp_path / "four.xlsx"
    shutil.copyfile(FOUR_SHEETS, book)
    assert learn(book) == 0
    assert not reconcile(book).blocks
    patch_cells(book, {"HPN": {"H9": 9999}})
    assert named(reconcile(book)) == {("HPN", "H9")}

    book = tmp_path / "ours.xlsx"
    shutil.copyfile(OUR_NAMES, book)
    assert learn(book) == 0
    report = validate(book)
    assert not report.blocks
    patch_cells(book, {"Hội CCB": {"H6": "3.1oo"}, "Tổ TK&VV": {"M7": "Tốt lắm"}})
    assert named(validate(book)) == {("Hội CCB", "H6"), ("Tổ TK&VV", "M7")}
    columns = {finding.cell: finding.column for finding in validate(book).findings if finding.blocks}
    assert columns == {"H6": "Tổng dư nợ", "M7": "Xếp loại"}


def test_common_wordings_in_our_own_template_are_read_as_what_they_are(tmp_path: Path) -> None:
    book = tmp_path / "golden.xlsx"
    shutil.copyfile(GOLDEN, book)
    patch_cells(book, {"Hội Nông dân": {"D8": "Số hộ còn dư nợ", "I8": "Tổng dư nợ"}})
    report = reconcile(book)
    assert not report.blocks and report.figures["TH_HND"] == 147185


def test_before_it_is_learnt_the_way_is_told(
    office: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = office("two-tier")
    before = path.read_bytes()
    assert main(["run", str(path)]) == 2
    assert "sheetcredit template learn" in capsys.readouterr().err
    assert path.read_bytes() == before


class TestKept:
    """Where the mapping lies."""

    def test_inside_the_workbook_it_goes_with_it(self, office: Callable[[str], Path], tmp_path: Path) -> None:
        path = office("side-by-side")
        assert learn(path, "--keep", "inside") == 0
        moved = tmp_path / "elsewhere.xlsx"
        path.rename(moved)
        assert not mappings_folder().exists()
        assert not reconcile(moved).blocks
        run(moved)
        assert not reconcile(moved).blocks
        assert learn(moved, "--keep", "inside") == 0  # once more, in place of the first

    def test_beside_it_for_all_of_the_folder_but_not_for_ours(self, office: Callable[[str], Path]) -> None:
        path = office("stacked")
        assert learn(path, "--keep", "folder") == 0
        assert (path.parent / BESIDE).is_file()
        ours = path.parent / "golden.xlsx"
        shutil.copyfile(GOLDEN, ours)
        assert reconcile(ours).figures["TH_DuNo"] == 438213

    def test_in_the_settings_for_the_next_quarter_of_the_same_template(
        self, office: Callable[[str], Path]
    ) -> None:
        path = office("in-dong")
        assert learn(path) == 0
        later = path.with_name("quý 2.xlsx")
        path.rename(later)
        tabs = ("Hội Nông dân", "Hội Phụ nữ", "Hội CCB", "Đoàn Thanh niên")
        cells = {"B2": "Số liệu đến ngày 30 tháng 6 năm 2024", "H4": "Dư nợ 30/06/2024"}
        patch_cells(later, dict.fromkeys(tabs, cells))
        report = reconcile(later)
        assert str(report.period) == "2024Q2" and not report.blocks


class TestChanged:
    """What staff change in a workbook after it was learnt."""

    def test_columns_and_tables_may_move(self, office: Callable[[str], Path], tmp_path: Path) -> None:
        path = office("title-page")
        assert learn(path) == 0
        book = load_workbook(path)
        page = book["1. Hội Nông dân"]
        page.insert_rows(1, 3)
        page.insert_cols(3)
        moved = tmp_path / "moved.xlsx"
        book.save(moved)
        assert not reconcile(moved).blocks
        patch_cells(moved, {"1. Hội Nông dân": {"I9": 777}})
        assert named(reconcile(moved)) == {("1. Hội Nông dân", "I9")}

    def test_a_header_worded_anew_is_named_with_its_likeness(self, office: Callable[[str], Path]) -> None:
        path = office("title-page")
        assert learn(path) == 0
        patch_cells(path, {"1. Hội Nông dân": {"H4": "Tổng dư nợ UT"}})
        found = [f for f in validate(path).findings if f.blocks]
        assert [(f.code, f.sheet, f.cell) for f in found] == [("S-HEADER", "1. Hội Nông dân", "H4")]
        assert found[0].details["header"] == "Tổng dư nợ"

    def test_a_name_nobody_knows_is_found_on_its_cell(self, office: Callable[[str], Path]) -> None:
        path = office("title-page")
        assert learn(path) == 0
        patch_cells(path, {"1. Hội Nông dân": {"B6": "Lê Thiên Xanh"}})
        codes = {(f.code, f.cell) for f in validate(path).findings if f.blocks}
        assert codes == {("V-NAME-UNKNOWN", "B6")}

    def test_a_day_that_is_gone_is_asked_for(self, office: Callable[[str], Path]) -> None:
        path = office("title-page")
        assert learn(path) == 0
        patch_cells(path, {"Trang bìa": {"A4": "BÁO CÁO"}})
        assert "S-OWN-DAY" in {f.code for f in validate(path).findings}

    def test_tables_that_are_gone_refuse_in_one_line(
        self, office: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = office("side-by-side")
        assert learn(path, "--keep", "inside") == 0
        patch_cells(path, {"Ủy thác": dict.fromkeys(("B4", "D5", "G5", "M5", "S5", "Y5", "F5", "E5"), "?")})
        capsys.readouterr()
        code = main(["validate", str(path)])
        assert code in (1, 2)


class TestAssistant:
    """The command itself."""

    def test_what_it_proposes_is_told_to_programs(
        self, office: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = office("months")
        assert learn(path, "--json") == 0
        said = json.loads(capsys.readouterr().out)
        assert [one["table"] for one in said["tables"]] == ["farmers", "women", "veterans", "youth"]
        first = {one["column"]: one["means"] for one in said["tables"][0]["columns"] if one["means"]}
        assert first == {
            "A": "commune_name", "B": "opening", "K": "disbursement", "L": "collection", "M": "balance",
            "N": "overdue",
        }  # fmt: skip
        assert said["as_of"] == "2024-03-31"

    def test_a_column_may_be_put_right(
        self, office: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = office("two-tier")
        assert learn(path, "--column", "farmers.frozen=", "--column", "farmers.deposits=K") == 0
        assert main(["template", "show", str(path)]) == 0
        assert "Tiền gửi tổ viên" in capsys.readouterr().out
        assert learn(path, "--column", "farmers.balans=H") == 2
        assert "balance" in capsys.readouterr().err

    def test_a_workbook_without_such_tables_is_refused(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = tmp_path / "other.xlsx"
        book = load_workbook(FOUR_SHEETS)
        for tab in book.sheetnames[1:]:
            del book[tab]
        book.save(path)
        assert learn(path) == 2
        assert capsys.readouterr().err.count("\n") == 1

    def test_a_mistake_in_a_mapping_is_told_with_its_place(
        self, office: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = office("title-page")
        assert learn(path, "--keep", "folder") == 0
        mapping = path.parent / BESIDE
        text = mapping.read_text("utf-8")
        for wrong, place in (
            (text.replace("balance:", "balanse:", 1), "tables[0].columns.balanse"),
            (text.replace("table: women", "table: farmers", 1), "tables[1].table"),
            (text.replace("unit: triệu đồng", "unit: chục", 1), "details.unit"),
            (text.replace("version: 1", "version: 7", 1), "version"),
            (text.replace("lines: 1", "lines: [1]", 1), "tables[0].lines"),
            (text.replace("tables:", "tables: {", 1), "dòng"),
        ):
            mapping.write_text(wrong, "utf-8")
            capsys.readouterr()
            assert main(["validate", str(path)]) == 2
            told = capsys.readouterr().err
            assert BESIDE in told and place in told and told.count("\n") == 1


class TestButtons:
    """The buttons of a copy that `new --from` has given them."""

    def test_the_open_book_is_read_as_it_is_and_written_into_the_added_sheets(
        self, office: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = office("with-ledger")
        assert learn(path) == 0
        assert main(["new", "--from", str(path)]) == 0
        copy = path.with_suffix(".xlsm")
        patch_cells(copy, {"HND": {"H5": 777}})
        opened = _open(copy)
        monkeypatch.setattr(buttons, "calling_book", lambda: opened)
        buttons.check()
        (said,) = opened.app.alerts
        assert "HND" in said and "H5" in said
        written = [call for call in opened.calls if call.startswith("write")]
        assert written and all(call.startswith("write Kiểm tra") for call in written)

    def test_without_the_added_sheets_the_way_is_told(
        self, office: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = office("two-tier")
        assert learn(path, "--keep", "inside") == 0
        opened = _open(path)
        monkeypatch.setattr(buttons, "calling_book", lambda: opened)
        buttons.check()
        (said,) = opened.app.alerts
        assert "sheetcredit new --from" in said


def _open(path: Path) -> Book:
    """The workbook as a book that is open, each value where it stands."""
    book = load_workbook(path)
    sheets = {
        page.title: Sheet(page.title, [list(row) for row in page.iter_rows(values_only=True)] or [[None]])
        for page in book
    }
    for sheet in sheets.values():
        sheet.formulas = [["" if value is None else value for value in row] for row in sheet.rows]
    opened = Book(sheets, str(path))
    opened.refers_to = {name: f"={found.attr_text}" for name, found in book.defined_names.items()}
    return opened


def test_it_cannot_be_sealed_and_says_so(
    office: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = office("with-ledger")
    assert learn(path) == 0
    before = path.read_bytes()
    capsys.readouterr()
    assert main(["seal", str(path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("statements.yaml", "columns: {balance: {aliases: [Tiền đang vay]}}", None),
        ("statements.yaml", "columns: {balanse: {aliases: [Tiền đang vay]}}", "columns.balanse"),
        ("statements.yaml", "columns: {balance: {aliases: [Nợ quá hạn]}}", "columns.balance.aliases"),
        ("nothing.yaml", "aliases: [X]", "nothing"),
        ("_conventions.yaml", "total_labels: Cộng", "total_labels"),
    ],
)
def test_definitions_of_ones_own_extend_ours(file: str, text: str, told: str | None, tmp_path: Path) -> None:
    """In a process of their own: definitions are read once."""
    book = tmp_path / "golden.xlsx"
    shutil.copyfile(GOLDEN, book)
    patch_cells(book, {"Hội Nông dân": {"I8": "Tiền đang vay"}})
    folder = tmp_path / "home" / "config" / "definitions"
    folder.mkdir(parents=True)
    (folder / file).write_text(text, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "sheetcredit", "validate", str(book)], capture_output=True, check=False
    )
    if told is None:
        assert done.returncode == 0
    else:
        line = done.stderr.decode()
        assert done.returncode == 2 and file in line and told in line and line.count("\n") == 1


def test_on_a_terminal_it_asks_about_what_is_not_certain(
    office: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = office("title-page")
    tabs = [tab for tab in load_workbook(path).sheetnames if tab[0].isdigit()]
    headers = {"C4": "Cột riêng", "H4": "Tiền đang vay", "J4": "Giãn nợ"}
    patch_cells(path, {tab: headers for tab in tabs})  # noqa: C420 - nobody changes it
    asked: list[str] = []

    def answer(question: str, **_: object) -> str:
        asked.append(question)
        return "1"

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setattr("typer.prompt", answer)
    assert main(["template", "learn", str(path)]) == 0
    assert len(asked) == 3  # two unknown headers, each once and not once a sheet, and where to keep it
    patch_cells(path, {tabs[0]: {"H6": 777}})  # what the sums alone tell is the balance
    found = [finding for finding in reconcile(path).findings if finding.blocks]
    assert {(one.cell, one.column) for one in found} == {("H6", "Tiền đang vay")}


def test_consolidation_reads_it_beside_others(office: Callable[[str], Path], tmp_path: Path) -> None:
    path = office("with-ledger")
    assert learn(path) == 0
    out = tmp_path / "branch.xlsx"
    main(["consolidate", str(path), "-o", str(out)])
    units = load_workbook(out)["Đơn vị"]
    rows = [[cell.value for cell in row] for row in units.iter_rows()]
    (own,) = [row for row in rows if "0312" in map(str, row)]
    assert 85220 in own


def test_one_of_ours_is_read_without_what_own_templates_need() -> None:
    """No slower for those who have no mapping: nothing more is loaded."""
    code = (
        "import sys; from sheetcredit.cli.main import main; main(['validate', sys.argv[1], '-q']);"
        "print([m for m in sys.modules if m.startswith(('xlsxwriter', 'sheetcredit.build'))"
        " or m.startswith('sheetcredit.template.') and m.split('.')[-1] in ('own', 'layout', 'learn')])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(GOLDEN)], capture_output=True, check=True)
    assert done.stdout.decode().strip() == "[]"


def test_one_of_our_own_needs_no_learning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["template", "learn", str(GOLDEN)]) == 0
    assert "mẫu chung" in capsys.readouterr().out
    assert not mappings_folder().exists()
