"""The fixed words of the workbook, from `schemas/messages/form.yaml`. A form is printed in Vietnamese."""

from __future__ import annotations

from typing import Literal

from sheetcredit.model.text import message_catalogue

WorkbookKind = Literal["office", "association", "branch"]
"""The kinds of workbooks whose forms differ in some words."""


def form(code: str, **details: object) -> str:
    """A text of the form."""
    return str(message_catalogue("form")[code]["vi"]).format_map(details)


def form_of(kind: WorkbookKind, code: str, **details: object) -> str:
    """A text of the form as a kind of workbook has it: its own, or that of the office."""
    own = f"{kind}-{code}"
    return form(own if has_words(own) else code, **details)


def has_words(code: str) -> bool:
    """Whether the catalogue has a text of that code."""
    return code in message_catalogue("form")
