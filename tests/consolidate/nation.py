"""A nation of twelve small offices, four of them with a mistake, made by the generator of the bench."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from sheetcredit.catalogue.catalogue import load_catalogues
from sheetcredit.outcome import Gathered
from sheetcredit.pool.gather import gather
from sheetcredit.rulebook import Rulebook
from sheetcredit.screen.json_form import as_json
from tools.national import Nation, make_nation

SMALL = Nation(offices=12, branches=3, communes=36, groups=240, mistaken=34)


@dataclass(frozen=True)
class Came:
    path: Path | str
    origin: str = ""
    received: datetime | None = None


@dataclass(frozen=True)
class Land:
    """The nation's folder, its rules, and what is told of it by one process."""

    folder: Path
    rulebook: Rulebook
    told: str

    @property
    def files(self) -> list[Path]:
        return sorted(self.folder.glob("branch-*/*.xlsx"))

    @property
    def came(self) -> list[Came]:
        return [Came(path) for path in self.files]


def told(gathered: Iterable[Gathered]) -> str:
    """All that can be told: the machine form of the reports, the errors, the rows."""
    kept = list(gathered)
    reports = as_json([one.report for one in kept if one.report], "vi")
    errors = [f"{one.path}: {one.error}" for one in kept if one.error]
    rows = [
        f"{one.path} {name} {frame.hash_rows().sum()}" for one in kept for name, frame in one.rows.items()
    ]
    return "\n".join((reports, *errors, *rows))


@pytest.fixture(scope="session")
def land(tmp_path_factory: pytest.TempPathFactory) -> Land:
    folder = make_nation(tmp_path_factory.mktemp("nation"), SMALL, workers=1)
    rulebook = Rulebook(catalogues=load_catalogues(folder / "catalogues"))
    candidates = [Came(path) for path in sorted(folder.glob("branch-*/*.xlsx"))]
    return Land(folder, rulebook, told(gather(candidates, rulebook, workers=1)))
