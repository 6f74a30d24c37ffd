"""Little helpers to write Markdown, Vietnamese first and English beside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from sheetcredit.model.checked_yaml import Words

NOTICE = "<!-- Trang tự sinh bằng `make docs`. / Written by `make docs`; not edited by hand. -->"


@cache
def words(group: str) -> dict[str, dict[str, str]]:
    """A group of `words.yaml`: key → language → text."""
    entries: dict[Any, dict[str, str]] = _words()[group]
    return {str(key): text for key, text in entries.items()}


@cache
def _words() -> dict[str, dict[Any, dict[str, str]]]:
    text = (Path(__file__).parent / "words.yaml").read_text(encoding="utf-8")
    groups: dict[str, dict[Any, dict[str, str]]] = yaml.safe_load(text)
    return groups


def said(group: str, key: str) -> str:
    """Both languages of an entry on one line; a key without words stands for itself."""
    text = words(group).get(key)
    return pair(text["vi"], text["en"]) if text else code(key)


def paragraphs(group: str, key: str = "intro") -> str:
    """Both languages of an entry, a paragraph each."""
    text = words(group)[key]
    return f"{text['vi']}\n\n{text['en']}"


def heading(group: str, key: str, level: int = 2) -> str:
    """An entry as a heading."""
    return f"{'#' * level} {said(group, key)}"


def pair(vietnamese: str, english: str) -> str:
    """Two texts on one line; one where they are the same."""
    return f"{vietnamese} / {english}" if english and english != vietnamese else vietnamese


def both(text: Words | None) -> str:
    """Both languages of a definition's text."""
    return pair(text.vi, text.en) if text else ""


def page(title: str, *parts: str) -> str:
    """A whole page: title, notice, parts with a blank line between."""
    return "\n\n".join((f"# {title}", NOTICE, *parts)) + "\n"


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; bars and line breaks within its cells are escaped."""
    lines = [_row(headers), "|" + "---|" * len(headers)]
    lines += [_row([_cell(value) for value in row]) for row in rows]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _cell(value: object) -> str:
    text = " ".join(str(value if value is not None else "").split())
    return text.replace("|", "\\|")


def code(value: object) -> str:
    """A value as code; nothing stays nothing."""
    return f"`{value}`" if value not in (None, "", ()) else ""


def codes(values: Iterable[object]) -> str:
    """Several values as code."""
    return ", ".join(code(value) for value in values)


def fence(text: str, language: str = "") -> str:
    """A block kept as it is."""
    return f"```{language}\n{text.rstrip()}\n```"
