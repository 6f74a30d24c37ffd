"""What the commands do once their arguments are known: `jobs.office.run(…)`.

A job is loaded when it is first spoken of (PEP 562): `--help` and each command load only what they need.
"""

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sheetcredit.cli.jobs import (
        branch as branch,
        bulletin as bulletin,
        catalogue as catalogue,
        machine as machine,
        office as office,
        own_office as own_office,
        sending as sending,
        statements as statements,
        template as template,
        verify_text as verify_text,
        workbooks as workbooks,
    )


def __getattr__(name: str) -> ModuleType:
    try:
        return import_module(f"{__name__}.{name}")
    except ModuleNotFoundError as error:
        raise AttributeError(name) from error
