"""The buttons, pressed in a real spreadsheet program: LibreOffice opens the workbook that `new` made.

Each press is a click on the form button. It runs the macro that the workbook holds; only xlwings' transport,
which needs Windows or macOS, is replaced, and starts a Python process with the macro's own command. What is
looked at afterwards are the live cells. Excel itself is not here.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn
from zipfile import ZipFile

import pytest

from sheetcredit.excel.button_strip import BUTTONS
from sheetcredit.excel.new_workbook import give_buttons
from sheetcredit.filling import headline
from sheetcredit.model.period import Period
from sheetcredit.model.text import word
from sheetcredit.report import reconcile
from sheetcredit.rulebook import our_rulebook
from sheetcredit.workbooks import read_office
from sheetcredit.xlsx.patch import patch_cells
from sheetcredit.xlsx.read import read_book
from tests.exports_generator.files import write_exports
from tests.libreoffice import find_libreoffice
from tests.mail_server import own_folders
from tests.seeds_of import GOLDEN, MISTAKEN, PUBLISHED, copy_of, digest
from tests.uno_engine.bridge import HOW_TO_INSTALL
from tests.uno_engine.pictures import drawn, print_as_on_screen
from tests.uno_engine.session import OpenBook, Session, started

IMPORT, CHECK, RECONCILE, FILL, BULLETIN, SEND, NEXT = LABELS = (
    "Nhập số liệu", "Kiểm tra", "Đối chiếu", "Lập tổng hợp", "Bản tin", "Gửi cấp trên", "Kỳ sau",
)  # fmt: skip
FORMS = (
    "Thông tin", "Nguồn vốn", "Chương trình", "Hội Nông dân", "Hội Phụ nữ", "Hội CCB", "Đoàn TN", "Trực tiếp",
    "Tổ TK&VV", "Sổ ngân hàng", "Tổng hợp", "Đối chiếu", "Kiểm tra",
)  # fmt: skip
FIRST_FINDING = 9
PINK = (255, 199, 206)


def missing(what: str) -> NoReturn:
    """Without LibreOffice nothing here can be tried: continuous integration fails, others are told how."""
    message = f"{what}; or: make office"
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    program = find_libreoffice()
    if program is None:
        missing("LibreOffice is missing; Debian/Ubuntu: sudo apt-get install libreoffice-calc")
    with ExitStack() as stack:
        try:
            session = stack.enter_context(started(str(program), tmp_path_factory.mktemp("office")))
        except ImportError:
            missing(HOW_TO_INSTALL)
        yield session


@cache
def with_buttons_once(seed: Path) -> bytes:
    """A seed with buttons, made once as `sheetcredit new --from` makes it."""
    with TemporaryDirectory() as folder:
        return give_buttons(copy_of(seed, Path(folder))).read_bytes()


def equipped(seed: Path, folder: Path, name: str = "quý 1.xlsm") -> Path:
    path = folder / name
    path.write_bytes(with_buttons_once(seed))
    return path


@pytest.fixture
def golden(office: Session, tmp_path: Path) -> Iterator[OpenBook]:
    with office.opened(equipped(GOLDEN, tmp_path)) as book:
        yield book


@pytest.fixture
def mistaken(office: Session, tmp_path: Path) -> Iterator[OpenBook]:
    with office.opened(equipped(MISTAKEN, tmp_path)) as book:
        yield book


def findings(book: OpenBook) -> list[tuple[str, str, str]]:
    """Code, sheet and cell of each line of `Kiểm tra`."""
    columns = [book.column("Kiểm tra", letter, FIRST_FINDING, FIRST_FINDING + 60) for letter in "CDE"]
    return [line for line in zip(*columns, strict=True) if line[0]]


def expected(path: Path) -> list[tuple[str, str, str]]:
    """What the command line finds in the file."""
    report = reconcile(path)
    return [(f.code, f.sheet or "", f.cell or "") for f in (*report.findings, *report.notices)]


def active(book: OpenBook) -> tuple[str, str]:
    """The sheet that is shown and the cell that is selected."""
    selected = book.document.CurrentSelection.RangeAddress
    letter = chr(65 + selected.StartColumn)
    return book.document.CurrentController.ActiveSheet.Name, f"{letter}{selected.StartRow + 1}"


def contents(book: OpenBook) -> dict[tuple[str, int, int], str]:
    """Every cell of the workbook as typed: constants and formulas."""
    found: dict[tuple[str, int, int], str] = {}
    for name in book.document.Sheets.ElementNames:
        cursor = book.document.Sheets.getByName(name).createCursor()
        cursor.gotoEndOfUsedArea(True)
        for row, line in enumerate(cursor.getFormulaArray()):
            found |= {(name, row, column): text for column, text in enumerate(line) if text != ""}
    return found


def test_each_form_has_the_seven_buttons_bound_to_their_macros(golden: OpenBook) -> None:
    for sheet in FORMS:
        controls = golden.controls(sheet)
        assert tuple(control.label for control in controls) == LABELS, sheet
        for control, (_, macro) in zip(controls, BUTTONS, strict=True):
            assert control.script.startswith(f"vnd.sun.star.script:VBAProject.SheetcreditButtons.{macro}?")
            assert not control.printed
    assert golden.controls("Nhật ký") == []
    assert 'XLWINGS_VERSION As String = "' in golden.own_transport


def test_the_golden_workbook_is_in_order(golden: OpenBook) -> None:
    pressed = golden.press(CHECK)
    assert pressed.command == "import sheetcredit.buttons; sheetcredit.buttons.check()"
    assert (pressed.code, pressed.errors) == (0, "")
    assert pressed.text.startswith(headline(reconcile(golden.path)))
    assert golden.value("Tổng hợp", "D11") is None


def test_fill_gives_every_published_figure(golden: OpenBook) -> None:
    pressed = golden.press(FILL, sheet="Sổ ngân hàng")
    assert pressed.command.endswith("buttons.fill()")
    assert {name: golden.named(name) for name in PUBLISHED} == pytest.approx(PUBLISHED)
    assert active(golden)[0] == "Tổng hợp"
    assert findings(golden) == []


def test_reconcile_fills_the_comparison(golden: OpenBook) -> None:
    pressed = golden.press(RECONCILE)
    assert pressed.command.endswith("buttons.reconcile()")
    states = [text for text in golden.column("Đối chiếu", "K", 9, 80) if text]
    assert len(states) == 64
    assert set(states) <= {word("state-equal"), word("state-rounding")}
    assert golden.column("Đối chiếu", "A", 9, 9) == ["11581"]
    assert active(golden)[0] == "Đối chiếu"


def test_check_finds_what_the_command_line_finds(mistaken: OpenBook) -> None:
    found = expected(mistaken.path)
    pressed = mistaken.press(CHECK, sheet="Tổ TK&VV")
    assert findings(mistaken) == found and len(found) > 30
    assert pressed.text.startswith(headline(reconcile(mistaken.path)))
    first = next((sheet, cell) for _, sheet, cell in found if cell)
    assert active(mistaken) == first
    assert mistaken.value("Tổng hợp", "D11") is None


def test_a_cell_put_right_and_the_finding_is_gone(mistaken: OpenBook) -> None:
    path = mistaken.path
    before = digest(path)
    mistaken.press(CHECK)
    was = findings(mistaken)
    place = next(line for line in was if line[1] == "Thông tin")
    mistaken.type(place[1], place[2], "31/03/2024")
    mistaken.press(CHECK)
    assert place not in findings(mistaken)
    assert set(findings(mistaken)) == set(was) - {place}
    assert digest(path) == before, "nothing is saved by looking"


def test_cells_with_findings_light_up(office: Session, tmp_path: Path) -> None:
    def pinks(press: bool) -> int:
        path = equipped(MISTAKEN, tmp_path, f"{press}.xlsm")
        with office.opened(path) as book:
            if press:
                book.press(CHECK)
            pdf = print_as_on_screen(book, "Hội Nông dân", 28, tmp_path / f"{press}.pdf")
        image = drawn(pdf, 50)
        header = re.match(rb"P6\s+\d+\s+\d+\s+255\s", image)
        assert header is not None
        pixels = image[header.end() :]
        return sum(
            all(abs(pixels[at + channel] - PINK[channel]) < 6 for channel in range(3))
            for at in range(0, len(pixels) - 2, 3)
        )

    assert shutil.which("pdftoppm"), "poppler-utils is missing; or: make office"
    assert pinks(press=False) == 0
    assert pinks(press=True) > 50


def test_only_the_cells_of_the_tool_are_written(mistaken: OpenBook) -> None:
    mistaken.type("Kiểm tra", "G600", "ghi chú của kế toán")
    mistaken.type("Hội CCB", "P3", "nháp")
    before = contents(mistaken)
    for label in (CHECK, RECONCILE, FILL):
        mistaken.press(label)
    after = contents(mistaken)
    touched = {place[0] for place in before.keys() | after.keys() if before.get(place) != after.get(place)}
    assert touched == {"Tổng hợp", "Đối chiếu", "Kiểm tra"}
    gone = {place for place in before if place not in after}
    assert gone == set()
    # What was there already and differs now: the headline above the findings, and nothing else.
    rewritten = {place for place in before if before[place] != after[place]}
    assert {place[0] for place in rewritten} <= {"Kiểm tra"}
    assert {place[1] for place in rewritten} == {6}
    assert mistaken.value("Kiểm tra", "G600") == "ghi chú của kế toán"


def test_an_explanation_stays_with_its_finding_and_stays_text(mistaken: OpenBook) -> None:
    mistaken.press(CHECK)
    key = mistaken.value("Kiểm tra", "K12")
    mistaken.type("Kiểm tra", "I12", "'=1+1 theo biên bản 15/4")
    written = mistaken.value("Kiểm tra", "I12")
    mistaken.type("Thông tin", "C11", "31/03/2024")  # the first finding goes, the others move up
    mistaken.press(CHECK)
    keys = mistaken.column("Kiểm tra", "K", FIRST_FINDING, 60)
    row = keys.index(str(key)) + FIRST_FINDING
    assert row == 11
    assert mistaken.value("Kiểm tra", f"I{row}") == written
    assert mistaken.value("Kiểm tra", "I12") is None


def test_the_program_is_left_as_it_was(golden: OpenBook) -> None:
    right = golden.value("Tổ TK&VV", "H10")
    assert isinstance(right, float)
    golden.type("Tổ TK&VV", "H10", right + 100)
    golden.press(CHECK)
    assert findings(golden) != expected(golden.path)
    golden.type("Tổ TK&VV", "H10", right)  # the next press writes, and has nowhere to go
    controller = golden.document.CurrentController
    sheet = golden.document.Sheets.getByName("Đoàn TN")
    controller.setActiveSheet(sheet)
    controller.select(sheet.getCellRangeByName("F14:G16"))
    golden.document.enableAutomaticCalculation(False)
    golden.press(CHECK, sheet="Đoàn TN")
    assert findings(golden) == expected(golden.path)
    assert not golden.document.isAutomaticCalculationEnabled()
    assert not golden.document.hasControllersLocked()
    assert sheet.isProtected() and golden.document.Sheets.getByName("Kiểm tra").isProtected()
    assert controller.ActiveSheet.Name == "Đoàn TN"
    selected = golden.document.CurrentSelection.RangeAddress
    assert (selected.StartRow, selected.StartColumn, selected.EndRow, selected.EndColumn) == (13, 5, 15, 6)


def test_totals_that_lag_behind_are_calculated_first(golden: OpenBook) -> None:
    golden.document.enableAutomaticCalculation(False)
    statement = golden.document.Sheets.getByName("Hội Nông dân").getCellRangeByName("I10:I25")
    values = [list(row) for row in statement.getDataArray()]
    values[0][0], values[1][0] = values[0][0] + 5, values[1][0]
    statement.setDataArray(tuple(map(tuple, values)))
    golden.press(CHECK)
    found = findings(golden)
    assert found and all(code != "R01" or cell != "I26" for code, _, cell in found)


def test_an_error_in_a_cell_is_told_as_excel_names_it(golden: OpenBook) -> None:
    sheet = golden.document.Sheets.getByName("Hội CCB")
    sheet.getCellRangeByName("I11").setFormula("=1/0")
    golden.press(CHECK)
    row = findings(golden).index(("V-ERROR", "Hội CCB", "I11")) + FIRST_FINDING
    assert "#DIV/0!" in str(golden.value("Kiểm tra", f"G{row}"))


def test_the_bulletin_lies_beside_the_workbook_and_never_over_another(golden: OpenBook) -> None:
    for name in ("quý 1-ban-tin.docx", "quý 1-ban-tin-2.docx"):
        pressed = golden.press(BULLETIN)
        made = golden.path.with_name(name)
        assert pressed.command.endswith("buttons.bulletin()")
        assert str(made) in pressed.text
        with ZipFile(made) as word:
            assert "437.439" in word.read("word/document.xml").decode("utf-8")


def test_sending_saves_first_seals_the_open_book_and_makes_the_draft(
    golden: OpenBook, tmp_path: Path
) -> None:
    before = digest(golden.path)
    own = f"import os; os.environ.update({own_folders(tmp_path / 'own')!r})"
    pressed = golden.press(SEND, first=own)
    assert pressed.command.endswith("buttons.send()")
    (_, asked), (_, told) = pressed.alerts
    assert "quý 1.xlsm" in asked
    draft = golden.path.with_suffix(".eml")
    seal = golden.value("Thông tin", "C19")
    assert draft.name in told and isinstance(seal, str) and seal in told
    assert seal.encode() in draft.read_bytes()
    assert digest(golden.path) != before
    assert not golden.document.isModified()


def test_the_next_period_is_made_beside_the_open_book(golden: OpenBook) -> None:
    pressed = golden.press(NEXT)
    assert pressed.command.endswith("buttons.next_period()")
    (_, asked), (_, told) = pressed.alerts
    made = golden.path.with_name(f"{golden.path.stem}-2024Q2.xlsm")
    assert "quý 1.xlsm" in asked and made.name in told and "2024Q2" in told
    assert (read_office(made, our_rulebook()).info.period or golden) == Period(2024, 2)
    assert golden.value("Thông tin", "C10") == "2024Q1"


def test_exports_are_shown_on_a_sheet_and_written_at_the_second_press(
    office: Session, tmp_path: Path
) -> None:
    exports, own = tmp_path / "xuat", own_folders(tmp_path / "own")
    write_exports(exports)
    environment = f"import os; os.environ.update({own!r})\n"
    pick = (
        f"{environment}import sheetcredit.excel.imports as imports; from pathlib import Path\n"
        f"imports.chosen_files = lambda *_: sorted(Path({str(exports)!r}).iterdir())\n"
    )
    made = subprocess.run(
        [sys.executable, "-m", "sheetcredit", "import", str(exports), str(tmp_path / "tạo.xlsx"), "--apply", "-q"],
        env={**os.environ, **own}, check=False,
    )  # fmt: skip
    assert made.returncode == 0
    wanted = read_book(tmp_path / "tạo.xlsx").grids["Sổ ngân hàng"].rows[9:33]
    blank = emptied_copy(tmp_path / "tạo.xlsx", tmp_path / "trống.xlsx")  # it has its Nguồn số liệu
    with office.opened(give_buttons(blank, tmp_path / "bc.xlsm")) as book:
        shown = book.press(IMPORT, first=pick)
        assert shown.command.endswith("buttons.import_exports()") and "21 tệp" in shown.text
        assert active(book)[0] == "Nguồn số liệu" and book.value("Sổ ngân hàng", "G10") is None
        written = book.press(IMPORT, first=environment)
        (_, asked), (_, told) = written.alerts
        assert "Ghi" in asked and "Đã ghi" in told
        assert [book.value("Sổ ngân hàng", f"G{row}") for row in range(10, 34)] == [row[6] for row in wanted]
        assert book.column("Nguồn số liệu", "A", 9, 40).count(word("import-difference")) == 3
        book.press(CHECK, first=environment)
        assert {code for code, _, _ in findings(book)} == {"I-KNOWN", "I-PROPOSED", "R19"}
        for row, text in enumerate(book.column("Nguồn số liệu", "A", 9, 60), start=9):
            if text == word("import-proposal"):
                book.type("Nguồn số liệu", f"I{row}", "Các hội ký ngày 05/04/2026")
        (_, _), (_, told) = book.press(SEND, first=environment).alerts
        seal = book.value("Thông tin", "C19")
        assert isinstance(seal, str) and seal in told
        assert book.path.with_suffix(".eml").stat().st_size > 10_000


def emptied_copy(source: Path, target: Path) -> Path:
    """The workbook without the numbers of its ledger, as before they were imported."""
    table = read_office(source, our_rulebook()).tables["ledger"]
    cells = [
        table.cell(row, column.name) for row in table.rows for column in table.sheet.columns if column.numeric
    ]
    return patch_cells(source, {table.grid.sheet: dict.fromkeys(cells)}, target)


def test_an_unforeseen_failure_names_the_log_and_shows_no_traceback(golden: OpenBook) -> None:
    break_it = "import sheetcredit.report as report\nreport.check_batch = lambda *_, **__: 1 / 0\n"
    before = contents(golden)
    pressed = golden.press(CHECK, first=break_it)
    assert (pressed.code, pressed.errors) == (0, "")
    assert "Traceback" not in pressed.text
    (log,) = re.findall(r"\S+sheetcredit\.log", pressed.text)
    assert "ZeroDivisionError" in Path(log).read_text(encoding="utf-8")
    assert contents(golden) == before


def test_a_sheet_that_was_removed_is_told(golden: OpenBook) -> None:
    golden.document.Sheets.removeByName("Kiểm tra")
    pressed = golden.press(CHECK)
    assert pressed.code == 0 and "KT_Bang" in pressed.text


def test_a_book_that_is_not_found_still_says_so_in_words(office: Session, tmp_path: Path) -> None:
    with office.opened(equipped(GOLDEN, tmp_path)) as book:
        lost = "import xlwings\nxlwings.Book.caller = classmethod(lambda cls: 1 / 0)\n"
        pressed = book.press(CHECK, first=lost)
    assert (pressed.code, pressed.alerts) == (1, [])
    assert "sheetcredit.log" in pressed.errors and "Traceback" not in pressed.errors


def test_a_name_that_xlwings_would_cut(office: Session, tmp_path: Path) -> None:
    with office.opened(equipped(MISTAKEN, tmp_path, "thu = chi.xlsm")) as book:
        book.press(CHECK)
        assert len(findings(book)) > 30


def test_rows_inserted_above_are_no_trouble(mistaken: OpenBook) -> None:
    for sheet, row in (("Kiểm tra", 2), ("Hội Nông dân", 1), ("Tổng hợp", 1)):
        page = mistaken.document.Sheets.getByName(sheet)
        page.unprotect("")
        page.Rows.insertByIndex(row, 2)
        page.protect("")
    mistaken.press(CHECK)
    moved = mistaken.column("Kiểm tra", "C", FIRST_FINDING + 2, FIRST_FINDING + 40)
    assert len([code for code in moved if code]) > 30
    mistaken.press(FILL)
    assert mistaken.named("TH_SoChuongTrinh") == 11
