"""The list of checks. To add one, write it in a file of this room and name it here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Literal, NamedTuple

from sheetcredit.checks.batch import Batch
from sheetcredit.checks.codes import check_codes
from sheetcredit.checks.completeness import check_missing_communes, check_order_of_programmes
from sheetcredit.checks.continuity import check_continuity
from sheetcredit.checks.customers import check_customers
from sheetcredit.checks.divided import check_divided_communes
from sheetcredit.checks.drift import check_drift
from sheetcredit.checks.form import check_form
from sheetcredit.checks.funding import check_funding
from sheetcredit.checks.office_name import check_office_names
from sheetcredit.checks.questions import check_questions
from sheetcredit.checks.reconciliation import check_ties
from sheetcredit.checks.same_day import check_same_day
from sheetcredit.checks.schema import check_empty_tables, check_located, check_schema
from sheetcredit.checks.seal import check_seals
from sheetcredit.checks.sources import check_sources
from sheetcredit.checks.stale import check_cached_values
from sheetcredit.checks.submissions import check_absent_before, check_submissions
from sheetcredit.checks.summary_figures import check_written_figures
from sheetcredit.checks.thresholds import check_thresholds
from sheetcredit.checks.unchanged import check_unchanged
from sheetcredit.checks.workplan import check_workplan
from sheetcredit.model.finding import Finding

Stage = Literal["sheet", "across", "form", "notice"]


class Check(NamedTuple):
    """A function that yields the findings of a batch, and when it runs.

    `sheet`: always; `across`: not in `validate`, as it needs several sheets or the previous report;
    `form`: only when `validate` is asked to hold a file against the template file; `notice`: with the
    checks across sheets, but what it yields finds no fault.
    """

    find: Callable[[Batch], Iterable[Finding]]
    stage: Stage = "sheet"


# In the order in which the findings of a workbook are numbered where several have one key.
CHECKS = (
    Check(check_located),
    Check(check_schema),
    Check(check_cached_values),
    Check(check_empty_tables),
    Check(check_seals),
    Check(check_questions),
    Check(check_submissions),
    Check(check_drift),
    Check(check_codes),
    Check(check_workplan),
    Check(check_office_names),
    Check(check_form, "form"),
    Check(check_sources, "across"),
    Check(check_ties, "across"),
    Check(check_customers, "across"),
    Check(check_funding, "across"),
    Check(check_missing_communes, "across"),
    Check(check_order_of_programmes, "across"),
    Check(check_written_figures, "across"),
    Check(check_continuity, "across"),
    Check(check_absent_before, "across"),
    Check(check_unchanged, "across"),
    Check(check_same_day, "across"),
    Check(check_divided_communes, "across"),
    Check(check_thresholds, "notice"),
)


def find_all(batch: Batch, stages: Collection[Stage]) -> dict[str, list[Finding]]:
    """By file, what the checks of these stages find, in the order of the checks."""
    found: dict[str, list[Finding]] = {file: [] for file in batch.readings}
    for check in CHECKS:
        if check.stage in stages:
            for finding in check.find(batch):
                found[finding.file].append(finding)
    return found
