"""The public interface: what it names can be imported, works, and fails as it says."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import sheetcredit
from tests.seeds_of import GOLDEN, MISTAKEN, PUBLISHED, copy_of, digest

CONTRACT = {"validate", "reconcile", "run", "patch_cells", "SheetcreditError", "Report", "__version__"}


def test_the_contract_is_there() -> None:
    assert set(sheetcredit.__all__) >= CONTRACT
    for name in sheetcredit.__all__:
        assert getattr(sheetcredit, name) is not None
    assert set(sheetcredit.__all__) <= set(dir(sheetcredit))


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = sheetcredit.nothing


def test_failures_are_of_one_family() -> None:
    failures = [
        value
        for name in sheetcredit.__all__
        if inspect.isclass(value := getattr(sheetcredit, name)) and issubclass(value, Exception)
    ]
    assert len(failures) >= 9
    assert all(issubclass(failure, sheetcredit.SheetcreditError) for failure in failures)


def test_a_report_has_findings_figures_and_outcomes() -> None:
    assert {f.code for f in sheetcredit.validate(MISTAKEN).findings} >= {"V-CODE", "V-TEXTNUM"}
    report = sheetcredit.reconcile(str(GOLDEN))
    assert {name: float(report.figures[name] or 0) for name in PUBLISHED} == PUBLISHED
    assert report.outcomes["failed"] == 0
    assert isinstance(report, sheetcredit.Report)


def test_run_leaves_the_source_or_changes_it_in_place(tmp_path: Path) -> None:
    source, target = copy_of(GOLDEN, tmp_path), tmp_path / "out.xlsx"
    before = digest(source)
    assert sheetcredit.run(source, out=target).written_to == target
    assert digest(source) == before
    assert sheetcredit.run(str(source)).written_to == source
    assert digest(source) == digest(target)


def test_cells_are_patched(tmp_path: Path) -> None:
    path = copy_of(GOLDEN, tmp_path)
    assert sheetcredit.patch_cells(path, {"Thông tin": {"C14": "thường"}}) == path
    assert sheetcredit.validate(path).findings == sheetcredit.validate(GOLDEN).findings


def test_a_failure_has_a_message_and_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(sheetcredit.CannotRead) as caught:
        sheetcredit.run(tmp_path / "không có.xlsx")
    assert caught.value.code == "E-MISSING"
    assert caught.value.message("en") and caught.value.remedy("vi")


def test_importing_loads_nothing_else() -> None:
    code = "import sys, sheetcredit; print([m for m in sys.modules if m.startswith('sheetcredit.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['sheetcredit._version']"
