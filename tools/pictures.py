"""The pictures of the README and of the guide, made again from the seeds: `python -m tools.pictures`.

Sheets go through LibreOffice (with Vietnamese number formats) to PDF, and one page each to PNG. What the
terminal shows is kept as SVG, drawn from the very output of the command.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import chdir, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from shutil import copy
from unicodedata import normalize
from unittest.mock import patch
from xml.sax.saxutils import escape

from rich.cells import cell_len
from rich.console import Console
from rich.style import Style
from rich.text import Text

from seeds.content import Row, catalogue_entries, to_content
from seeds.generate import golden_office, make_office
from seeds.statements import build_statement
from sheetcredit.associations.merge import merge_statements
from sheetcredit.build.workbook import build_workbook
from sheetcredit.catalogue.catalogue import load_catalogues
from sheetcredit.cli.main import main as sheetcredit
from sheetcredit.consolidate.consolidate import Options, consolidate
from sheetcredit.intake.candidates import Candidate
from sheetcredit.rulebook import Rulebook
from sheetcredit.template.definition import Office, load_association, load_branch, load_office
from sheetcredit.workplan.definition import load_workplan
from sheetcredit.xlsx.patch import patch_cells

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
GOLDEN, MISTAKEN = "an-duong-2024q1.xlsx", "an-duong-2024q1-loi.xlsx"
BRANCH = "chi-nhanh.xlsx"
STATEMENT, RETURNED = "hoi-phu-nu.xlsx", "12-hoi-phu-nu-loi.xlsx"
LARGEST = 200_000
COLUMNS = 112

# Numbers as a Vietnamese Excel shows them: #.##0,0.
LOCALE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse">
<value>vi</value></prop></item>
</oor:items>
"""
# The drawn terminal, in pixels; nothing is fetched, the reader's own monospace font serves.
CHARACTER, LINE, EDGE = 8, 17, 14
SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">
<rect width="{width}" height="{height}" rx="8" fill="#16191d"/>
<g font-family="DejaVu Sans Mono, Consolas, Menlo, monospace" font-size="13.3">
{runs}
</g>
</svg>
"""
WHITE, GREY = "#d7dbe0", "#8a929c"
# By the number of the terminal's colour.
COLOURS = {1: "#f07178", 2: "#98c379", 3: "#e5c07b", 4: "#61afef", 6: "#56b6c2"}


@dataclass(frozen=True)
class Page:
    """A sheet's first printed page; `top` and `bottom` cut the picture, in parts of the page's height.

    `fitted`: LibreOffice fits the rows to their text, as Excel does on opening, only in its own format.
    """

    name: str
    workbook: str
    sheet: str
    resolution: int = 100
    top: float = 0.0
    bottom: float = 1.0
    fitted: bool = False
    template: Callable[[], Office] = load_office


PAGES = (
    Page("thong-tin", GOLDEN, "info", 100, 0.05, 0.62),
    Page("hoi-nong-dan", MISTAKEN, "farmers", 105, 0.08, 0.70),
    Page("tong-hop", GOLDEN, "summary", 115, 0.05, 0.95),
    Page("doi-chieu", MISTAKEN, "comparison", 105, 0.08, 0.58),
    Page("kiem-tra", MISTAKEN, "findings", 105, 0.08, 0.52, fitted=True),
    Page("bao-cao-hoi", STATEMENT, "statement", 95, 0.08, 0.72, template=load_association),
    Page("bao-cao-hoi-loi", RETURNED, "statement", 95, 0.08, 0.72, template=load_association),
    Page("chi-nhanh-don-vi", BRANCH, "units", 105, 0.08, 0.68, template=load_branch),
    Page("chi-nhanh-nop", BRANCH, "submissions", 105, 0.08, 0.48, template=load_branch),
    Page("chi-nhanh-kiem-tra", BRANCH, "findings", 115, 0.08, 0.52, fitted=True, template=load_branch),
)
# The blank margin left out at either side, as a part of the page's width.
SIDE = 0.045


@dataclass(frozen=True)
class Screen:
    """Lines of what a command prints: from the first that matches `start` up to one that matches `stop`."""

    name: str
    arguments: tuple[str, ...]
    start: str
    stop: str


SCREENS = (
    Screen("man-hinh-loi", ("run", MISTAKEN, "-o", "ket-qua.xlsx"), r".", r"^ Tổ TK&VV"),
    Screen("man-hinh-tong-hop", ("run", GOLDEN, "-o", "ket-qua.xlsx"), r".", r"(?!)"),
)


class _Window(io.StringIO):
    """Takes the output as a terminal would."""

    def isatty(self) -> bool:
        return True


def output_of(arguments: tuple[str, ...]) -> str:
    """What a command prints into a terminal window, colours included."""
    window = _Window()
    settings = {
        "COLUMNS": str(COLUMNS),
        "LINES": "50",
        "TERM": "xterm-256color",
        "COLORTERM": "",
        "NO_COLOR": "",
    }
    with patch.dict(os.environ, settings), redirect_stdout(window):
        sheetcredit(list(arguments))
    return window.getvalue()


def chosen_lines(screen: Screen, output: str) -> list[str]:
    """The lines that the picture shows, the command first."""
    lines = output.splitlines()
    plain = [Text.from_ansi(line).plain for line in lines]
    first = next(i for i, line in enumerate(plain) if re.search(screen.start, line))
    last = next((i for i, line in enumerate(plain) if i > first and re.search(screen.stop, line)), len(lines))
    return [f"\x1b[1;32m>\x1b[0m sheetcredit {' '.join(screen.arguments)}", *lines[first:last]]


def draw_screen(screen: Screen) -> None:
    """Draw what a command prints."""
    lines = [Text.from_ansi(line.rstrip()) for line in chosen_lines(screen, output_of(screen.arguments))]
    console = Console(width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="standard")
    runs = [
        drawn
        for number, line in enumerate(lines)
        for drawn in draw_line(line, EDGE + LINE * (number + 1) - 4, console)
    ]
    width = 2 * EDGE + CHARACTER * max(line.cell_len for line in lines)
    height = 2 * EDGE + LINE * len(lines)
    keep(screen.name + ".svg", SVG.format(width=width, height=height, runs="\n".join(runs)).encode())


def draw_line(line: Text, y: int, console: Console) -> Iterator[str]:
    """The runs of one line, each at its place, whatever the reader's font measures."""
    column = 0
    for segment in line.render(console):
        for found in re.finditer(r"\S+(?: \S+)*", segment.text):
            x = EDGE + CHARACTER * (column + cell_len(segment.text[: found.start()]))
            length = CHARACTER * cell_len(found[0])
            place = f'x="{x}" y="{y}" textLength="{length}"'
            yield f"<text {place} {look(segment.style)}>{escape(found[0])}</text>"
        column += cell_len(segment.text)


def look(style: Style | None) -> str:
    """Colour and weight as SVG attributes."""
    style = style or Style()
    number = style.color.number if style.color else None
    colour = GREY if style.dim else COLOURS.get(-1 if number is None else number % 8, WHITE)
    weight = ' font-weight="bold"' if style.bold else ""
    return f'fill="{colour}"{weight}' + (' font-style="italic"' if style.italic else "")


def print_workbook(workbook: str, profile: Path, fitted: bool) -> Path:
    """The filled workbook as PDF."""
    source = convert(workbook, "ods", profile) if fitted else workbook
    return Path(convert(source, "pdf", profile))


def convert(file: str, kind: str, profile: Path) -> str:
    """A file in another format, by LibreOffice."""
    call("soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", kind, file)
    return str(Path(file).with_suffix(f".{kind}"))


def new_profile(folder: Path) -> Path:
    """LibreOffice settings with Vietnamese number formats."""
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(LOCALE, encoding="utf-8")
    return profile


def call(*command: str) -> str:
    """Run a program; its output."""
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout


def draw_bulletin(profile: Path) -> None:
    """Draw the first page of the golden bulletin."""
    sheetcredit(["bulletin", GOLDEN, "-o", "ban-tin.docx", "-q"])
    pdf = convert("ban-tin.docx", "pdf", profile)
    call("pdftoppm", "-png", "-singlefile", "-r", "80", "-f", "1", "-l", "1", pdf, "ban-tin")
    keep("ban-tin.png", Path("ban-tin.png").read_bytes())


# By picture, the paper whose first page it shows.
PAPERS = {
    "bien-ban": "bien-ban-11584-lethien-hnd",
    "bang-ke-to": "bang-ke-to-0018335",
    "tong-hop-hoi": "tong-hop-hnd",
}


def draw_papers(profile: Path) -> None:
    """Draw the first page of each kind of paper, of the sealed golden workbook."""
    sheetcredit(["seal", GOLDEN, "-q"])
    kinds = ("minutes", "groups", "summaries")
    sheetcredit(["papers", GOLDEN, "-o", "giay-to", "-q", *(f"--kind={kind}" for kind in kinds)])
    for name, paper in PAPERS.items():
        copy(Path("giay-to") / f"{paper}.docx", ".")
        pdf = convert(f"{paper}.docx", "pdf", profile)
        call("pdftoppm", "-png", "-singlefile", "-r", "80", "-f", "1", "-l", "1", pdf, name)
        keep(f"{name}.png", Path(f"{name}.png").read_bytes())


def draw_work(profile: Path) -> None:
    """Draw the first page of `Kế hoạch`, of the golden workbook upgraded and filled."""
    copy(GOLDEN, "ke-hoach.xlsx")
    for command in ("upgrade", "plan"):
        sheetcredit([command, "ke-hoach.xlsx", "-q"])
    pdf = Path(convert("ke-hoach.xlsx", "pdf", profile))
    number = str(page_of(pdf, load_workplan().sheet("work").title.vi))
    call("pdftoppm", "-png", "-singlefile", "-r", "80", "-f", number, "-l", number, str(pdf), "ke-hoach")
    keep("ke-hoach.png", Path("ke-hoach.png").read_bytes())


def page_of(pdf: Path, title: str) -> int:
    """The first page that carries a sheet's title."""
    pages = call("pdftotext", "-layout", str(pdf), "-").split("\f")
    wanted = squeezed(title)
    for number, text in enumerate(pages, start=1):
        if wanted in squeezed(text):
            return number
    raise SystemExit(f"{pdf.name}: no page is titled {title}")


def squeezed(text: str) -> str:
    """Text without spaces: those of a PDF are guesses."""
    return "".join(normalize("NFC", text).split())


def draw_page(page: Page, pdf: Path) -> None:
    """Draw a page of a printed workbook."""
    definition = page.template()
    number = str(page_of(pdf, definition.sheet(page.sheet).title.vi))
    facts = call("pdfinfo", "-f", number, "-l", number, str(pdf))
    size = re.search(r"size:\s+([\d.]+) x ([\d.]+)", facts)
    if size is None:
        raise SystemExit(f"{pdf.name}: page {number} has no size")
    width, height = (round(float(points) * page.resolution / 72) for points in size.groups())
    top, bottom = round(page.top * height), round(page.bottom * height)
    side = round(SIDE * width)
    area = ["-x", str(side), "-y", str(top), "-W", str(width - 2 * side), "-H", str(bottom - top)]
    call("pdftoppm", "-png", "-singlefile", "-r", str(page.resolution), "-f", number, "-l", number, *area,
         str(pdf), page.name)  # fmt: skip
    keep(page.name + ".png", Path(page.name + ".png").read_bytes())


def keep(name: str, content: bytes) -> None:
    """Put a picture where the pages look for it."""
    if len(content) > LARGEST:
        raise SystemExit(f"{name} has {len(content):,} bytes, more than {LARGEST:,}")
    PICTURES.mkdir(parents=True, exist_ok=True)
    (PICTURES / name).write_bytes(content)
    print(f"{name}: {len(content):,} bytes")


def hand_in(folder: Path) -> None:
    """A statement of an association, and one that comes back with what is wrong in it."""

    def mistype(listed: list[Row], groups: list[Row]) -> None:
        del groups
        listed[2]["balance"] = 11182

    build_statement(folder / STATEMENT, "12")
    wrong = build_statement(folder / RETURNED.removeprefix("12-"), "12", mistype)
    merge_statements([Candidate(wrong, wrong.name)], None, folder / "pgd.xlsx", returned=folder)


def hand_up(folder: Path) -> None:
    """A branch of six invented offices around the golden one: one returned, one late, one missing."""
    inbox = folder / "den"
    inbox.mkdir()
    names = ("Thủy Nguyên", "Kiến Thụy", "Tiên Lãng", "Vĩnh Bảo", "Cát Hải", "An Lão")
    offices = [
        make_office(
            place, code=f"03{place:02}", communes=6, groups=60 + 10 * place,
            first_commune=30_001 + 300 * place,
            name=f"PGD NHCSXH huyện {name}", branch=golden_office().info.branch,
        )
        for place, name in enumerate(names, start=1)
    ]  # fmt: skip
    known = load_catalogues()
    added = [catalogue_entries(office) for office in offices]
    entries = {
        name: (*own, *(entry for more in added for entry in more.get(name, ())))
        for name, own in known.entries.items()
    }
    for office in offices[:-1]:
        build_workbook(inbox / f"PGD{office.info.code}.xlsx", to_content(office))
    copy(GOLDEN, inbox / "PGD0312.xlsx")
    patch_cells(inbox / "PGD0304.xlsx", {"Sổ ngân hàng": {"G10": 3_795_000_000}})
    for path in sorted(inbox.iterdir()):
        day = 15 if path.name == "PGD0303.xlsx" else 4
        when = datetime(2024, 4, day, 3, tzinfo=UTC).timestamp()
        os.utime(path, (when, when))
    book = Rulebook(catalogues=known.with_entries(entries))
    consolidate([inbox], folder / BRANCH, book, Options(workers=1))


def main() -> int:
    """Draw all pictures in a folder of their own."""
    with tempfile.TemporaryDirectory(prefix="sheetcredit-") as name, chdir(name):
        folder = Path(name)
        for seed in (GOLDEN, MISTAKEN):
            copy(ROOT / "seeds" / seed, folder)
        for screen in SCREENS:
            draw_screen(screen)
        profile = new_profile(folder)
        for seed in (GOLDEN, MISTAKEN):
            output_of(("run", seed))
        hand_in(folder)
        hand_up(folder)
        for page in PAGES:
            draw_page(page, print_workbook(page.workbook, profile, page.fitted))
        draw_bulletin(profile)
        draw_papers(profile)
        draw_work(profile)
    return 0


if __name__ == "__main__":
    sys.exit(main())
