"""What people and programs see of papers that were held against their workbook."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sheetcredit.model.text import Language, one_line, word
from sheetcredit.papers.check import RIGHT, CheckedPaper
from sheetcredit.screen.json_form import VERSION

_NAMED = 5
"""Differences of one file that are named."""


def print_checked(checked: Sequence[CheckedPaper], seal: str, language: Language) -> None:
    """The files that do not agree, each with the first numbers that differ; then how many do.

    `seal` is the code that the workbook carries now, empty where it is not sealed.
    """
    for one in checked:
        if one.state not in RIGHT:
            count = len(one.differences)
            _print(word(f"paper-{one.state}", language, path=one.path, count=count, found=one.found))
        for difference in one.differences[:_NAMED]:
            told = {name: value or word("nothing", language) for name, value in asdict(difference).items()}
            told["source"] = f" ({difference.source})" if difference.source else ""
            _print(f"    {word('paper-difference', language, **told)}")
        if len(one.differences) > _NAMED:
            _print(f"    {word('paper-more', language, count=len(one.differences) - _NAMED)}")
    if old := [one for one in checked if one.state == "old-seal"]:
        codes = ", ".join(sorted({one.seal for one in old}))
        now = seal or word("nothing", language)
        _print(word("papers-old-seal", language, count=len(old), codes=codes, now=now))
    right = sum(one.state in RIGHT for one in checked)
    _print(word("papers-checked", language, right=right, count=len(checked)))


def checked_json(checked: Sequence[CheckedPaper]) -> str:
    """The same for programs."""
    told: list[dict[str, Any]] = [{**asdict(one), "path": str(one.path)} for one in checked]
    return json.dumps({"version": VERSION, "papers": told}, ensure_ascii=False, indent=1)


def _print(text: str) -> None:
    print(one_line(text).rstrip())
