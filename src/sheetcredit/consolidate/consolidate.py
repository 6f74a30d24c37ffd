"""Consolidation, top to bottom: what arrived, read and checked; summed; checked again; written.

One branch over its offices, or the head office over its branches: the same.

The files are handed to the workers before anything heavy is loaded; what comes after reading is `whole`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sheetcredit.intake.candidates import Candidate, candidates
from sheetcredit.model.errors import CannotWrite, SheetcreditError
from sheetcredit.model.period import Period
from sheetcredit.pool.gather import Gathered, gather
from sheetcredit.pool.memory import no_collecting
from sheetcredit.xlsx.locks import refuse_open_elsewhere

if TYPE_CHECKING:
    from sheetcredit.consolidate.arrivals import Arrivals
    from sheetcredit.outcome import Report
    from sheetcredit.pool.cache import Kept
    from sheetcredit.pool.workers import Opening
    from sheetcredit.rulebook import Rulebook
    from sheetcredit.template.reading import Reading

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Options:
    """How to consolidate: which period, whom to expect, and what to do with reports that something blocks.

    `kept`: where reports that were read before are taken from, and new ones kept; `archive`: where the
    previous reports of the offices are looked for; `opening` opens workers that were begun ahead;
    `meanwhile` is called while they read.
    """

    period: Period | None = None
    expected: Path | None = None
    include_blocked: bool = False
    previous: Path | None = None
    executor: Executor | None = None
    workers: int | None = None
    kept: Kept | None = None
    archive: Path | None = None
    opening: Opening | None = None
    meanwhile: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Consolidated:
    """What came of it. `report` is the branch's own; the offices' findings are with their reports.

    `kept`: where the workbook that was at this place before is kept, if it was built anew.
    """

    arrivals: Arrivals
    report: Report
    written_to: Path
    kept: Path | None = None

    @property
    def reports(self) -> list[Report]:
        """The reports of the offices, those that were summed and those that were returned."""
        judged = (one.judged for one in self.arrivals.submissions if one.judged)
        return [one.report for one in judged if one.report]


def read_all(
    incoming: Sequence[Candidate], rulebook: Rulebook, options: Options, progress: Progress | None = None
) -> list[Gathered]:
    """What came in, read and checked; an error names the file by where it came from."""
    readable = [one for one in incoming if one.error is None]
    closed = [_closed(one) for one in incoming if one.error is not None]
    gathered = gather(
        readable, rulebook, executor=options.executor, workers=options.workers, opening=options.opening,
        progress=progress, kept=options.kept, archive=options.archive, meanwhile=options.meanwhile,
    )  # fmt: skip
    from sheetcredit.consolidate.arrivals import with_branches  # noqa: PLC0415

    return [_by_origin(one) for one in (*with_branches(gathered), *closed)]


def _by_origin(one: Gathered) -> Gathered:
    """An error names the file as people know it: the attachment of a mail, not where that was kept."""
    if one.error is None or "path" not in one.error.details:
        return one
    details = {**one.error.details, "path": one.origin}
    return replace(one, error=type(one.error)(one.error.code, **details))


def _closed(candidate: Candidate) -> Gathered:
    """A mail or an archive that could not be opened: there is nothing to read in it."""
    path = str(candidate.path)
    return Gathered(path, candidate.origin, candidate.received, "", None, None, candidate.error)


def arriving(paths: Sequence[Path], out: Path) -> list[Candidate]:
    """What lies at these places, `out` left out.

    What is attached to mails is kept in a folder beside `out`, where the links of `Kiểm tra` lead.
    """
    return candidates(paths, out.with_name(f"{out.stem}-dinh-kem"), [out])


def consolidate(
    paths: Sequence[Path],
    out: Path,
    rulebook: Rulebook,
    options: Options | None = None,
    progress: Progress | None = None,
) -> Consolidated:
    """All reports at these places in one reconciled workbook at `out`.

    Raises:
        BadUsage: there is nothing to consolidate.
        CannotWrite: `out` is something else, open elsewhere, or cannot be written.
    """
    old_workbook(out)  # refuses before anything is kept beside it
    return consolidate_files(arriving(paths, out), out, rulebook, options or Options(), progress)


def consolidate_files(
    incoming: Sequence[Candidate],
    out: Path,
    rulebook: Rulebook,
    options: Options,
    progress: Progress | None = None,
) -> Consolidated:
    """The same for files that are known already."""
    with no_collecting():
        return _consolidated(incoming, out, rulebook, options, progress)


def _consolidated(
    incoming: Sequence[Candidate], out: Path, rulebook: Rulebook, options: Options, progress: Progress | None
) -> Consolidated:
    old = old_workbook(out)
    gathered = read_all(incoming, rulebook, replace(options, meanwhile=partial(_load, options)), progress)
    from sheetcredit.consolidate.whole import made_of  # noqa: PLC0415

    return made_of(gathered, out, old, rulebook, options)


def _load(options: Options) -> None:
    """While the workers read: what is needed when they are done."""
    from sheetcredit.consolidate.whole import load  # noqa: PLC0415

    load()
    if options.meanwhile:
        options.meanwhile()


def old_workbook(out: Path) -> Reading | None:
    """The branch workbook that is there already; None where there is none.

    Raises:
        CannotWrite: the file is open elsewhere, or is no branch workbook: nothing is written over it.
    """
    if out.suffix.lower() != ".xlsx":
        raise CannotWrite("E-FORMAT", path=out, suffix=out.suffix or out.name)
    if not out.parent.is_dir():
        raise CannotWrite("E-GONE", path=out, folder=out.parent)
    if not out.exists():
        return None
    refuse_open_elsewhere(out.resolve())
    from sheetcredit.consolidate.report import read_branch  # noqa: PLC0415

    try:
        return read_branch(out)
    except SheetcreditError as error:
        raise CannotWrite("E-OUT-FOREIGN", path=out) from error


__all__ = ["Consolidated", "Options", "arriving", "consolidate", "consolidate_files", "read_all"]
