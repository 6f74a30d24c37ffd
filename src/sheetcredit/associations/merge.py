"""The statements of an office's associations merged into its workbook, and the workbook checked again.

What the office typed elsewhere, and what it explained in `Giải trình`, stays. A statement with something
that blocks is not merged unless asked for; one that cannot be read, or is of another office, period
or unknown unit, never is. Either all that may be merged is written, or nothing.

Read from top to bottom: what became of each statement; merging; groups that two associations claim; fitting
rows into a table of the office workbook.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from sheetcredit.associations.statements import GROUPS, Statement, blocks_of, read_statement
from sheetcredit.build.new import content_of
from sheetcredit.build.workbook import Content, build_workbook
from sheetcredit.filling import filled_cells, finding_cells
from sheetcredit.intake.candidates import BETWEEN, Candidate
from sheetcredit.intake.content import safe_name
from sheetcredit.intake.versions import Chosen, choose, is_valid
from sheetcredit.model.errors import BadUsage, CannotPatch, CannotWrite, SheetcreditError
from sheetcredit.model.finding import Finding, severity_of
from sheetcredit.model.money import quantize
from sheetcredit.model.period import Period
from sheetcredit.outcome import Report
from sheetcredit.report import check_readings, run
from sheetcredit.rulebook import Rulebook, our_rulebook
from sheetcredit.template.definition import CODE, Column, load_association, statement_sheet
from sheetcredit.template.frames import Block
from sheetcredit.template.locate import Table, blank_rows
from sheetcredit.template.reading import Reading
from sheetcredit.template.values import exact
from sheetcredit.workbooks import read_office
from sheetcredit.xlsx.atomic_write import make_folder
from sheetcredit.xlsx.patch import SheetEdits, patch_cells

Value = int | Decimal | str | None
StatementState = Literal["merged", "blocked", "refused", "unreadable", "older", "duplicate", "unidentified"]


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one statement.

    `listed` and `groups`: what it changed; None where it changed nothing. `returned`: a copy of it with
    what blocks on its sheet `Kiểm tra`, to be sent back.
    """

    statement: Statement
    state: StatementState
    error: SheetcreditError | None = None
    listed: Fitted | None = None
    groups: Fitted | None = None
    returned: Path | None = None


@dataclass(frozen=True, slots=True)
class Merged:
    """What merging came to.

    `report` is that of the office workbook after it, written to `out`; both None when nothing was merged.
    `missing`: codes of the associations of which nothing was handed in.
    """

    out: Path | None
    report: Report | None
    fates: tuple[Fate, ...]
    missing: tuple[str, ...]

    @property
    def blocks(self) -> bool:
        """Whether something must be dealt with before the office workbook goes out."""
        held = any(fate.state == "blocked" for fate in self.fates)
        return held or self.report is None or self.report.blocks

    @property
    def complete(self) -> bool:
        """Whether every association's statement was merged."""
        waiting = {fate.statement.association for fate in self.fates if fate.state in ("blocked", "refused")}
        return not self.missing and not waiting

    @property
    def failures(self) -> int:
        """How many files could not be read, or were refused."""
        return sum(fate.error is not None for fate in self.fates)


def merge_statements(
    files: Iterable[Candidate],
    office_workbook: Path | None = None,
    out: Path | None = None,
    *,
    rulebook: Rulebook | None = None,
    force: bool = False,
    returned: Path | None = None,
) -> Merged:
    """Merge associations' statements into the office workbook and run the main job on the result.

    The office workbook is `office_workbook`, otherwise `out` if that exists, otherwise a new one. Without
    `out` it is changed in place; with it only `out` is written. `force` merges statements that block;
    `returned` is a folder for copies of those that are not merged, their findings filled in.

    Raises:
        BadUsage: no file, no place to write to, or statements of several offices or periods.
        CannotRead, NotOurTemplate: the office workbook cannot be read.
        CannotWrite: it has too few rows, or cannot be written; nothing was changed then.
        CannotPatch: a cell cannot be written without breaking something else; nothing was changed then.
    """
    book = rulebook or our_rulebook()
    statements = [read_statement(file, book) for file in files]
    if not statements or (office_workbook is None and out is None):
        raise BadUsage("E-MERGE-NOTHING")
    fates, usable = _sorted_out(statements, force)
    base = office_workbook or (out if out is not None and out.exists() else None)
    target = out or base
    with TemporaryDirectory() as folder:
        if usable and base is None:
            base = _new_workbook(usable, Path(folder) / "office.xlsx", book)
        if base is not None and target is not None and usable:
            fates += _merge(usable, read_office(base, book), target, book)
    if returned is not None:
        fates = [_sent_back(fate, returned) for fate in fates]
    ordered = _in_order(fates, statements)
    if target is None or not any(fate.state == "merged" for fate in fates):
        return Merged(None, None, ordered, _missing(statements, book))
    return Merged(target, run(target, None, book), ordered, _missing(statements, book))


def _sorted_out(statements: Sequence[Statement], force: bool) -> tuple[list[Fate], list[Statement]]:
    """The fates of the statements that are not to be merged, and those that may be."""
    statements = claims_checked(statements)
    chosen = choose(statements, (lambda each: each.report is not None) if force else is_valid)
    fates = [fate for each in chosen for fate in _passed_over(each)]
    return fates, [each.used for each in chosen if each.used is not None]


def _passed_over(chosen: Chosen[Statement]) -> Iterator[Fate]:
    """What is before the version that counts, or before the last one where none does, is older."""
    versions = [passed for passed in chosen.passed_over if passed.reason != "duplicate"]
    for passed in chosen.passed_over:
        reason: StatementState = passed.reason
        last = chosen.office is None or (passed.later and (chosen.used is not None or passed is versions[-1]))
        if reason in ("blocked", "unreadable") and not last:
            yield Fate(passed.gathered, "older")
        else:
            yield Fate(passed.gathered, reason, passed.gathered.error)


def _merge(usable: Sequence[Statement], base: Reading, target: Path, rulebook: Rulebook) -> list[Fate]:
    """Write what the statements say into `target`; the fate of each."""
    forms = _Forms(base)
    fates: list[Fate] = []
    claimed: set[str] = set()
    for statement in sorted(usable, key=lambda each: each.association or ""):
        error = _misplaced(statement, base, target)
        if error is None:
            fate = forms.take(statement, rulebook, frozenset(claimed))
            claimed |= _groups_of(statement)
        else:
            fate = Fate(statement, "refused", error)
        fates.append(fate)
    if any(fate.state == "merged" for fate in fates):
        forms.refuse_too_few(target)
        filled_cells(rulebook.office, base, check_readings([base], rulebook)[0])  # can it be filled after?
        source = Path(base.file)
        patch_cells(source, forms.edits(), None if target == source else target)
    return fates


@dataclass(slots=True)
class _Forms:
    """The tables of the office workbook that statements are written into."""

    base: Reading
    made: dict[str, Form | None] = field(default_factory=dict)

    def of(self, sheet_id: str) -> Form | None:
        """The form of a sheet, the same one each time."""
        if sheet_id not in self.made:
            self.made[sheet_id] = Form.of(self.base, sheet_id)
        return self.made[sheet_id]

    def take(self, statement: Statement, rulebook: Rulebook, claimed: frozenset[str]) -> Fate:
        """Fit one statement in; refused where a table of the office workbook cannot be recognised."""
        assert statement.reading and statement.association
        sheet = statement_sheet(rulebook.office, statement.association)
        blocks = {block.frame: block for block in blocks_of(statement.reading)}
        wanted = {"statements": sheet.id if sheet else "", GROUPS: GROUPS}
        forms = {frame: self.of(wanted[frame]) for frame in wanted if frame in blocks}
        for frame, form in forms.items():
            if form is None:
                tab = sheet if frame == "statements" and sheet else rulebook.office.sheet(GROUPS)
                error = CannotWrite("E-MERGE-SHEET", path=self.base.file, sheet=tab.sheet)
                return Fate(statement, "refused", error)
        listed = groups = None
        if (form := forms.get("statements")) is not None:
            listed = fit_list(form, blocks["statements"])
        if (form := forms.get(GROUPS)) is not None:
            groups = fit_groups(form, blocks[GROUPS], statement.association, claimed)
        return Fate(statement, "merged", None, listed, groups)

    def refuse_too_few(self, target: Path) -> None:
        """Raise `CannotWrite` where more rows are new than the form has blank ones."""
        for form in filter(None, self.made.values()):
            blank, needed = len(form.blanks), form.needed
            if needed > blank:
                raise CannotWrite(
                    "E-MERGE-ROWS", path=target, sheet=form.table.sheet.sheet, blank=blank, needed=needed,
                    more=needed - blank,
                )  # fmt: skip

    def edits(self) -> SheetEdits:
        """The cells to write, by sheet."""
        return {form.table.grid.sheet: form.edits for form in self.made.values() if form and form.edits}


def _sent_back(fate: Fate, folder: Path) -> Fate:
    """The fate with a copy of the statement in `folder`; one that cannot be written into is not copied."""
    statement = fate.statement
    if fate.state != "blocked" or statement.reading is None or statement.report is None:
        return fate
    if not statement.reading.book.writable:
        return fate
    office, source = load_association(statement.association), Path(statement.path)
    name = safe_name(statement.origin.rpartition(BETWEEN)[2], source.suffix)
    target = folder / f"{statement.association}-{name}"
    try:
        make_folder(target)
        edits = finding_cells(office, statement.reading.book, statement.report)
        return replace(fate, returned=patch_cells(source, edits, target))
    except (CannotPatch, CannotWrite) as error:
        return replace(fate, error=error)


def _misplaced(statement: Statement, base: Reading, target: Path) -> SheetcreditError | None:
    """Why a statement cannot go into this office workbook, if it cannot."""
    assert statement.reading
    info, office = statement.reading.info, base.info
    if (info.office, info.period) != (office.office, office.period):
        return BadUsage(
            "E-MERGE-OTHER", path=statement.path, office=info.office, period=info.period, out=target,
            expected_office=office.office or "?", expected_period=office.period or "?",
        )  # fmt: skip
    if info.values.get("unit") is None:
        unit = statement.reading.book.named("TT_DonVi")
        return BadUsage("E-MERGE-UNIT", path=statement.path, unit=unit or "-", out_unit=office.unit_name)
    return None


def _groups_of(statement: Statement) -> set[str]:
    assert statement.reading
    blocks = (block for block in blocks_of(statement.reading) if block.frame == GROUPS)
    return {str(group) for block in blocks for group in block.columns["group"] if group is not None}


def _new_workbook(usable: Sequence[Statement], path: Path, rulebook: Rulebook) -> Path:
    """A new office workbook with room for everything, as `sheetcredit new` makes it for a known office.

    Raises:
        BadUsage: the statements are of several offices or periods.
    """
    whose = sorted({_whose(statement) for statement in usable})
    if len(whose) > 1:
        found = ", ".join(f"{office} {period}" for office, period in whose)
        raise BadUsage("E-MERGE-MIXED", found=found)
    office, period = whose[0]
    known = rulebook.catalogues.office_on(office, date.today())
    content = content_of(office if known else None, str(period), rulebook.catalogues) or Content({}, {})
    stated = {"office": office, "office_name": usable[0].info.get("office_name")}
    info = {
        **stated,
        **content.info,
        "unit": usable[0].info.get("unit"),
        "as_of": usable[0].info.get("as_of"),
    }
    tables = dict(content.tables)
    for statement in usable:
        sheet = statement_sheet(rulebook.office, statement.association or "")
        if sheet is not None:
            tables[sheet.id] = [*tables.get(sheet.id, ()), *_lacking(statement, tables.get(sheet.id, ()))]
    groups = sum(len(_groups_of(statement)) for statement in usable)
    tables[GROUPS] = ({},) * max(groups, rulebook.office.sheet(GROUPS).rows)
    return build_workbook(path, Content(info, tables))


def _lacking(statement: Statement, rows: Sequence[Mapping[str, object]]) -> Iterator[Mapping[str, object]]:
    """Rows for the communes of a statement that a list of communes lacks."""
    assert statement.reading
    listed = {row["commune"] for row in rows}
    for block in blocks_of(statement.reading):
        if block.frame == "statements":
            for commune in dict.fromkeys(block.columns["commune"]):
                if commune is not None and commune not in listed:
                    yield {"commune": commune}


def _whose(statement: Statement) -> tuple[str, Period]:
    assert statement.report and statement.report.office and statement.report.period
    return statement.report.office, statement.report.period


def _missing(statements: Sequence[Statement], rulebook: Rulebook) -> tuple[str, ...]:
    handed_in = {statement.association for statement in statements}
    lists = (sheet for sheet in rulebook.office.tables() if sheet.frame == "statements")
    return tuple(code for code in (sheet.constants[CODE] for sheet in lists) if code not in handed_in)


def _in_order(fates: Iterable[Fate], statements: Sequence[Statement]) -> tuple[Fate, ...]:
    """By association, those that count before those passed over, then as they were given."""
    places = {statement.path: place for place, statement in enumerate(statements)}

    def order(fate: Fate) -> tuple[object, ...]:
        passed = fate.state in ("older", "duplicate")
        return fate.statement.association or "~", passed, places[fate.statement.path]

    return tuple(sorted(fates, key=order))


# Groups that two associations list: each statement has a finding that names the other, as one must be wrong


def claims_checked(statements: Sequence[Statement]) -> list[Statement]:
    """The statements, with a finding beside each group that another association lists as well.

    Compared are the latest versions. One that is right by itself hears nothing of one that is not.
    """
    counting = [c.used for c in choose(statements, lambda each: each.report is not None) if c.used]
    claims: dict[str, list[tuple[Statement, int]]] = defaultdict(list)
    for statement in counting:
        for block in blocks_of(statement.reading) if statement.reading else ():
            if block.frame == GROUPS:
                for group, row in zip(block.columns["group"], block.rows, strict=True):
                    if group is not None:
                        claims[str(group)].append((statement, row))
    found: dict[int, list[Finding]] = defaultdict(list)
    for group, held in claims.items():
        for statement, row in held:
            other = next((each for each in held if _disputes(each[0], statement)), None)
            if other is not None:
                found[id(statement)].append(_twice(group, statement, row, *other))
    return [_with_findings(each, found.get(id(each), ())) for each in statements]


def _disputes(other: Statement, statement: Statement) -> bool:
    apart = other.association != statement.association
    return apart and (is_valid(other) or not is_valid(statement))


def _twice(group: str, statement: Statement, row: int, other: Statement, other_row: int) -> Finding:
    assert statement.reading and other.reading
    table, theirs = statement.reading.tables[GROUPS], other.reading.tables[GROUPS]
    return Finding(
        file=statement.path, code="M-TWICE", severity=severity_of("M-TWICE"), sheet=table.sheet.sheet,
        cell=table.cell(row - 1, "group"), row=row, column=table.sheet.column("group").header, value=group,
        details={
            "other": str(other.info.get("association_name") or other.association),
            "file": other.origin, "at": theirs.cell(other_row - 1, "group"),
        },
        key=f"M-TWICE|{table.sheet.sheet}|{group}|group",
    )  # fmt: skip


def _with_findings(statement: Statement, findings: Sequence[Finding]) -> Statement:
    if not findings or statement.report is None:
        return statement
    report = replace(statement.report, findings=(*statement.report.findings, *findings))
    return replace(statement, report=report)


# Rows of a statement fitted into a table of the office workbook: known ones by code, new ones in blank rows.
#
# Only cells are written. Amounts go from one unit to the other exactly; a number that the office holds more
# finely than the statement, and that rounds to it, stays.


@dataclass(frozen=True, slots=True)
class Fitted:
    """What fitting one statement into one table came to.

    `added`, `emptied` and `unmentioned` are codes of rows: written into blank ones; whose numbers were
    taken out, as the statement no longer has the row; of the office's own that the statement is silent on.
    """

    sheet: str
    rows: int
    cells: int
    added: tuple[str, ...] = ()
    emptied: tuple[str, ...] = ()
    unmentioned: tuple[str, ...] = ()


@dataclass(slots=True)
class Form:
    """A table of the office workbook while it is filled: rows by code, blank rows, the edits so far."""

    table: Table
    block: Block
    unit: int
    known: dict[str, int] = field(default_factory=dict)
    blanks: list[int] = field(default_factory=list)
    needed: int = 0
    edits: dict[str, Value] = field(default_factory=dict)

    @classmethod
    def of(cls, reading: Reading, sheet_id: str) -> Form | None:
        """The form of a sheet; None where its table cannot be recognised."""
        table = reading.tables.get(sheet_id)
        if table is None:
            return None
        frame = table.sheet.frame or table.sheet.id
        held = (block for block in reading.blocks if block.sheet is table.sheet and block.frame == frame)
        block = next(held)
        form = cls(table, block, block.unit)
        for index, key in enumerate(block.columns[table.sheet.key[0]]):
            if key is not None:
                form.known.setdefault(str(key), index)
        form.blanks = blank_rows(table)
        return form

    def take_blank(self) -> int | None:
        """The next blank row (zero-based), or None when there is none left."""
        self.needed += 1
        return self.blanks[self.needed - 1] if self.needed <= len(self.blanks) else None

    def holds(self, index: int | None, column: Column) -> object:
        """What a known row says in a column; None for a new row."""
        return None if index is None else self.block.columns[column.name][index]

    def is_text(self, index: int | None, column: Column) -> bool:
        """Whether a number stands there as text."""
        return index is not None and f"~{column.name}" in self.block.bad.get(index, frozenset())


def fit_list(form: Form, incoming: Block) -> Fitted:
    """The association's commune list: what it says holds, and what it leaves out is emptied."""
    fitted = _fit(form, incoming, range(len(incoming.rows)), {}, whole=True)
    stated = {str(key) for key in incoming.columns[form.table.sheet.key[0]] if key is not None}
    emptied = [code for code, index in form.known.items() if code not in stated and _empty(form, index)]
    return replace(fitted, emptied=tuple(emptied))


def fit_groups(form: Form, incoming: Block, association: str, skip: frozenset[str]) -> Fitted:
    """The association's own groups; those in `skip`, and of other associations, are left out.

    A group that the statement does not mention stays as the office has it: it is reported, not emptied.
    """
    column = "association"
    own = [
        index
        for index, code in enumerate(incoming.columns[column])
        if code in (None, association) and incoming.columns["group"][index] not in skip
    ]
    fitted = _fit(form, incoming, own, {column: association}, whole=False)
    stated = {str(incoming.columns["group"][index]) for index in own}
    silent = [
        code
        for code, index in form.known.items()
        if form.block.columns[column][index] == association and code not in stated
    ]
    return replace(fitted, unmentioned=tuple(silent))


def _fit(
    form: Form, incoming: Block, indexes: Sequence[int], fixed: Mapping[str, str], *, whole: bool
) -> Fitted:
    """`whole`: an empty number empties the office's; otherwise what the office has stays."""
    key = form.table.sheet.key[0]
    before, added, seen = len(form.edits), [], set()
    for index in indexes:
        code = incoming.columns[key][index]
        if code is None or code in seen:
            continue
        seen.add(code)
        known = form.known.get(str(code))
        row = form.block.rows[known] - 1 if known is not None else form.take_blank()
        if known is None:
            added.append(str(code))
        if row is None:
            continue
        for column in form.table.sheet.columns:
            if column.name in form.table.columns and column.name not in incoming.bad.get(index, frozenset()):
                raw = fixed.get(column.name, incoming.columns[column.name][index])
                _write(form, known, row, column, _converted(raw, column, incoming.unit, form.unit), whole)
    return Fitted(form.table.sheet.sheet, len(seen), len(form.edits) - before, tuple(added))


def _write(form: Form, known: int | None, row: int, column: Column, value: Value, whole: bool) -> None:
    held = _converted(form.holds(known, column), column, form.unit, form.unit)
    if value is None and (held is None or not (whole and column.numeric)):
        return
    same = held == value or (not whole and column.type == "amount" and _rounds_to(held, value))
    if not same or form.is_text(known, column):
        form.edits[form.table.cell(row, column.name)] = held if same else value


def _empty(form: Form, index: int) -> bool:
    """Takes the numbers out of a row; whether there were any."""
    row, any_left = form.block.rows[index] - 1, False
    for column in form.table.sheet.columns:
        value = form.holds(index, column)
        if column.numeric and column.name in form.table.columns and value is not None:
            form.edits[form.table.cell(row, column.name)] = None
            any_left = any_left or bool(value)
    return any_left


def _converted(value: object, column: Column, unit: int, into: int) -> Value:
    """A typed value as it is written: amounts in the other unit, to the last digit."""
    if isinstance(value, float):
        number = exact(value)
        if column.type == "amount" and unit != into:
            number = number * unit / into
        return int(number) if number == number.to_integral_value() else number.normalize()
    return None if value is None else str(value)


def _rounds_to(held: Value, value: Value) -> bool:
    """Whether a number is the other one in more digits."""
    if not isinstance(held, Decimal) or isinstance(value, str) or value is None:
        return False
    decimals = max(-int(Decimal(value).as_tuple().exponent), 0)
    return quantize(held, decimals) == value
