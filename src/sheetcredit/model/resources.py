"""Where the data files are: beside the package in a checkout, inside it when installed."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


@cache
def schemas_folder() -> Path:
    """Folder of the YAML definitions, catalogues and messages."""
    installed = _PACKAGE / "schemas"
    return installed if installed.is_dir() else _PACKAGE.parent.parent / "schemas"


@cache
def templates_folder() -> Path:
    """Folder of the workbook templates that people open."""
    installed = _PACKAGE / "templates"
    return installed if installed.is_dir() else _PACKAGE.parent.parent / "workbook"
