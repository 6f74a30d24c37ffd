"""Front door: the terminal. Holds no rule; every command calls the functions that the buttons call.

Exit codes: 0 nothing blocks, 1 findings block, 2 could not run, 130 interrupted. Anything heavy is
imported where it is used: `--help` answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

import typer

from sheetcredit._version import __version__

if TYPE_CHECKING:
    from sheetcredit.model.errors import SheetcreditError
    from sheetcredit.outcome import Report
    from sheetcredit.rulebook import Rulebook
    from sheetcredit.template.reading import Reading

CLEAN, BLOCKED, COULD_NOT_RUN, INTERRUPTED = 0, 1, 2, 130

Lang = Literal["vi", "en"]
Item = TypeVar("Item")

app = typer.Typer(
    name="sheetcredit",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Kiểm tra, đối chiếu và tổng hợp báo cáo tín dụng ủy thác ngay trong tệp Excel.\n\n"
    "Checks, reconciles and summarises entrusted-credit workbooks in place. Try: sheetcredit run FILE.xlsx",
)

Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help="Tệp .xlsx hoặc .xlsm. / Workbooks.")]
OneFile = Annotated[Path, typer.Argument(metavar="FILE", help="Tệp .xlsx hoặc .xlsm. / A workbook.")]
Json = Annotated[bool, typer.Option("--json", help="In kết quả dạng JSON. / Machine form on stdout.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Chỉ báo bằng mã thoát. / Exit code only.")]
Elsewhere = Annotated[Path | None, typer.Option("-o", "--out", help="Ghi ra tệp khác. / Write elsewhere.")]
Previous = Annotated[
    Path | None,
    typer.Option(
        "--previous",
        metavar="FILE",
        help="Báo cáo kỳ trước; không nêu thì tự tìm trong cùng thư mục. "
        "/ The previous report; looked for beside the file otherwise.",
    ),
]
Language = Annotated[Lang, typer.Option("--lang", help="Ngôn ngữ. / Language of the messages.")]


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"sheetcredit {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Phiên bản. / Version.")
    ] = False,
) -> None:
    del version


@app.command()
def new(
    out: Annotated[Path, typer.Argument(metavar="OUT.xlsx", help="Tệp sẽ tạo. / The workbook to make.")],
    office: Annotated[
        str | None, typer.Option("--office", metavar="CODE", help="Mã PGD. / Office code.")
    ] = None,
    period: Annotated[str | None, typer.Option("--period", metavar="2024Q1", help="Kỳ. / Period.")] = None,
    no_buttons: Annotated[
        bool, typer.Option("--no-buttons", help="Không có nút bấm. / Without buttons.")
    ] = False,
    lang: Language = "vi",
) -> None:
    """Tạo báo cáo mới từ mẫu, điền sẵn xã và chương trình. / Make a new workbook from the template."""
    from sheetcredit.template.fresh import make_workbook  # noqa: PLC0415

    made = make_workbook(out, office, period, buttons=not no_buttons)
    _say("made", lang, path=made)


@app.command()
def validate(files: Files, json: Json = False, quiet: Quiet = False, lang: Language = "vi") -> int:
    """Kiểm tra từng trang: kiểu số, mã, ô trống, dòng trùng. / Check each sheet against its schema."""
    from sheetcredit.validation import validate_readings  # noqa: PLC0415

    return _check(files, validate_readings, json, quiet, lang)


@app.command()
def reconcile(
    files: Files, previous: Previous = None, json: Json = False, quiet: Quiet = False, lang: Language = "vi"
) -> int:
    """Đối chiếu giữa các trang, nêu nguyên nhân và ô cần xem. / Reconcile across sheets, breaks explained."""
    from sheetcredit import report  # noqa: PLC0415
    from sheetcredit.previous import previous_readings  # noqa: PLC0415

    def check(readings: Sequence[Reading], rulebook: Rulebook) -> list[Report]:
        return report.check_readings(readings, rulebook, previous_readings(readings, rulebook, previous))

    return _check(files, check, json, quiet, lang, compared=True)


@app.command()
def fill(
    file: OneFile,
    out: Elsewhere = None,
    json: Json = False,
    quiet: Quiet = False,
    lang: Language = "vi",
) -> int:
    """Chỉ lập trang Tổng hợp. / Fill Tổng hợp only."""
    return _write([file], out, json, quiet, lang, summary_only=True)


@app.command()
def run(
    files: Files,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="Ghi ra tệp (hoặc thư mục) khác. / Write to a file or folder."),
    ] = None,
    previous: Previous = None,
    json: Json = False,
    quiet: Quiet = False,
    lang: Language = "vi",
) -> int:
    """Việc chính: kiểm tra, đối chiếu, lập Tổng hợp, ghi Kiểm tra và Đối chiếu. / The main job."""
    return _write(files, out, json, quiet, lang, previous=previous)


@app.command()
def fix(
    file: OneFile,
    apply: Annotated[bool, typer.Option("--apply", help="Sửa và ghi Nhật ký. / Repair and log.")] = False,
    out: Elsewhere = None,
    json: Json = False,
    quiet: Quiet = False,
    lang: Language = "vi",
) -> int:
    """Sửa cách ghi mà không đổi giá trị: bảng mã, dấu, khoảng trắng, số và mã. / Safe repairs."""
    from sheetcredit.repair.shown import show_repairs  # noqa: PLC0415

    return show_repairs(file, apply, out, json=json, quiet=quiet, language=lang)


@app.command()
def doctor(json: Json = False, lang: Language = "vi") -> int:
    """Kiểm tra máy: bản cài, mẫu, danh mục, LibreOffice và việc cần làm. / What this machine lacks."""
    from sheetcredit.doctor import examine, print_examination  # noqa: PLC0415

    examination = examine()
    print_examination(examination, lang, json)
    return CLEAN if all(item.ok or not item.needed for item in examination) else COULD_NOT_RUN


def _check(
    files: Sequence[Path],
    check: Callable[..., list[Report]],
    json: bool,
    quiet: bool,
    lang: Lang,
    compared: bool = False,
) -> int:
    """Read all files, check them together, show each; unreadable ones are told and do not stop the rest."""
    from sheetcredit.rulebook import our_rulebook  # noqa: PLC0415

    rulebook = our_rulebook()
    readings, failures = _read(_distinct(files), rulebook, lang, quiet)
    reports = check(readings, rulebook) if readings else []
    _show(reports, json, quiet, lang, compared=compared)
    return _exit_code(reports, failures)


def _write(
    files: Sequence[Path],
    out: Path | None,
    json: bool,
    quiet: bool,
    lang: Lang,
    summary_only: bool = False,
    previous: Path | None = None,
) -> int:
    from sheetcredit import report  # noqa: PLC0415
    from sheetcredit.model.errors import SheetcreditError  # noqa: PLC0415
    from sheetcredit.previous import previous_readings  # noqa: PLC0415
    from sheetcredit.rulebook import our_rulebook  # noqa: PLC0415
    from sheetcredit.workbook.destination import destinations, make_folder  # noqa: PLC0415

    files = _distinct(files)
    targets = destinations(files, out)
    rulebook = our_rulebook()
    readings, failures = _read(files, rulebook, lang, quiet)
    before = {} if summary_only else previous_readings(readings, rulebook, previous, targets.values())
    checked = report.check_readings(readings, rulebook, before) if readings else []
    written: list[Report] = []
    for reading, found in zip(readings, _progress(checked, "progress-write", lang, quiet), strict=True):
        target = targets[Path(reading.file)]
        try:
            if len(files) > 1:
                make_folder(target)
            written.append(report.write_report(found, reading, rulebook, target, summary_only))
        except SheetcreditError as error:
            _tell(error, lang)
            failures += 1
    _show(written, json, quiet, lang, compared=not summary_only, summarised=True)
    return _exit_code(written, failures)


def _distinct(files: Sequence[Path]) -> list[Path]:
    """The files, each once: one given twice is still one workbook."""
    distinct: dict[Path, Path] = {}
    for file in files:
        distinct.setdefault(file.resolve(), file)
    return list(distinct.values())


def _read(files: Sequence[Path], rulebook: Rulebook, lang: Lang, quiet: bool) -> tuple[list[Reading], int]:
    from sheetcredit.model.errors import SheetcreditError  # noqa: PLC0415
    from sheetcredit.validation import read_office  # noqa: PLC0415

    readings: list[Reading] = []
    failures = 0
    for path in _progress(files, "progress-read", lang, quiet):
        try:
            readings.append(read_office(path, rulebook))
        except SheetcreditError as error:
            _tell(error, lang)
            failures += 1
    return readings, failures


def _progress(items: Sequence[Item], code: str, lang: Lang, quiet: bool) -> Iterator[Item]:
    """The items, with a progress bar on stderr when there are several and somebody watches."""
    if quiet or len(items) < 2 or not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import track  # noqa: PLC0415

    from sheetcredit.model.text import word  # noqa: PLC0415

    yield from track(items, description=word(code, lang), console=Console(stderr=True), transient=True)


def _show(
    reports: Sequence[Report],
    json: bool,
    quiet: bool,
    lang: Lang,
    compared: bool = False,
    summarised: bool = False,
) -> None:
    if json:
        from sheetcredit.machine import as_json  # noqa: PLC0415

        print(as_json(reports, lang))
        return
    if quiet:
        return
    from sheetcredit.terminal import Terminal  # noqa: PLC0415

    terminal = Terminal(sys.stdout, lang)
    for report in reports:
        terminal.report(report, compared and len(reports) == 1, summarised and len(reports) == 1)
    if len(reports) > 1:
        terminal.totals(reports)


def _exit_code(reports: Sequence[Report], failures: int) -> int:
    if failures:
        return COULD_NOT_RUN
    return BLOCKED if any(report.blocks for report in reports) else CLEAN


def _say(code: str, lang: Lang, **details: object) -> None:
    from sheetcredit.model.text import word  # noqa: PLC0415

    print(word(code, lang, **details))


def _tell(error: SheetcreditError, lang: Lang) -> None:
    """One line on stderr: what happened and what to do."""
    from sheetcredit.model.text import one_line, word  # noqa: PLC0415

    line = word("error-line", lang, message=error.message(lang), remedy=error.remedy(lang))
    print(one_line(line), file=sys.stderr)


def _language(arguments: Sequence[str]) -> Lang:
    """The language asked for, known even where the arguments could not be parsed."""
    return "en" if "--lang=en" in arguments or "--lang en" in " ".join(arguments) else "vi"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; never a traceback."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    _speak_utf8()
    try:
        result = app(args=given, prog_name="sheetcredit", standalone_mode=False)
    except typer.TyperException as error:
        return _wrong_usage(error, given)
    except (KeyboardInterrupt, typer.Abort):
        _say_on_stderr("interrupted", _language(given))
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()  # the reader went away: nobody is left to tell
        return INTERRUPTED
    except Exception as error:
        return _failed(error, given)
    if result == INTERRUPTED:  # how typer tells of Ctrl+C
        _say_on_stderr("interrupted", _language(given))
    return result if isinstance(result, int) else CLEAN


def _wrong_usage(error: typer.TyperException, given: Sequence[str]) -> int:
    from sheetcredit.model.text import one_line, word  # noqa: PLC0415

    lang = _language(given)
    if type(error).__name__ == "NoArgsIsHelpError":
        print(error)
        return COULD_NOT_RUN
    known = {command.callback.__name__ for command in app.registered_commands if command.callback}
    command = f"{given[0]} " if given and given[0] in known else ""
    told = _usage_problem(error, given, known, lang)
    line = word("error-line", lang, message=told, remedy=word("usage-hint", lang, command=command))
    print(one_line(line), file=sys.stderr)
    return COULD_NOT_RUN


def _usage_problem(error: typer.TyperException, given: Sequence[str], known: set[str], lang: Lang) -> str:
    """What was wrong with the arguments, in the user's language."""
    from sheetcredit.model.text import message_of, word  # noqa: PLC0415

    option = getattr(error, "option_name", None)
    parameter = getattr(error, "param", None)
    if parameter is not None and parameter.name == "lang" and "--lang" in given[:-1]:
        asked = given[given.index("--lang") + 1]
        return message_of("errors", "E-LANGUAGE", "message", lang, {"language": asked})
    if parameter is not None:
        missing = type(error).__name__ == "MissingParameter"
        option = parameter.opts[0] if parameter.opts and parameter.opts[0].startswith("-") else None
        name = option or (parameter.metavar or parameter.name).removesuffix("...")
        return word("usage-missing" if missing else "usage-value", lang, name=name)
    if option:
        unfinished = type(error).__name__ == "BadOptionUsage"
        return word("usage-unfinished" if unfinished else "usage-option", lang, name=option)
    wanted = next((argument for argument in given if not argument.startswith("-")), "")
    if wanted not in known:
        return word("usage-command", lang, name=wanted)
    return word("usage-extra", lang)


def _speak_utf8() -> None:
    """Into a pipe or a file always UTF-8, whatever the console's code page; no text makes printing fail."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            encoding = stream.encoding if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="backslashreplace")


def _failed(error: Exception, given: Sequence[str]) -> int:
    """What nobody foresaw: the user gets one line, the log the details."""
    from sheetcredit.log import log_failure  # noqa: PLC0415
    from sheetcredit.model.errors import SheetcreditError  # noqa: PLC0415

    if not isinstance(error, SheetcreditError):
        reason = f"{type(error).__name__}: {error}"
        error = SheetcreditError("E-INTERNAL", reason=reason, log=log_failure(error, given))
    _tell(error, _language(given))
    return COULD_NOT_RUN


def _say_on_stderr(code: str, lang: Lang) -> None:
    from sheetcredit.model.text import word  # noqa: PLC0415

    print(word(code, lang), file=sys.stderr)
