"""The bulletin as plain text and as Markdown; in Markdown every number has a footnote that names its cell."""

from __future__ import annotations

from collections.abc import Iterator

from sheetcredit.bulletin.compose import Composed, Paragraph

_SPECIAL = "\\`*[]<>#|"


def as_text(bulletin: Composed) -> str:
    """Plain text, one paragraph a line."""
    lines = [bulletin.letter["above"], bulletin.letter["office"], "", bulletin.kind, bulletin.subject]
    if bulletin.draft:
        lines = [bulletin.draft, "", *lines]
    for section in bulletin.sections:
        lines += ["", section.heading] if section.heading else [""]
        lines += [f"- {part.text}" if part.item else part.text for part in section.body]
    lines += ["", bulletin.letter["signed_as"], bulletin.letter["director"]]
    return "\n".join(lines).rstrip() + "\n"


def as_markdown(bulletin: Composed) -> str:
    """Markdown with footnotes."""
    return "\n".join(_markdown(bulletin)) + "\n"


def _markdown(bulletin: Composed) -> Iterator[str]:
    letter = bulletin.letter
    if bulletin.draft:
        yield from (f"> **{bulletin.draft}**", "")
    yield from (f"{_safe(letter['above'])}  ", f"**{_safe(letter['office'])}**", "")
    yield from (f"# {bulletin.kind}", "", f"**{_safe(bulletin.subject)}**", "")
    notes: dict[str, int] = {}
    for section in bulletin.sections:
        if section.heading:
            yield from (f"## {section.heading}", "")
        for place, part in enumerate(section.body):
            yield _marked(part, notes)
            after = section.body[place + 1] if place + 1 < len(section.body) else None
            if not (part.item and after and after.item):
                yield ""
    yield f"**{letter['signed_as']}**"
    if letter["director"]:
        yield from ("", _safe(letter["director"]))
    yield ""
    for name, number in notes.items():
        yield f"[^{number}]: {_safe(bulletin.sources[name])}"


def _marked(part: Paragraph, notes: dict[str, int]) -> str:
    text = "- " if part.item else ""
    for run in part.runs:
        text += _safe(run.text)
        if run.figure:
            text += f"[^{notes.setdefault(run.figure, len(notes) + 1)}]"
    return text


def _safe(text: str) -> str:
    """Text that may come from a workbook, without what Markdown would take for markup."""
    return "".join(f"\\{letter}" if letter in _SPECIAL else letter for letter in text)
