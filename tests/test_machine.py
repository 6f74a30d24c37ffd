"""The machine form: the contract's keys, amounts in the sheet's unit, numbers without noise."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from sheetcredit.figures.summary import FigureValue, Summary
from sheetcredit.model.finding import Finding, Raw, Suspect
from sheetcredit.model.text import Language
from sheetcredit.outcome import Report
from sheetcredit.report import reconcile, validate
from sheetcredit.screen.json_form import as_json
from tests.seeds_of import GOLDEN, MISTAKEN

FINDING_KEYS = {
    "code", "severity", "status", "sheet", "cell", "row", "column", "value", "expected", "difference",
    "message", "remedy", "explanation", "key", "suspects",
}  # fmt: skip
SUSPECT_KEYS = {"sheet", "cell", "cause", "suggestion"}


def finding(**more: Any) -> Finding:
    return Finding(file="a.xlsx", code="V-RANGE", severity="error", sheet="Hội CCB", **more)


def report(*findings: Finding, figures: dict[str, FigureValue] | None = None) -> Report:
    summary = Summary(figures, ()) if figures is not None else None
    return Report("a.xlsx", "0312", "PGD", None, 10**6, "triệu đồng", findings, {}, summary)


def told(*reports: Report, language: Language = "vi") -> list[dict[str, Any]]:
    whole = json.loads(as_json(reports, language))
    assert list(whole) == ["version", "files"] and whole["version"] == 1
    files: list[dict[str, Any]] = whole["files"]
    return files


def one(found: Finding) -> dict[str, Any]:
    (file,) = told(report(found))
    (entry,) = file["findings"]
    assert isinstance(entry, dict)
    return entry


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (7_803_000_000, 10**6, 7803),
        (7_829_743_000, 10**6, 7829.743),
        (1, 10**6, 0.000001),
        (-26_743_000, 10**6, -26.743),
        (3_041_646_208, 1, 3041646208),
        (437_439_186_305, 10**6, 437439.186305),
        (0, 10**6, 0),
        (63, 1, 63),
        (Decimal("84.75"), 1, 84.75),
        (Decimal("84.00"), 1, 84),
        ("1.476", 10**6, "1.476"),
        (None, 10**6, None),
    ],
)
def test_amounts_are_in_the_unit_of_their_sheet(value: Raw, unit: int, expected: object) -> None:
    entry = one(finding(value=value, expected=value, unit=unit))
    assert (entry["value"], entry["expected"]) == (expected, expected)
    assert type(entry["value"]) is type(expected)


def test_keys_of_a_finding_and_of_a_suspect() -> None:
    suspects = (Suspect("Hội CCB", "I15", "transposed", 7_830_000_000, 10**6),)
    entry = one(finding(cell="I15", row=15, column="Dư nợ", suspects=suspects, key="k"))
    assert set(entry) >= FINDING_KEYS
    assert (entry["cell"], entry["row"], entry["explanation"], entry["difference"]) == ("I15", 15, None, None)
    (suspect,) = entry["suspects"]
    assert set(suspect) == SUSPECT_KEYS and suspect["suggestion"] == 7830


def test_figures_are_numbers_or_null() -> None:
    figures: dict[str, FigureValue] = {"a": 449141, "b": Decimal("0.337"), "c": Decimal("0.160"), "d": None}
    (file,) = told(report(figures=figures))
    assert file["figures"] == {"a": 449141, "b": 0.337, "c": 0.16, "d": None}
    assert told(report())[0]["figures"] == {}
    assert (file["office"], file["period"]) == ("0312", None)


def test_nothing_read_is_an_empty_list() -> None:
    assert told() == []


def test_every_value_of_the_seeds_is_plain_json() -> None:
    for seed in (GOLDEN, MISTAKEN):
        for entry in (reconcile(seed), validate(seed)):
            (file,) = told(entry)
            assert [f["code"] for f in file["findings"]] == [f.code for f in entry.findings]
            for found in file["findings"]:
                assert set(found) >= FINDING_KEYS
                assert all(set(suspect) == SUSPECT_KEYS for suspect in found["suspects"])


def test_messages_come_in_the_language_asked_for() -> None:
    found = finding(cell="I15", column="Dư nợ", value=-1)
    (vi,), (en,) = told(report(found)), told(report(found), language="en")
    assert vi["findings"][0]["remedy"] != en["findings"][0]["remedy"]
