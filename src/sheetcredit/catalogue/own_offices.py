"""Offices as somebody has put them right: an office its own, a branch all of its offices by one list.

Both are kept beside the settings, in files of one form. What a list does not say stays as the national
catalogue has it; what it says holds from its `valid_from` on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec

from sheetcredit.model.checked_yaml import Definition, check_definition
from sheetcredit.model.errors import BadDefinition, CannotWrite
from sheetcredit.model.yaml_file import YamlMistakeError, load_yaml
from sheetcredit.settings import settings_file

OWN, BRANCH = "offices.yaml", "branch-offices.yaml"
"""The files beside the settings: what the office says of itself, and the branch's list."""


class OwnCommune(Definition, frozen=True, kw_only=True):
    """A commune of an office: its statistics code, the bank's own, a name where the catalogue has none."""

    code: str
    name: str = ""
    bank_code: str = ""


class OwnOffice(Definition, frozen=True, kw_only=True):
    """An office as somebody has put it right; what is empty is left to the national catalogue.

    `pos` is the bank's own code of it, 6 digits. `province` is the province of now whose communes it serves.
    `groups`: the commune into which a person put each group of a commune that was divided.
    """

    code: str
    pos: str = ""
    name: str = ""
    branch: str = ""
    province: str = ""
    place: str = ""
    send_to: str = ""
    valid_from: date = date.min
    communes: tuple[OwnCommune, ...] = ()
    groups: Mapping[str, str] = msgspec.field(default_factory=dict)

    def is_called(self, code: str) -> bool:
        """Whether a workbook means this office: by its code, its POS code or the last four digits of that."""
        return code in (self.code, self.pos) or (len(self.pos) == 6 and code == self.pos[-4:])


class _List(Definition, frozen=True, kw_only=True):
    offices: tuple[OwnOffice, ...] = ()


@dataclass(frozen=True)
class OwnOffices:
    """The lists in the order of trust: the office's own before its branch's."""

    lists: tuple[tuple[OwnOffice, ...], ...] = ()

    def find(self, code: str) -> OwnOffice | None:
        """An office by its code or POS code, as the first list that knows it says."""
        return next((one for listed in self.lists for one in listed if one.is_called(code)), None)

    def all(self) -> Iterable[OwnOffice]:
        """Every office once."""
        return {one.code: one for listed in reversed(self.lists) for one in listed}.values()


def own_file() -> Path:
    """Where an office keeps what it says of itself: beside the settings."""
    return settings_file().parent / OWN


def branch_file() -> Path:
    """Where the branch's list is kept."""
    return settings_file().parent / BRANCH


def load_own_offices(folder: Path | None = None) -> OwnOffices:
    """What is kept beside the settings (or in a folder); nothing where nobody put anything right.

    Raises:
        BadDefinition: a file cannot be understood.
    """
    where = folder or settings_file().parent
    return OwnOffices(tuple(read_offices(where / name) for name in (OWN, BRANCH)))


def read_offices(path: Path) -> tuple[OwnOffice, ...]:
    """The offices of one file; none where there is no file."""
    try:
        content = load_yaml(path)
    except FileNotFoundError:
        return ()
    except (OSError, YamlMistakeError) as error:
        problem = getattr(error, "problem", None) or getattr(error, "strerror", None) or str(error)
        raise BadDefinition(
            "E-DEFINITION", path=path, place="-", problem=problem,
            advice="Sửa hoặc xóa tệp này. / Correct or remove this file.",
        ) from error  # fmt: skip
    return check_definition(_List, content or {}, path).offices


def keep(office: OwnOffice, path: Path) -> Path:
    """Put an office into a file, in place of what it said of it before.

    Raises:
        CannotWrite: the file cannot be written.
    """
    others = tuple(one for one in read_offices(path) if one.code != office.code)
    return write_offices(path, (*others, office))


def write_offices(path: Path, offices: Iterable[OwnOffice]) -> Path:
    """Write a file anew, so that a reader sees the old one or the new one.

    It is JSON, which is YAML too: people can edit it, and it is read at once.
    """
    listed = [_without_empty(msgspec.to_builtins(one)) for one in sorted(offices, key=lambda one: one.code)]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        begun = path.with_name(f"{path.name}.tmp")
        begun.write_text(json.dumps({"offices": listed}, ensure_ascii=False, indent=1), encoding="utf-8")
        begun.replace(path)
    except OSError as error:
        raise CannotWrite("E-WRITE", path=path, reason=error.strerror or error) from error
    return path


def _without_empty(content: Mapping[str, object]) -> dict[str, object]:
    return {
        name: [_without_empty(one) for one in value] if isinstance(value, (list, tuple)) else value
        for name, value in content.items()
        if value not in ("", (), [], {}, date.min.isoformat())
    }
