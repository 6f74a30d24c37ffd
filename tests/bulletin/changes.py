"""Every single change of a bulletin that a slip of the hand could make: a digit, a swap, a tenfold, a unit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

from sheetcredit.bulletin.compose import Composed, Paragraph, TextRun
from sheetcredit.model.text import number_text

# What a number's unit may be mistaken for; the longest that fits is taken.
UNITS = {
    " triệu đồng": (" tỷ đồng", " nghìn đồng", " đồng", ""),
    " khách hàng vay vốn": (" Tổ TK&VV", " chương trình tín dụng"),
    " Tổ TK&VV": (" hộ vay", " chương trình tín dụng"),
    " tổ xếp loại": (" hộ xếp loại", " chương trình xếp loại"),
    " chương trình tín dụng": (" Tổ TK&VV", " hộ vay"),
}


@dataclass(frozen=True)
class Change:
    """One change: of which figure, what kind, and the bulletin with it."""

    figure: str
    kind: str
    old: str
    new: str
    bulletin: Composed


def changes(bulletin: Composed) -> Iterator[Change]:
    """Every change of every number."""
    for at, section in enumerate(bulletin.sections):
        for line, paragraph in enumerate(section.body):
            for place, run in enumerate(paragraph.runs):
                if run.figure is None:
                    continue
                after = paragraph.runs[place + 1].text if place + 1 < len(paragraph.runs) else ""
                for kind, text, rest in _others(run.text, after):
                    runs = list(paragraph.runs)
                    runs[place] = TextRun(text, run.figure)
                    if place + 1 < len(runs):
                        runs[place + 1] = replace(runs[place + 1], text=rest)
                    changed = _with(bulletin, at, line, Paragraph(tuple(runs), paragraph.item))
                    old, new = run.text + after[:12], text + rest[:12]
                    yield Change(run.figure, kind, old, new, changed)


def _with(bulletin: Composed, at: int, line: int, paragraph: Paragraph) -> Composed:
    sections = list(bulletin.sections)
    body = list(sections[at].body)
    body[line] = paragraph
    sections[at] = replace(sections[at], body=tuple(body))
    return replace(bulletin, sections=tuple(sections))


def _others(text: str, after: str) -> Iterator[tuple[str, str, str]]:
    digits = [at for at, letter in enumerate(text) if letter.isdigit()]
    for at in digits:
        for step in (1, 5):
            digit = str((int(text[at]) + step) % 10)
            if digit != "0" or at != digits[0] or len(digits) == 1:
                yield "digit", text[:at] + digit + text[at + 1 :], after
    for left, right in pairwise(digits):
        if text[left] != text[right] and not (left == digits[0] and text[right] == "0" and "," not in text):
            swapped = list(text)
            swapped[left], swapped[right] = swapped[right], swapped[left]
            yield "swapped", "".join(swapped), after
    value = Decimal(text.rstrip("%").replace(".", "").replace(",", "."))
    if value:
        sign = "%" if text.endswith("%") else ""
        yield "tenfold", number_text(value * 10, "vi") + sign, after
    if text.endswith("%"):
        yield "unit", text[:-1], after
        yield "unit", text[:-1] + " triệu đồng", after
        yield "unit", text[:-1] + " tổ", after
        return
    unit = next((unit for unit in UNITS if after.startswith(unit)), None)
    for other in UNITS.get(unit or "", ()):
        yield "unit", text, other + after.removeprefix(unit or "")
