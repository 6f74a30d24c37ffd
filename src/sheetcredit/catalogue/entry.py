"""One line of a catalogue: a code, what it is called, and the days it is valid."""

from __future__ import annotations

from datetime import date

from sheetcredit.model.checked_yaml import Definition, Words


class Entry(Definition, frozen=True, kw_only=True):
    """A code with its name and the days it is valid; other fields depend on the catalogue.

    `derived`: it follows from public lists and nobody of the bank has confirmed it. `elsewhere`: a commune
    that another office serves, of which this office had a part. `bank_code`: the bank's own code, 6 digits of
    a commune or of an office's POS; `decree`: what a programme rests on.
    """

    code: str
    name: Words
    valid_from: date = date.min
    valid_to: date = date.max
    unverified: bool = False
    aliases: tuple[str, ...] = ()
    short: str = ""
    direct: bool = False
    group: int | None = None
    office: str | None = None
    branch: Words | None = None
    place: str = ""
    send_to: str = ""
    programmes: tuple[str, ...] = ()
    dong: int | None = None
    derived: bool = False
    elsewhere: bool = False
    bank_code: str = ""
    decree: str = ""

    def valid_on(self, day: date) -> bool:
        """Whether the code was in force on that day."""
        return self.valid_from <= day <= self.valid_to
