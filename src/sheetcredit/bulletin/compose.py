"""The bulletin composed: which sentences, with which numbers. What it is written into comes later."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from msgspec import structs

from sheetcredit.bulletin.phrases import OF_WORK, Choice, ListLine, Phrases, Text, load_phrases, printable
from sheetcredit.catalogue.catalogue import load_catalogues
from sheetcredit.model.grid import address
from sheetcredit.model.money import quantize
from sheetcredit.model.period import Period
from sheetcredit.model.text import number_text
from sheetcredit.template.definition import Figure, SummarySection, load_office
from sheetcredit.workplan.definition import load_works

if TYPE_CHECKING:
    from sheetcredit.figures.summary import FigureValue
    from sheetcredit.template.reading import Info
    from sheetcredit.workplan.totals import WorkLeft

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_QUARTERS = ("I", "II", "III", "IV")


class Reported(Protocol):
    """What is needed of a report to write its bulletin; `info` and `names` may be missing or empty."""

    @property
    def office(self) -> str | None:
        """The code of the office."""

    @property
    def office_name(self) -> str:
        """Whose bulletin it is."""

    @property
    def period(self) -> Period | None:
        """The quarter."""

    @property
    def unit_name(self) -> str:
        """What the amounts count, as it is printed."""

    @property
    def figures(self) -> Mapping[str, FigureValue]:
        """The figures of `Tổng hợp` by defined name."""

    @property
    def year_before(self) -> Mapping[str, FigureValue]:
        """The figures against the same period of the year before, where there is its report."""

    @property
    def blocks(self) -> bool:
        """Whether the report may not go out yet."""

    @property
    def info(self) -> Info | None:
        """What `Thông tin` says."""

    @property
    def work(self) -> Mapping[str, WorkLeft]:
        """By kind of work, what `Kế hoạch` leaves to do."""

    @property
    def names(self) -> Mapping[str, tuple[str, int, int]]:
        """The places of the defined names."""


@dataclass(frozen=True, slots=True)
class TextRun:
    """A piece of a paragraph; `figure` names the figure of `Tổng hợp` that it prints, if it prints one."""

    text: str
    figure: str | None = None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Runs that stand together; `item` when it is a line of a list."""

    runs: tuple[TextRun, ...]
    item: bool = False

    @property
    def text(self) -> str:
        """The paragraph without its marks."""
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True, slots=True)
class BulletinSection:
    """A heading (empty for what stands before the first) and its paragraphs."""

    heading: str
    body: tuple[Paragraph, ...]


@dataclass(frozen=True)
class Composed:
    """A bulletin ready to be written: head, sections, foot, and where each number comes from."""

    kind: str
    subject: str
    draft: str
    sections: tuple[BulletinSection, ...]
    letter: Mapping[str, str]
    receivers: tuple[str, ...]
    sources: Mapping[str, str] = field(default_factory=dict)
    printed: Mapping[str, str] = field(default_factory=dict)


def compose(report: Reported) -> Composed:
    """The bulletin of a report, from its figures and names alone.

    Marked as a draft while something blocks the report.
    """
    return _Composer(report, load_phrases()).bulletin()


def definitions() -> dict[str, Figure]:
    """The figures of `Tổng hợp` as they are defined, by name."""
    return {figure.name: figure for figure in printable()}


@dataclass(frozen=True)
class _Composer:
    report: Reported
    phrases: Phrases

    def bulletin(self) -> Composed:
        phrases, words = self.phrases, self.words
        subject = phrases.subject if self.report.period else phrases.subject_without_period
        return Composed(
            kind=phrases.kind,
            subject=subject.format_map(words),
            draft=phrases.draft if self.report.blocks else "",
            sections=tuple(self._sections()),
            letter=self._letter(),
            receivers=tuple(self._receivers()),
            sources={name: self._source(name) for name in self.printed},
            printed=self.printed,
        )

    @cached_property
    def words(self) -> dict[str, str]:
        """What the placeholders other than figures stand for."""
        words = {"office": self.report.office_name or "PGD NHCSXH", "unit": self.report.unit_name}
        if period := self.report.period:
            after, day = period.next(), period.last_day
            words |= {
                "period": _in_words(period),
                "period_first": _in_words(period)[:1].upper() + _in_words(period)[1:],
                "period_short": _in_words(period, "/"),
                "year": str(period.year),
                "day": f"{day.day}/{day.month}/{day.year}",
                "next_period": _in_words(after, "/"),
                "signing_year": str((day + timedelta(days=1)).year),
            }
        return words

    @cached_property
    def _figures(self) -> Mapping[str, FigureValue]:
        return {**self.report.figures, **self.report.year_before}

    @cached_property
    def printed(self) -> dict[str, str]:
        """Every figure that could be computed, without its sign, as it is printed."""
        figures, defined = self._figures, definitions()
        printed = {
            name: _printed(value, defined[name])
            for name, value in figures.items()
            if value is not None and name in defined
        }
        left = {kind: quantize(one.left, 0) for kind, one in self.report.work.items()}
        return printed | {f"{OF_WORK}{kind}": number_text(left, "vi") for kind, left in left.items() if left}

    def _sections(self) -> Iterator[BulletinSection]:
        number = 0
        for section in self.phrases.sections:
            body = tuple(
                Paragraph(tuple(_merged(runs)), isinstance(part, ListLine))
                for part in section.body
                if (runs := self._paragraph(part.text if isinstance(part, ListLine) else part))
            )
            if body:
                number += bool(section.heading)
                yield BulletinSection(f"{number}. {section.heading}" if section.heading else "", body)
        yield self._tasks(number + 1)

    def _tasks(self, number: int) -> BulletinSection:
        tasks = self.phrases.tasks
        heading = tasks.heading if self.report.period else tasks.heading_without_period
        lines = [
            Paragraph(tuple(_merged(runs)), item=True)
            for task in tasks.items
            if not task.when or any(self._sign(name) == "up" for name in task.when)
            if not any(f"{OF_WORK}{kind}" in self.printed for kind in task.unless)
            if (runs := self._text(task.text))
        ]
        intro = Paragraph((TextRun(tasks.intro.format_map(self.words)),))
        return BulletinSection(f"{number}. {heading.format_map(self.words)}", (intro, *lines))

    def _paragraph(self, parts: Iterable[Text]) -> list[TextRun]:
        """The runs of a paragraph; none when its first text cannot be written."""
        written = [self._text(part) for part in parts]
        runs = [run for part in written for run in part]
        # A paragraph of two independent sentences begins with a choice, which may well be empty.
        begins = written[0] or (isinstance(next(iter(parts)), Choice) and len(runs) > 1)
        return _trimmed(runs) if begins else []

    def _text(self, text: Text) -> list[TextRun]:
        if isinstance(text, Choice):
            return self._text(getattr(text, self._sign(text.by)))
        if isinstance(text, tuple):
            return [run for part in text for run in self._text(part)]
        names = _PLACEHOLDER.findall(text)
        if any(name not in self.words and name not in self.printed for name in names):
            return []
        return [self._run(piece) for piece in re.split(r"(\{\w+\})", text) if piece]

    def _run(self, piece: str) -> TextRun:
        name = piece[1:-1] if piece.startswith("{") else ""
        if name in self.printed:
            return TextRun(self.printed[name], name)
        return TextRun(self.words[name] if name else piece)

    def _sign(self, name: str) -> str:
        value = self._figures.get(name)
        if value is None:
            return "none"
        return "zero" if value == 0 else "up" if value > 0 else "down"

    def _letter(self) -> dict[str, str]:
        letter = {name: str(text) for name, text in structs.asdict(self.phrases.letter).items()}
        day = self.report.period.last_day if self.report.period else date.today()
        office = load_catalogues().office_on(self.report.office, day)
        place = office.place if office else ""
        words = self.words | {"place": place or letter["unknown_place"]}
        dated = "place_and_day" if self.report.period else "place_and_day_without_period"
        letter["place_and_day"] = letter[dated].format_map(words)
        letter["office"] = self.words["office"]
        letter["above"] = self._info("branch") or letter["above"]
        letter["director"] = self._info("director")
        return letter

    def _receivers(self) -> Iterator[str]:
        letter = self.phrases.letter
        if branch := self._info("branch"):
            yield letter.receivers_above.format_map({"branch": branch})
        yield letter.receivers_kept

    def _info(self, name: str) -> str:
        value = self.report.info.values.get(name) if self.report.info else None
        return str(value) if value else ""

    def _source(self, name: str) -> str:
        if name.startswith(OF_WORK):
            work = self.report.work[name.removeprefix(OF_WORK)]
            return f"{work.place} ({name}), {load_works().works[work.kind].name}"
        sheet = load_office().sheet("summary").sheet
        section = next(s for s in load_office().sheet("summary").all_sections if name in _names(s))
        label = f"{section.title.vi}: {definitions()[name].label.vi}"
        if place := self.report.names.get(name):
            tab, row, column = place
            words = {"sheet": tab, "cell": address(row, column), "name": name, "label": label}
            return self.phrases.source.format_map(words)
        return self.phrases.source_without_cell.format_map({"sheet": sheet, "name": name, "label": label})


def _names(section: SummarySection) -> set[str]:
    return {figure.name for figure in section.figures}


def _in_words(period: Period, between: str = " năm ") -> str:
    """`quý I năm 2024`, `tháng 9 năm 2026`, `năm 2026`; `between` stands before the year."""
    if period.kind == "year":
        return f"năm {period.year}"
    number = f"quý {_QUARTERS[period.number - 1]}" if period.kind == "quarter" else f"tháng {period.number}"
    return f"{number}{between}{period.year}"


def _printed(value: int | Decimal, figure: Figure) -> str:
    """A figure without its sign; a ratio as a percentage."""
    size = -value if value < 0 else value
    if figure.ratio:
        return f"{number_text(Decimal(size) * 100, 'vi', figure.decimals)}%"
    return number_text(size, "vi")


def _merged(runs: Iterable[TextRun]) -> Iterator[TextRun]:
    """Neighbours that print no figure, as one run."""
    waiting = ""
    for run in runs:
        if run.figure is None:
            waiting += run.text
            continue
        if waiting:
            yield TextRun(waiting)
        waiting = ""
        yield run
    if waiting:
        yield TextRun(waiting)


def _trimmed(runs: list[TextRun]) -> list[TextRun]:
    """Without the space a left-out last sentence leaves behind."""
    if runs and runs[-1].figure is None:
        return [*runs[:-1], TextRun(runs[-1].text.rstrip())]
    return runs
