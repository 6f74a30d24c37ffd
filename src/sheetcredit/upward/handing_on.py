"""What goes on after a consolidation: receipts back to the offices, figures into the archive."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from sheetcredit.model.errors import BadUsage
from sheetcredit.upward.consolidate import Consolidated


def write_receipts(result: Consolidated, folder: Path) -> int:
    """A receipt for each office whose report came, accepted or returned; how many were written.

    Raises:
        BadUsage: this installation has no receipts.
    """
    receipt = _part("receipt", "--receipts")
    submissions = [one for one in result.arrivals.submissions if one.judged]
    for one in submissions:
        receipt.write_receipt(receipt.receipt_for(one.judged), folder)
    return len(submissions)


def keep_in_archive(result: Consolidated, folder: Path) -> int:
    """The accepted reports appended to the archive; how many.

    Raises:
        BadUsage: this installation has no archive.
    """
    archive = _part("archive", "--archive")
    accepted = [one.used for one in result.arrivals.submissions if one.used and one.state != "provisional"]
    archive.append(accepted, folder)
    return len(accepted)


def _part(name: str, option: str) -> Any:
    try:
        return import_module(f"sheetcredit.upward.{name}")
    except ModuleNotFoundError:
        raise BadUsage("E-NO-PART", option=option) from None
