"""What a press of a button starts in the tests, in the place of xlwings' own transport.

`RunPython` of the module `xlwings` hands its command to a new Python process, over the Windows shell or
AppleScript. LibreOffice has neither; so in the opened document that one module is replaced by `STAND_IN`,
which starts this one with the very same command and the same arguments.
"""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path

from tests.uno_engine import engine
from tests.uno_engine.bridge import connect

PIPE, RESULT = "SHEETCREDIT_TEST_PIPE", "SHEETCREDIT_TEST_RESULT"
FIRST = "first.py"  # beside the result: what a test wants to have run in the new process before the command

STAND_IN = """Option VBASupport 1
Public Function RunPython(PythonCommand As String)
    Shell "{python}", 0, "-B -m tests.uno_engine.transport " & Chr(34) & PythonCommand & Chr(34) & _
        " " & Chr(34) & "--wb=" & ThisWorkbook.Name & Chr(34) & " --from_xl=1", False
End Function
"""


def main() -> None:
    """Connect, run the command, and leave what became of it for the test to read."""
    alerts: list[list[str]] = []
    command = sys.argv[1]
    sys.argv[:] = ["-c", *sys.argv[2:]]
    engine.register(connect(os.environ[PIPE]), lambda title, text: alerts.append([title, text]))
    result = Path(os.environ[RESULT])
    if (first := result.with_name(FIRST)).exists():
        exec(compile(first.read_text(encoding="utf-8"), str(first), "exec"), {})
    errors = StringIO()
    code, start = 0, time.perf_counter()
    with redirect_stderr(errors):
        try:
            exec(compile(command, "<RunPython>", "exec"), {})
        except SystemExit as left:
            code = 1
            errors.write(str(left.code))
        except BaseException as problem:
            code = 2
            errors.write(repr(problem))
    took = time.perf_counter() - start
    said = {"command": command, "alerts": alerts, "code": code, "errors": errors.getvalue(), "took": took}
    unfinished = result.with_suffix(".part")
    unfinished.write_text(json.dumps(said), encoding="utf-8")
    unfinished.replace(result)
    # UNO takes a seventh of a second to take its bridge apart, which is no part of a press: leave at once.
    sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
