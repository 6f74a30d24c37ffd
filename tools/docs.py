"""The reference pages of `docs/` made from the code: `python -m tools.docs`.

`--check` compares instead of writing, and names the pages that are stale.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tools.pages import catalogues, command_line, data_dictionary, definitions, findings, imports, rules

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGES: Mapping[str, Callable[[], str]] = {
    "command-line.md": command_line.write,
    "findings.md": findings.write,
    "rules.md": rules.write,
    "data-dictionary.md": data_dictionary.write,
    "data-dictionary-branch.md": data_dictionary.write_branch,
    "definitions.md": definitions.write,
    "imports.md": imports.write,
    "catalogues.md": catalogues.write,
}


def stale_pages(folder: Path) -> list[str]:
    """The pages in a folder that are not what the code gives."""
    return [name for name, write in PAGES.items() if _present(folder / name) != write()]


def _present(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def main(arguments: Sequence[str] | None = None, folder: Path = DOCS) -> int:
    """Write the pages, or check them; 0 when all is well, 1 when some are stale."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    stale = stale_pages(folder)
    if parser.parse_args(arguments).check:
        if stale:
            print(f"Stale, run `make docs`: {', '.join(stale)}", file=sys.stderr)
            return 1
        print(f"{len(PAGES)} generated pages are up to date.")
        return 0
    for name in stale:
        (folder / name).write_text(PAGES[name](), encoding="utf-8")
        print(f"{name}: written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
