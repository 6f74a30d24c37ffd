"""The page of a whole nation stays small, its texts stay texts, its library is the one that was published."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from random import Random
from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from playwright.sync_api import Browser

import sheetcredit.page.write
from sheetcredit.page.contents import link_to
from sheetcredit.page.write import MOST_BYTES, STEP, rendered
from tests.browser import chromium, opened
from tests.page.large_page import OFFICES, finding, page

VENDOR = Path(sheetcredit.page.write.__file__).parent / "vendor"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


def test_a_nation_opens_with_what_is_seen_at_first(tmp_path: Path, browser: Browser) -> None:
    """No clock: what costs time is the number of nodes, and drawing what nobody looks at."""
    html = rendered(page(findings=20_000))
    assert len(html) <= MOST_BYTES
    path = tmp_path / "tinh-hinh.html"
    path.write_bytes(html)
    watched = opened(browser, path)
    assert (watched.complaints, watched.requests) == ([], [path.as_uri()])
    assert watched.page.evaluate("document.querySelectorAll('*').length") < 10_000
    assert watched.page.locator(".tile").count() == OFFICES
    assert watched.page.locator("#office-table tbody tr").count() == STEP
    assert watched.page.locator("#finding-table tbody tr").count() == STEP
    assert watched.page.evaluate("typeof Plot") == "undefined"
    assert watched.page.locator(".drawn svg").count() == 0
    assert "trong 20000 điểm" in watched.page.locator("#finding-count").inner_text()
    watched.page.locator("#chart-balance").scroll_into_view_if_needed()
    watched.page.wait_for_selector("#chart-balance svg")
    assert watched.complaints == []


def test_a_long_table_of_offices_is_whole_for_whoever_uses_it(tmp_path: Path, browser: Browser) -> None:
    path = tmp_path / "tinh-hinh.html"
    path.write_bytes(rendered(page(offices=STEP * 2 + 5)))
    there = opened(browser, path).page
    rows = there.locator("#office-table tbody tr")
    there.click("#office-more")
    assert rows.count() == STEP * 2
    assert (
        there.evaluate("document.activeElement.id || document.activeElement.closest('tr').id")
        == f"o-{STEP + 1}"
    )
    there.fill("#office-search", f"thu {STEP * 2 + 5}")
    assert (rows.count(), there.locator("#office-count").inner_text()) == (1, "1/105 đơn vị")
    there.locator(".tile").nth(STEP * 2 + 2).click()
    assert there.evaluate("document.activeElement.id") == f"o-{STEP * 2 + 3}"
    there.locator("#office-table thead button").first.click()
    there.locator("#office-table thead button").first.click()
    assert rows.first.get_attribute("id") == f"o-{STEP * 2 + 5}"
    there.reload()
    there.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert rows.count() == STEP * 2 + 5
    assert there.locator("#office-more").is_hidden()


def test_without_script_the_page_says_what_it_lacks(tmp_path: Path, browser: Browser) -> None:
    path = tmp_path / "tinh-hinh.html"
    path.write_bytes(rendered(page(findings=3)))
    context = browser.new_context(offline=True, java_script_enabled=False)
    there = context.new_page()
    there.goto(path.as_uri())
    assert f"{STEP} trong {OFFICES}" in there.locator("#offices noscript").inner_text()
    assert there.locator("#findings noscript").inner_text()


def test_what_cannot_be_unpacked_is_said(tmp_path: Path, browser: Browser) -> None:
    path = tmp_path / "tinh-hinh.html"
    path.write_bytes(rendered(page(findings=3)))
    there = browser.new_context(offline=True).new_page()
    there.add_init_script("delete globalThis.DecompressionStream")
    there.goto(path.as_uri())
    there.wait_for_selector("[aria-busy]", state="detached")
    assert "Kiểm tra" in there.locator("#finding-count").inner_text()
    assert there.locator("#chart-balance details table").is_visible()


def test_the_last_findings_are_left_out_where_there_is_no_room(tmp_path: Path, browser: Browser) -> None:
    """Texts without any order, which cannot be packed."""
    chance = Random(1)
    findings = [finding(number, chance.randbytes(300).hex()) for number in range(20_000)]
    html = rendered(replace(page(), findings=findings))
    assert len(html) <= MOST_BYTES
    path = tmp_path / "tinh-hinh.html"
    path.write_bytes(html)
    there = opened(browser, path).page
    left_out = re.search(r"Còn (\d+) điểm", there.locator("#findings").inner_text())
    total = re.search(r"trong (\d+) điểm", there.locator("#finding-count").inner_text())
    assert left_out and total
    assert int(left_out[1]) + int(total[1]) == 20_000
    assert int(total[1]) > 2_000


def test_nothing_is_left_out_where_all_fits() -> None:
    assert "để trang mở nhanh" not in rendered(page(findings=300)).decode()


HOSTILE = (
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "{{ 7*7 }}",
    "&lt;b&gt;",
    "'\"><img src=x>",
    "\u2028",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_stay_texts(text: str, tmp_path: Path, browser: Browser) -> None:
    path = tmp_path / "trang.html"
    path.write_bytes(rendered(page(findings=2, text=text, offices=3)))
    watched = opened(browser, path)
    assert watched.complaints == []
    assert watched.page.locator("h1").text_content() == text
    assert watched.page.locator("#finding-table td.what").first.text_content().startswith(text)  # type: ignore[union-attr]
    assert watched.page.locator("main img, main script").count() == 0


@given(st.text(max_size=30))
@example("báo cáo \udce9.xlsx")
def test_a_link_is_never_a_script(name: str) -> None:
    with patch("os.path.lexists", return_value=True):
        link = link_to(f"/den/{name}", Path("/den/tinh-hinh.html"))
    assert re.fullmatch(r"\./[A-Za-z0-9/._~!'()*,;=@+$%-]*", link)


@pytest.mark.parametrize("name", ["javascript:alert(1)", "data:text/html,x", "//evil.example/x"])
def test_a_file_named_like_an_address_is_a_file(name: str, tmp_path: Path) -> None:
    path = tmp_path / name.strip("/")
    assert link_to(str(path), tmp_path / "tinh-hinh.html") == ""  # not there: a link would lead nowhere
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    assert link_to(str(path), tmp_path / "tinh-hinh.html").startswith("./")


def test_the_library_is_as_published() -> None:
    """d3 7.9.0 and @observablehq/plot 0.6.17, both ISC: their files, untouched."""
    digests = {path.name: sha256(path.read_bytes()).hexdigest() for path in VENDOR.glob("*.js")}
    assert digests == {
        "d3.min.js": "f2094bbf6141b359722c4fe454eb6c4b0f0e42cc10cc7af921fc158fceb86539",
        "plot.umd.min.js": "4358086467740777dd788d6b27a95cebdbaefdd50c730a3060117073bd7134cb",
    }
    for name in ("d3-LICENSE.txt", "plot-LICENSE.txt"):
        assert "Permission to use, copy, modify" in (VENDOR / name).read_text(encoding="utf-8")
