"""`docs/command-line.md`: what `--help` says, the exit codes, the machine form."""

from __future__ import annotations

import inspect
import io
import json
import os
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any
from unittest.mock import patch

from typer import Typer

from sheetcredit import report
from sheetcredit.cli import main as cli
from sheetcredit.cli import options
from sheetcredit.screen.json_form import as_json
from tools.pages.markdown import code, fence, heading, page, paragraphs, said, table, words

SEED = Path(__file__).resolve().parent.parent.parent / "seeds" / "an-duong-2024q1-loi.xlsx"
WIDTH = 80
EXIT_CODES = (options.CLEAN, options.BLOCKED, options.COULD_NOT_RUN, options.INTERRUPTED)
SHOWN_FIGURES = ("TH_DuNo", "TH_DuNo_TyLeTang", "TH_HND_TyTrong")


def commands() -> dict[str, Callable[..., object]]:
    """The commands in the order of `--help`, by name; those of a group behind the group's name."""
    found = _commands_of(cli.app, "")
    for group in cli.app.registered_groups:
        if group.typer_instance is not None:
            found |= _commands_of(group.typer_instance, f"{group.name} ")
    return found


def _commands_of(app: Typer, prefix: str) -> dict[str, Callable[..., object]]:
    return {
        prefix + (command.name or command.callback.__name__): command.callback
        for command in app.registered_commands
        if command.callback
    }


def help_text(*arguments: str) -> str:
    """What `--help` prints in a window of a fixed width."""
    window = io.StringIO()
    settings = {"COLUMNS": str(WIDTH), "LINES": "50", "TERM": "dumb", "NO_COLOR": "1"}
    with patch.dict(os.environ, settings), redirect_stdout(window):
        cli.app(args=[*arguments, "--help"], prog_name="sheetcredit", standalone_mode=False)
    return "\n".join(line.rstrip() for line in window.getvalue().splitlines())


def write() -> str:
    """The page."""
    parts = [paragraphs("command-line"), _overview(), fence(help_text())]
    for name in commands():
        parts += [f"## {name}", fence(help_text(*name.split()))]
    parts += [
        heading("command-line", "exit"),
        table(
            ("Mã / Code", "Ý nghĩa", "Meaning"), ((code(n), *_both("exit-codes", str(n))) for n in EXIT_CODES)
        ),
        "## JSON",
        paragraphs("command-line", "json"),
        table(
            ("Trường / Field", "Ý nghĩa", "Meaning"),
            ((code(name), *_both("json-fields", name)) for name in words("json-fields")),
        ),
        f"{said('command-line', 'example')}: `sheetcredit reconcile {SEED.name} --json`",
        fence(json.dumps(example(), ensure_ascii=False, indent=2), "json"),
    ]
    return page("Dòng lệnh / Command line", *parts)


def _overview() -> str:
    rows = []
    for name, function in commands().items():
        vietnamese, _, english = (inspect.getdoc(function) or "").partition(" / ")
        rows.append((f"[`{name}`](#{name.replace(' ', '-')})", vietnamese, english))
    return table(("Lệnh / Command", "Việc", "What it does"), rows)


def _both(group: str, key: str) -> tuple[str, str]:
    text = words(group)[key]
    return text["vi"], text["en"]


def example() -> dict[str, Any]:
    """The machine form of the seed with mistakes, with one finding and a few figures only."""
    whole: dict[str, Any] = json.loads(as_json([report.reconcile(SEED)], "vi"))
    file = whole["files"][0]
    file["path"] = SEED.name
    shown = next(finding for finding in file["findings"] if finding["suspects"])
    file["findings"] = [shown | {"suspects": shown["suspects"][:1]}]
    file["fix_first"] = file["fix_first"][:1]
    file["figures"] = {name: file["figures"][name] for name in SHOWN_FIGURES}
    return whole
