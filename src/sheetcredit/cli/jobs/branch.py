"""The commands of a branch and of the head office: who has reported, and all reports in one workbook."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from rich.console import Console
from rich.progress import Progress as Bar

from sheetcredit.cli.jobs.inbox import required_inbox
from sheetcredit.cli.jobs.statements import merge
from sheetcredit.cli.options import BLOCKED, CLEAN, INTERRUPTED, Lang
from sheetcredit.consolidate.answers import (
    Answer,
    Texts,
    answers_to,
    drafted_answer,
    mailed_draft,
    sent_answer,
)
from sheetcredit.consolidate.arrivals import Arrivals
from sheetcredit.consolidate.consolidate import (
    Options,
    consolidate_files,
    files_at,
    keep_in_archive,
    totals_of,
    write_receipts,
)
from sheetcredit.consolidate.status import arrivals_at, in_order, status_of, write_status
from sheetcredit.intake.candidates import are_statements
from sheetcredit.mail.imap import DraftsFolder, drafts_folder
from sheetcredit.model.errors import BadUsage, CannotReceive, CannotWrite, SheetcreditError
from sheetcredit.model.period import parse_period
from sheetcredit.model.text import word
from sheetcredit.page.write import NAME as PAGE
from sheetcredit.page.write import write_page
from sheetcredit.pool.cache import ResultCache
from sheetcredit.pool.gather import Progress, Stopped
from sheetcredit.pool.workers import cluster, in_own_process
from sheetcredit.rulebook import Rulebook, our_rulebook
from sheetcredit.screen.answers import Answered, answers_json, print_answered, print_answers_closing
from sheetcredit.screen.overview import Overview, consolidated_json, status_json
from sheetcredit.screen.say import say
from sheetcredit.sending import check_settings
from sheetcredit.settings import MailSettings, mail_settings


@dataclass(frozen=True, slots=True)
class CommonOptions:
    """The options that both commands have."""

    period: str | None
    expected: Path | None
    scheduler: str | None
    json: bool
    quiet: bool
    lang: Lang


def consolidate(
    paths: Sequence[Path],
    out: Path,
    chosen: CommonOptions,
    include_blocked: bool,
    previous: Path | None,
    receipts: Path | None,
    archive: Path | None,
    page: Path | None,
    force: bool,
) -> int:
    """`sheetcredit consolidate`: the reports in one workbook, or statements merged into it."""
    json, quiet, lang = chosen.json, chosen.quiet, chosen.lang
    files = files_at(paths, out)
    if in_own_process(are_statements, files, otherwise=False):  # one of them may end who reads it
        return merge(files, out, force=force, returned=receipts, json=json, quiet=quiet, lang=lang)
    rulebook = our_rulebook()
    period = parse_period(chosen.period) if chosen.period else None
    with _reading(chosen) as progress, _executor(chosen.scheduler) as executor:
        options = Options(
            period, chosen.expected, include_blocked, previous, executor,
            cache=ResultCache(rulebook), archive=archive,
        )  # fmt: skip
        result = consolidate_files(files, out, rulebook, options, progress)
    shown = write_page(result.totals, page or out.with_name(PAGE), lang, result.written_to, archive)
    if receipts is not None:
        written = write_receipts(result, receipts, rulebook)
        say("receipts-written", lang, stream=sys.stderr, count=len(written), path=receipts)
    if archive is not None:
        accepted = keep_in_archive(result, archive, rulebook)
        count = len(accepted.added) + len(accepted.unchanged)
        say("archive-written", lang, stream=sys.stderr, count=count, path=archive)
        for one in accepted.older:
            office = one.report.office if one.report else ""
            say("archive-older", lang, stream=sys.stderr, office=office, origin=one.origin)
    if json:
        print(consolidated_json(result, lang, shown))
    elif not quiet:
        Overview(sys.stdout, lang).consolidated(result)
        say("page-written", lang, path=shown)
    return BLOCKED if result.report.blocks else CLEAN


def status(
    paths: Sequence[Path], out: Path | None, archive: Path | None, page: Path | None, chosen: CommonOptions
) -> int:
    """`sheetcredit status`: who has reported, on the screen, as a page and as a workbook."""
    rulebook = our_rulebook()
    period = parse_period(chosen.period) if chosen.period else None
    with _reading(chosen) as progress, _executor(chosen.scheduler) as executor:
        options = Options(
            period, chosen.expected, executor=executor, cache=ResultCache(rulebook), archive=archive
        )
        periods = status_of(paths, rulebook, options, progress)
    shown = _page(periods[0], page, _beside(paths, out), rulebook, options, chosen.lang)
    if out is not None:
        write_status(periods[0], out)
        say("written", chosen.lang, stream=sys.stderr, path=out)
    if chosen.json:
        print(status_json(periods, chosen.lang, shown))
    elif not chosen.quiet:
        for arrived in periods:
            Overview(sys.stdout, chosen.lang).status(arrived)
        if shown:
            say("page-written", chosen.lang, path=shown)
    return CLEAN if all(map(in_order, periods)) else BLOCKED


def _beside(paths: Sequence[Path], out: Path | None) -> Path:
    """Where the page goes unless the user says: beside the sheet, or else in the folder of the reports."""
    folder = next((path for path in paths if path.is_dir()), paths[0].parent)
    return out.with_name(PAGE) if out else folder / PAGE


def _page(
    arrived: Arrivals, asked: Path | None, otherwise: Path, rulebook: Rulebook, options: Options, lang: Lang
) -> Path | None:
    """The page; that it cannot be written matters only where somebody asked for it there."""
    target = asked or otherwise
    totals = totals_of(arrived, target, rulebook, options)
    try:
        return write_page(totals, target, lang, archive=options.archive)
    except CannotWrite as error:
        if asked:
            raise
        say("page-not-written", lang, stream=sys.stderr, reason=error.message(lang))
        return None


def answer(
    paths: Sequence[Path],
    send: bool,
    drafts: Path | None,
    in_mailbox: bool,
    only: str | None,
    texts: Path | None,
    again: bool,
    chosen: CommonOptions,
) -> int:
    """`sheetcredit answer`: answers shown, sent, or made drafts of; no failure stops the rest."""
    if sum((send, drafts is not None, in_mailbox)) > 1:
        raise BadUsage("E-ANSWER-BOTH")
    settings, words, rulebook = mail_settings(), Texts.read(texts), our_rulebook()
    box = required_inbox() if in_mailbox else None
    if send:
        check_settings(settings)
    period = parse_period(chosen.period) if chosen.period else None
    told = []
    with TemporaryDirectory() as folder:  # what was attached to mails, while it is answered
        with _reading(chosen) as progress:
            options = Options(period, chosen.expected, cache=ResultCache(rulebook))
            arrived = arrivals_at(paths, Path(folder), rulebook, options, progress)
        with drafts_folder(*box) if box else nullcontext() as mailed:
            if mailed and not settings.sender:
                settings = msgspec.structs.replace(settings, sender=mailed.settings.user)
            for one in answers_to(arrived, rulebook, words):
                if only in (None, one.kind):
                    told.append(_carried_out(one, settings, send, drafts, mailed, again))
                    if not chosen.json and not chosen.quiet:
                        print_answered(told[-1], sys.stdout, chosen.lang)
    if chosen.json:
        print(answers_json(arrived, told, chosen.lang))
    elif not chosen.quiet:
        print_answers_closing(told, sys.stdout, chosen.lang)
    return CLEAN if all(one.outcome not in ("failed", "nobody") for one in told) else BLOCKED


def _carried_out(
    one: Answer,
    settings: MailSettings,
    send: bool,
    drafts: Path | None,
    mailed: DraftsFolder | None,
    again: bool,
) -> Answered:
    """What became of an answer. A connection that broke is the end of all drafts in a mailbox."""
    if not one.recipients and (send or (drafts is None and mailed is None)):
        return Answered(one, "nobody")
    try:
        if send:
            intent, now = sent_answer(one, settings, _silent, again)
            return Answered(one, "sent" if now else "already", message_id=intent.message_id)
        if drafts is not None:
            path, now = drafted_answer(one, settings, drafts, again)
            return Answered(one, "draft" if now else "already", draft=path)
        if mailed is not None:
            intent, now = mailed_draft(one, settings, mailed, again)
            return Answered(one, "draft" if now else "already", message_id=intent.message_id)
    except CannotReceive:
        raise
    except SheetcreditError as error:
        return Answered(one, "failed", error=error)
    return Answered(one, "shown")


def _silent(code: str, **details: object) -> None:
    """Nobody watches a single step of many mails."""


def _executor(scheduler: str | None) -> AbstractContextManager[Executor | None]:
    return nullcontext() if scheduler is None else cluster(scheduler)


@contextmanager
def _reading(chosen: CommonOptions) -> Iterator[Progress | None]:
    """While files are read: a progress bar on stderr when somebody watches it.

    After Ctrl+C one line says how far it got, and that the next run goes on from there.
    """
    try:
        if chosen.quiet or chosen.json or not sys.stderr.isatty():
            yield None
        else:
            with Bar(console=Console(stderr=True), transient=True) as bar:
                task = bar.add_task(word("progress-read", chosen.lang), total=None)
                yield lambda done, of: bar.update(task, completed=done, total=of)
    except Stopped as stopped:
        say("stopped-reading", chosen.lang, stream=sys.stderr, done=stopped.done, total=stopped.total)
        raise SystemExit(INTERRUPTED) from None  # said already: `main` adds no line
