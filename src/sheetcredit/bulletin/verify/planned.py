"""What a text says of the work that `Kế hoạch` leaves to do: held against that sheet, not against balances.

A line is about a kind of work where it has all the words of it (`schemas/workplan/_works.yaml`): `thu hồi 439
triệu đồng nợ quá hạn theo kế hoạch` is no balance of overdue debt.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from sheetcredit.bulletin.verify.compare import Traced
from sheetcredit.bulletin.verify.facts import Fact, agreeing
from sheetcredit.bulletin.verify.lexicon import Meaning
from sheetcredit.bulletin.verify.wording import LANGUAGES, finding, printed
from sheetcredit.model.money import quantize
from sheetcredit.model.text import fold
from sheetcredit.outcome import Report
from sheetcredit.workplan.definition import load_works
from sheetcredit.workplan.totals import WorkLeft


def hold_against_plan(
    file: str, lines: Sequence[str], traced: Iterable[Traced], report: Report
) -> list[Traced]:
    """The traced claims of a text, those of lines about planned work traced to `Kế hoạch`."""
    if not report.work:
        return list(traced)
    return [_held(file, lines[each.claim.place.line - 1], each, report) for each in traced]


def _held(file: str, line: str, each: Traced, report: Report) -> Traced:
    work = _work_of(line, report.work)
    claim = each.claim
    kind = "amount" if work and work.amount else "count"
    if work is None or claim.implied or claim.kind != kind:
        return each
    unit = Decimal(report.unit if work.amount else 1)
    due = quantize(work.left, 0)
    meaning = claim.meaning or Meaning(measure="groups", aspect="level")
    fact = Fact(meaning, claim.kind, due * unit, unit, place=work.place)
    if (reading := agreeing(claim, fact)) is not None:
        claim = replace(claim, quantity=replace(claim.quantity, values=(reading,)))
        return Traced(claim, fact)
    expected = fact.number / claim.scale
    said = dict.fromkeys(LANGUAGES, load_works().works[work.kind].name)
    number = claim.signed(claim.value)
    told = finding(
        file, "B-VALUE", claim.spot, said=said, cell=work.place, due=printed(expected),
        value=number, expected=expected, difference=number - expected,
    )  # fmt: skip
    return Traced(claim, None, (told,))


def _work_of(line: str, left: Mapping[str, WorkLeft]) -> WorkLeft | None:
    """The kind of work that a line is about, of those that the sheet has."""
    text = fold(line)
    for kind, work in load_works().works.items():
        if work.said and kind in left and all(fold(words) in text for words in work.said):
            return left[kind]
    return None
