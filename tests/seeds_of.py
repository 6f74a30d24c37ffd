"""Where the seed workbooks are, what the golden case publishes, and copies to work on."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

SEEDS = Path(__file__).resolve().parent.parent / "seeds"
GOLDEN = SEEDS / "an-duong-2024q1.xlsx"
MISTAKEN = SEEDS / "an-duong-2024q1-loi.xlsx"

# The golden table of the domain: what the bulletin of An Dương published, and what follows from it.
PUBLISHED: dict[str, float] = {
    "TH_NguonVon": 449141,
    "TH_NguonVon_Tang": 449141 - 429553,
    "TH_NguonVon_TyLeTang": 0.0456,
    "TH_NguonVon_HTKHTangTruong": 0.456,
    "TH_DuNo": 438213,
    "TH_DuNo_Tang": 8662,
    "TH_DuNo_TyLeTang": 0.0202,
    "TH_DuNo_HTKH": 0.976,
    "TH_SoChuongTrinh": 11,
    "TH_UyThac": 437439,
    "TH_UyThac_Tang": 8665,
    "TH_UyThac_TyTrong": 0.9982,
    "TH_TrucTiep": 774,
    "TH_SoTo": 250,
    "TH_SoKhachHang": 8425,
    "TH_HND": 147185,
    "TH_HPN": 185065,
    "TH_CCB": 70061,
    "TH_DTN": 35128,
    "TH_HND_TyTrong": 0.337,
    "TH_HPN_TyTrong": 0.423,
    "TH_CCB_TyTrong": 0.16,
    "TH_DTN_TyTrong": 0.08,
    "TH_NoQuaHan": 456,
    "TH_NoQuaHan_TyLe": 0.001,
    "TH_To_Tot": 240,
    "TH_To_Kha": 6,
    "TH_To_TrungBinh": 4,
    "TH_To_Yeu": 0,
    "TH_To_Tot_TyTrong": 0.96,
    "TH_To_Kha_TyTrong": 0.024,
    "TH_To_TrungBinh_TyTrong": 0.016,
    "TH_To_Yeu_TyTrong": 0,
}
# Figures that no bulletin published; the seed gives them synthetic values.
UNPUBLISHED = {"TH_NoKhoanh", "TH_NoKhoanh_TyLe", "TH_TienGui"}


def copy_of(seed: Path, folder: Path, name: str | None = None) -> Path:
    """A copy to write into."""
    return Path(shutil.copy(seed, folder / (name or seed.name)))


def digest(path: Path) -> str:
    """The hash of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
