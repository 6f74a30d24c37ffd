"""`make installer`: `sheetcredit-setup.exe` and the portable .zip, from the wheel in `dist`.

The same commit gives the same bytes: files in the order of their names, no dates, bytecode known by hashes.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import sys
import zipfile
from pathlib import Path

from tools.windows.pieces import BUILD, HERE, ROOT, Missing, call
from tools.windows.program import assemble, version
from tools.windows.wine import new_windows

PROGRAM = BUILD / "program"
SETUP = ROOT / "dist" / "sheetcredit-setup.exe"
PORTABLE = ROOT / "dist" / "sheetcredit-portable.zip"

# The day that all files in the .zip bear: the format knows none before.
_DAY = (1980, 1, 1, 0, 0, 0)
_LARGEST = 60_000_000


def main() -> None:
    """Build both files from the one wheel there is."""
    wheels = sorted((ROOT / "dist").glob("sheetcredit-*.whl"))
    if len(wheels) != 1:
        raise Missing(f"expected one wheel in dist, found {len(wheels)}")
    wine = new_windows(BUILD / "prefix-build")
    with wine.awake():
        assemble(PROGRAM, wheels[0], wine)
    sign(PROGRAM / "sheetcredit.exe")
    pack_setup(PROGRAM, SETUP, version())
    pack_portable(PROGRAM, PORTABLE)
    for made in (SETUP, PORTABLE):
        digest = hashlib.sha256(made.read_bytes()).hexdigest()
        print(f"{made.relative_to(ROOT)}: {made.stat().st_size:,} bytes, sha256 {digest}")
    if SETUP.stat().st_size > _LARGEST:
        raise Missing(f"{SETUP.name} has more than {_LARGEST:,} bytes")


def pack_setup(program: Path, setup: Path, number: str, *, quick: bool = False) -> None:
    """Let NSIS pack the program folder; `number` is the version that Windows shows.

    `quick` gives a larger file in seconds, for trying.
    """
    listed = BUILD / "files.nsh"
    listed.write_text(_file_list(program), encoding="utf-8")
    numbers = ".".join([*re.findall(r"\d+", number), "0", "0", "0"][:4])
    kilobytes = sum(path.stat().st_size for path in program.rglob("*") if path.is_file()) // 1024
    given = {
        "VERSION": number, "NUMBERS": numbers, "OUT": setup, "PROGRAM": program, "FILES": listed,
        "SIZE": kilobytes,
    }  # fmt: skip
    if quick:
        given["QUICK"] = ""
    if signing := _signing():
        given["SIGN"] = signing
    setup.parent.mkdir(parents=True, exist_ok=True)
    defined = [f"-D{name}={value}" for name, value in given.items()]
    command: list[str | Path] = [
        "makensis",
        "-V2",
        "-WX",
        "-INPUTCHARSET",
        "UTF8",
        *defined,
        HERE / "setup.nsi",
    ]
    call(command, SOURCE_DATE_EPOCH="315532800")


def _file_list(program: Path) -> str:
    """What NSIS unpacks, folder by folder, into `new` beside the program that is there."""
    lines = []
    folders = [program, *sorted(path for path in program.rglob("*") if path.is_dir())]
    for folder in folders:
        files = sorted(path for path in folder.iterdir() if path.is_file())
        inside = str(folder.relative_to(program)).replace("/", "\\")
        if files:
            lines.append(f'SetOutPath "$INSTDIR\\new{"" if inside == "." else chr(92) + inside}"')
            lines += (f'File "{str(path).replace("$", "$$")}"' for path in files)
    return "\n".join(lines) + "\n"


def pack_portable(program: Path, target: Path) -> None:
    """The same folder as a .zip, to be unpacked anywhere."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path in sorted(program.rglob("*")):
            if path.is_file():
                member = zipfile.ZipInfo(f"sheetcredit/{path.relative_to(program).as_posix()}", _DAY)
                member.compress_type = zipfile.ZIP_DEFLATED
                member.external_attr = 0o644 << 16
                packed.writestr(member, path.read_bytes())


def _signing() -> str:
    """The command that signs a file in place, when a certificate is there (`SIGN_CERTIFICATE`, a .pfx)."""
    if not os.environ.get("SIGN_CERTIFICATE"):
        return ""
    return f"{shlex.quote(sys.executable)} -m tools.windows.installer sign"


def sign(program: Path) -> None:
    """Sign a program with the certificate of `SIGN_CERTIFICATE`, its password in `SIGN_PASSWORD_FILE`.

    Without a certificate nothing happens: Windows then warns of an unknown publisher. `SIGN_TIMESTAMP` is the
    address of a time-stamping service, so that the signature outlives the certificate.
    """
    certificate = os.environ.get("SIGN_CERTIFICATE")
    if not certificate:
        return
    signed = program.with_suffix(".signed")
    more = ["-ts", os.environ["SIGN_TIMESTAMP"]] if os.environ.get("SIGN_TIMESTAMP") else []
    password = ["-readpass", os.environ["SIGN_PASSWORD_FILE"]] if os.environ.get("SIGN_PASSWORD_FILE") else []
    signed.unlink(missing_ok=True)
    call([
        "osslsigncode", "sign", "-pkcs12", certificate, *password, "-h", "sha256", "-n", "sheetcredit", *more,
        "-in", program, "-out", signed,
    ])  # fmt: skip
    signed.replace(program)


if __name__ == "__main__":
    if sys.argv[1:2] == ["sign"]:
        sign(Path(sys.argv[2]))
    else:
        main()
