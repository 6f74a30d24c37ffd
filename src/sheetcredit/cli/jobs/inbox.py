"""The command that fetches mailed workbooks."""

from __future__ import annotations

import json as json_format
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.progress import Progress as Bar

from sheetcredit.cli.options import BLOCKED, CLEAN, Lang
from sheetcredit.consolidate.inbox import Handled, fetch_inbox
from sheetcredit.model.errors import BadUsage
from sheetcredit.model.text import one_line, word
from sheetcredit.screen.say import say
from sheetcredit.settings import InboxSettings, inbox_settings, password_of, settings_file


def inbox(into: Path | None, since: str | None, json: bool, quiet: bool, lang: Lang) -> int:
    """`sheetcredit inbox`: what was done with each message that was new; 1 where one cannot be opened.

    Raises:
        BadUsage: the mailbox, its password or the folder is not set.
        CannotReceive: the mailbox cannot be read; what was said to be done before is done.
    """
    settings, password = required_inbox({"since": since, "folder": str(into) if into else None})
    if not settings.folder:
        raise BadUsage("E-INBOX-SETTINGS", path=settings_file())
    handled: list[Handled] = []
    silent = json or quiet
    with Bar(console=Console(stderr=True), transient=True, disable=silent or not sys.stderr.isatty()) as bar:
        task = bar.add_task(word("progress-mail", lang), total=None)
        folder = Path(settings.folder)
        for one in fetch_inbox(
            settings, password, folder, settings.since,
            lambda done, of: bar.update(task, completed=done, total=of),
        ):  # fmt: skip
            handled.append(one)
            if not silent:
                _print(one, lang)
    counted: Counter[str] = Counter(one.outcome for one in handled)
    if json:
        print(_as_json(handled, counted))
    elif not quiet:
        left = counted["none"] + counted["foreign"] + counted["other-sender"]
        say("inbox-counted", lang, landed=counted["landed"], again=counted["again"], left=left,
            closed=counted["unreadable"] + counted["too-large"])  # fmt: skip
    return BLOCKED if counted["unreadable"] or counted["too-large"] else CLEAN


def required_inbox(options: Mapping[str, str | None] | None = None) -> tuple[InboxSettings, str]:
    """The mailbox of the settings and its password.

    Raises:
        BadUsage: one is not set.
    """
    settings = inbox_settings(options)
    if not (settings.host and settings.user):
        raise BadUsage("E-INBOX-SETTINGS", path=settings_file())
    password = password_of(settings)
    if password is None:
        raise BadUsage("E-INBOX-PASSWORD", user=settings.user, host=settings.host)
    return settings, password


def _print(one: Handled, lang: Lang) -> None:
    if one.outcome in ("landed", "unreadable", "too-large"):
        files = ", ".join(map(str, one.files))
        details = {"sender": one.sender or "?", "subject": one.subject or "-", "files": files}
        print(one_line(word(f"inbox-{one.outcome}", lang, **details)))


def _as_json(handled: list[Handled], counted: Counter[str]) -> str:
    messages = [
        {
            "uid": one.uid,
            "outcome": one.outcome,
            "sender": one.sender or None,
            "subject": one.subject or None,
            "files": [str(path) for path in one.files],
            "problem": one.problem or None,
        }
        for one in handled
    ]
    whole = {"version": 1, "counts": dict(counted), "messages": messages}
    return json_format.dumps(whole, ensure_ascii=False, indent=1)
