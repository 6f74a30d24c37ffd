"""The fixed words of the workbook, from `schemas/messages/form.yaml`. A form is printed in Vietnamese."""

from __future__ import annotations

from sheetcredit.model.text import message_catalogue


def form(code: str, **details: object) -> str:
    """A text of the form."""
    return str(message_catalogue("form")[code]["vi"]).format_map(details)


def own_form(prefix: str, code: str, **details: object) -> str:
    """A text of the form as a template says it: under its own prefix if it has one there."""
    return form(f"{prefix}{code}" if has_words(f"{prefix}{code}") else code, **details)


def has_words(code: str) -> bool:
    """Whether the catalogue has a text of that code."""
    return code in message_catalogue("form")
