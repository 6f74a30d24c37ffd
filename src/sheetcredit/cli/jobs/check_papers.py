"""Papers held against a workbook on the command line: a job of its own, as it needs nothing of Word."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sheetcredit.cli.options import BLOCKED, CLEAN, Lang
from sheetcredit.model.errors import BadUsage
from sheetcredit.papers.check import RIGHT, check_papers
from sheetcredit.papers.contents import maker_of
from sheetcredit.screen.checked_papers import checked_json, print_checked


def check(given: Sequence[Path], json: bool, quiet: bool, lang: Lang) -> int:
    """`sheetcredit papers --check PAPER... BOOK`; a folder stands for the documents in it.

    Raises:
        BadUsage: there is no paper, or no workbook.
    """
    *papers, book = given or [Path()]
    files = [file for paper in papers for file in _documents(paper)]
    if not files:
        raise BadUsage("E-PAPERS-CHECK")
    maker = maker_of(book)
    checked = list(check_papers(files, maker))
    if json:
        print(checked_json(checked))
    elif not quiet:
        print_checked(checked, maker.seal, lang)
    return CLEAN if all(one.state in RIGHT for one in checked) else BLOCKED


def _documents(paper: Path) -> list[Path]:
    """The file itself, or the documents of a folder; Word's own lock files are none."""
    if not paper.is_dir():
        return [paper]
    return sorted(file for file in paper.glob("*.docx") if not file.name.startswith(("~$", ".")))
