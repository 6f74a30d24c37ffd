"""The commands of a branch and of the head office: who has reported, and all reports in one workbook."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sheetcredit.cli.options import BLOCKED, CLEAN, Json, Lang, Language, Quiet
from sheetcredit.screen.say import say

if TYPE_CHECKING:
    from sheetcredit.consolidate.consolidate import Options
    from sheetcredit.rulebook import Rulebook

Paths = Annotated[
    list[Path],
    typer.Argument(metavar="PATH...", help="Thư mục, tệp hoặc thư .eml. / Folders, workbooks or mails."),
]
ExpectedList = Annotated[
    Path | None,
    typer.Option(
        "--expected",
        metavar="OFFICES",
        help="Danh sách đơn vị phải nộp (.csv, .xlsx, .yaml); không nêu thì theo danh mục. "
        "/ Who has to report; the catalogue otherwise.",
    ),
]
OnePeriod = Annotated[
    str | None,
    typer.Option(
        "--period", metavar="2024Q1", help="Kỳ; không nêu thì lấy kỳ mới nhất. / The period; the latest."
    ),
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        "--scheduler",
        metavar="ADDR",
        help="Đọc trên cụm máy Dask tại địa chỉ này. / Read on the Dask cluster at this address.",
    ),
]


def consolidate(
    paths: Paths,
    out: Annotated[
        Path,
        typer.Option(
            "-o", "--out", metavar="OUT.xlsx", help="Báo cáo tổng hợp. / The consolidated workbook."
        ),
    ],
    period: OnePeriod = None,
    expected: ExpectedList = None,
    include_blocked: Annotated[
        bool,
        typer.Option(
            "--include-blocked",
            help="Cộng tạm cả báo cáo còn lỗi chặn. / Sum reports that something blocks as well, for now.",
        ),
    ] = False,
    previous: Annotated[
        Path | None,
        typer.Option(
            "--previous",
            metavar="FILE",
            help="Báo cáo tổng hợp kỳ trước; không nêu thì tự tìm cạnh OUT. "
            "/ The previous consolidated report; looked for beside OUT otherwise.",
        ),
    ] = None,
    receipts: Annotated[
        Path | None,
        typer.Option(
            "--receipts",
            metavar="DIR",
            help="Ghi phiếu trả lời từng đơn vị. / A receipt for each office.",
        ),
    ] = None,
    archive: Annotated[
        Path | None,
        typer.Option("--archive", metavar="DIR", help="Lưu số liệu dạng Parquet. / Keep figures as Parquet."),
    ] = None,
    scheduler: Scheduler = None,
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            help="Với báo cáo của hội: gộp cả báo cáo còn lỗi chặn. "
            "/ Statements: merge those that something blocks as well.",
        ),
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
    lang: Language = "vi",
) -> int:
    """Tổng hợp báo cáo các đơn vị, hoặc gộp báo cáo của hội. / Consolidate reports, or merge statements."""
    from sheetcredit.pool.ahead import readers  # noqa: PLC0415
    from sheetcredit.pool.memory import hold_on, no_collecting  # noqa: PLC0415

    hold_on()
    with no_collecting(), readers(paths, scheduler) as opening:  # they load while we load
        from sheetcredit.cli.jobs.statements import merge  # noqa: PLC0415
        from sheetcredit.consolidate import consolidate as job  # noqa: PLC0415
        from sheetcredit.intake.candidates import are_statements  # noqa: PLC0415
        from sheetcredit.rulebook import our_rulebook  # noqa: PLC0415

        files = job.arriving(paths, out)
        if are_statements(files):
            return merge(files, out, force=force, returned=receipts, json=json, quiet=quiet, lang=lang)
        rulebook = our_rulebook()
        with (
            _options(period, expected, scheduler, rulebook) as options,
            _progress(lang, quiet or json) as told,
            _stopping(lang),
        ):
            chosen = replace(
                options, include_blocked=include_blocked, previous=previous, archive=archive, opening=opening,
                meanwhile=_load_overview,
            )  # fmt: skip
            result = job.consolidate_files(files, out, rulebook, chosen, told)
    if receipts is not None:
        from sheetcredit.consolidate.handing_on import write_receipts  # noqa: PLC0415

        written = write_receipts(result, receipts, rulebook)
        say("receipts-written", lang, stream=sys.stderr, count=len(written), path=receipts)
    if archive is not None:
        from sheetcredit.consolidate.handing_on import keep_in_archive  # noqa: PLC0415

        kept = keep_in_archive(result, archive, rulebook)
        say("archive-written", lang, stream=sys.stderr, count=kept, path=archive)
    if json:
        from sheetcredit.screen.overview import consolidated_json  # noqa: PLC0415

        print(consolidated_json(result, lang))
    elif not quiet:
        from sheetcredit.screen.overview import Overview  # noqa: PLC0415

        Overview(sys.stdout, lang).consolidated(result)
    return BLOCKED if result.report.blocks else CLEAN


def status(
    paths: Paths,
    period: OnePeriod = None,
    expected: ExpectedList = None,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", metavar="SHEET.xlsx", help="Ghi ra tệp Excel. / Write it as a workbook."),
    ] = None,
    scheduler: Scheduler = None,
    json: Json = False,
    quiet: Quiet = False,
    lang: Language = "vi",
) -> int:
    """Ai đã nộp, đúng hạn hay trễ, bị trả lại, chưa nộp. / Who has reported, late, returned, missing."""
    from sheetcredit.pool.ahead import readers  # noqa: PLC0415

    with readers(paths, scheduler) as opening:
        from sheetcredit.consolidate.status import in_order, status_of, write_status  # noqa: PLC0415
        from sheetcredit.rulebook import our_rulebook  # noqa: PLC0415

        rulebook = our_rulebook()
        with (
            _options(period, expected, scheduler, rulebook) as options,
            _progress(lang, quiet or json) as told,
            _stopping(lang),
        ):
            periods = status_of(paths, rulebook, replace(options, opening=opening), told)
    if out is not None:
        write_status(periods[0], out)
        say("written", lang, stream=sys.stderr, path=out)
    if json:
        from sheetcredit.screen.overview import status_json  # noqa: PLC0415

        print(status_json(periods, lang))
    elif not quiet:
        from sheetcredit.screen.overview import Overview  # noqa: PLC0415

        for arrived in periods:
            Overview(sys.stdout, lang).status(arrived)
    return CLEAN if all(map(in_order, periods)) else BLOCKED


def _load_overview() -> None:
    """While the workers read: what shows the outcome."""
    import rich.table  # noqa: F401, PLC0415

    import sheetcredit.screen.overview  # noqa: F401, PLC0415


@contextmanager
def _options(
    period: str | None, expected: Path | None, scheduler: str | None, rulebook: Rulebook
) -> Iterator[Options]:
    """What was asked for; the workers of a cluster are given back at the end."""
    from sheetcredit.consolidate.consolidate import Options  # noqa: PLC0415
    from sheetcredit.model.period import parse_period  # noqa: PLC0415
    from sheetcredit.pool.cache import Kept  # noqa: PLC0415

    with ExitStack() as stack:
        executor = None
        if scheduler is not None:
            from sheetcredit.pool.workers import cluster  # noqa: PLC0415

            executor = stack.enter_context(cluster(scheduler))
        asked = parse_period(period) if period else None
        yield Options(asked, expected, executor=executor, kept=Kept(rulebook))


@contextmanager
def _stopping(lang: Lang) -> Iterator[None]:
    """Ctrl+C while files are read: how far it got, and that the next run goes on from there."""
    from sheetcredit.pool.gather import Stopped  # noqa: PLC0415

    try:
        yield
    except Stopped as stopped:
        say("stopped-reading", lang, stream=sys.stderr, done=stopped.done, total=stopped.total)
        raise


@contextmanager
def _progress(lang: Lang, silent: bool) -> Iterator[Callable[[int, int], None] | None]:
    """A progress bar on stderr when somebody watches, told how many files of how many are read."""
    if silent or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import Progress  # noqa: PLC0415

    from sheetcredit.model.text import word  # noqa: PLC0415

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(word("progress-read", lang), total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)
