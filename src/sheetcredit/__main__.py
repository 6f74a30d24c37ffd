"""The console script, and `python -m sheetcredit` where the script is not on the PATH."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress


def entry() -> None:
    """Run the command line and leave.

    Python's cycle collector is made to run rarely: during start-up it finds nothing and costs a
    twentieth of the time. And all work is done when `main` returns, every file closed: leaving at once
    saves taking the libraries apart, another twentieth. Small frames are soonest asked in memory: what polars
    would do by itself takes a tenth of a millisecond more a question.
    """
    gc.set_threshold(200_000, 50, 50)
    os.environ.setdefault("POLARS_ENGINE_AFFINITY", "in-memory")
    try:
        from sheetcredit.cli.main import main  # noqa: PLC0415 - Ctrl+C while it loads ends quietly too
    except KeyboardInterrupt:  # before there is anything that could tell of it
        os._exit(130)
    code = main()
    with suppress(OSError, ValueError):  # a reader that went away, a stream that is closed
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    entry()
