"""A page in headless Chromium, watched: what it asks for, what it says on the console, what axe finds in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def chromium() -> Iterator[Browser]:
    """The installed browser, without a network.

    It is needed: where it is missing the tests fail, `make browser` installs it.
    """
    found = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    assert found, "Chromium is missing: run `make browser` (Debian's package chromium)"
    sandbox = [] if getattr(os, "geteuid", lambda: 1)() else ["--no-sandbox"]  # root has none
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=found, args=[*sandbox, "--disable-dev-shm-usage"])
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Watched:
    """An open page. `requests` are the addresses it asked for, `complaints` what went to the console."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def axe(self) -> list[tuple[str, str]]:
        """What axe-core finds: the rule and the first element that breaks it."""
        found = Axe().run(self.page).response["violations"]
        return [(one["id"], one["nodes"][0]["html"]) for one in found]

    def texts(self, selector: str) -> list[str]:
        """The visible texts of what a selector finds."""
        return [one.inner_text() for one in self.page.locator(selector).all() if one.is_visible()]


def opened(browser: Browser, path: Path, **options: Any) -> Watched:
    """A file opened in a browser of its own settings (`color_scheme`, `viewport` …)."""
    page = browser.new_context(offline=True, **options).new_page()
    watched = Watched(page)
    page.on("request", lambda request: watched.requests.append(request.url))
    page.on("console", lambda message: watched.complaints.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: watched.complaints.append(str(error)))
    page.goto(path.as_uri())
    page.wait_for_selector("[aria-busy]", state="detached")  # what is unpacked after loading
    return watched
