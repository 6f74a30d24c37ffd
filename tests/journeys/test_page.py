"""A branch's director opens `tinh-hinh.html`: who has reported, what it adds up to, what is wrong where."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser

from sheetcredit.consolidate.consolidate import Consolidated, Options, consolidate, keep_in_archive
from sheetcredit.page.write import MOST_BYTES, write_page
from sheetcredit.screen.overview import consolidated_json
from tests.browser import Watched, chromium, opened
from tests.consolidate.branch_offices import (
    HAI_PHONG,
    IN_TIME,
    LATE,
    arrived,
    built,
    office,
    patched,
    rulebook_of,
)
from tests.seeds_of import GOLDEN, copy_of

pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported")
HOSTILE = '<img src=x onerror="document.title=1">'
WRONG = {"Sổ ngân hàng": {"G10": 123_456_789}}
STATES = {"0301": "received", "0302": "returned", "0303": "late", "0304": "received", "0305": "missing"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Consolidated, Path]:
    """0302 returned, 0303 late, 0304 counted from its older version, 0305 missing; 0303 had no report before."""
    folder = tmp_path_factory.mktemp("chi nhánh #1 javascript:x")
    rulebook = rulebook_of([office(number) for number in (1, 2, 3, 4, 5)])
    for number in (1, 2, 4):
        arrived(folder / "quy-truoc" / f"{number}.xlsx", built(number, HAI_PHONG, "2023Q4"))
    before = consolidate([folder / "quy-truoc"], folder / "2023Q4.xlsx", rulebook, Options(workers=1))
    keep_in_archive(before, folder / "kho", rulebook)
    came = folder / "den"
    for number in (1, 2, 3, 4):
        arrived(came / f"PGD030{number}.xlsx", built(number), LATE if number == 3 else IN_TIME)
    patched(came / "PGD0302.xlsx", WRONG | {"Thông tin": {"C6": HOSTILE}})
    arrived(came / "sau" / f"{HOSTILE.replace('/', '')} 0304.xlsx", built(4), LATE)
    patched(next((came / "sau").iterdir()), WRONG)
    result = consolidate([came], folder / "chi-nhanh.xlsx", rulebook, Options(workers=1))
    page = folder / "tinh-hinh.html"
    return result, write_page(result.totals, page, "vi", result.written_to, folder / "kho")


@pytest.fixture
def seen(browser: Browser, made: tuple[Consolidated, Path]) -> Watched:
    return opened(browser, made[1])


def test_it_loads_nothing_and_complains_of_nothing(seen: Watched, made: tuple[Consolidated, Path]) -> None:
    assert seen.requests == [made[1].as_uri()]
    assert seen.complaints == []
    assert made[1].stat().st_size < MOST_BYTES


def test_every_office_is_on_the_map_and_in_the_table(seen: Watched) -> None:
    tiles = {tile.split()[1]: tile.split("\n")[-1] for tile in seen.texts(".tile")}
    assert tiles.keys() == STATES.keys()
    rows = seen.page.locator("#office-table tbody tr").all()
    states = {row.locator("th").inner_text().split()[0]: row.get_attribute("data-state") for row in rows}
    assert states == STATES


def test_totals_say_how_many_offices_they_are_of(seen: Watched) -> None:
    wherever = (
        "h1 ~ .when", "#h-cards", "#h-offices", "#h-figures", ".figures caption", "#h-charts", "#office-table caption"
    )  # fmt: skip
    for selector in wherever:
        assert "3/5 đơn vị" in seen.page.locator(selector).inner_text(), selector
    captions = seen.texts("#charts figcaption")
    assert len(captions) == 5
    assert all("3/5 đơn vị" in caption for caption in captions)
    # So does whoever cannot see the drawing hear it.
    for figure in seen.page.locator("#charts figure").all():
        figure.scroll_into_view_if_needed()
        figure.locator("svg").wait_for()
    for svg in seen.page.locator("#charts .drawn svg").all():
        assert svg.get_attribute("role") == "img"
        assert "3/5 đơn vị" in (svg.get_attribute("aria-label") or "")


def test_figures_of_other_offices_are_not_compared(seen: Watched, made: tuple[Consolidated, Path]) -> None:
    """0302 was there last time and is not now, 0303 the other way round: a difference would mean nothing."""
    assert "2023Q4 (3/5 đơn vị)" in seen.page.locator(".figures thead").inner_text()
    assert not any(cell.strip() for cell in seen.texts(".figures tbody td:nth-child(4)"))


def test_an_opening_that_is_absent_is_named_and_no_sum_is_blamed(made: tuple[Consolidated, Path]) -> None:
    found = {(f.code, f.sheet, f.cell) for f in made[0].report.findings}
    absent = {one for one in found if one[0] == "N-NO-PREVIOUS"}
    assert [sheet for _, sheet, _ in absent] == ["Đơn vị"]
    sums = {"Nguồn vốn", "Chương trình"}
    assert not {one for one in found if one[0] in ("R53", "R54") and one[1] in sums}


def test_printed_totals_of_the_workbook_say_it_too(made: tuple[Consolidated, Path]) -> None:
    assert json.loads(consolidated_json(made[0], "vi"))["coverage"] == {"summed": 3, "expected": 5}
    book = openpyxl.load_workbook(made[0].written_to)
    for name in ("Tổng hợp", "Đơn vị", "Nguồn vốn", "Chương trình"):
        top = [str(cell) for row in book[name].iter_rows(max_row=6, values_only=True) for cell in row if cell]
        assert any("(3/5 đơn vị)" in text for text in top), name


def test_how_many_offices_pass_each_rule(seen: Watched, made: tuple[Consolidated, Path]) -> None:
    rows = {row.split()[0]: row for row in seen.texts("#rates tbody tr")}
    said = {one["code"]: one for one in json.loads(consolidated_json(made[0], "vi"))["rules"]}
    assert (
        rows.keys() == said.keys() == {f.code for f in made[0].arrivals.submissions[1].findings if f.blocks}
    )
    for code, row in rows.items():
        assert (said[code]["failed"], said[code]["offices"]) == (1, 4)  # 0302 of the four that reported
        assert "1/4" in row and "75,00 %" in row


def test_the_periods_of_the_branch_and_of_each_office(seen: Watched, made: tuple[Consolidated, Path]) -> None:
    page = seen.page
    assert [row.split("\t")[:2] for row in seen.texts("#trend-table tbody tr")] == [
        ["2024Q1", "3/5"], ["2023Q4", "3/5"]
    ]  # fmt: skip
    balance = int(made[0].report.figures["TH_DuNo"] or 0)
    assert f"{balance:,}".replace(",", ".") in seen.texts("#trend-table tbody tr")[0]
    figure = page.locator("#trend-balance")
    figure.scroll_into_view_if_needed()
    figure.locator("svg").wait_for()
    assert figure.locator("svg circle").count() == 2
    page.select_option("#trend-office", "0303")  # it had no report before
    figure.locator("svg circle").nth(1).wait_for(state="detached")
    assert "0303" in (figure.locator("svg").get_attribute("aria-label") or "")
    rows = seen.texts("#trend-table tbody tr")
    assert [row.split("\t")[:2] for row in rows] == [["2024Q1", "1/1"], ["2023Q4", "0/1"]]
    assert seen.axe() == []
    page.select_option("#trend-office", "")
    assert "3/5" in seen.texts("#trend-table tbody tr")[1]


def test_sorted_and_filtered_by_keyboard(seen: Watched) -> None:
    page = seen.page
    header = page.locator("#office-table thead th", has_text="Dư nợ")
    header.locator("button").focus()
    for direction in ("ascending", "descending"):
        page.keyboard.press("Enter")
        assert header.get_attribute("aria-sort") == direction
        values = [
            float(value)
            for row in page.locator("#office-table tbody tr").all()
            if (value := row.locator("td").nth(6).get_attribute("data-value"))
        ]
        assert len(values) == 3
        assert values == sorted(values, reverse=direction == "descending")
    page.locator("#office-search").focus()
    page.keyboard.type("so 0303")  # typed without accents
    assert [text.split()[0] for text in seen.texts("#office-table tbody th")] == ["0303"]
    assert page.locator("#office-count").inner_text() == "1/5 đơn vị"
    page.locator(".tile", has_text="0301").click()  # hidden by the filter: the tile leads there all the same
    assert page.evaluate("document.activeElement.querySelector('th').innerText.slice(0, 4)") == "0301"


def test_findings_are_searched_and_lead_to_the_file(seen: Watched, made: tuple[Consolidated, Path]) -> None:
    seen.page.fill("#finding-search", "nong dan ngan hang!G10 0302")
    rows = seen.page.locator("#finding-table tbody tr")
    assert rows.count() > 0
    for row in rows.all():
        assert re.search(r"Sổ ngân hàng!G10", row.inner_text())
    assert seen.page.locator("#finding-count").inner_text().startswith(f"Đang hiện {rows.count()}, ")
    link = str(rows.first.locator("a").get_attribute("href"))
    found = seen.page.evaluate("href => new URL(href, document.baseURI).href", link)
    assert found == (made[1].parent / "den" / "PGD0302.xlsx").resolve().as_uri()


def test_texts_of_others_stay_texts(seen: Watched, made: tuple[Consolidated, Path]) -> None:
    assert seen.page.locator("main img").count() == 0
    assert seen.page.title().startswith("Tình hình báo cáo")
    assert HOSTILE.replace("/", "") in seen.page.locator("#finding-table").inner_text()
    links = seen.page.eval_on_selector_all("a", "all => all.map(one => one.protocol)")
    assert set(links) <= {"file:"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing(
    browser: Browser, made: tuple[Consolidated, Path], scheme: str, width: int
) -> None:
    watched = opened(browser, made[1], color_scheme=scheme, viewport={"width": width, "height": 900})
    assert watched.axe() == []
    assert watched.page.evaluate("document.documentElement.scrollWidth") <= width
    button = watched.page.locator("#theme")
    assert button.get_attribute("aria-pressed") == str(scheme == "dark").lower()
    button.click()
    assert button.get_attribute("aria-pressed") == str(scheme == "light").lower()
    assert watched.axe() == []


def test_printed_on_a4(browser: Browser, made: tuple[Consolidated, Path], tmp_path: Path) -> None:
    page = opened(browser, made[1], color_scheme="dark").page
    pdf = tmp_path / "trang.pdf"
    page.pdf(path=pdf, prefer_css_page_size=True)
    about = subprocess.run(["pdfinfo", pdf], check=True, capture_output=True, text=True).stdout
    assert re.search(r"Page size: .*\(A4\)", about)
    text = subprocess.run(
        ["pdftotext", "-layout", pdf, "-"], check=True, capture_output=True, text=True
    ).stdout
    assert "3/5 đơn vị" in text
    assert "Tìm (không cần dấu)" not in text  # what only a screen needs
    assert text.count("N-MISSING") == 1
    assert page.locator(".drawn svg").count() == 10  # also those that were out of view


def test_the_commands_write_it_beside_what_they_make(tmp_path: Path) -> None:
    folder = tmp_path / "den"
    folder.mkdir()
    copy_of(GOLDEN, folder)
    listed = tmp_path / "ds.csv"
    listed.write_text("Mã đơn vị\n0312\n", encoding="utf-8")

    def run(*arguments: object) -> dict[str, object]:
        command = [
            sys.executable,
            "-m",
            "sheetcredit",
            *map(str, arguments),
            "--expected",
            str(listed),
            "--json",
        ]
        done = subprocess.run(command, check=False, capture_output=True, text=True, encoding="utf-8")
        assert (done.returncode, done.stderr) == (0, "")
        told: dict[str, object] = json.loads(done.stdout)
        return told

    assert run("consolidate", folder, "-o", tmp_path / "cn.xlsx")["page"] == str(tmp_path / "tinh-hinh.html")
    assert run("status", folder)["page"] == str(folder / "tinh-hinh.html")
    assert run("status", folder)["page"] == str(folder / "tinh-hinh.html")  # its own page is no stranger
    other = tmp_path / "trang.html"
    assert run("status", folder, "--page", other)["page"] == str(other)
    assert "đơn vị</span>" not in other.read_text(encoding="utf-8")  # all are there: nothing to warn of


def test_a_page_of_somebody_else_is_not_written_over(tmp_path: Path) -> None:
    copy_of(GOLDEN, tmp_path)
    page = tmp_path / "trang.html"
    page.write_text("<p>của tôi</p>", encoding="utf-8")
    command = [sys.executable, "-m", "sheetcredit", "status", str(tmp_path), "--page", str(page)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 2
    assert page.read_text(encoding="utf-8") == "<p>của tôi</p>"
