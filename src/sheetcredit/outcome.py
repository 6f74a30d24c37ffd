"""What was found in a workbook: the report that every command and button shows, and a file that came in."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from sheetcredit.model.finding import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from fractions import Fraction
    from pathlib import Path

    import polars as pl

    from sheetcredit.checks.explanations import UserExplanation
    from sheetcredit.explain.breaks import FixFirst
    from sheetcredit.figures.comparison import Comparison
    from sheetcredit.figures.summary import FigureValue, Summary
    from sheetcredit.model.errors import SheetcreditError
    from sheetcredit.model.finding import Finding
    from sheetcredit.model.period import Period
    from sheetcredit.seal.check import SealState, SeenSeal
    from sheetcredit.template.reading import Info
    from sheetcredit.workplan.totals import WorkLeft


@dataclass(frozen=True, slots=True)
class TextNumber:
    """A number of a text that was verified: where it stands, what it was taken for, and how it fared.

    The place counts lines and characters from 1, the end included. `low` and `high` are what it can be, in
    đồng, fractions (4,5 % is 0.045) or counts; None is no bound. It is called by a `figure` of `Tổng hợp`,
    else by a `label`; neither where the words do not tell. `basis` is what a share is of, `against` what it
    was held against: cells of the workbook, or other numbers of the text as they stand there; `said` what it
    was taken for, in words of both languages.
    """

    line: int
    start: int
    end: int
    text: str
    kind: str
    low: Fraction | None
    high: Fraction | None
    unit: str
    figure: str | None = None
    label: str | None = None
    basis: str | None = None
    period: str | None = None
    state: Literal["agrees", "wrong", "not_compared"] = "not_compared"
    against: tuple[str, ...] = ()
    said: Mapping[str, str] = field(default_factory=dict)

    @property
    def compared(self) -> bool:
        """Whether it was held against at least one other number, or a figure of the workbook."""
        return self.state != "not_compared"


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in one workbook.

    `figures` are those of `Tổng hợp` as printed; `outcomes` counts rules by how they ended;
    `notices` are worth knowing and find no fault; `orphans` are explanations whose finding is gone,
    kept so that no one's text is lost. `info` is what `Thông tin` says, `names` the places (tab and
    zero-based row and column) of the defined names; a report that stems from no workbook has neither.
    `numbers` are those of a text that was verified.
    """

    file: str
    office: str | None
    office_name: str
    period: Period | None
    unit: int
    unit_name: str
    findings: tuple[Finding, ...]
    outcomes: Mapping[str, int]
    summary: Summary | None = None
    comparison: tuple[Comparison, ...] = ()
    fix_first: tuple[FixFirst, ...] = ()
    orphans: tuple[UserExplanation, ...] = ()
    notices: tuple[Finding, ...] = ()
    previous: Path | None = None
    periods_back: int = 0
    """How many periods back the previous report is; 1 for the one right before."""
    written_to: Path | None = None
    info: Info | None = None
    names: Mapping[str, tuple[str, int, int]] = field(default_factory=dict)
    numbers: tuple[TextNumber, ...] | None = None
    previous_period: Period | None = None
    work: Mapping[str, WorkLeft] = field(default_factory=dict)
    """By kind of work, what `Kế hoạch` leaves to do."""

    @property
    def figures(self) -> Mapping[str, FigureValue]:
        """The figures of `Tổng hợp` by defined name."""
        return self.summary.figures if self.summary else {}

    @property
    def year_before(self) -> Mapping[str, FigureValue]:
        """The figures against the same period of the year before, where its report is at hand."""
        return self.summary.year_before if self.summary else {}

    @property
    def blocks(self) -> bool:
        """Whether something must be dealt with before the workbook goes out."""
        return any(finding.blocks for finding in self.findings)

    def counts(self) -> dict[str, int]:
        """How many errors, open queries and notes there are, and how many queries are `explained`."""
        counted = Counter(
            "explained" if finding.status == "explained" else finding.severity for finding in self.findings
        )
        return {kind: counted[kind] for kind in (*SEVERITIES, "explained")}


@dataclass(frozen=True, slots=True)
class Gathered:
    """One file that came in, and what was found in it.

    `origin`: where it came from, as people say it. `digest` is the sha256 of its bytes; `kind` is `office`,
    `association`, `branch` or None. `report` is None when it could not be read, and then `error` says why.
    `info` are the values of `Thông tin`; `layout` says of each table, by id of its sheet, its zero-based
    header row and the places of its columns. `rows` are its tables by frame (`funding`, `programmes`,
    `statements`, `direct`, `groups`, `ledger`), amounts in whole đồng, with the columns of `template.frames`
    except `file`. A report's `comparison` and `names` are left out: they belong to the office's own workbook.
    `seal` is its seal as it was seen, `sealed` what that is worth to the keys trusted here; `sender`,
    `message_id`, `subject`: of the mail that brought it, empty where it lay in a folder.
    """

    path: str
    origin: str = ""
    received: datetime | None = None
    digest: str = ""
    kind: str | None = None
    report: Report | None = None
    error: SheetcreditError | None = None
    info: Mapping[str, object] = field(default_factory=dict)
    layout: Mapping[str, tuple[int, Mapping[str, int]]] = field(default_factory=dict)
    rows: Mapping[str, pl.DataFrame] = field(default_factory=dict, compare=False)
    seal: SeenSeal | None = None
    sealed: SealState | None = None
    sender: str = ""
    message_id: str = ""
    subject: str = ""
