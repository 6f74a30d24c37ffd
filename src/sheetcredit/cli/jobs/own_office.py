"""An office that tells who it is: by the options of `new`, or by answers to a few questions on a terminal."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from datetime import date

import typer

from sheetcredit.catalogue.catalogue import Catalogues, load_catalogues
from sheetcredit.catalogue.own_offices import OwnOffice, keep, own_file
from sheetcredit.catalogue.telling import communes_named, communes_on, office_told, province_named
from sheetcredit.cli.options import Lang
from sheetcredit.model.errors import BadUsage
from sheetcredit.model.period import parse_period
from sheetcredit.model.text import word
from sheetcredit.screen.say import say, tell


@dataclass(frozen=True, slots=True)
class OfficeOptions:
    """What the options say of an office; empty where they say nothing. `communes` are separated by commas."""

    name: str = ""
    province: str = ""
    communes: str = ""
    pos: str = ""

    @property
    def anything(self) -> bool:
        """Whether they say anything at all."""
        return bool(self.name or self.province or self.communes or self.pos)


def ensure_office(code: str, period: str | None, told: OfficeOptions, lang: Lang) -> None:
    """Remember what is told of an office, and ask for what must be known of one that nobody knows.

    Raises:
        BadUsage: something told is not known, or nobody is there to be asked.
    """
    catalogues = load_catalogues()
    day = parse_period(period).last_day if period else date.today()
    if told.anything:
        office = office_told(
            code, catalogues, day, name=told.name, pos=told.pos, province=told.province,
            communes=separated(told.communes),
        )  # fmt: skip
    elif catalogues.office_on(code, day) is None and sys.stdin.isatty() and sys.stderr.isatty():
        office = _asked(code, catalogues, day, lang)
    else:
        return
    path = keep(office, own_file())
    load_catalogues.cache_clear()
    said = office.name or code
    say("office-kept", lang, sys.stderr, number=code, name=said, count=len(office.communes), path=path)


def separated(text: str) -> list[str]:
    """The parts of a text between commas, semicolons and line breaks."""
    return [part.strip() for part in re.split(r"[,;\n]", text) if part.strip()]


def _asked(code: str, catalogues: Catalogues, day: date, lang: Lang) -> OwnOffice:
    """An office as a person answers; a question is put again until its answer is understood."""
    nation = catalogues.nation
    if nation is None:
        raise BadUsage("E-NO-NATION")
    say("ask-office", lang, sys.stderr, number=code)
    name = _ask("ask-name", lang)
    while True:
        try:
            province = province_named(nation, _ask("ask-province", lang))
            break
        except BadUsage as error:
            tell(error, lang)
    there = communes_on(nation, province, day)
    for number, one in enumerate(there, start=1):
        print(f"{number:5}  {one.code}  {one.name.vi}", file=sys.stderr)
    while True:
        try:
            chosen = communes_named(there, separated(_ask("ask-communes", lang)))
            break
        except BadUsage as error:
            tell(error, lang)
    pos = _ask("ask-pos", lang, "")
    return office_told(
        code, catalogues, day, name=name, pos=pos, province=province, communes=[one.code for one in chosen]
    )


def _ask(question: str, lang: Lang, default: str | None = None) -> str:
    """An answer from the terminal.

    Raises:
        typer.Abort: Ctrl+C, or there is nothing more to read.
    """
    answer: str = typer.prompt(word(question, lang), default=default, show_default=False, err=True)
    return answer.strip()
