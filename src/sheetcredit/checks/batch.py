"""What checks look at: the workbooks that are checked together, and what is derived from them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import polars as pl

from sheetcredit.catalogue.catalogue import Catalogues
from sheetcredit.checks.explanations import read_explanations
from sheetcredit.explain.breaks import Breaks, find_breaks, split_by_file
from sheetcredit.figures.summary import Summary, against_year_before, summarise
from sheetcredit.rulebook import Rulebook
from sheetcredit.rules.bases import held_alike
from sheetcredit.rules.codes import Coded, code_key, hold_codes
from sheetcredit.rules.context import context_frame, info_frame, with_rating
from sheetcredit.rules.previous import Compared, compare_with_previous
from sheetcredit.rules.rules import Rule, RuleKind
from sheetcredit.rules.ties import Absent, reconcile_frames
from sheetcredit.template.definition import Office
from sheetcredit.template.frames import Frames, in_dong, mark_repeated, stack_as_typed
from sheetcredit.template.reading import Reading
from sheetcredit.template.sources import ImportedColumn, RecordedLine, recorded_lines
from sheetcredit.workbooks import OtherReports


@dataclass(frozen=True)
class Batch:
    """Any number of workbooks of one template; one office is the case n = 1.

    The same sheet of all workbooks is one frame, with the columns `file` and `row`. What is derived is
    worked out when a check first asks for it: `validate` never evaluates a rule.
    `readings` are the workbooks by file, `others` the reports of the same offices they are held against.
    """

    readings: Mapping[str, Reading]
    rulebook: Rulebook
    others: OtherReports

    @classmethod
    def of(cls, readings: Iterable[Reading], rulebook: Rulebook, others: OtherReports | None = None) -> Batch:
        """These workbooks, in their order."""
        return cls({reading.file: reading for reading in readings}, rulebook, others or OtherReports())

    @property
    def previous(self) -> Mapping[str, Reading]:
        """The report before each that has one, by its file."""
        return self.others.previous

    @property
    def office(self) -> Office:
        """The definition of the template."""
        return self.rulebook.office

    @property
    def catalogues(self) -> Catalogues:
        """The dated catalogues and limits."""
        return self.rulebook.catalogues

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules across sheets."""
        return self.rulebook.rules

    def rule(self, kind: RuleKind) -> Rule | None:
        """The rule of a kind of which there is at most one; a template need not have it."""
        return next((rule for rule in self.rules if rule.kind == kind), None)

    def rule_named(self, rule_id: str) -> Rule | None:
        """The rule of a number; a template need not have it."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)

    def accused(self, file: str) -> set[tuple[str | None, str | None]]:
        """Tab and cell of the findings of a workbook's broken ties that have a suspect."""
        breaks = self.breaks.get(file)
        return {(one.sheet, one.cell) for one in breaks.findings if one.suspects} if breaks else set()

    @cached_property
    def sources(self) -> Mapping[str, Sequence[RecordedLine]]:
        """By file, what `Nguồn số liệu` says of the day that the report speaks of."""
        lines = {file: recorded_lines(reading.book) for file, reading in self.readings.items()}
        return {
            file: [one for one in of_file if one.is_of(self.readings[file].info.day)]
            for file, of_file in lines.items()
        }

    @cached_property
    def imported(self) -> Mapping[str, Sequence[ImportedColumn]]:
        """By file that has any, the imported columns that are rounded or mean something else."""
        columns = {
            file: [one.what for one in lines if isinstance(one.what, ImportedColumn)]
            for file, lines in self.sources.items()
        }
        special = {file: [one for one in some if one.basis or one.slack] for file, some in columns.items()}
        return {file: some for file, some in special.items() if some}

    @cached_property
    def typed(self) -> Frames:
        """The rows as they were typed: numbers in the unit of their sheet."""
        return stack_as_typed(block for reading in self.readings.values() for block in reading.blocks)

    @cached_property
    def amounts(self) -> Frames:
        """The same rows with amounts in whole đồng."""
        return in_dong(self.typed, self.office.tables())

    @cached_property
    def coded(self) -> Coded:
        """The codes held against the catalogues; repeated rows are marked."""
        frames = dict(self.amounts)
        for name, key in {sheet.frame or sheet.id: sheet.key for sheet in self.office.tables()}.items():
            if name in frames:
                frames[name] = mark_repeated(frames[name], key)
        if self.rule("catalogue") is None:  # a branch's codes are its offices', which were checked there
            return Coded((), frames)
        return hold_codes(self.office, frames, self.readings, self.catalogues, self._explained)

    def _explained(self, file: str, catalogue: str, code: str) -> bool:
        rule = self.rule("catalogue")
        return rule is not None and code_key(rule.id, catalogue, code) in self._explanations[file]

    @cached_property
    def _explanations(self) -> Mapping[str, Collection[str]]:
        if not self.office.has("findings"):
            return dict.fromkeys(self.readings, ())
        return {
            file: read_explanations(reading.book, self.office).keys()
            for file, reading in self.readings.items()
        }

    @cached_property
    def frames(self) -> Frames:
        """The frames that rules and figures are evaluated over."""
        frames = {**self.coded.frames, "info": info_frame(self.readings.values())}
        if "groups" in frames:
            frames["groups"] = with_rating(frames["groups"], self.readings, self.catalogues.limits)
        return frames

    @cached_property
    def ties(self) -> pl.DataFrame:
        """Every instance of every rule within one report (columns: `rules.ties.TIES`).

        A table that is not filled in yet is as good as absent: S-EMPTY asks for its numbers once, where
        every commune would differ from it.
        """
        context = context_frame(self.readings.values(), self.catalogues.limits)
        absent = [
            Absent(file, sheet.frame or sheet.id, sheet.constants.get("association"))
            for file, reading in self.readings.items()
            for sheet in self.office.tables()
            if sheet.id not in reading.tables or reading.tables[sheet.id] in reading.unfilled
        ]
        ties = reconcile_frames(self.rules, self.frames, context, absent)
        return (
            held_alike(ties, self.rules, self.frames, self.imported, self.office) if self.imported else ties
        )

    @cached_property
    def compared(self) -> Compared | None:
        """The rules with the previous reports; None where no workbook has one."""
        if not self.previous:
            return None
        return compare_with_previous(
            self.rules, self.frames, self.readings, self.previous, self.office, self.catalogues
        )

    @cached_property
    def breaks(self) -> Mapping[str, Breaks]:
        """By file that has a failed tie: its findings with their causes, and the cells to put right first."""
        return {
            file: find_breaks(
                self.office, self.rules, own.ties, own.frames, self.readings[file], self.catalogues
            )
            for file, own in split_by_file(self.ties, self.frames).items()
        }

    @cached_property
    def summaries(self) -> Mapping[str, Summary]:
        """By file, the figures of `Tổng hợp`; none for a template that has no such sheet."""
        if not self.office.has("summary"):
            return {}
        sheet = self.office.sheet("summary")
        summaries = summarise(sheet, self.frames, self.readings)
        for file, then in self.others.year_before.items() if sheet.year_before_figures else ():
            if file in summaries:
                frames = Batch.of([then], self.rulebook).frames
                figures = against_year_before(sheet, (self.frames, self.readings[file]), (frames, then))
                summaries[file] = replace(summaries[file], year_before=figures)
        return summaries
