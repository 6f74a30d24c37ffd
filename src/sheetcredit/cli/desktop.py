"""What the icons and the context menu of Windows start: a file dropped, a folder, the Start menu.

Each job runs in a console window of its own that stays until a key is pressed, so that what was found can be
read; it offers to open the result. The jobs are those of the terminal.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from sheetcredit import windows
from sheetcredit.cli import jobs
from sheetcredit.cli.machine import doctor as examine
from sheetcredit.cli.options import CLEAN, COULD_NOT_RUN, INTERRUPTED, Lang, Language
from sheetcredit.model.errors import SheetcreditError
from sheetcredit.model.text import word
from sheetcredit.screen.say import failed, say, tell

app = typer.Typer(
    no_args_is_help=True,
    help="Cửa sổ mở từ biểu tượng và menu chuột phải. / The windows of the icons and the context menu.",
)

SUFFIXES = (".xlsx", ".xlsm")
_OPEN = "m"
"""The key that opens the result: m for “mở”."""


@app.command()
def check(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="PATH...", help="Tệp hoặc thư mục; không nêu thì hỏi. / Files or folders; asked for."
        ),
    ] = None,
    lang: Language = "vi",
) -> int:
    """Việc chính cho tệp hoặc cả thư mục, rồi đợi bấm phím. / The main job, then wait for a key."""
    return check_in_window(paths or [], lang)


@app.command()
def new(lang: Language = "vi") -> int:
    """Hỏi mã PGD và kỳ, tạo báo cáo mới trong Documents. / Ask for office and period, make a workbook."""
    return new_in_window(lang)


@app.command()
def doctor(lang: Language = "vi") -> int:
    """Khám máy, rồi đợi bấm phím. / What this machine lacks, then wait for a key."""
    return in_window(lambda: examine(None, json=False, lang=lang), lang, lambda: None)


def meant_for_desktop(arguments: Sequence[str], commands: Collection[str]) -> bool:
    """Whether the program was started by a double click or a drop on its own icon, not from a terminal.

    A window of its own that nobody else writes into, and no command: nothing, or files and folders.
    """
    if sys.platform == "win32":
        paths = not arguments or (
            arguments[0] not in commands and all(Path(one).exists() for one in arguments)
        )
        return paths and sys.stdin.isatty() and sys.stdout.isatty() and windows.alone_in_console()
    return False


def check_in_window(paths: Sequence[Path], lang: Lang) -> int:
    """The main job on the workbooks named, and on those in the folders named."""
    files: list[Path] = []

    def job() -> int:
        chosen = paths or _chosen()
        files.extend(workbooks_in(chosen))
        if not files:
            return _nothing(chosen, lang)
        say("desktop-working", lang, count=len(files))
        return jobs.office.write_files(files, None, json=False, quiet=False, lang=lang)

    return in_window(job, lang, lambda: files[0] if len(files) == 1 else files[0].parent if files else None)


def new_in_window(lang: Lang) -> int:
    """A new workbook with buttons in the folder of the user's documents, after two questions."""
    from sheetcredit.excel.machine import this_machine  # noqa: PLC0415 - only for a new workbook
    from sheetcredit.excel.new_workbook import make_new  # noqa: PLC0415 - as above

    made: list[Path] = []

    def job() -> int:
        usual = last_quarter(date.today())
        office = input(word("desktop-office", lang)).strip()
        period = input(word("desktop-period", lang, usual=usual)).strip().upper() or usual
        folder = this_machine().folder
        folder.mkdir(parents=True, exist_ok=True)
        made.append(make_new(folder / f"{office or 'bao-cao'}-{period}.xlsm", office or None, period))
        say("made", lang, path=made[0])
        return CLEAN

    return in_window(job, lang, lambda: made[0] if made else None)


def in_window(job: Callable[[], int], lang: Lang, result: Callable[[], Path | None]) -> int:
    """Do a job, tell its failure in a sentence, and keep the window until a key is pressed."""
    try:
        code = job()
    except SheetcreditError as error:
        tell(error, lang)
        code = COULD_NOT_RUN
    except (KeyboardInterrupt, EOFError):
        say("interrupted", lang, stream=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        code = failed(error, ["desktop"], lang)
    path = result()
    say("desktop-open" if path else "desktop-close", lang)
    if _key().lower() == _OPEN and path is not None:
        open_with_its_program(path)
    return code


def workbooks_in(paths: Sequence[Path]) -> Iterator[Path]:
    """The files, and in place of a folder the workbooks in it, without the owner files of Excel."""
    for path in paths:
        if path.is_dir():
            inside = (one for one in sorted(path.iterdir()) if one.suffix.lower() in SUFFIXES)
            yield from (one for one in inside if not one.name.startswith(("~$", ".")) and one.is_file())
        else:
            yield path


def last_quarter(today: date) -> str:
    """The quarter that ended last: the one a report is due for."""
    year, quarter = divmod(today.year * 4 + (today.month - 1) // 3 - 1, 4)
    return f"{year}Q{quarter + 1}"


def _chosen() -> Sequence[Path]:
    """The files chosen in Windows' own dialog."""
    if sys.platform == "win32":
        return windows.ask_for_workbooks()
    return ()


def _nothing(paths: Sequence[Path], lang: Lang) -> int:
    say("desktop-none" if paths else "desktop-chosen-none", lang)
    return COULD_NOT_RUN


def _key() -> str:
    """The key pressed; where there is no keyboard, none is waited for."""
    if not sys.stdin.isatty():
        return ""
    sys.stdout.flush()
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - Windows only

        try:
            return msvcrt.getwch()
        except KeyboardInterrupt:
            return ""
    return input()[:1]


def open_with_its_program(path: Path) -> None:
    """Open a file or a folder as a double click does."""
    if sys.platform == "win32":
        os.startfile(path)
