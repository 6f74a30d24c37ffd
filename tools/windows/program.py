"""The installed folder: `sheetcredit.exe`, CPython with all packages, the guide. The same bytes each time."""

from __future__ import annotations

import re
import shutil
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

from markdown_it import MarkdownIt

from tools.windows.pieces import BUILD, HERE, ROOT, RUN_PINS, call, compile_c, install_wheels, windows_python
from tools.windows.wine import Wine

SITE = Path("python", "Lib", "site-packages")

# Read by Python before anything else: only these folders, no environment variables, no packages of the user.
PATHS = "python313.zip\r\n.\r\nLib\\site-packages\r\nimport site\r\n"

# What packages bring and the program never loads: help, examples, tests, parts for compilers, add-ins.
NOT_NEEDED = (
    ".lock", "bin", "PyWin32.chm", "adodbapi", "isapi", "pythonwin", "win32comext",
    "win32/Demos", "win32/test", "win32/include", "win32/libs", "win32/scripts", "win32/*.exe",
    "win32/perfmon*", "win32com/HTML", "win32com/demos", "win32com/include", "win32com/libs",
    "win32com/test", "win32com/readme.html",
    "xlwings*.dll", "xlwings/addin", "xlwings/html", "xlwings/js", "xlwings/quickstart*",
    "cffi", "pycparser", "pydantic/v1", "pygments/lexers/[a-z]*.py", "pygments/lexers/_*_builtins.py",
    "pyopenvba/apps", "pyopenvba/formula", "pyopenvba/interpreter", "pyopenvba/mlang",
    "xlwings/xlwingslib.*", "lxml/includes", "lxml/isoschematron", "lxml/html", "lxml/objectify.*",
    "lxml/sax.*", "lxml/*.pxi", "**/*.pyi", "**/*.c", "**/*.h", "**/*.pxd", "**/*.pyx",
    "*.dist-info/RECORD", "*.dist-info/direct_url.json", "*.dist-info/uv_cache.json",
)  # fmt: skip
# Of CPython's own files: a database, and the catalogue of signatures of the archive as it was.
NOT_NEEDED_OF_PYTHON = ("sqlite3.dll", "_sqlite3.pyd", "python.cat")


def version() -> str:
    """The version of the program."""
    text = (ROOT / "src" / "sheetcredit" / "_version.py").read_text(encoding="utf-8")
    found = re.search(r'__version__ = "([^"]+)"', text)
    assert found is not None
    return found[1]


def assemble(folder: Path, wheel: Path, wine: Wine) -> None:
    """Put the installed folder together from the wheel; what was there is removed.

    The bytecode is compiled by that Python itself, under Wine.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(windows_python(), folder / "python")
    (folder / "python" / "python313._pth").write_bytes(PATHS.encode())
    for name in NOT_NEEDED_OF_PYTHON:
        (folder / "python" / name).unlink()
    _store(folder / "python" / "python313.zip")
    install_wheels(folder / SITE, RUN_PINS, [wheel])
    for path in list(_not_needed(folder / SITE)):
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    shutil.copy(HERE / "installed" / "setup_steps.py", folder / "python")
    _compile(folder / "python", wine)
    (folder / "sheetcredit.ico").write_bytes(icon())
    _launcher(folder)
    _guide(folder / "guide")


def _not_needed(site: Path) -> Iterator[Path]:
    for pattern in NOT_NEEDED:
        yield from site.glob(pattern)
    for path in site.rglob("tests"):
        if (path / "__init__.py").exists():
            yield path


def _store(library: Path) -> None:
    """The standard library unpacked inside its .zip: quicker to start from, and packed better as a whole."""
    with zipfile.ZipFile(library) as packed:
        members = [(name, packed.read(name)) for name in sorted(packed.namelist())]
    with zipfile.ZipFile(library, "w", zipfile.ZIP_STORED) as stored:
        for name, data in members:
            stored.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)


def _compile(python: Path, wine: Wine) -> None:
    """Bytecode, known by the source's hash and not by its date.

    Of libraries it takes the place of the source, which nothing reads and which is a twentieth of the setup.
    Of the program it lies beside the source, at which the cache of what was read looks.
    """
    for cache in list(python.rglob("__pycache__")):
        shutil.rmtree(cache)
    # `-B`: what it imports itself would be compiled with its date.
    quietly = ("-B", "-m", "compileall", "-qq", "-j", "1", "--invalidation-mode", "unchecked-hash")
    own = "Lib\\site-packages\\sheetcredit"
    wine.must(python / "python.exe", *quietly, own, "setup_steps.py", cwd=python)
    # Some package has a file that only Python 2 understands: it stays as it is, and nothing can load it.
    wine.run(python / "python.exe", *quietly, "-b", "-x", r"site-packages\\sheetcredit\\", "Lib", cwd=python)
    for source in (python / "Lib").rglob("*.py"):
        if source.with_suffix(".pyc").exists():
            source.unlink()


def _launcher(folder: Path) -> None:
    """`sheetcredit.exe` with its icon and version."""
    numbers = [*re.findall(r"\d+", version()), "0", "0", "0"][:4]
    given = {
        "NUMBERS": ",".join(numbers), "VERSION": version(),
        "ICON": str(folder / "sheetcredit.ico"), "MANIFEST": str(HERE / "launcher.manifest"),
    }  # fmt: skip
    text = (HERE / "launcher.rc").read_text(encoding="utf-8")
    for name, value in given.items():
        text = text.replace(f"@{name}@", value)
    resources = BUILD / "launcher.rc"
    resources.write_text(text, encoding="utf-8")
    compiled = BUILD / "launcher.res.o"
    call(["x86_64-w64-mingw32-windres", "-c", "65001", resources, compiled])
    compile_c(HERE / "launcher.c", folder / "sheetcredit.exe", "-municode", str(compiled))


def _guide(folder: Path) -> None:
    """The Vietnamese guide as pages for a browser, with its pictures."""
    folder.mkdir()
    shutil.copytree(ROOT / "docs" / "pictures", folder / "pictures")
    pages = MarkdownIt("commonmark", {"html": True}).enable("table")
    for source in sorted((ROOT / "docs" / "vi").glob("*.md")):
        text = source.read_text(encoding="utf-8").replace("../pictures/", "pictures/")
        title = text.split("\n", 1)[0].removeprefix("# ")
        body = re.sub(r'href="([a-z-]+)\.md', r'href="\1.html', pages.render(text))
        body = re.sub(r'<a href="\.\./[^"]*">(.*?)</a>', r"\1", body)
        body = re.sub(r"<h(\d)>(.*?)</h\1>", _with_anchor, body)
        page = (HERE / "guide.html").read_text(encoding="utf-8")
        (folder / f"{source.stem}.html").write_text(
            page.replace("@TITLE@", title).replace("@BODY@", body), encoding="utf-8", newline="\n"
        )


def _with_anchor(heading: re.Match[str]) -> str:
    """A heading that links lead to, named as the repository's viewer names it."""
    plain = re.sub(r"<[^>]+>", "", heading[2]).lower()
    anchor = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
    return f'<h{heading[1]} id="{anchor}">{heading[2]}</h{heading[1]}>'


def icon() -> bytes:
    """A sheet with a tick, drawn in three sizes."""
    pictures = [_picture(size) for size in (16, 32, 48)]
    offset = 6 + 16 * len(pictures)
    head = struct.pack("<HHH", 0, 1, len(pictures))
    for size, picture in zip((16, 32, 48), pictures, strict=True):
        head += struct.pack("<BBBBHHII", size, size, 0, 0, 1, 32, len(picture), offset)
        offset += len(picture)
    return head + b"".join(pictures)


def _picture(size: int) -> bytes:
    """One size of the icon: a header, blue-green-red-alpha rows from below, an empty mask."""
    rows = b"".join(
        struct.pack("<4B", *_colour((x + 0.5) / size, 1 - (y + 0.5) / size))
        for y in range(size)
        for x in range(size)
    )
    mask = b"\0" * ((size + 31) // 32 * 4 * size)
    return struct.pack("<IiiHHIIiiII", 40, size, 2 * size, 1, 32, 0, len(rows), 0, 0, 0, 0) + rows + mask


def _colour(x: float, y: float) -> tuple[int, int, int, int]:
    """Blue, green, red, alpha at a place of the unit square, y downward."""
    if not (0.06 < x < 0.94 and 0.06 < y < 0.94):
        return 0, 0, 0, 0
    short = 0.24 < x < 0.44 and abs(y - (x + 0.27)) < 0.09
    long = 0.40 < x < 0.80 and abs(y - (1.12 - x)) < 0.09
    if short or long:
        return 60, 120, 20, 255
    if y < 0.26 or not (0.12 < x < 0.88 and 0.12 < y < 0.88):
        return 70, 130, 30, 255
    on_line = abs((y * 6) % 1 - 0.5) > 0.46 or abs((x * 4) % 1 - 0.5) > 0.47
    return (190, 215, 180, 255) if on_line else (255, 255, 255, 255)
