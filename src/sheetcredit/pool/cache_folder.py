"""Where what was read once is kept (`kept`). Kept free of heavy imports: it is looked at before all else."""

from __future__ import annotations

from pathlib import Path

import platformdirs

SUFFIX = ".kept"


def default_folder() -> Path:
    """Where it is kept unless another folder is named: the user's own cache."""
    return platformdirs.user_cache_path("sheetcredit") / "read"


def is_any_kept(folder: Path | None = None) -> bool:
    """Whether anything at all is kept, of whatever workbooks."""
    return next((folder or default_folder()).glob(f"*/*{SUFFIX}"), None) is not None
