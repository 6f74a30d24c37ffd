"""`docs/data-dictionary.md`: what each sheet and each figure of the workbook means."""

from __future__ import annotations

from collections.abc import Iterator

from sheetcredit.build.lists import list_name, places_name
from sheetcredit.catalogue.catalogue import load_catalogue
from sheetcredit.template.definition import (
    Column,
    Figure,
    Office,
    Sheet,
    load_association,
    load_branch,
    load_office,
)
from sheetcredit.workplan.definition import added_sheets, load_workplan
from tools.pages.markdown import both, code, heading, page, paragraphs, said, table

Named = tuple[str, str, str]
_HEADERS = (
    "Tiêu đề / Header", "Tên / Name", "Kiểu / Type", "Đơn vị / Unit", "Số lẻ / Decimals", "Khóa / Key",
    "Bắt buộc / Required", "Giá trị / Values", "Kiểm tra / Checks",
)  # fmt: skip
_PLACES = ("table_name", "headline_name", "address_name", "written_name")


def defined_names(office: Office) -> list[Named]:
    """Every defined name of the workbook: name, sheet, what it is."""
    lists = office.conventions.lists_sheet
    names = [(places_name(office), lists, said("places", "signing"))]
    for sheet in office.sheets:
        names += _names_of(sheet, lists)
    return sorted({name: (name, where, what) for name, where, what in reversed(names)}.values())


def _names_of(sheet: Sheet, lists: str) -> Iterator[Named]:
    for column in sheet.columns:
        if column.name_in_book:
            yield column.name_in_book, sheet.sheet, column.header
        if listed := list_name(sheet, column):
            yield listed, lists, f"{said('places', 'list')}: {column.header}"
    for figure in (*sheet.figures, *sheet.year_before_figures):
        yield figure.name, sheet.sheet, both(figure.label)
    for place in _PLACES:
        if name := getattr(sheet, place):
            yield name, sheet.sheet, said("places", place)


def write() -> str:
    """The page of the office workbook."""
    return _page("Từ điển dữ liệu / Data dictionary", load_office())


def write_branch() -> str:
    """The page of the branch workbook."""
    return _page("Từ điển dữ liệu báo cáo chi nhánh / Data dictionary of the branch workbook", load_branch())


def _page(title: str, office: Office) -> str:
    labels = ", ".join(f"`{label}`" for label in office.conventions.total_labels)
    parts = [
        paragraphs("data-dictionary"),
        f"- {said('data-dictionary', 'version')}: {office.conventions.version}\n"
        f"- {said('data-dictionary', 'total-row')}: {labels}",
        table(
            ("Trang / Sheet", "Một dòng là", "One row is", "Loại / Kind"),
            (
                (f"[{s.sheet}](#{s.id})", s.row_is.vi, s.row_is.en, said("sheet-kinds", s.kind))
                for s in office.sheets
            ),
        ),
    ]
    for sheet in office.sheets:
        parts += _sheet(sheet, office)
    parts += _statement()
    if office is load_office():
        parts += _added()
    parts += [
        heading("data-dictionary", "names"),
        paragraphs("data-dictionary", "names-intro"),
        table(
            ("Tên / Name", "Trang / Sheet", "Là gì / What it is"),
            ((code(name), where, what) for name, where, what in defined_names(office)),
        ),
    ]
    return page(title, *parts)


def _added() -> Iterator[str]:
    """The sheets that template version 2 adds to the office's workbook."""
    yield heading("data-dictionary", "added")
    yield paragraphs("data-dictionary", "added-intro")
    for sheet in added_sheets():
        yield from _sheet(sheet, load_workplan())


def _statement() -> Iterator[str]:
    """What the workbook of an association has that the office's has not."""
    statement = load_association()
    yield heading("data-dictionary", "statement")
    yield paragraphs("data-dictionary", "statement-intro")
    yield table(
        ("Trang / Sheet", "Một dòng là", "One row is", "Loại / Kind"),
        ((s.sheet, s.row_is.vi, s.row_is.en, said("sheet-kinds", s.kind)) for s in statement.sheets),
    )
    info = statement.sheet("info")
    yield table(_HEADERS, (_column(column, info, statement) for column in info.columns))


def _sheet(sheet: Sheet, office: Office) -> Iterator[str]:
    yield f'<a id="{sheet.id}"></a>\n\n## {sheet.sheet}'
    facts = [f"{both(sheet.title)} ({said('sheet-kinds', sheet.kind)})"]
    facts.append(f"{said('data-dictionary', 'row')}: {both(sheet.row_is)}")
    if sheet.frame:
        facts.append(f"{said('data-dictionary', 'frame')}: `{sheet.frame}`")
        facts.append(f"{said('data-dictionary', 'unit')}: {said('units', sheet.unit)}")
    same = said("data-dictionary", "constant")
    facts += [f"{same}: `{name}` = `{value}`" for name, value in sheet.constants.items()]
    yield "\n".join(f"- {fact}" for fact in facts)
    if sheet.columns:
        yield table(_HEADERS, (_column(column, sheet, office) for column in sheet.columns))
    if sheet.sections:
        yield from _figures(sheet)


def _column(column: Column, sheet: Sheet, office: Office) -> tuple[object, ...]:
    kind = both(office.conventions.types[column.type].label)
    checks = [both(check.rule) for check in office.checks_of(column)]
    marks = (("filled", column.filled), ("hidden", column.hidden), ("user", column.owner == "user"))
    checks += [said("columns", mark) for mark, holds in marks if holds]
    return (
        column.header,
        code(column.name),
        f"{kind}, {column.width}" if column.width else kind,
        said("units", sheet.unit) if column.type == "amount" else "",
        column.decimals if column.type in ("amount", "score") else "",
        "x" if column.key else "",
        "x" if column.required else "",
        _values(column),
        "; ".join(dict.fromkeys(checks)),
    )


def _values(column: Column) -> str:
    if column.choices:
        return ", ".join(column.choices)
    if column.catalogue:
        return f"{code(column.catalogue)} ({len(load_catalogue(column.catalogue))})"
    return ""


def _figures(sheet: Sheet) -> Iterator[str]:
    yield paragraphs("data-dictionary", "figures-intro")
    headers = ("Tên ô / Name", "Ý nghĩa / Meaning", "Công thức / Formula", "Đơn vị / Unit", "Cơ sở / Basis")
    for section in sheet.sections:
        yield f"### {both(section.title)}"
        rows = (
            (
                code(f.name),
                both(f.label),
                _formula(f),
                _unit(f),
                both(f.basis or (section.basis if f.share else None)),
            )
            for f in section.figures
        )
        yield table(headers, rows)
    yield heading("data-dictionary", "quantities", 3)
    yield paragraphs("data-dictionary", "quantities-intro")
    yield table(
        ("Tên / Name", "Bảng / Frame", "Cộng / Sum of", "Điều kiện / Where"),
        ((code(name), code(q.frame), code(q.sum), code(q.where)) for name, q in sheet.quantities.items()),
    )


def _formula(figure: Figure) -> str:
    if figure.ratio is None:
        return code(figure.amount or figure.count)
    part, whole = (f"({side})" if " " in side else side for side in figure.ratio)
    return code(f"{part} / {whole}")


def _unit(figure: Figure) -> str:
    if figure.ratio is None:
        return said("figure-units", "amount" if figure.amount else "count")
    text = f"%, {figure.decimals} {said('figure-units', 'decimals')}"
    return text + (f"; {said('figure-units', 'together')}: `{figure.share}`" if figure.share else "")
