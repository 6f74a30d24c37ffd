"""sheetcredit: entrusted-credit workbooks checked, reconciled and summarised in place.

    import sheetcredit

    report = sheetcredit.run("2024q1.xlsx", out="filled.xlsx")
    report.findings, report.figures, report.outcomes
    sheetcredit.patch_cells("2024q1.xlsx", {"Hội CCB": {"I15": 2450}})

Failures raise subclasses of `SheetcreditError`. A name is imported when it is first used: `import
sheetcredit` itself costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from sheetcredit._version import __version__

if TYPE_CHECKING:
    from sheetcredit.model.errors import (
        BadDefinition,
        BadUsage,
        CannotPatch,
        CannotRead,
        CannotReceive,
        CannotSend,
        CannotWrite,
        ChangedMeanwhile,
        FileLocked,
        HostileFile,
        NotOurTemplate,
        SendLater,
        SentPerhaps,
        SheetcreditError,
    )
    from sheetcredit.model.finding import Finding, Suspect
    from sheetcredit.outcome import Report
    from sheetcredit.report import reconcile, run, validate
    from sheetcredit.xlsx.patch import patch_cells

__all__ = [
    "BadDefinition",
    "BadUsage",
    "CannotPatch",
    "CannotRead",
    "CannotReceive",
    "CannotSend",
    "CannotWrite",
    "ChangedMeanwhile",
    "FileLocked",
    "Finding",
    "HostileFile",
    "NotOurTemplate",
    "Report",
    "SendLater",
    "SentPerhaps",
    "SheetcreditError",
    "Suspect",
    "__version__",
    "patch_cells",
    "reconcile",
    "run",
    "validate",
]

_HOMES = {
    "Finding": "sheetcredit.model.finding",
    "Suspect": "sheetcredit.model.finding",
    "Report": "sheetcredit.outcome",
    "reconcile": "sheetcredit.report",
    "run": "sheetcredit.report",
    "validate": "sheetcredit.report",
    "patch_cells": "sheetcredit.xlsx.patch",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES.get(name, "sheetcredit.model.errors")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
