"""A few invented offices of one branch, as files that arrived, and what they add up to without our code."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from seeds.generate import catalogue_entries, make_office, to_content
from seeds.office import Office
from sheetcredit import patch_cells
from sheetcredit.build.workbook import build_workbook
from sheetcredit.catalogue.catalogue import Catalogues, load_catalogues
from sheetcredit.catalogue.entry import Entry
from sheetcredit.model.checked_yaml import Words
from sheetcredit.rulebook import Rulebook

HAI_PHONG = "Chi nhánh NHCSXH thành phố Hải Phòng"
QUANG_NINH = "Chi nhánh NHCSXH tỉnh Quảng Ninh"
EARLY = datetime(2024, 4, 2, 3, 0, tzinfo=UTC)
IN_TIME = datetime(2024, 4, 4, 3, 0, tzinfo=UTC)
LATE = datetime(2024, 4, 15, 3, 0, tzinfo=UTC)


@cache
def office(number: int, branch: str = HAI_PHONG, period: str = "2024Q1", prefix: str = "03") -> Office:
    """A small consistent office: `0301` for 1."""
    return make_office(
        number, code=f"{prefix}{number:02}", communes=3, groups=20, period=period,
        first_commune=20_001 + 300 * number + (30_000 if prefix != "03" else 0), branch=branch,
    )  # fmt: skip


@cache
def built(number: int, branch: str = HAI_PHONG, period: str = "2024Q1", prefix: str = "03") -> bytes:
    """Its workbook as a file's bytes."""
    with TemporaryDirectory() as folder:
        made = to_content(office(number, branch, period, prefix))
        return build_workbook(Path(folder) / "office.xlsx", made).read_bytes()


def arrived(path: Path, data: bytes, when: datetime = IN_TIME) -> Path:
    """A file that came at a time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, (when.timestamp(), when.timestamp()))
    return path


def patched(path: Path, edits: Mapping[str, Mapping[str, object]]) -> Path:
    """A file that arrived with other values in some cells, at the same time."""
    when = path.stat().st_mtime
    patch_cells(path, edits)  # type: ignore[arg-type]
    os.utime(path, (when, when))
    return path


def rulebook_of(offices: Iterable[Office]) -> Rulebook:
    """Ours, with the invented offices and nobody else, and a second branch."""
    base = load_catalogues()
    entries: dict[str, list[Entry]] = {name: list(own) for name, own in base.entries.items()}
    entries["offices"] = []
    for one in offices:
        for name, own in catalogue_entries(one).items():
            entries[name] += own
    entries["branches"].append(Entry(code="14", name=Words(vi=QUANG_NINH), place="Hạ Long"))
    return Rulebook(catalogues=Catalogues({name: tuple(own) for name, own in entries.items()}, base.limits))


def totals(offices: Sequence[Office]) -> dict[str, int]:
    """Figures of `Tổng hợp` in whole đồng (or counted), added up from the books behind the workbooks."""
    ledger = [row for one in offices for row in one.ledger]
    entrusted = [row for row in ledger if row.association != "99"]
    programmes = [row for one in offices for row in one.programmes]
    groups = [group for one in offices for group in one.groups]
    return {
        "TH_NguonVon": sum(row.current for one in offices for row in one.funding),
        "TH_DuNo": sum(row.account.balance for row in programmes),
        "TH_DuNo_Tang": sum(row.account.balance - row.account.opening for row in programmes),
        "TH_UyThac": sum(row.balance for row in entrusted),
        "TH_TrucTiep": sum(row.balance for row in ledger if row.association == "99"),
        "TH_SoTo": len(groups),
        "TH_SoKhachHang": sum(row.customers for row in entrusted),
        "TH_TienGui": sum(row.deposits for row in entrusted),
        "TH_HND": sum(row.balance for row in entrusted if row.association == "11"),
        "TH_HPN": sum(row.balance for row in entrusted if row.association == "12"),
        "TH_CCB": sum(row.balance for row in entrusted if row.association == "13"),
        "TH_DTN": sum(row.balance for row in entrusted if row.association == "14"),
        "TH_NoQuaHan": sum(row.account.overdue for row in programmes),
        "TH_NoKhoanh": sum(row.account.frozen for row in programmes),
        "TH_SoChuongTrinh": len({row.code for row in programmes if row.account.balance > 0}),
        "TH_To_Tot": sum(group.rating == "Tốt" for group in groups),
        "TH_To_Kha": sum(group.rating == "Khá" for group in groups),
        "TH_To_TrungBinh": sum(group.rating == "Trung bình" for group in groups),
        "TH_To_Yeu": sum(group.rating == "Yếu" for group in groups),
    }


COUNTED = ("TH_SoTo", "TH_SoKhachHang", "TH_SoChuongTrinh", "TH_To_Tot", "TH_To_Kha", "TH_To_TrungBinh",
           "TH_To_Yeu")  # fmt: skip


def printed(figures: dict[str, int]) -> dict[str, int]:
    """The same as printed: amounts in whole triệu, half-up."""
    return {
        name: value if name in COUNTED else (abs(value) + 500_000) // 1_000_000 * (1 if value >= 0 else -1)
        for name, value in figures.items()
    }
