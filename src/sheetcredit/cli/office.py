"""The commands of an office: one workbook from a blank form to a report that is in order."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sheetcredit.cli.options import BLOCKED, CLEAN, Elsewhere, Files, Json, Language, OneFile, Previous, Quiet
from sheetcredit.cli.work import check_files, say, write_files

if TYPE_CHECKING:
    from sheetcredit.outcome import Report
    from sheetcredit.rulebook import Rulebook
    from sheetcredit.template.reading import Reading


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
    lang: Language = "vi",
) -> None:
    """Tạo báo cáo mới từ mẫu, điền sẵn xã và chương trình. / Make a new workbook from the template."""
    from sheetcredit.build.new import make_statement  # noqa: PLC0415
    from sheetcredit.excel.new_workbook import give_buttons, make_new  # noqa: PLC0415

    if source is not None:
        if office or period or no_buttons or association:
            raise _bad_usage("E-FROM-OPTIONS")
        made = give_buttons(source, out)
    elif out is None:
        raise _bad_usage("E-NEW-OUT")
    elif association is not None:
        made = make_statement(out, association, office, period)
    else:
        made = make_new(out, office, period, buttons=False if no_buttons else None)
    say("made", lang, path=made)


def _bad_usage(code: str) -> Exception:
    from sheetcredit.model.errors import BadUsage  # noqa: PLC0415

    return BadUsage(code)


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
    from sheetcredit.validation import validate_readings  # noqa: PLC0415

    return check_files(files, partial(validate_readings, form=fingerprint), json, quiet, lang)


def reconcile(
    files: Files, previous: Previous = None, json: Json = False, quiet: Quiet = False, lang: Language = "vi"
) -> int:
    """Đối chiếu giữa các trang, nêu nguyên nhân và ô cần xem. / Reconcile across sheets, breaks explained."""
    from sheetcredit import report  # noqa: PLC0415
    from sheetcredit.previous import previous_readings  # noqa: PLC0415

    def check(readings: Sequence[Reading], rulebook: Rulebook) -> list[Report]:
        return report.check_readings(readings, rulebook, previous_readings(readings, rulebook, previous))

    return check_files(files, check, json, quiet, lang, compared=True)


def fill(
    file: OneFile,
    out: Elsewhere = None,
    json: Json = False,
    quiet: Quiet = False,
    lang: Language = "vi",
) -> int:
    """Chỉ lập trang Tổng hợp. / Fill Tổng hợp only."""
    return write_files([file], out, json, quiet, lang, summary_only=True)


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
    return write_files(files, out, json, quiet, lang, previous=previous)


def fix(
    file: OneFile,
    apply: Annotated[bool, typer.Option("--apply", help="Sửa và ghi Nhật ký. / Repair and log.")] = False,
    out: Elsewhere = None,
    json: Json = False,
    quiet: Quiet = False,
    lang: Language = "vi",
) -> int:
    """Sửa cách ghi mà không đổi giá trị: bảng mã, dấu, khoảng trắng, số và mã. / Safe repairs."""
    from sheetcredit.screen.repairs import show_repairs  # noqa: PLC0415

    return show_repairs(file, apply, out, json=json, quiet=quiet, language=lang)


# Commands for any workbook, of our template or not.

_NAMED = 5


def recalc(file: OneFile, out: Elsewhere = None, quiet: Quiet = False, lang: Language = "vi") -> int:
    """Tính lại mọi công thức bằng LibreOffice, chỉ ghi giá trị. / Compute all formulas with LibreOffice."""
    from sheetcredit.xlsx.recalc import recalculate  # noqa: PLC0415

    if not quiet and sys.stderr.isatty():
        say("recalc-working", lang, stream=sys.stderr, path=file)
    done = recalculate(file, out)
    if not quiet:
        code = "recalc-done" if done.changed else "recalc-same"
        say(code, lang, path=done.path, formulas=done.formulas, changed=done.changed)
        if done.left:
            cells = ", ".join(f"{sheet}!{cell}" for sheet, cell in done.left[:_NAMED])
            rest = " …" if len(done.left) > _NAMED else ""
            say("recalc-left", lang, count=len(done.left), cells=cells + rest)
    return BLOCKED if done.left else CLEAN
