"""The definitions are loaded by whoever needs them first, and a second thread gets the same ones."""

from __future__ import annotations

import subprocess
import sys

TWO_THREADS = """
import sys, threading
import sheetcredit.rules.rules, sheetcredit.catalogue.catalogue
from sheetcredit.rulebook import our_rulebook
sys.setswitchinterval(1e-6)
both, offices = threading.Barrier(2), []
def load():
    both.wait()
    book = our_rulebook()
    book.rules, book.catalogues
    offices.append(book.office)
threads = [threading.Thread(target=load) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(offices), offices[0] is offices[-1])
"""


def test_two_threads_load_the_definitions_at_once() -> None:
    """In fresh processes: once something is loaded there is nothing left to get wrong."""
    for _ in range(6):
        done = subprocess.run(
            [sys.executable, "-c", TWO_THREADS], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "2 True", "")
