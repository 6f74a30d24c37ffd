"""Where results go: into the file itself, into another file, or into a folder under the same name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from sheetcredit.model.errors import BadUsage, CannotWrite


def destinations(files: Sequence[Path], out: Path | None) -> Mapping[Path, Path | None]:
    """The target of each file; None means in place.

    Raises:
        BadUsage: several files but `out` is a file, two of them would be written to one place, or a
            result would replace an input although it was asked for elsewhere.
    """
    if out is None:
        return dict.fromkeys(files)
    alone = len(files) == 1 and not out.is_dir()
    targets: dict[Path, Path | None] = {files[0]: out} if alone else _in_folder(files, out)
    inputs = {file.resolve() for file in files}
    for target in targets.values():
        if target is not None and target.resolve() in inputs:
            raise BadUsage("E-OUT-IS-INPUT", path=target)
    return targets


def _in_folder(files: Sequence[Path], out: Path) -> dict[Path, Path | None]:
    if out.exists() and not out.is_dir():
        raise BadUsage("E-OUT-NOT-FOLDER", path=out)
    if not out.exists() and out.suffix:
        raise BadUsage("E-OUT-NOT-FOLDER", path=out)
    names = Counter(file.name for file in files)
    for name, times in names.items():
        if times > 1:
            raise BadUsage("E-SAME-OUTPUT", path=out / name)
    return {file: out / file.name for file in files}


def make_folder(target: Path | None) -> None:
    """Make the folder that a result goes to, when it was named with -o and is not there yet."""
    if target is not None and target.parent != Path():
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CannotWrite("E-WRITE", path=target.parent, reason=error.strerror) from error
