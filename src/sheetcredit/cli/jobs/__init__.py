"""What the commands do once their arguments are known: `jobs.office.run(…)`.

A job is loaded when it is first spoken of (PEP 562): `--help` and each command load only what they need.
"""

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sheetcredit.cli.jobs import (
        branch as branch,
    )
    from sheetcredit.cli.jobs import (
        bulletin as bulletin,
    )
    from sheetcredit.cli.jobs import (
        catalogue as catalogue,
    )
    from sheetcredit.cli.jobs import (
        check_papers as check_papers,
    )
    from sheetcredit.cli.jobs import (
        imports as imports,
    )
    from sheetcredit.cli.jobs import (
        inbox as inbox,
    )
    from sheetcredit.cli.jobs import (
        machine as machine,
    )
    from sheetcredit.cli.jobs import (
        office as office,
    )
    from sheetcredit.cli.jobs import (
        own_office as own_office,
    )
    from sheetcredit.cli.jobs import (
        papers as papers,
    )
    from sheetcredit.cli.jobs import (
        sending as sending,
    )
    from sheetcredit.cli.jobs import (
        statements as statements,
    )
    from sheetcredit.cli.jobs import (
        template as template,
    )
    from sheetcredit.cli.jobs import (
        verify_text as verify_text,
    )
    from sheetcredit.cli.jobs import (
        workbooks as workbooks,
    )
    from sheetcredit.cli.jobs import (
        workplan as workplan,
    )


def __getattr__(name: str) -> ModuleType:
    try:
        return import_module(f"{__name__}.{name}")
    except ModuleNotFoundError as error:
        raise AttributeError(name) from error
