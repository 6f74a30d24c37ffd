"""A nation of twelve small offices, one in four with a mistake."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest

from seeds.generate import catalogue_entries, make_office, to_content
from seeds.office import Office
from sheetcredit.rulebook import Rulebook, our_rulebook
from sheetcredit.template.build import build_workbook
from sheetcredit.template.catalogue import Catalogues

OFFICES = 12


@dataclass(frozen=True)
class Came:
    path: Path
    origin: str = ""
    received: datetime | None = None


def came(folder: Path) -> list[Came]:
    return [Came(path) for path in sorted(folder.glob("*.xlsx"))]


@cache
def offices() -> tuple[Office, ...]:
    return tuple(
        make_office(
            70_000 + place, code=f"7{place:03d}", communes=3, groups=20, first_commune=40_001 + 9 * place
        )
        for place in range(OFFICES)
    )


@cache
def rulebook() -> Rulebook:
    ours = our_rulebook()
    entries: dict[str, tuple[object, ...]] = dict(ours.catalogues.entries)
    for office in offices():
        for name, more in catalogue_entries(office).items():
            entries[name] = (*entries[name], *more)
    return Rulebook(ours.office, ours.rules, Catalogues(entries, ours.catalogues.limits))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def nation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nation")
    for place, office in enumerate(offices()):
        content = to_content(office)
        if place % 4 == 1:
            row = content.tables["farmers"][0]
            assert isinstance(row["balance"], int)
            row["balance"] += 7  # type: ignore[index]
        build_workbook(folder / f"{office.info.code}.xlsx", content)
    return folder
