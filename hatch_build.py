"""Puts the compiled form of `schemas/` into the wheel, so that no start of the program parses YAML."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileSchemas(BuildHookInterface[Any]):
    """Runs for wheels only; an editable install reads the YAML itself."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the compiled file to the wheel that is being built."""
        if version == "editable":
            return
        root = Path(self.root)
        sys.path.insert(0, str(root / "src"))
        from sheetcredit.model.yaml_file import COMPILED, compile_folder  # noqa: PLC0415

        compiled = Path(tempfile.mkdtemp()) / COMPILED
        compiled.write_bytes(compile_folder(root / "schemas"))
        build_data["force_include"][str(compiled)] = f"sheetcredit/schemas/{COMPILED}"
