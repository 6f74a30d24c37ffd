"""Commands for any workbook, of our template or not."""

from __future__ import annotations

import sys

from sheetcredit.commands.options import BLOCKED, CLEAN, Elsewhere, Language, OneFile, Quiet
from sheetcredit.commands.work import say

_NAMED = 5


def recalc(file: OneFile, out: Elsewhere = None, quiet: Quiet = False, lang: Language = "vi") -> int:
    """Tính lại mọi công thức bằng LibreOffice, chỉ ghi giá trị. / Compute all formulas with LibreOffice."""
    from sheetcredit.workbook.recalc import recalculate  # noqa: PLC0415

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
