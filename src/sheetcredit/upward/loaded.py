"""All that reading and checking needs, loaded by being imported: for processes that will do nothing else.

Nothing is computed here: polars begins its threads with its first computation, and only before that may a
process be forked from this one.
"""

from __future__ import annotations

import gc

gc.disable()  # all that is loaded stays: looking it through costs a tenth of loading it

import pandera.backends.polars.register as _pandera  # noqa: E402 - not before collecting is off

import sheetcredit.checks.explain  # noqa: E402
import sheetcredit.checks.plausible  # noqa: E402
import sheetcredit.checks.rows  # noqa: E402
import sheetcredit.checks.shifted  # noqa: E402
import sheetcredit.checks.subset  # noqa: E402
import sheetcredit.upward.chunks  # noqa: E402, F401
from sheetcredit.upward.memory import hold_on  # noqa: E402

_pandera.register_polars_backends()  # otherwise when a schema is first asked
hold_on()
gc.freeze()
gc.enable()
