"""The pictures of the buttons in the guide, made again: `python -m tools.button_pictures`.

LibreOffice opens the workbook with mistakes, as `sheetcredit new --from` made it; the button is pressed there
as in the tests, and the sheets are drawn before and after, with the buttons that paper leaves out.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from sheetcredit.cli.main import main as main_command
from sheetcredit.excel.new_workbook import give_buttons
from sheetcredit.rulebook import our_rulebook
from sheetcredit.workbooks import read_office
from sheetcredit.xlsx.patch import patch_cells
from tests.exports_generator.files import write_exports
from tests.uno_engine.pictures import drawn, print_as_on_screen
from tests.uno_engine.session import Session, started
from tools.pictures import LARGEST, PICTURES, ROOT

SEED = ROOT / "seeds" / "an-duong-2024q1-loi.xlsx"
RESOLUTION = 80


@dataclass(frozen=True)
class Shot:
    """A sheet's first rows; `press` is the button pressed before."""

    name: str
    sheet: str
    rows: int
    press: str | None


SHOTS = (
    Shot("nut-bam-thong-tin", "Thông tin", 20, None),
    Shot("nut-bam-truoc", "Hội Nông dân", 26, None),
    Shot("nut-bam-sau", "Hội Nông dân", 26, "Kiểm tra"),
    Shot("nut-bam-kiem-tra", "Kiểm tra", 14, "Kiểm tra"),
    Shot("nut-bam-doi-chieu", "Đối chiếu", 24, "Đối chiếu"),
)


def draw_import(session: Session, folder: Path) -> None:
    """The exports of an invented office imported with the button: what the sheet shows before and after."""
    exports, made = folder / "xuat", folder / "bao-cao.xlsx"
    write_exports(exports)
    os.environ["SHEETCREDIT_HOME"] = str(folder / "own")
    if main_command(["import", str(exports), str(made), "--apply", "--quiet"]):
        raise SystemExit("the exports could not be imported")
    table = read_office(made, our_rulebook()).tables["ledger"]
    cells = [table.cell(row, one.name) for row in table.rows for one in table.sheet.columns if one.numeric]
    blank = patch_cells(made, {table.grid.sheet: dict.fromkeys(cells)}, folder / "bao-cao-trong.xlsx")
    workbook = give_buttons(blank)
    pick = (
        f"import os; os.environ['SHEETCREDIT_HOME'] = {str(folder / 'own')!r}\n"
        "import sheetcredit.excel.imports as imports; from pathlib import Path\n"
        f"imports.chosen_files = lambda *_: sorted(Path({str(exports)!r}).iterdir())\n"
    )
    with session.opened(workbook) as book:
        book.press("Nhập số liệu", first=pick)
        top = next(
            row for row in range(9, 300) if str(book.value("Nguồn số liệu", f"H{row}")).startswith("21 ")
        )
        page = book.document.Sheets.getByName("Nguồn số liệu")
        page.unprotect("")
        page.Rows.removeByIndex(8, top - 9)  # what was imported before is not what the picture is about
        save(print_as_on_screen(book, "Nguồn số liệu", 20, folder / "nhap-xem-truoc.pdf"), "nhap-xem-truoc")
    with session.opened(give_buttons(made, folder / "da-nhap.xlsm")) as book:
        save(print_as_on_screen(book, "Nguồn số liệu", 15, folder / "nguon-so-lieu.pdf"), "nguon-so-lieu")


def save(pdf: Path, name: str) -> None:
    """A drawn page as a picture of the guide."""
    content = drawn(pdf, RESOLUTION, "-png")
    if len(content) > LARGEST:
        raise SystemExit(f"{name} has {len(content):,} bytes, more than {LARGEST:,}")
    (PICTURES / f"{name}.png").write_bytes(content)
    print(f"{name}.png: {len(content):,} bytes")


def draw(session: Session, workbook: Path, shot: Shot, folder: Path) -> None:
    """One picture into `docs/pictures`."""
    with session.opened(workbook) as book:
        if shot.press:
            book.press(shot.press, sheet=shot.sheet)
        pdf = print_as_on_screen(book, shot.sheet, shot.rows, folder / f"{shot.name}.pdf")
    save(pdf, shot.name)


def main() -> int:
    """Draw all of them with one LibreOffice."""
    program = shutil.which("soffice")
    if program is None:
        raise SystemExit("LibreOffice is missing: make office")
    with tempfile.TemporaryDirectory(prefix="sheetcredit-") as name:
        folder = Path(name)
        workbook = give_buttons(Path(shutil.copy(SEED, folder)))
        with started(program, folder) as session:
            for shot in SHOTS:
                draw(session, workbook, shot, folder)
            draw_import(session, folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
