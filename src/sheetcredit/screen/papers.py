"""What people and programs see of papers that were written."""

from __future__ import annotations

import json

from sheetcredit.model.text import Language
from sheetcredit.papers.papers import Papers
from sheetcredit.screen.json_form import VERSION, report_object
from sheetcredit.screen.say import say


def print_papers(made: Papers, language: Language) -> None:
    """How many papers were written, and where they are."""
    say("papers-written", language, count=len(made.written), folder=made.folder)
    if made.kept:
        say("papers-kept", language, count=len(made.kept))


def papers_json(made: Papers, language: Language) -> str:
    """The report, and the files."""
    files = {
        "folder": str(made.folder) if made.folder else None,
        "written": [str(path) for path in made.written],
        "kept": [str(path) for path in made.kept],
    }
    whole = {"version": VERSION, "files": [report_object(made.report, language)], "papers": files}
    return json.dumps(whole, ensure_ascii=False, indent=1)
