"""What the buttons say."""

from __future__ import annotations

from sheetcredit.model.text import DEFAULT_LANGUAGE, message_catalogue


def phrase(code: str, **details: object) -> str:
    """A sentence of `schemas/messages/buttons.yaml`, in the language of the workbook."""
    return str(message_catalogue("buttons")[code][DEFAULT_LANGUAGE]).format_map(details)
