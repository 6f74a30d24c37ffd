"""Papers to sign, from a workbook: read → report → what stands on each → the documents.

    make_papers(Path("2024q1.xlsx"))

No file is ever replaced: somebody may have filled in names by hand, or signed it. A paper that is there and
still says what the workbook says is left as it is; of one that no longer does, the new one is written beside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from sheetcredit.folders import config_folder
from sheetcredit.model.errors import BadUsage, CannotRead
from sheetcredit.model.resources import templates_folder
from sheetcredit.outcome import Report
from sheetcredit.papers.contents import Paper, maker_of
from sheetcredit.papers.document import PaperTemplate
from sheetcredit.papers.marks import numbers_of, printed_in
from sheetcredit.papers.words import KINDS, Kind, load_words
from sheetcredit.rulebook import Rulebook
from sheetcredit.xlsx.atomic_write import put
from sheetcredit.xlsx.files import writing_failed

USUAL: tuple[Kind, ...] = ("minutes", "summaries")
"""What is written unless kinds are named: an office has some 250 groups."""


@dataclass(frozen=True, slots=True)
class Papers:
    """What came of it: the report, the files that were written, and those that were there and still agree."""

    report: Report
    folder: Path | None = None
    written: tuple[Path, ...] = ()
    kept: tuple[Path, ...] = ()


def make_papers(
    book: Path,
    folder: Path | None = None,
    kinds: Iterable[Kind] = USUAL,
    *,
    one_file: bool = False,
    draft: bool = False,
    rulebook: Rulebook | None = None,
) -> Papers:
    """The papers of a workbook in `folder`, beside it unless given; `one_file`: all of a kind in one.

    None is written while something blocks the report, unless as drafts.

    Raises:
        CannotRead: the workbook or a template cannot be read.
        NotOurTemplate: it is no office's workbook.
        CannotWrite: the folder cannot be written to.
        BadUsage: `folder` is a file.
    """
    maker = maker_of(book, rulebook)
    if maker.report.blocks and not draft:
        return Papers(maker.report)
    target = folder or book.with_name(f"{book.stem}-giay-to")
    if target.exists() and not target.is_dir():
        raise BadUsage("E-OUT-NOT-FOLDER", path=target)
    templates = {kind: PaperTemplate(template_of(kind)) for kind in kinds}
    written: list[Path] = []
    kept: list[Path] = []
    for name, papers in _files(maker.papers(templates), one_file):
        data = templates[papers[0].kind].filled(papers)
        *present, free = _names(target, name)
        if present and _says_the_same(present[-1], data):
            kept.append(present[-1])
        else:
            written.append(_write(free, data))
    return Papers(maker.report, target, tuple(written), tuple(kept))


def template_of(kind: Kind) -> Path:
    """The template of a kind of paper: the office's own in its settings folder, otherwise ours."""
    name = load_words().kinds[kind].template
    own = own_templates_folder() / name
    return own if own.is_file() else templates_folder() / "papers" / name


def own_templates_folder() -> Path:
    """Where templates of the office's own are looked for; it need not be there."""
    return config_folder() / "papers"


def copy_templates() -> tuple[Path, ...]:
    """Our templates copied to where the office may edit them; those it has already stay. The new ones.

    Raises:
        CannotWrite: they cannot be written there.
    """
    copied = []
    for kind in load_words().kinds.values():
        target = own_templates_folder() / kind.template
        if not target.exists():
            copied.append(_write(target, (templates_folder() / "papers" / kind.template).read_bytes()))
    return tuple(copied)


def _files(papers: Sequence[Paper], one_file: bool) -> Iterator[tuple[str, list[Paper]]]:
    """By name of the file without a suffix, the papers in it."""
    words = load_words()
    if one_file:
        for kind in KINDS:
            if mine := [paper for paper in papers if paper.kind == kind]:
                yield words.kinds[kind].together, mine
        return
    named: dict[str, list[Paper]] = {}
    for paper in papers:  # two whose codes look alike on disk share a file rather than lose one
        named.setdefault(paper.file, []).append(paper)
    yield from named.items()


def _says_the_same(present: Path, data: bytes) -> bool:
    """Whether a file holds the numbers of the document that would be written now; others may be in it."""
    try:
        return printed_in(present) == numbers_of(data)
    except CannotRead:
        return False


def _names(folder: Path, name: str) -> Iterator[Path]:
    """The names that a paper may have, up to the first that is free."""
    for number in count(1):
        path = folder / (f"{name}.docx" if number == 1 else f"{name} ({number}).docx")
        yield path
        if not path.exists():
            return


def _write(path: Path, data: bytes) -> Path:
    try:
        put(path, data, lasting=False)  # it can be made again
    except OSError as problem:
        raise writing_failed(path, problem) from problem
    return path
