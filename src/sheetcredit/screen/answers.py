"""How the answers to the offices are told: on the terminal, and to programs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from sheetcredit.consolidate.answers import Answer
from sheetcredit.consolidate.arrivals import Arrivals, office_label
from sheetcredit.model.errors import SheetcreditError
from sheetcredit.model.text import Language, one_line, word
from sheetcredit.screen.json_form import VERSION

Outcome = Literal["shown", "sent", "already", "draft", "nobody", "failed"]


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of one answer. `already`: sent or drafted before; `nobody`: no address is known."""

    answer: Answer
    outcome: Outcome
    message_id: str = ""
    draft: Path | None = None
    error: SheetcreditError | None = None


def print_answered(one: Answered, stream: IO[str], language: Language) -> None:
    """One line an answer, and why where it did not go."""
    answer = one.answer
    line = word(
        "answer-line", language, office=office_label(answer.office, answer.name),
        kind=word(f"answer-{answer.kind}", language), outcome=word(f"answer-{one.outcome}", language),
        to=", ".join(answer.recipients) or "-",
    )  # fmt: skip
    print(one_line(line), file=stream)
    if one.error is not None:
        print(
            f"  {one_line(one.error.message(language))} {one_line(one.error.remedy(language))}", file=stream
        )


def print_answers_closing(told: Sequence[Answered], stream: IO[str], language: Language) -> None:
    """How many ended how, and how to go on."""
    counted = Counter(one.outcome for one in told)
    if not told:
        print(word("answers-none", language), file=stream)
    elif counted["shown"]:
        print(word("answers-shown", language, count=counted["shown"]), file=stream)
    if counted["nobody"]:
        print(word("answers-nobody", language, count=counted["nobody"]), file=stream)


def answers_json(arrived: Arrivals, told: Sequence[Answered], language: Language) -> str:
    """The answers as one JSON object."""
    whole = {
        "version": VERSION,
        "office": arrived.owner.code,
        "period": str(arrived.period),
        "answers": [
            {
                "office": one.answer.office,
                "kind": one.answer.kind,
                "outcome": one.outcome,
                "recipients": list(one.answer.recipients),
                "subject": one.answer.subject,
                "in_reply_to": one.answer.in_reply_to or None,
                "message_id": one.message_id or None,
                "draft": str(one.draft) if one.draft else None,
                "attached": [part.name for part in one.answer.attachments],
                "error": one.error.message(language) if one.error else None,
            }
            for one in told
        ],
    }
    return json.dumps(whole, ensure_ascii=False, indent=1)
