"""The page as one file: text escaped, styles, script and chart library inside, nothing loaded from anywhere.

A content security policy forbids the browser every connection and every script but the page's own, so that
even a text that slipped through the escaping could neither run nor report home.

The charts are drawn by Observable Plot and d3 (ISC licence, see `vendor/`), whose files are part of the page.
"""

from __future__ import annotations

import json
import zlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sheetcredit._version import __version__
from sheetcredit.consolidate.arrivals import office_label
from sheetcredit.consolidate.consolidate import Totals
from sheetcredit.model.errors import CannotWrite
from sheetcredit.model.text import Language, message_catalogue, number_text, word
from sheetcredit.page.contents import SIGNS, STATES, FindingRow, Page, page_of, said
from sheetcredit.page.trends import labels
from sheetcredit.xlsx.atomic_write import write_new

NAME = "tinh-hinh.html"
MOST_BYTES = 3_000_000
_HERE = Path(__file__).resolve().parent
_LIBRARIES = ("vendor/d3.min.js", "vendor/plot.umd.min.js")
_SCRIPT = "page.js"
STEP = 50
"""How many rows of a long table are drawn at first, and with every press of `Xem thêm`."""
_GENERATOR = "sheetcredit"
_MARK = f'<meta name="generator" content="{_GENERATOR}'.encode()
_HEAD = 4096
_FOR_THE_SCRIPT = "js-"


def write_page(
    totals: Totals, out: Path, language: Language, workbook: Path | None = None, archive: Path | None = None
) -> Path:
    """The page of a period at `out`; an earlier page is replaced. The rest as `page_of`.

    Raises:
        CannotRead: the archive is damaged.
        CannotWrite: `out` is something else, or cannot be written.
    """
    if out.exists() and not _is_ours(out):
        raise CannotWrite("E-OUT-FOREIGN", path=out)
    return write_new(out, rendered(page_of(totals, out, language, workbook, archive)))


def _is_ours(path: Path) -> bool:
    """Whether a file is a page that `write_page` made."""
    try:
        with path.open("rb") as file:
            return _MARK in file.read(_HEAD)
    except OSError:
        return False


def rendered(page: Page) -> bytes:
    """The page as HTML in UTF-8, at most `MOST_BYTES`: of too many findings the last are left out."""
    shown: Sequence[FindingRow] = page.findings
    while len(html := _render(page, shown)) > MOST_BYTES and shown:
        shown = shown[: len(shown) * 3 // 4]
    return html


def _render(page: Page, shown: Sequence[FindingRow]) -> bytes:
    libraries, script = [_asset(name) for name in _LIBRARIES], _asset(_SCRIPT)
    order = {state: place for place, state in enumerate(STATES)}
    environment = _environment(page.language)
    office_row = environment.get_template("office_row.html")
    rows = [
        office_row.render(office=office, number=number, order=order)
        for number, office in enumerate(page.offices, start=1)
    ]
    data = {
        "charts": [asdict(chart) for chart in page.charts],
        "offices": len(rows),
        "officeRows": rows[STEP:],
        "findings": len(shown),
        "trends": page.trends
        and {
            "periods": page.trends.periods,
            "counted": page.trends.counted,
            "expected": len(rows),
        },
        "words": _words_of_script(page.language),
        "locale": page.language,
        "step": STEP,
    }
    html = environment.get_template("page.html").render(
        page=page,
        rows=rows,
        step=STEP,
        left_out=len(page.findings) - len(shown),
        data=data,
        findings=_packed([finding.fields() for finding in shown]),
        style=_asset("page.css"),
        trends=_packed(_of_offices(page)),
        trend_labels=labels(page.language),
        libraries=_packed(libraries),
        script=script,
        policy=_policy([*libraries, script]),
        signs=SIGNS,
        made=datetime.now().astimezone(),
        generator=f"{_GENERATOR} {__version__}",
    )
    return html.encode("utf-8", "replace")  # the name of a file need not be text


def _of_offices(page: Page) -> Mapping[str, object]:
    """The trends by office with their names, as the page's script reads them."""
    if page.trends is None:
        return {}
    names = {one.code: office_label(one.code, one.name) for one in page.offices}
    return {
        "branch": page.trends.branch,
        "offices": [[code, names[code], series] for code, series in page.trends.offices.items()],
    }


def _packed(value: object) -> str:
    """A value as JSON, deflated, in base64: what the page's script unpacks by itself."""
    told = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return b64encode(packer.compress(told) + packer.flush()).decode()


@cache
def _asset(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _policy(scripts: Sequence[str]) -> str:
    # The hash is of what stands between the tags, to the letter.
    hashes = " ".join(f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in scripts)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _words_of_script(language: Language) -> Mapping[str, str]:
    words = message_catalogue("page")
    return {
        code.removeprefix(_FOR_THE_SCRIPT): str(entry["text"][language])
        for code, entry in words.items()
        if code.startswith(_FOR_THE_SCRIPT)
    } | {
        code: word(code, language)
        for code in ("severity-error", "severity-query", "severity-note", "status-explained", "status-void")
    }


@cache
def _environment(language: Language) -> Environment:
    """Everything that a template prints is escaped, unless the template itself says that it is safe."""
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "separators": (",", ":")}
    environment.globals["say"] = lambda code, **details: said(code, language, **details)
    environment.globals["word"] = lambda code, **details: word(code, language, **details)
    environment.filters["day"] = _day
    environment.filters["number"] = lambda value, decimals=0: _number(value, language, decimals)
    environment.filters["percent_of_float"] = lambda value: _percent(Decimal(str(value)), language, 2)
    environment.filters["percent"] = lambda value, decimals=2: _percent(value, language, decimals)
    return environment


def _day(value: date | None) -> str:
    return f"{value:%d/%m/%Y}" if value else ""


def _number(value: Decimal | int | None, language: Language, decimals: int) -> str:
    return "" if value is None else number_text(value, language, decimals)


def _percent(value: Decimal | None, language: Language, decimals: int) -> str:
    return "" if value is None else number_text(value * 100, language, decimals) + " %"
