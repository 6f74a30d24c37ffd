"""Front door: the terminal. Holds no rule; every command calls the functions that the buttons call.

Exit codes: 0 nothing blocks, 1 findings block, 2 could not run, 130 interrupted. Anything heavy is
imported where it is used: `--help` answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from io import TextIOWrapper
from typing import Annotated

import typer

from sheetcredit import windows
from sheetcredit._version import __version__
from sheetcredit.cli import (
    archive,
    branch,
    bulletin,
    catalogue,
    desktop,
    machine,
    office,
    papers,
    sending,
    template,
    workplan,
)
from sheetcredit.cli.options import CLEAN, COULD_NOT_RUN, INTERRUPTED, Lang
from sheetcredit.model.text import message_of, one_line, word
from sheetcredit.screen.say import failed, say

app = typer.Typer(
    name="sheetcredit",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Kiểm tra, đối chiếu và tổng hợp báo cáo tín dụng ủy thác ngay trong tệp Excel.\n\n"
    "Checks, reconciles and summarises entrusted-credit workbooks in place. Try: sheetcredit run FILE.xlsx",
)

for _command in (
    office.new,
    office.next,
    workplan.upgrade,
    workplan.plan,
    office.import_,
    office.validate,
    office.reconcile,
    office.fill,
    office.run,
    office.fix,
    sending.seal,
    sending.send,
    sending.receipt,
    branch.consolidate,
    branch.inbox,
    branch.status,
    branch.answer,
    archive.history,
    bulletin.bulletin,
    papers.papers,
    office.recalc,
    machine.doctor,
):
    app.command(_command.__name__.rstrip("_"))(_command)  # `import_`: a keyword with an underscore behind it
app.add_typer(sending.key, name="key")
app.add_typer(sending.trust, name="trust")
app.add_typer(machine.excel, name="excel")
app.add_typer(catalogue.app, name="catalogue")
app.add_typer(template.app, name="template")
app.add_typer(desktop.app, name="desktop")


def command_names() -> set[str]:
    """What may stand behind `sheetcredit`: commands, and groups of commands."""
    commands = {command.name for command in app.registered_commands if command.name}
    return commands | {group.name for group in app.registered_groups if group.name}


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


def _language(arguments: Sequence[str]) -> Lang:
    """The language asked for, known even where the arguments could not be parsed."""
    return "en" if "--lang=en" in arguments or "--lang en" in " ".join(arguments) else "vi"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; never a traceback."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    _speak_utf8()
    if sys.platform == "win32":
        windows.enable_escapes()
        given = windows.expanded(given)
    if desktop.meant_for_desktop(given, command_names()):
        given = ["desktop", "check", *given]
    try:
        result = app(args=given, prog_name="sheetcredit", standalone_mode=False)
    except typer.TyperException as error:
        return _wrong_usage(error, given)
    except (KeyboardInterrupt, typer.Abort):
        say("interrupted", _language(given), stream=sys.stderr)
        return INTERRUPTED
    except SystemExit as done:  # a command that has itself said why it stops
        return done.code if isinstance(done.code, int) else COULD_NOT_RUN
    except BrokenPipeError:
        sys.stderr.close()  # the reader went away: nobody is left to tell
        return INTERRUPTED
    except Exception as error:
        return failed(error, given, _language(given))
    if result == INTERRUPTED:  # how typer tells of Ctrl+C
        say("interrupted", _language(given), stream=sys.stderr)
    return result if isinstance(result, int) else CLEAN


def _wrong_usage(error: typer.TyperException, given: Sequence[str]) -> int:
    lang = _language(given)
    if type(error).__name__ == "NoArgsIsHelpError":
        print(error)
        return COULD_NOT_RUN
    known = command_names()
    command = f"{given[0]} " if given and given[0] in known else ""
    told = _usage_problem(error, given, known, lang)
    line = word("error-line", lang, message=told, remedy=word("usage-hint", lang, command=command))
    print(one_line(line), file=sys.stderr)
    return COULD_NOT_RUN


def _usage_problem(error: typer.TyperException, given: Sequence[str], known: set[str], lang: Lang) -> str:
    """What was wrong with the arguments, in the user's language."""
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
    known_there = _commands_of(wanted)
    below = given[given.index(wanted) + 1 :]
    unknown = next((argument for argument in below if not argument.startswith("-")), None)
    if known_there and unknown is not None and unknown not in known_there:
        return word(
            "usage-subcommand", lang, group=wanted, name=unknown, known=", ".join(sorted(known_there))
        )
    return word("usage-extra", lang)


def _commands_of(name: str) -> set[str]:
    """The commands of a group of commands; none for a command."""
    groups = (group.typer_instance for group in app.registered_groups if group.name == name)
    return {
        command.name or command.callback.__name__
        for group in groups if group
        for command in group.registered_commands if command.callback
    }  # fmt: skip


def _speak_utf8() -> None:
    """Into a pipe or a file always UTF-8, whatever the console's code page; no text makes printing fail."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            encoding = stream.encoding if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="backslashreplace")
