"""Repairs as people and machines read them: a list old → new."""

from __future__ import annotations

import json as json_format
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sheetcredit.model.text import Language, number_text, one_line, word
from sheetcredit.repair.fix import Fixed, NewValue, Repair, fix
from sheetcredit.template.definition import load_office
from sheetcredit.xlsx.cells import FormulaValue

VERSION = 1


def show_repairs(
    file: Path, apply: bool, out: Path | None, *, json: bool, quiet: bool, language: Language
) -> int:
    """The command: 0 when nothing is left to repair, 1 when something was only shown."""
    fixed = fix(file, apply, out)
    if json:
        print(as_json(fixed))
    elif not quiet:
        print_repairs(fixed, language)
    return 0 if apply or not fixed.repairs else 1


def as_json(fixed: Fixed) -> str:
    """The repairs as one JSON object; `old` and `new` are texts, a new number is a number."""
    told: dict[str, Any] = {
        "path": fixed.file,
        "repairs": [_told(repair) for repair in fixed.repairs],
        "applied": fixed.written_to is not None,
        "written_to": str(fixed.written_to) if fixed.written_to else None,
    }
    return json_format.dumps({"version": VERSION, "files": [told]}, ensure_ascii=False, indent=1)


def _told(repair: Repair) -> dict[str, Any]:
    new = repair.new
    if isinstance(new, FormulaValue):
        new = str(new)
    whole = not isinstance(new, str) and new == new.to_integral_value()
    return {
        "sheet": repair.sheet,
        "cell": repair.cell,
        "column": repair.column,
        "old": repair.old,
        "new": new if isinstance(new, str) else int(new) if whole else float(new),
        "kinds": list(repair.kinds),
    }


def print_repairs(fixed: Fixed, language: Language) -> None:
    """The list on stdout, then what was done or what to do."""
    if not fixed.repairs:
        print(word("repair-none", language, path=fixed.file))
        return
    table = Table(box=box.SQUARE)  # rich has no heavy lines on Windows' consoles
    for code in ("col-sheet", "col-cell", "col-old", "col-new", "col-kind"):
        table.add_column(word(code, language), overflow="fold")
    for repair in fixed.repairs:
        kinds = ", ".join(word(f"repair-{kind}", language) for kind in repair.kinds)
        texts = (repair.sheet, repair.cell, _seen(repair.old), _seen_new(repair.new, language), kinds)
        table.add_row(*(Text(text) for text in texts))
    width = None if sys.stdout.isatty() else 140
    Console(file=sys.stdout, width=width, highlight=False).print(table)
    if fixed.written_to is None:
        print(word("repair-shown", language, path=fixed.file, count=len(fixed.repairs)))
    else:
        sheet = load_office().sheet("journal").sheet
        print(word("repair-done", language, path=fixed.written_to, count=len(fixed.repairs), sheet=sheet))


def _seen_new(new: NewValue, language: Language) -> str:
    return number_text(new, language) if isinstance(new, Decimal) else _seen(str(new))


def _seen(text: str) -> str:
    """Text with the spaces made visible that differ from a plain one, or stand at an end."""
    shown = "".join("⍽" if character in "\u00a0\u2007\u202f" else character for character in text)
    inner = shown.strip(" ")
    start, end = len(shown) - len(shown.lstrip(" ")), len(shown) - len(shown.rstrip(" "))
    return one_line("␣" * start + inner.replace("  ", "␣␣") + "␣" * (end if inner else 0))
