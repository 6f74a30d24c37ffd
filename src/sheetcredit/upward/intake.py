"""What arrived: the workbooks of folders, and those attached to mails, in an order that never changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.utils import parsedate_to_datetime
from hashlib import sha256
from pathlib import Path, PurePosixPath

from sheetcredit.model.errors import CannotRead, SheetcreditError

_WORKBOOKS = frozenset({".xlsx", ".xlsm"})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A workbook that may be a report.

    `origin`: where it came from, as people are told (`thu-03.eml › PGD0312.xlsx`). `received`: when a mail
    arrived, otherwise when the file was last changed. With an `error` there is nothing to read.
    """

    path: Path
    origin: str
    received: datetime | None = None
    error: SheetcreditError | None = None


def candidates(paths: Iterable[Path], workdir: Path, exclude: Iterable[Path] = ()) -> list[Candidate]:
    """Every workbook in files, folders and mails; what is attached is kept under `workdir`."""
    left_out = {path.resolve() for path in (workdir, *exclude)}
    found: dict[Path, Candidate] = {}
    for root in paths:
        files = sorted(root.rglob("*")) if root.is_dir() else [root]
        for path in files:
            if path.name.startswith((".", "~$")) or left_out & {path.resolve(), *path.resolve().parents}:
                continue
            origin = path.relative_to(root).as_posix() if root.is_dir() else path.name
            for candidate in _of_file(path, origin, workdir, named=path == root):
                found.setdefault(candidate.path.resolve(), candidate)
    return list(found.values())


def _of_file(path: Path, origin: str, workdir: Path, named: bool) -> Iterator[Candidate]:
    suffix = path.suffix.lower()
    if suffix == ".eml":
        yield from _attached(path, origin, workdir)
    elif suffix in _WORKBOOKS or named:
        if path.is_file():
            yield Candidate(path, origin, datetime.fromtimestamp(path.stat().st_mtime, UTC))
        else:
            yield Candidate(path, origin, None, CannotRead("E-MISSING", path=path, folder=path.parent))


def _attached(path: Path, origin: str, workdir: Path) -> Iterator[Candidate]:
    data = path.read_bytes()
    message = message_from_bytes(data, policy=policy.default)
    sent = message["Date"]
    when = parsedate_to_datetime(str(sent)) if sent else datetime.fromtimestamp(path.stat().st_mtime, UTC)
    for part in message.iter_attachments():
        name = PurePosixPath((part.get_filename() or "").replace("\\", "/")).name
        if PurePosixPath(name).suffix.lower() not in _WORKBOOKS:
            continue
        kept = workdir / sha256(data).hexdigest()[:16] / name
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(part.get_content())
        yield Candidate(kept, f"{origin} › {name}", when)
