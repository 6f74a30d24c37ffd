"""The pictures of the buttons in the guide, made again: `python -m tools.button_pictures`.

LibreOffice opens the workbook with mistakes, as `sheetcredit new --from` made it; the button is pressed there
as in the tests, and the sheets are drawn before and after, with the buttons that paper leaves out.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from sheetcredit.excel.new_workbook import give_buttons
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


def draw(session: Session, workbook: Path, shot: Shot, folder: Path) -> None:
    """One picture into `docs/pictures`."""
    with session.opened(workbook) as book:
        if shot.press:
            book.press(shot.press, sheet=shot.sheet)
        pdf = print_as_on_screen(book, shot.sheet, shot.rows, folder / f"{shot.name}.pdf")
    content = drawn(pdf, RESOLUTION, "-png")
    if len(content) > LARGEST:
        raise SystemExit(f"{shot.name} has {len(content):,} bytes, more than {LARGEST:,}")
    (PICTURES / f"{shot.name}.png").write_bytes(content)
    print(f"{shot.name}.png: {len(content):,} bytes")


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
    return 0


if __name__ == "__main__":
    sys.exit(main())
