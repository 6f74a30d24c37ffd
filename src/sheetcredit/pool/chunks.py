"""The rows of many workbooks: stacked, as they were checked, and cut apart only when somebody asks.

Between processes and on the disk they go as Arrow streams without their file, which is the same in every
row of a workbook and would be half of what is sent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import polars as pl

from sheetcredit.archive.read import Before, previous_readings
from sheetcredit.checks.batch import Batch
from sheetcredit.model.errors import CannotRead, SheetcreditError
from sheetcredit.outcome import Report
from sheetcredit.pool.memory import no_collecting
from sheetcredit.pool.orders import Chunk
from sheetcredit.report import check_batch
from sheetcredit.rulebook import Rulebook
from sheetcredit.template.frames import Frames, stack
from sheetcredit.template.reading import Reading, understand
from sheetcredit.xlsx.read import book_of, bytes_of

if TYPE_CHECKING:
    from sheetcredit.archive.read import Before


class Rows(Mapping[str, pl.DataFrame]):
    """One workbook's tables by frame, out of the stacked frames of its chunk."""

    __slots__ = ("_path", "_spans", "_stacked")

    def __init__(
        self, path: str, stacked: Mapping[str, pl.DataFrame], spans: Mapping[str, tuple[int, int]]
    ) -> None:
        self._path = path
        self._stacked = stacked
        self._spans = spans

    def __getitem__(self, name: str) -> pl.DataFrame:
        start, height = self._spans[name]
        rows = self._stacked[name].slice(start, height)
        return rows.select(pl.lit(self._path).alias("file"), pl.all())

    def __iter__(self) -> Iterator[str]:
        return iter(self._spans)

    def __len__(self) -> int:
        return len(self._spans)

    def lying(self, name: str) -> tuple[pl.DataFrame | None, int, int]:
        """The stack that a table lies in (without the column `file`), its first row there and its height.

        None and noughts where the workbook has no such table.
        """
        span = self._spans.get(name)
        return (None, 0, 0) if span is None else (self._stacked[name], *span)

    def lying_at(self, path: str) -> Rows:
        """The same rows of a workbook that lies elsewhere."""
        return Rows(path, self._stacked, self._spans)


def joined(
    workbooks: Iterable[Mapping[str, pl.DataFrame]], name: str, columns: Sequence[str]
) -> tuple[list[pl.DataFrame], list[int]]:
    """Some columns of one table of many workbooks, in their order, and how many rows each workbook has.

    What lies one behind the other in a stack comes in one piece: a selection costs more than its rows.
    """
    pieces: list[pl.DataFrame] = []
    heights: list[int] = []
    stack: pl.DataFrame | None = None
    chosen = pl.DataFrame()
    start = end = 0
    for rows in workbooks:
        if isinstance(rows, Rows):
            frame, first, height = rows.lying(name)
        else:
            frame, first, height = rows.get(name), 0, len(rows.get(name, ()))
        heights.append(height)
        if frame is None:
            continue
        if frame is not stack or first != end:
            pieces.append(chosen.slice(start, end - start))
            chosen = chosen if frame is stack else frame.select(columns)
            stack, start = frame, first
        end = first + height
    pieces.append(chosen.slice(start, end - start))
    return pieces[1:], heights  # the first is what stood before any workbook: nothing


def packed(rows: pl.DataFrame) -> bytes:
    """Stacked rows as an Arrow stream: compressed to a fifth, they are sent and kept in less time."""
    out = BytesIO()
    rows.drop("file").write_ipc_stream(out, compression="lz4")
    return out.getvalue()


def unpacked(frames: Mapping[str, bytes], files: Iterable[tuple[str, Mapping[str, int]]]) -> Iterator[Rows]:
    """The rows of each file; `files` says in their order how many rows each has in which frame.

    Raises:
        PolarsError, LookupError: that is not what was packed.
    """
    stacked = {name: pl.read_ipc_stream(BytesIO(stream)) for name, stream in frames.items()}
    starts = dict.fromkeys(stacked, 0)
    for path, heights in files:
        spans = {}
        for name, height in heights.items():
            spans[name] = (starts[name], height)
            starts[name] += height
        yield Rows(path, stacked, spans)


# What a worker does: a few workbooks read, stacked, checked once, and sent back small.
#
# Everything here can be sent to another process or another machine. A result is the same for a workbook
# whatever chunk it came in, so that how the work was spread shows nowhere.


@dataclass(frozen=True, slots=True)
class Found:
    """What became of one file.

    `info` are the values of `Thông tin`; `layout` says of each table, by id of its sheet, its zero-based
    header row and the columns' places; `rows` counts the rows in each frame; `dated` when it says of when
    it is, so that the day of reading it makes no difference; `previous` is the digest of the submission
    that it was compared with.
    """

    path: str
    digest: str = ""
    kind: str | None = None
    report: Report | None = None
    error: SheetcreditError | None = None
    info: Mapping[str, object] = field(default_factory=dict)
    layout: Mapping[str, tuple[int, Mapping[str, int]]] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)
    dated: bool = True
    previous: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """The files of a chunk in their order, and their stacked frames as Arrow streams."""

    found: tuple[Found, ...]
    frames: Mapping[str, bytes]

    def unpacked(self) -> Iterator[tuple[Found, Rows]]:
        """Each file with its rows."""
        rows = unpacked(self.frames, ((found.path, found.rows) for found in self.found))
        return zip(self.found, rows, strict=True)


def read_chunk(chunk: Chunk) -> Sent:
    """The files read, and checked together; the error of one is its own."""
    return read_files(chunk.paths, chunk.rules.unpacked(), chunk.before)


def failed(chunk: Chunk, error: Exception) -> Sent:
    """What is told of files whose worker died, or failed, over and over."""
    killed = isinstance(error, BrokenExecutor) or type(error).__name__ == "KilledWorker"  # Dask's own
    told = [CannotRead("E-KILLED", path=path) if killed else _unforeseen(path, error) for path in chunk.paths]
    return Sent(tuple(Found(path, error=one) for path, one in zip(chunk.paths, told, strict=True)), {})


def read_files(paths: Sequence[str], rulebook: Rulebook, before: Before | None = None) -> Sent:
    """The files read, and checked together, in this process."""
    with no_collecting():  # all that the work needs is gone again when it ends
        return _work(paths, rulebook, before)


def _work(paths: Sequence[str], rulebook: Rulebook, before: Before | None) -> Sent:
    read = [_read(path, rulebook) for path in paths]
    readings = [reading for _, reading in read if reading is not None]
    checked = _checked(readings, rulebook, before)
    kept = {name: frame for name, frame in checked.rows.items() if not name.endswith(".total")}
    found = [
        one if reading is None else _told(one, reading, checked.reports[reading.file], before)
        for one, reading in read
    ]
    return Sent(tuple(found), {name: packed(frame) for name, frame in kept.items()})


def _told(found: Found, reading: Reading, report: Report | SheetcreditError, before: Before | None) -> Found:
    rows: Counter[str] = Counter()
    for block in reading.blocks:
        if not block.frame.endswith(".total"):
            rows[block.frame] += len(block.rows)
    found = replace(
        found,
        kind="office",
        info=dict(reading.info.values),
        layout={name: (table.header_row, dict(table.columns)) for name, table in reading.tables.items()},
        rows=dict(rows),
        dated=bool(reading.info.as_of or reading.info.period),
    )
    if isinstance(report, SheetcreditError):
        return replace(found, error=report)
    previous = before.last_submission(report.office, report.period) if before else ""
    return replace(found, report=replace(report, names={}), previous=previous)


def _read(path: str, rulebook: Rulebook) -> tuple[Found, Reading | None]:
    data: bytes | None = None
    try:
        with _local(path) as file:
            data = bytes_of(file)
            sheets = [sheet.sheet for sheet in rulebook.office.tables()]
            book = replace(book_of(data, file, sheets), path=path)
        return Found(path, (book.digest or b"").hex()), understand(book, rulebook.office)
    except SheetcreditError as error:
        if "path" in error.details:
            error.details["path"] = path
        told = error
    except Exception as error:
        told = _unforeseen(path, error)
    return Found(path, "" if data is None else sha256(data).hexdigest(), error=told), None


@contextmanager
def _local(path: str) -> Iterator[Path]:
    """The file where it can be opened; from other storage it is fetched first."""
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
class _Checked:
    """The reports by file, or why there is none; and the stacked rows of all files."""

    reports: Mapping[str, Report | SheetcreditError]
    rows: Frames


def _checked(readings: Sequence[Reading], rulebook: Rulebook, before: Before | None) -> _Checked:
    """All checked together; where that fails, each by itself, to find whose fault it is."""
    if not readings:
        return _Checked({}, {})
    try:
        previous = previous_readings(before, readings, rulebook.office) if before else {}
        batch = Batch.of(readings, rulebook, previous)
        reports = check_batch(batch, compared=False)
        return _Checked({report.file: report for report in reports}, batch.amounts)
    except Exception as error:
        rows = stack(block for reading in readings for block in reading.blocks)
        if len(readings) == 1:
            file = readings[0].file
            told = error if isinstance(error, SheetcreditError) else _unforeseen(file, error)
            return _Checked({file: told}, rows)
    singly = [_checked([reading], rulebook, before) for reading in readings]
    return _Checked({file: told for one in singly for file, told in one.reports.items()}, rows)


def _unforeseen(path: str, error: BaseException) -> SheetcreditError:
    return SheetcreditError("E-FILE-FAILED", path=path, reason=f"{type(error).__name__}: {error}")
