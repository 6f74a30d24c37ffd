"""Measure how well and how fast texts of others are read: `make bench-texts` writes docs/texts.md.

The texts stand in `tests/bulletin/texts` with their truth. What is measured is the JSON form, as programs get
it; the time is that of `sheetcredit bulletin --verify` on a text of twenty pages, in a process of its own.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path

from tests.bulletin.texts.marked import MarkedText, marked_texts
from tests.bulletin.texts.measure import Measure, measured

PAGE = Path(__file__).resolve().parent.parent / "docs" / "texts.md"
PROGRAM = Path(sys.executable).with_name("sheetcredit")
SETS = {
    "given": "handed over with the task, 16 texts and 20 sentences",
    "own": "of our own, other phrasing",
    "held_out": "of our own, measured last: nothing was tuned on them",
}
CHARACTERS, PAGES, RUNS = 3000, 20, 7
"""Characters on a page, pages of the long text, and how often it is read."""

HEAD = """# Texts of others, measured

How well `bulletin --verify` reads texts of the kinds that papers and offices publish, written by
`make bench-texts`. The texts, all invented, stand with their truth in `tests/bulletin/texts`. *Value*: every
`make bench-texts`. The texts, all invented, stand with their truth in `tests/bulletin/texts`. *Value*: each
every number involved, the one that does not follow first. *False alarms*: errors and queries about what is
right. *Compared*: numbers held against another one, of those that the text gives something to hold against;
*wrongly*: numbers compared though there is nothing of theirs. *Clean*: texts without a miss.

| texts | numbers | value | meaning | contradictions | false alarms | compared | wrongly | clean |
|---|---|---|---|---|---|---|---|---|
"""


def main() -> int:
    """Measure all sets and write the page."""
    measures = {name: measured(marked_texts(name)) for name in SETS}
    rows = [_row(SETS[name], measure) for name, measure in measures.items()]
    misses = [f"- {miss}" for measure in measures.values() for miss in measure.misses]
    text = HEAD + "\n".join(rows) + "\n\n## What remains\n\n" + ("\n".join(misses) or "Nothing.") + "\n"
    text += f"\n## Time\n\n{_time()}\n"
    PAGE.write_text(text, encoding="utf-8")
    print(text)
    return 0


def _row(what: str, measure: Measure) -> str:
    cells = [
        f"{measure.texts} {what}", f"{measure.numbers}",
        _share(measure.values, measure.numbers), _share(measure.meanings, measure.numbers),
        f"{measure.found} of {measure.contradictions}", f"{measure.false_alarms}",
        f"{measure.compared} of {measure.comparable}", f"{measure.wrongly_compared}",
        f"{measure.clean} of {measure.texts}",
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def _time() -> str:
    lines = list(_pages([*marked_texts("given"), *marked_texts("own")]))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "text.txt"
        path.write_text("\n".join(lines), encoding="utf-8")
        seconds = [_read(path) for _ in range(RUNS)]
        path.write_text("Tổng dư nợ 438 tỷ đồng.", encoding="utf-8")
        short = [_read(path) for _ in range(RUNS)]
    return (
        f"A text of {PAGES} pages ({sum(map(len, lines)):,} characters, {len(lines)} paragraphs) takes "
        f"{statistics.median(seconds):.2f} s, start of the program included; one sentence "
        f"{statistics.median(short):.2f} s (the middle of {RUNS} runs on a machine that had other work too). "
        "At most 1 s is asked for."
    )


def _pages(texts: Sequence[MarkedText]) -> Iterator[str]:
    written = 0
    for text in cycle(texts):
        for line in text.lines:
            yield line
            written += len(line)
        if written >= CHARACTERS * PAGES:
            return


def _read(path: Path) -> float:
    start = time.perf_counter()
    done = subprocess.run([PROGRAM, "bulletin", "--verify", path, "--json"], capture_output=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
