"""What a worker does: reads a few dozen workbooks, stacks them, checks them once, and sends back the result.

Everything here can be sent to another process or another machine. What is reported of a workbook does not
depend on the others in its chunk, so that the way the work was spread shows nowhere in the result.
"""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from sheetcredit.archive.read import ArchiveSnapshot, archived_reports_of
from sheetcredit.checks.batch import Batch
from sheetcredit.model.errors import CannotRead, SheetcreditError
from sheetcredit.outcome import Gathered, Report
from sheetcredit.pool.workers import cpu_limit
from sheetcredit.report import check_batch
from sheetcredit.rulebook import Rulebook
from sheetcredit.seal.check import seen_seal
from sheetcredit.template.definition import Office
from sheetcredit.template.frames import Frames, stack
from sheetcredit.template.reading import Reading
from sheetcredit.workbooks import understood
from sheetcredit.xlsx.limits import current_limits
from sheetcredit.xlsx.read import book_of, bytes_of


@dataclass(frozen=True, slots=True)
class SerializedRulebook:
    """A rulebook as it is sent to workers, whole: a worker may have other catalogues on its own disk."""

    data: bytes = field(repr=False)

    @classmethod
    def of(cls, rulebook: Rulebook) -> SerializedRulebook:
        """The rulebook, with the parts of it that are otherwise loaded at first use."""
        return cls(pickle.dumps(Rulebook(rulebook.office, rulebook.rules, rulebook.catalogues)))

    def load(self) -> Rulebook:
        """The rulebook again."""
        return _unpickled(self.data)


@lru_cache(maxsize=1)  # all chunks of a run bring the same one
def _unpickled(data: bytes) -> Rulebook:
    rulebook: Rulebook = pickle.loads(data)
    return rulebook


@dataclass(frozen=True, slots=True)
class Chunk:
    """Files for one worker; `archive`: where the previous reports of their offices are."""

    paths: tuple[str, ...]
    rules: SerializedRulebook
    archive: ArchiveSnapshot | None = None


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became of one file of a chunk.

    `file` has neither origin nor rows yet; `heights` counts its rows in each stacked frame. `cacheable`: it
    could be read, and says of which day it is, so that reading it another day gives the same. `previous` is
    the digest of the archived submission that it was compared with, empty where there is none.
    """

    file: Gathered
    heights: Mapping[str, int] = field(default_factory=dict)
    cacheable: bool = False
    previous: str = ""


@dataclass(frozen=True, slots=True)
class ChunkResult:
    """The files of a chunk in their order, and their stacked frames (without `file`) as Arrow streams."""

    files: tuple[FileResult, ...]
    frames: Mapping[str, bytes]

    def gathered(self) -> Iterator[Gathered]:
        """Each file with its own rows.

        Raises:
            PolarsError, LookupError: the frames are not those that `read_files` made.
        """
        rows = split_by_file(self.frames, [one.heights for one in self.files])
        return (replace(one.file, rows=own) for one, own in zip(self.files, rows, strict=True))


def split_by_file(
    frames: Mapping[str, bytes], heights: Iterable[Mapping[str, int]]
) -> Iterator[dict[str, pl.DataFrame]]:
    """The rows of each file, cut out of the stacked frames; `heights` in the order of the files."""
    stacked = {name: pl.read_ipc_stream(BytesIO(stream)) for name, stream in frames.items()}
    start = Counter[str]()
    for own in heights:
        yield {name: stacked[name].slice(start[name], height) for name, height in own.items()}
        start.update(own)


def read_chunk(chunk: Chunk) -> ChunkResult:
    """The files of a chunk read, and checked together, in a worker."""
    return read_files(chunk.paths, chunk.rules.load(), chunk.archive)


def chunk_failed(chunk: Chunk, error: Exception) -> ChunkResult:
    """The result for files whose worker crashed, or failed, repeatedly."""
    killed = isinstance(error, BrokenExecutor) or type(error).__name__ == "KilledWorker"  # Dask's own
    errors = [
        CannotRead("E-KILLED", path=path) if killed else _unforeseen(path, error) for path in chunk.paths
    ]
    files = [Gathered(path, error=each) for path, each in zip(chunk.paths, errors, strict=True)]
    return ChunkResult(tuple(map(FileResult, files)), {})


def read_files(
    paths: Sequence[str], rulebook: Rulebook, archive: ArchiveSnapshot | None = None
) -> ChunkResult:
    """The files read, and checked together; one that cannot be read has an error of its own."""
    seconds = current_limits().seconds
    read = []
    for path in paths:
        with cpu_limit(seconds):
            read.append(_read(path, rulebook))
    with cpu_limit(seconds * len(paths)):
        return _check_all(read, rulebook, archive)


def _check_all(
    read: Sequence[tuple[Gathered, Reading | None]], rulebook: Rulebook, archive: ArchiveSnapshot | None
) -> ChunkResult:
    readings = [reading for _, reading in read if reading is not None]
    checked = _check(readings, rulebook, archive)
    files = [
        FileResult(file)
        if reading is None
        else _result(file, reading, checked.reports[file.path], archive, rulebook.office)
        for file, reading in read
    ]
    frames = {name: _arrow_stream(rows) for name, rows in checked.rows.items() if not name.endswith(".total")}
    return ChunkResult(tuple(files), frames)


def _read(path: str, rulebook: Rulebook) -> tuple[Gathered, Reading | None]:
    digest = ""
    try:
        with _local_copy(path) as file:
            data = bytes_of(file)
            digest = sha256(data).hexdigest()
            sheets = rulebook.office.read_closely()
            book = replace(book_of(data, file, sheets), path=path)
        return Gathered(path, digest=digest), understood(book, data, rulebook)
    except SheetcreditError as error:
        if "path" in error.details:
            error.details["path"] = path  # not that of the local copy
        return Gathered(path, digest=digest, error=error), None
    except Exception as error:
        return Gathered(path, digest=digest, error=_unforeseen(path, error)), None


@contextmanager
def _local_copy(path: str) -> Iterator[Path]:
    """The file itself where it lies on this machine; from other storage a copy that lasts as long as this."""
    if "://" not in path:
        yield Path(path)
        return
    try:
        import fsspec  # noqa: PLC0415 - comes with sheetcredit[cluster]
    except ImportError:
        raise CannotRead("E-CLUSTER", path=path) from None
    with TemporaryDirectory() as folder:
        local = Path(folder) / Path(path).name
        try:
            with fsspec.open(path, "rb") as remote:
                local.write_bytes(remote.read())
        except (OSError, ValueError, ImportError) as error:
            raise CannotRead("E-STORAGE", path=path, reason=str(error) or type(error).__name__) from error
        yield local


@dataclass(frozen=True, slots=True)
class _CheckedChunk:
    """The report of each file, or why there is none; and the stacked rows of all files."""

    reports: Mapping[str, Report | SheetcreditError]
    rows: Frames


def _check(readings: Sequence[Reading], rulebook: Rulebook, archive: ArchiveSnapshot | None) -> _CheckedChunk:
    """All readings checked together; where that fails, each by itself, to find which one it is."""
    if not readings:
        return _CheckedChunk({}, {})
    try:
        others = (
            archived_reports_of(archive, readings, rulebook.office, rulebook.catalogues) if archive else None
        )
        batch = Batch.of(readings, rulebook, others)
        reports = check_batch(batch, compared=False)
        return _CheckedChunk({report.file: report for report in reports}, batch.amounts)
    except Exception as error:
        rows = stack(block for reading in readings for block in reading.blocks)
        if len(readings) == 1:
            file = readings[0].file
            failure = error if isinstance(error, SheetcreditError) else _unforeseen(file, error)
            return _CheckedChunk({file: failure}, rows)
    singly = [_check([reading], rulebook, archive) for reading in readings]
    return _CheckedChunk({file: report for one in singly for file, report in one.reports.items()}, rows)


def _result(
    file: Gathered,
    reading: Reading,
    report: Report | SheetcreditError,
    archive: ArchiveSnapshot | None,
    office: Office,
) -> FileResult:
    heights: Counter[str] = Counter()
    for block in reading.blocks:
        if not block.frame.endswith(".total"):
            heights[block.frame] += len(block.rows)
    file = replace(
        file,
        kind="office",
        info=dict(reading.info.values),
        layout={name: (table.header_row, dict(table.columns)) for name, table in reading.tables.items()},
    )
    if isinstance(report, SheetcreditError):
        return FileResult(replace(file, error=report), dict(heights))
    previous = archive.digest_of_others(report.office, report.period) if archive else ""
    # What a mapping says is not in the workbook, by whose bytes the cache knows it.
    dated = bool(reading.info.as_of or reading.info.period) and reading.own is None
    seal = replace(seen_seal(reading, report.figures, office), changed=())
    return FileResult(
        replace(file, report=replace(report, names={}), seal=seal), dict(heights), dated, previous
    )


def _arrow_stream(rows: pl.DataFrame) -> bytes:
    """Stacked rows for sending and for the cache, without `file`, which would be half of them."""
    out = BytesIO()
    rows.drop("file").write_ipc_stream(out, compression="lz4")
    return out.getvalue()


def _unforeseen(path: str, error: BaseException) -> SheetcreditError:
    return SheetcreditError("E-FILE-FAILED", path=path, reason=f"{type(error).__name__}: {error}")
