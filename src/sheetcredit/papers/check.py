"""Which papers no longer say what the workbook says: each number on them held against its cell of today."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sheetcredit.papers.contents import Paper, PaperFigure, PaperMaker
from sheetcredit.papers.marks import Tag, printed_in

State = Literal["agrees", "old-seal", "changed", "other-report", "no-paper"]
RIGHT: tuple[State, ...] = ("agrees", "old-seal")
"""States in which every number is that of the workbook."""


@dataclass(frozen=True, slots=True)
class PaperDifference:
    """A number that a paper prints and the workbook does not say; `now` is None where it is gone.

    `title` names the paper, `label` the number, `source` its cells.
    """

    title: str
    label: str
    source: str
    on_paper: str
    now: str | None


@dataclass(frozen=True, slots=True)
class CheckedPaper:
    """A file of papers: whether it agrees, how many papers and numbers were compared, what differs.

    `old-seal`: the numbers agree, but the code on it is not that of the workbook any more, which changed
    elsewhere or was sealed anew. `other-report`: of another office or period (`found` says which);
    `no-paper`: no numbers of ours are in it. `seal` is the code on the paper, empty without one.
    """

    path: Path
    state: State
    papers: int = 0
    numbers: int = 0
    differences: tuple[PaperDifference, ...] = ()
    found: str = ""
    seal: str = ""


def check_papers(files: Iterable[Path], maker: PaperMaker) -> Iterator[CheckedPaper]:
    """Each file held against the workbook.

    Raises:
        CannotRead: a file is no Word document.
    """
    known: dict[str, Mapping[str, Paper]] = {}
    for path in files:
        printed = printed_in(path)
        for letter in {tag.letter for tag, _ in printed if tag.letter} - known.keys():
            kind = maker.words.kind_of(letter)
            papers = maker.papers([kind]) if kind else []
            known[letter] = {tag.key: paper for paper in papers for tag in list(paper.figures)[:1]}
        yield _checked(path, printed, known, maker)


def _checked(
    path: Path,
    printed: Sequence[tuple[Tag, str]],
    known: Mapping[str, Mapping[str, Paper]],
    maker: PaperMaker,
) -> CheckedPaper:
    if not printed:
        return CheckedPaper(path, "no-paper")
    mine = maker.seal_tag
    others = sorted({f"{tag.office} {tag.period}" for tag, _ in printed} - {f"{mine.office} {mine.period}"})
    if others:
        return CheckedPaper(path, "other-report", found=", ".join(others))
    seal = next((text for tag, text in printed if tag == mine), "")
    differences = [
        _difference(tag, text, paper, figure)
        for tag, text in printed if tag != mine
        for paper in [known[tag.letter].get(tag.key)]
        for figure in [paper.figures.get(tag) if paper else None]
        if figure is None or figure.text != text
    ]  # fmt: skip
    state: State = "changed" if differences else "old-seal" if seal and seal != maker.seal else "agrees"
    papers = {(tag.letter, tag.key) for tag, _ in printed if tag != mine}
    return CheckedPaper(path, state, len(papers), len(printed), tuple(differences), seal=seal)


def _difference(tag: Tag, text: str, paper: Paper | None, figure: PaperFigure | None) -> PaperDifference:
    title = paper.title if paper else tag.key
    if figure is None:
        return PaperDifference(title, tag.name, "", text, None)
    return PaperDifference(title, figure.label, figure.source, text, figure.text)
