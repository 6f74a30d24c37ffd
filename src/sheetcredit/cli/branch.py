"""The commands of a branch and of the head office: who has reported, and all reports in one workbook."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from sheetcredit.cli import jobs
from sheetcredit.cli.options import Json, Language, Quiet

AnswerKind = Literal["accepted", "returned", "late"]
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
PageFile = Annotated[
    Path | None,
    typer.Option(
        "--page",
        metavar="FILE.html",
        help="Nơi ghi trang tình hình; không nêu thì tinh-hinh.html cạnh OUT hoặc trong thư mục báo cáo. "
        "/ Where the page goes; tinh-hinh.html beside OUT or in the folder of the reports otherwise.",
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
    page: PageFile = None,
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
    _begin_loading(scheduler)
    chosen = jobs.branch.CommonOptions(period, expected, scheduler, json, quiet, lang)
    return jobs.branch.consolidate(
        paths, out, chosen, include_blocked, previous, receipts, archive, page, force
    )


def status(
    paths: Paths,
    period: OnePeriod = None,
    expected: ExpectedList = None,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", metavar="SHEET.xlsx", help="Ghi ra tệp Excel. / Write it as a workbook."),
    ] = None,
    archive: Annotated[
        Path | None,
        typer.Option(
            "--archive",
            metavar="DIR",
            help="Kho đã lưu, để trang có các kỳ trước. / Earlier periods for the page.",
        ),
    ] = None,
    page: PageFile = None,
    scheduler: Scheduler = None,
    json: Json = False,
    quiet: Quiet = False,
    lang: Language = "vi",
) -> int:
    """Ai đã nộp, đúng hạn hay trễ, bị trả lại, chưa nộp. / Who has reported, late, returned, missing."""
    _begin_loading(scheduler)
    return jobs.branch.status(
        paths, out, archive, page, jobs.branch.CommonOptions(period, expected, scheduler, json, quiet, lang)
    )


def answer(
    paths: Paths,
    send: Annotated[
        bool, typer.Option("--send", help="Gửi ngay qua máy chủ thư đã cài ở [mail]. / Send them.")
    ] = False,
    drafts: Annotated[
        Path | None,
        typer.Option(
            "--drafts", metavar="DIR", help="Làm thư nháp .eml vào thư mục này. / Drafts into this folder."
        ),
    ] = None,
    in_mailbox: Annotated[
        bool,
        typer.Option(
            "--to-mailbox",
            help="Làm thư nháp trong ngăn Nháp của hộp thư ở [inbox]. / Drafts into the mailbox.",
        ),
    ] = False,
    period: OnePeriod = None,
    expected: ExpectedList = None,
    only: Annotated[
        AnswerKind | None,
        typer.Option("--only", help="Chỉ loại thư này. / This kind of answer only."),
    ] = None,
    texts: Annotated[
        Path | None,
        typer.Option("--texts", metavar="FILE.yaml", help="Lời thư của chi nhánh. / Texts of one's own."),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Gửi lại dù đã gửi hoặc chưa rõ. / Send once more.")
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
    lang: Language = "vi",
) -> int:
    """Trả lời từng đơn vị: đã nhận, trả lại kèm câu hỏi, nhắc nộp. / Answer each office, one mail each."""
    _begin_loading(None)
    chosen = jobs.branch.CommonOptions(period, expected, None, json, quiet, lang)
    return jobs.branch.answer(paths, send, drafts, in_mailbox, only, texts, again, chosen)


def inbox(
    into: Annotated[
        Path | None,
        typer.Option("--into", metavar="DIR", help="Thư mục nhận tệp, mỗi kỳ một thư mục con. / Where to."),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="YYYY-MM-DD", help="Chỉ thư từ ngày này. / Mails from this day on."),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
    lang: Language = "vi",
) -> int:
    """Lấy báo cáo gửi qua thư vào thư mục của kỳ. / Fetch mailed workbooks into the period's folder."""
    return jobs.inbox.inbox(into, since, json, quiet, lang)


def _begin_loading(scheduler: str | None) -> None:
    """The process that readers are forked from loads while this one does."""
    from sheetcredit.pool.workers import start_forkserver  # noqa: PLC0415 - only where files are read

    if scheduler is None:
        start_forkserver()
