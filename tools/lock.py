"""Resolve the dependencies into files that hold names, versions, markers and hashes, and nothing else.

`python -m tools.lock` resolves them again, for every system and Python at once (colorama and pywin32 for
Windows, appscript for macOS), keeping the present versions where they still fit; `--upgrade` lets go of
them. `--check` looks, without a network, at whether the files are sound and agree with one another.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = "# Written by `make constraints`: names, versions and hashes for every system. Not edited by hand.\n"
OLDEST_PYTHON = "3.11"

PIN = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>[A-Za-z0-9.+!]+)(?: ; (?P<marker>[^\\]+?))? \\")
HASH = re.compile(r"    --hash=sha256:(?P<digest>[0-9a-f]{64})(?: \\)?")
# A name as `pyproject.toml` writes it, before its extras and bounds.
REQUIREMENT = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True)
class LockFile:
    """One file of pins, and what it is resolved from."""

    path: str
    project: bool = False
    group: str | None = None
    # The pins of the first file hold everywhere: one version of a package in all environments.
    follows: str | None = None


EVERYTHING = LockFile("constraints.txt", project=True, group="dev")
FILES = (
    EVERYTHING,
    LockFile("requirements/run.txt", project=True, follows=EVERYTHING.path),
    LockFile("requirements/bench.txt", group="bench", follows=EVERYTHING.path),
    LockFile("requirements/fuzz.txt", project=True, group="fuzz", follows=EVERYTHING.path),
    LockFile("requirements/lock.txt", group="lock"),
    LockFile("requirements/windows.txt", group="windows", follows=EVERYTHING.path),
)

Pins = dict[tuple[str, str], frozenset[str]]


def resolve(file: LockFile, *, upgrade: bool) -> None:
    """Let uv resolve one file; it only serves as the resolver, environments are filled by pip."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal"]
    command += ["--python-version", OLDEST_PYTHON, "--generate-hashes", "--no-annotate", "--no-header"]
    command += ["--no-emit-index-url", "--no-emit-find-links", "--output-file", file.path]
    if upgrade:
        command.append("--upgrade")
    if file.follows:
        command += ["--constraint", file.follows]
    if file.project:
        command.append("pyproject.toml")
    if file.group:
        command += ["--group", f"pyproject.toml:{file.group}"]
    subprocess.run(command, cwd=ROOT, check=True)
    path = ROOT / file.path
    path.write_text(HEADER + path.read_text(encoding="utf-8"), encoding="utf-8")


def read_pins(path: Path) -> Pins:
    """Read (name, version) with hashes; anything that is not a pin or a hash is an error."""
    pins: dict[tuple[str, str], frozenset[str]] = {}
    current: tuple[str, str] | None = None
    text = path.read_text(encoding="utf-8")
    if not text.startswith(HEADER):
        raise SystemExit(f"{path.name}: the first line is not the one `make constraints` writes")
    for number, line in enumerate(text.removeprefix(HEADER).splitlines(), start=2):
        if pin := PIN.fullmatch(line):
            current = (pin["name"], pin["version"])
            pins[current] = frozenset()
        elif (digest := HASH.fullmatch(line)) and current is not None:
            pins[current] |= {digest["digest"]}
        else:
            raise SystemExit(f"{path.name}:{number}: neither a pinned version nor a hash: {line!r}")
    return pins


def wanted(file: LockFile) -> set[str]:
    """Names that `pyproject.toml` asks for and the file must therefore pin."""
    with (ROOT / "pyproject.toml").open("rb") as stream:
        settings = tomllib.load(stream)
    requirements: list[str] = []
    if file.project:
        requirements += settings["project"]["dependencies"]
    if file.group:
        requirements += settings["dependency-groups"][file.group]
    names = [found[0] for text in requirements if (found := REQUIREMENT.match(text))]
    return {re.sub(r"[-_.]+", "-", name).lower() for name in names}


def faults() -> list[str]:
    """What is wrong with the files, as lines to print."""
    found: list[str] = []
    pins = {file.path: read_pins(ROOT / file.path) for file in FILES}
    reference = pins[EVERYTHING.path]
    for file in FILES:
        mine = pins[file.path]
        missing = wanted(file) - {name for name, _ in mine}
        found += [f"{file.path}: {name} is in pyproject.toml but not pinned" for name in sorted(missing)]
        found += [
            f"{file.path}: {name} {version} has no hash" for (name, version), h in mine.items() if not h
        ]
        if file.follows is None:
            continue
        versions: dict[str, set[str]] = {}
        for name, version in reference:
            versions.setdefault(name, set()).add(version)
        found += [
            f"{file.path}: {name} {version} is not what {EVERYTHING.path} has"
            for name, version in mine
            if name in versions and version not in versions[name]
        ]
    return found


def main() -> None:
    """Resolve or check."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="only look at the files")
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that fit")
    options = parser.parse_args()
    if not options.check:
        for file in FILES:
            resolve(file, upgrade=options.upgrade)
    lines = faults()
    for line in lines:
        print(line, file=sys.stderr)
    if lines:
        raise SystemExit("The pinned packages do not fit; resolve them again: make constraints")
    print(f"{len(FILES)} files of pinned packages are sound.")


if __name__ == "__main__":
    main()
