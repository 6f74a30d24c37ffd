"""The preview of an import: what each file is, what would change, where sources differ."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from sheetcredit.imports.apply import origin_of, shown
from sheetcredit.imports.choose import Difference
from sheetcredit.imports.definitions import kind_named
from sheetcredit.imports.figures import Exports, Source
from sheetcredit.imports.plan import ChangedCell, ImportPlan, SheetPlan, Value
from sheetcredit.model.finding import Finding
from sheetcredit.model.text import DEFAULT_LANGUAGE, Language, number_text, one_line, word
from sheetcredit.template.definition import Office
from sheetcredit.template.sources import cause_words, is_amount, measure_words

_LISTED = 12
"""So many changed cells of a sheet are shown one by one; of cells that were blank so many examples."""
_EXAMPLES = 2


def preview_lines(
    exports: Exports, plan: ImportPlan, office: Office, heading: str, language: Language = DEFAULT_LANGUAGE
) -> Iterator[str]:
    """The preview: files, then (below `heading`) sheets with old → new, then differences between sources."""
    yield word("import-files", language, count=len({source.file for source in exports.sources}))
    for source in exports.sources:
        yield "  " + _source(source, language)
    for finding in exports.findings:
        yield "  " + _doubt(finding, language)
    yield heading
    for sheet in plan.sheets:
        if sheet.changes or sheet.rows:
            yield from _sheet(sheet, language)
    told = [one for one in plan.choice.differences if one.compared]
    if told:
        yield word("import-differences", language, count=len(told))
    for difference in told:
        yield "  " + difference_text(difference, office, language)
    apart = [one for one in plan.choice.differences if not one.compared]
    if apart:
        listed = "; ".join(
            f"{measure_words(one.column, office, language)}: {cause_words(one.cause.id, language)}"
            for one in apart if one.cause
        )  # fmt: skip
        yield word("import-definitions", language, listed=listed)


def _source(source: Source, language: Language) -> str:
    day = f"{source.as_of:%d/%m/%Y}" if source.as_of else word("import-no-day", language)
    left = sum(count for _, count in source.left_out)
    reasons = ", ".join(f"{word(code, language)} {count}" for code, count in source.left_out if count)
    kind = kind_named(source.kind).name.say(language)
    text = word(
        "import-source-line", language, file=one_line(source.file.name), kind=kind,
        sheet=one_line(source.sheet), row=source.header_row, day=day, taken=source.taken,
    )  # fmt: skip
    return text + (word("import-left-out", language, count=left, reasons=reasons) if left else "")


def _doubt(finding: Finding, language: Language) -> str:
    mark = "✗" if finding.severity == "error" else "?"
    name = one_line(Path(finding.file).name)
    told = f"{finding.message(language).rstrip('.')}. {finding.remedy(language)}"
    return f"{mark} {name}: {one_line(told)}".rstrip()


def _sheet(sheet: SheetPlan, language: Language) -> Iterator[str]:
    if sheet.stated:
        yield "  " + word("import-sheet-stated", language, sheet=sheet.tab)
        return
    over = [change for change in sheet.changes if change.overwrites]
    blank = [change for change in sheet.changes if not change.overwrites]
    yield "  " + word(
        "import-sheet", language, sheet=sheet.tab, filled=len(blank), changed=len(over), same=sheet.same,
        added=len(sheet.added),
    ) + (word("import-sheet-proposed", language) if sheet.proposed else "")  # fmt: skip
    for change in over[:_LISTED]:
        yield "    " + change_text(change, language)
    if len(over) > _LISTED:
        yield "    " + word("import-more-cells", language, count=len(over) - _LISTED)
    for change in [one for one in blank if one.figure and not isinstance(one.new, str)][:_EXAMPLES]:
        yield "    " + change_text(change, language)
    if sheet.formulas:
        yield "    " + word("import-formulas", language, count=sheet.formulas)
    if sheet.absent and not sheet.proposed:
        named = ", ".join(sheet.absent[:_LISTED])
        yield "    " + word("import-absent", language, count=len(sheet.absent), listed=named)


def change_text(change: ChangedCell, language: Language) -> str:
    """One cell: where, old → new, and where the new value comes from."""
    old = _short(change.old, language) if change.old is not None else word("import-blank", language)
    return one_line(
        f"{change.cell} {change.header} ({change.row}): {old} → {_short(change.new, language)}; "
        f"{origin_of(change.figure, language)}"
    )


def _short(value: Value, language: Language) -> str:
    return number_text(value, language) if isinstance(value, (int, Decimal)) else shown(value)


def difference_text(difference: Difference, office: Office, language: Language) -> str:
    """A difference between two sources in a line: files, rows, total, cause."""
    amount = word("import-dong", language) if is_amount(difference.column, office) else ""
    direction = word("import-higher" if difference.total >= 0 else "import-lower", language)
    return one_line(word(
        "import-difference-line", language, measure=measure_words(difference.column, office, language),
        file=difference.ours.file.name, other=difference.other.file.name, rows=difference.rows,
        total=f"{number_text(abs(difference.total), language)}{amount}", direction=direction,
        more=word("import-more-files", language, count=difference.files) if difference.files else "",
        cause=cause_words(difference.cause.id if difference.cause else "", language),
    ))  # fmt: skip
