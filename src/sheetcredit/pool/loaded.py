"""All that reading and checking needs, loaded by being imported: for processes that will do nothing else.

Nothing is computed here: polars begins its threads with its first computation, and only before that may a
process be forked from this one.
"""

from __future__ import annotations

import gc

gc.disable()  # all that is loaded stays: looking it through costs a tenth of loading it

import pandera.backends.polars.register as _pandera  # noqa: E402 - not before collecting is off

import sheetcredit.pool.chunks  # noqa: E402, F401
from sheetcredit.pool.memory import hold_on  # noqa: E402

_pandera.register_polars_backends()  # otherwise when a schema is first asked
hold_on()
gc.freeze()
gc.enable()
