"""The commands of an office: one workbook from a blank form to a report that is in order."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sheetcredit.cli import jobs
from sheetcredit.cli.options import Elsewhere, Files, Json, Language, OneFile, Previous, Quiet


def new(
    out: Annotated[
        Path | None,
        typer.Argument(metavar="OUT.xlsm", help="Tệp sẽ tạo: .xlsm có nút, .xlsx không. / The new workbook."),
    ] = None,
    office: Annotated[
        str | None, typer.Option("--office", metavar="CODE", help="Mã PGD. / Office code.")
    ] = None,
    period: Annotated[str | None, typer.Option("--period", metavar="2024Q1", help="Kỳ. / Period.")] = None,
    no_buttons: Annotated[
        bool, typer.Option("--no-buttons", help="Không có nút bấm. / Without buttons.")
    ] = False,
    association: Annotated[
        str | None,
        typer.Option("--association", metavar="11", help="Mẫu của hội này. / An association's statement."),
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option(
            "--from", metavar="FILE", help="Thêm nút vào tệp có sẵn. / Give an existing workbook buttons."
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", metavar="TÊN", help="Tên PGD, ghi nhớ. / Its name, remembered.")
    ] = None,
    province: Annotated[
        str | None, typer.Option("--province", metavar="TỈNH", help="Tỉnh, ghi nhớ. / Its province.")
    ] = None,
    communes: Annotated[
        str | None,
        typer.Option("--communes", metavar="XÃ,XÃ", help="Các xã: mã hoặc tên, ghi nhớ. / Its communes."),
    ] = None,
    pos: Annotated[
        str | None, typer.Option("--pos", metavar="004606", help="Mã POS, ghi nhớ. / The bank's code of it.")
    ] = None,
    lang: Language = "vi",
) -> None:
    """Tạo báo cáo mới từ mẫu, điền sẵn xã và chương trình. / Make a new workbook from the template."""
    told = jobs.office.OfficeOptions(name or "", province or "", communes or "", pos or "")
    jobs.office.new(out, office, period, no_buttons, association, source, told, lang)


def next(  # noqa: A001 - the command's name
    book: Annotated[Path, typer.Argument(metavar="BOOK", help="Báo cáo kỳ này. / This period's workbook.")],
    out: Annotated[
        Path | None,
        typer.Argument(metavar="OUT", help="Tệp kỳ sau; để trống thì cạnh tệp cũ. / The next one."),
    ] = None,
    period: Annotated[
        str | None,
        typer.Option("--period", metavar="2024-04", help="Kỳ khác, như tháng sau quý. / Another later one."),
    ] = None,
    quiet: Quiet = False,
    lang: Language = "vi",
) -> None:
    """Tạo báo cáo kỳ sau từ báo cáo này. / The next period's workbook from this one."""
    jobs.office.next_period(book, out, period, quiet, lang)


def validate(
    files: Files,
    fingerprint: Annotated[
        bool, typer.Option("--fingerprint", help="So cả hình thức với mẫu. / Against the template file too.")
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
    lang: Language = "vi",
) -> int:
    """Kiểm tra từng trang: kiểu số, mã, ô trống, dòng trùng. / Check each sheet against its schema."""
    return jobs.workbooks.validate(files, fingerprint, json, quiet, lang)


def reconcile(
    files: Files, previous: Previous = None, json: Json = False, quiet: Quiet = False, lang: Language = "vi"
) -> int:
    """Đối chiếu giữa các trang, nêu nguyên nhân và ô cần xem. / Reconcile across sheets, breaks explained."""
    return jobs.office.reconcile(files, previous, json, quiet, lang)


def fill(
    file: OneFile,
    out: Elsewhere = None,
    json: Json = False,
    quiet: Quiet = False,
    lang: Language = "vi",
) -> int:
    """Chỉ lập trang Tổng hợp. / Fill Tổng hợp only."""
    return jobs.office.write_files([file], out, json, quiet, lang, summary_only=True)


def run(
    files: Files,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="Ghi ra tệp (hoặc thư mục) khác. / Write to a file or folder."),
    ] = None,
    previous: Previous = None,
    broken_first: Annotated[
        bool,
        typer.Option("--broken-first", help="Đối chiếu: dòng lệch lên đầu. / Lines that differ come first."),
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
    lang: Language = "vi",
) -> int:
    """Việc chính: kiểm tra, đối chiếu, lập Tổng hợp, ghi Kiểm tra và Đối chiếu. / The main job."""
    return jobs.office.write_files(
        files, out, json, quiet, lang, previous=previous, broken_first=broken_first
    )


def import_(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILES... BOOK",
            help="Tệp xuất hoặc thư mục; sau cùng là báo cáo. / Exports or folders, then the workbook.",
        ),
    ],
    apply: Annotated[bool, typer.Option("--apply", help="Ghi, không hỏi. / Write without asking.")] = False,
    out: Elsewhere = None,
    no_proposals: Annotated[
        bool,
        typer.Option(
            "--no-proposals", help="Không đề xuất số cho các hội. / Propose nothing for the associations."
        ),
    ] = False,
    confirmed: Annotated[
        str,
        typer.Option(
            "--confirmed",
            metavar="TEXT",
            help="Hội đã xác nhận: ai, ngày nào. / Who confirmed the proposals.",
        ),
    ] = "",
    json: Json = False,
    quiet: Quiet = False,
    lang: Language = "vi",
) -> int:
    """Nhập tệp xuất của ngân hàng, xem trước rồi mới ghi. / The bank's exports into the workbook."""
    order = jobs.imports.ImportOrder(apply, out, not no_proposals, confirmed)
    return jobs.imports.import_exports(paths, order, json, quiet, lang)


def fix(
    file: OneFile,
    apply: Annotated[bool, typer.Option("--apply", help="Sửa và ghi Nhật ký. / Repair and log.")] = False,
    out: Elsewhere = None,
    json: Json = False,
    quiet: Quiet = False,
    lang: Language = "vi",
) -> int:
    """Sửa cách ghi mà không đổi giá trị: bảng mã, dấu, khoảng trắng, số và mã. / Safe repairs."""
    return jobs.office.fix(file, apply, out, json, quiet, lang)


def recalc(file: OneFile, out: Elsewhere = None, quiet: Quiet = False, lang: Language = "vi") -> int:
    """Tính lại mọi công thức, chỉ ghi giá trị. / Compute all formulas, store only the values."""
    return jobs.office.recalc(file, out, quiet, lang)
