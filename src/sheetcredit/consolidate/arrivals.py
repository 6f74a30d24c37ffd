"""What has arrived for a period, and from whom: each unit that has to report, and the files of nobody.

`consolidate` and `status` begin here. No file stops another: one that cannot be used is reported as such.

Who has to report, and by when, comes from a list that the branch keeps, or from the catalogues. A list is a
YAML, CSV or Excel file whose columns are `code`, `name`, `due`, `period` (or `Mã đơn vị`, `Tên đơn vị`, `Hạn
nộp`, `Kỳ`); only the code is needed. A line with a period holds for that period alone.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from io import StringIO
from pathlib import Path
from typing import Literal

from sheetcredit.catalogue.catalogue import Catalogues
from sheetcredit.catalogue.entry import Entry
from sheetcredit.consolidate.branch_report import branch_frames, branch_rulebook, check_branch, read_branch
from sheetcredit.consolidate.origins import is_untrusted
from sheetcredit.intake.versions import Chosen, choose, is_valid, version_order
from sheetcredit.model.errors import BadUsage, NotOurTemplate, SheetcreditError
from sheetcredit.model.finding import Finding, Severity
from sheetcredit.model.period import Period, find_period
from sheetcredit.model.resources import schemas_folder
from sheetcredit.model.text import DEFAULT_LANGUAGE, Language, fold, word
from sheetcredit.model.yaml_file import YamlMistakeError, load_yaml, parse_yaml
from sheetcredit.outcome import Gathered
from sheetcredit.seal.check import seen_seal
from sheetcredit.template.recognise import recognise
from sheetcredit.template.values import read_dates
from sheetcredit.xlsx.read import read_book

HEAD_OFFICE = "00"
OwnerLevel = Literal["chi nhánh", "toàn quốc"]
SubmissionState = Literal["received", "late", "provisional", "returned", "missing"]
VIETNAM = timezone(timedelta(hours=7))
_MOST_OF_THEM = 2 / 3


@dataclass(frozen=True, slots=True)
class Expected:
    """One that has to report: its code and name, the day by which, the address it usually mails from."""

    code: str
    name: str
    due: date
    sender: str = ""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose consolidated report it is."""

    code: str
    name: str
    superior: str
    level: OwnerLevel


@dataclass(frozen=True, slots=True)
class Submission:
    """What became of one office's report.

    `judged` is the version the state speaks of, `used` the one whose figures are summed: the same, or None.
    `chosen` tells of all versions, None where none came. `received`: the day (in Vietnam)
    that the first valid version came in, or without one the latest. `last`: the latest earlier period that a
    file at hand is of. `expected`: whether it is on the list; `sender`: the address the list names.
    """

    office: str
    name: str
    due: date
    state: SubmissionState
    judged: Gathered | None = None
    used: Gathered | None = None
    chosen: Chosen[Gathered] | None = None
    last: Period | None = None
    expected: bool = True
    received: date | None = None
    sender: str = ""

    @property
    def findings(self) -> Sequence[Finding]:
        """What was found in the version that the state speaks of."""
        return self.judged.report.findings if self.judged and self.judged.report else ()

    def count(self, severity: Severity) -> int:
        """How many findings of a severity there are."""
        return sum(finding.severity == severity for finding in self.findings)

    def story(self, language: Language = DEFAULT_LANGUAGE) -> str:
        """In words: which version counts and why others do not; empty where there is nothing to tell."""
        if self.chosen is None:
            return word("submission-last", language, period=self.last) if self.last else ""
        plain = self.state in ("received", "late") and self.chosen.versions == 1
        return "" if plain and not self.chosen.passed_over else self.chosen.story(language)


@dataclass(frozen=True, slots=True)
class Arrivals:
    """All that is known before anything is summed.

    `strays` are files that are no version of a submission; `listed`: whether anybody said who is expected;
    `other_periods` are those that other reports at hand speak of.
    """

    period: Period
    owner: Owner
    submissions: tuple[Submission, ...]
    strays: tuple[Gathered, ...]
    listed: bool
    other_periods: tuple[Period, ...] = ()

    @property
    def summed(self) -> tuple[Submission, ...]:
        """The submissions whose figures are summed."""
        return tuple(submission for submission in self.submissions if submission.used)


def with_branches(gathered: Iterable[Gathered]) -> list[Gathered]:
    """Files that are no office workbooks, read as branch workbooks where they are such."""
    return [_as_branch(one) if isinstance(one.error, NotOurTemplate) else one for one in gathered]


def _as_branch(one: Gathered) -> Gathered:
    try:
        if recognise(Path(one.path)).kind == "association":
            return replace(one, kind="association", error=NotOurTemplate("E-IS-STATEMENT", path=one.path))
        reading = read_branch(one.path)
    except SheetcreditError:
        return one
    rows = {name: frame.drop("file") for name, frame in branch_frames(reading).items()}
    report = check_branch(reading)
    seal = replace(seen_seal(reading, report.figures, branch_rulebook().office), changed=())
    return replace(
        one, kind="branch", report=report, error=None, info=dict(reading.info.values), rows=rows, seal=seal
    )


def arrivals(
    gathered: Sequence[Gathered],
    catalogues: Catalogues,
    period: Period | None = None,
    expected: Path | None = None,
    include_blocked: bool = False,
) -> Arrivals:
    """Who has reported for a period, and what with.

    Unless a period is named it is the latest at hand that has ended: one that has not cannot be reported. Of
    a month and its quarter, which end together, it is the one that more have sent.

    Raises:
        BadUsage: there is no report at all, or none of the period.
    """
    kind = "office" if any(one.kind == "office" for one in gathered) else "branch"
    units = [one for one in gathered if one.kind == kind and not _of_head_office(one, kind)]
    chosen = [one for one in choose(units) if one.office and one.period]
    at_hand = {one.period for one in chosen if one.period}
    if not at_hand:
        raise BadUsage("E-NO-REPORTS", found=len(gathered))
    period = period or _latest([one.period for one in chosen if one.period])
    now = {str(one.office): one for one in chosen if one.period == period}
    if not now:
        known = ", ".join(map(str, sorted(at_hand)))
        raise BadUsage("E-NO-PERIOD", period=period, known=known)
    owner = _owner([one for one in units if _period(one) == period], kind, catalogues)
    due = _expected(expected, kind, owner, catalogues, period)
    listed = {one.code: one for one in due}
    for code in sorted(now.keys() - listed.keys()):
        listed[code] = Expected(code, "", due_after(period))
    last = _last_before(period, chosen)
    submissions = [
        _submission(one, now.get(one.code), last.get(one.code), include_blocked) for one in listed.values()
    ]
    foreign = now.keys() - {one.code for one in due} if due else set()
    submissions = [replace(one, expected=one.office not in foreign) for one in submissions]
    versions = {id(one) for each in now.values() for one in _versions(each)}
    strays = tuple(one for one in gathered if id(one) not in versions)
    others = tuple(sorted(at_hand - {period}))
    return Arrivals(period, owner, tuple(submissions), strays, bool(due), others)


def _latest(sent: Sequence[Period]) -> Period:
    """The period that the latest reports are of."""
    ended = [one for one in sent if one.last_day <= date.today()] or sent
    return max(ended, key=lambda one: (one.last_day, ended.count(one), one.months))


def _of_head_office(one: Gathered, kind: str) -> bool:
    """An earlier consolidation of the head office itself, which is no branch's report."""
    return kind == "branch" and one.report is not None and one.report.office == HEAD_OFFICE


def _period(one: Gathered) -> Period | None:
    return one.report.period if one.report else None


def _last_before(period: Period, chosen: Iterable[Chosen[Gathered]]) -> dict[str, Period]:
    """By office, the latest earlier period that a file at hand is of."""
    earlier = [
        (one.period, one.office) for one in chosen if one.office and one.period and one.period < period
    ]
    return {office: sent for sent, office in sorted(earlier)}


def _expected(
    path: Path | None, kind: str, owner: Owner, catalogues: Catalogues, period: Period
) -> list[Expected]:
    if path is not None:
        listed = expected_from_list(path, period)
        coded = {one.code: catalogues.office_code(one.code) or one.code for one in listed}
        return [replace(one, code=coded[one.code]) for one in listed] if kind == "office" else listed
    if kind == "branch":
        entries = [entry for entry in catalogues.of("branches") if entry.code != HEAD_OFFICE]
    else:
        entries = [
            entry
            for entry in catalogues.of("offices")
            if owner.level == "toàn quốc" or (entry.branch and fold(entry.branch.vi) == fold(owner.name))
        ]
    return expected_from_catalogue(entries, period)


def _owner(units: Sequence[Gathered], kind: str, catalogues: Catalogues) -> Owner:
    """The branch that the offices name; the head office where they are of several, or branches themselves."""
    head = next((entry for entry in catalogues.of("branches") if entry.code == HEAD_OFFICE), None)
    top = head.name.vi if head else word("head-office")
    named = Counter(str(one.info.get("branch") or "") for one in units)
    name, times = named.most_common(1)[0]
    if kind == "branch" or times < _MOST_OF_THEM * len(units):
        return Owner(HEAD_OFFICE, top, "", "toàn quốc")
    known = next((e for e in catalogues.of("branches") if fold(e.name.vi) == fold(name)), None)
    if known is not None:
        return Owner(known.code, known.name.vi, top, "chi nhánh")
    codes = Counter(str(one.report.office or "")[:2] for one in units if one.report)
    code = codes.most_common(1)[0][0]
    return Owner(code, name or word("branch-unnamed", number=code), top, "chi nhánh")


def _versions(chosen: Chosen[Gathered]) -> list[Gathered]:
    """All versions of a submission, the first first."""
    used = [chosen.used] if chosen.used else []
    return sorted((*used, *(passed.gathered for passed in chosen.passed_over)), key=version_order)


def _day_arrivals(one: Gathered) -> date | None:
    return one.received.astimezone(VIETNAM).date() if one.received else None


def _submission(
    expected: Expected, chosen: Chosen[Gathered] | None, last: Period | None, include_blocked: bool
) -> Submission:
    if chosen is None:
        return Submission(
            expected.code, expected.name or expected.code, expected.due, "missing", last=last,
            sender=expected.sender,
        )  # fmt: skip
    versions = _versions(chosen)
    judged = chosen.used or versions[-1]
    name = expected.name or (judged.report.office_name if judged.report else "") or expected.code
    used = chosen.used or (_latest_trusted(versions) if include_blocked else None)
    state: SubmissionState = "returned"
    received = _day_arrivals(judged)
    if chosen.used is not None:
        received = _day_arrivals(next(one for one in versions if is_valid(one)))
        state = "late" if received and received > expected.due else "received"
    elif used is not None:
        state = "provisional"
    return Submission(
        expected.code, name, expected.due, state, judged, used, chosen, last, received=received,
        sender=expected.sender,
    )  # fmt: skip


def _latest_trusted(versions: Sequence[Gathered]) -> Gathered | None:
    """What may be summed for now although something blocks it; never what is not surely the office's own."""
    return next((one for one in reversed(versions) if one.report is not None and not is_untrusted(one)), None)


def coverage_text(arrived: Arrivals, language: Language = DEFAULT_LANGUAGE) -> str:
    """`4/6 đơn vị` while offices that have to report are not summed; empty when all are."""
    summed, expected = len(arrived.summed), len(arrived.submissions)
    return word("coverage", language, summed=summed, expected=expected) if summed < expected else ""


def office_label(code: str, name: str) -> str:
    """An office as tables name it: its code and its name without the title all of them share."""
    for title in word("office-titles").split("|"):
        if name.startswith(title):
            return f"{code} {name.removeprefix(title)}"
    return f"{code} {name}".strip() if name != code else code


# Who has to report

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "code": ("code", "office", "mã đơn vị", "mã pgd", "mã chi nhánh", "mã"),
    "name": ("name", "tên đơn vị", "tên pgd", "tên chi nhánh", "tên", "đơn vị"),
    "due": ("due", "hạn nộp", "hạn"),
    "period": ("period", "kỳ báo cáo", "kỳ"),
    "sender": ("sender", "email", "thư điện tử", "địa chỉ thư", "hộp thư"),
}
_NAMES = {name: column for column, names in _COLUMNS.items() for name in names}
_MOST_LINES_ABOVE = 30


def due_after(period: Period) -> date:
    """The day by which a report is due where no list says another."""
    days = load_yaml(schemas_folder() / "branch" / "_deadlines.yaml")["due_days"]
    return period.last_day + timedelta(days=int(days[period.kind]))


def expected_from_catalogue(entries: Iterable[Entry], period: Period) -> list[Expected]:
    """Those of a catalogue that are valid at the end of the period, by code."""
    due = due_after(period)
    valid = sorted((e for e in entries if e.valid_on(period.last_day)), key=lambda entry: entry.code)
    return [Expected(entry.code, entry.name.vi, due) for entry in valid]


def expected_from_list(path: Path, period: Period) -> list[Expected]:
    """Those that a list names for a period, in its order.

    Raises:
        BadUsage: the list cannot be read, names no code column, or holds a date that is none.
    """
    found: dict[str, Expected] = {}
    for number, line in enumerate(_lines(path), start=1):
        code = _code(line.get("code"))
        said = find_period(str(line.get("period") or ""))
        if not code or (said is not None and said != period):
            continue
        due = _day(path, number, line.get("due")) or due_after(period)
        sender = str(line.get("sender") or "").strip().casefold()
        found[code] = Expected(code, str(line.get("name") or ""), due, sender)
    if not found:
        raise BadUsage("E-EXPECTED", path=path, reason=f"{period}: 0")
    return list(found.values())


def _code(value: object) -> str:
    """A code as text; a spreadsheet that made a number of it took the leading zero of its even width."""
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value or "").strip()
    return f"0{text}" if text.isdigit() and len(text) % 2 else text


def _day(path: Path, number: int, value: object) -> date | None:
    if value is None or value == "":
        return None
    raw = value if isinstance(value, (date, datetime)) else str(value)
    days, oddities = read_dates([raw])
    if oddities:
        raise BadUsage("E-EXPECTED", path=path, reason=f"dòng {number}: {value}")
    return days[0]


def _lines(path: Path) -> Iterator[Mapping[str, object]]:
    suffix = path.suffix.lower()
    try:
        if suffix in (".yaml", ".yml"):
            yield from _from_yaml(path)
        elif suffix in (".xlsx", ".xlsm"):
            yield from _from_workbook(path)
        else:
            yield from _from_csv(path)
    except (OSError, UnicodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise BadUsage("E-EXPECTED", path=path, reason=reason) from error


def _from_yaml(path: Path) -> Iterator[Mapping[str, object]]:
    try:
        content = parse_yaml(path.read_bytes())
    except YamlMistakeError as error:
        raise BadUsage("E-EXPECTED", path=path, reason=error.problem) from error
    entries = content.get("entries") if isinstance(content, dict) else content
    if not isinstance(entries, list):
        raise BadUsage("E-EXPECTED", path=path, reason="entries?")
    for entry in entries:
        line = entry if isinstance(entry, dict) else {"code": entry}
        named = {_NAMES.get(fold(str(key)), str(key)): value for key, value in line.items()}
        name = named.get("name")
        yield named | {"name": name.get("vi") if isinstance(name, dict) else name}


def _from_csv(path: Path) -> Iterator[Mapping[str, object]]:
    text = path.read_bytes().decode("utf-8-sig")
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    yield from _tabular(path, list(csv.reader(StringIO(text), delimiter=separator)))


def _from_workbook(path: Path) -> Iterator[Mapping[str, object]]:
    try:
        grids = read_book(path).grids
    except SheetcreditError as error:
        raise BadUsage("E-EXPECTED", path=path, reason=error.message()) from error
    grid = next(iter(grids.values()), None)
    yield from _tabular(path, grid.rows if grid else [])


def _tabular(path: Path, rows: Sequence[Sequence[object]]) -> Iterator[Mapping[str, object]]:
    """The lines below the first row that names a column of codes."""
    for number, row in enumerate(rows[:_MOST_LINES_ABOVE]):
        columns = {place: _NAMES.get(fold(str(value))) for place, value in enumerate(row) if value}
        if "code" in columns.values():
            for line in rows[number + 1 :]:
                yield {name: line[p] for p, name in columns.items() if name and p < len(line)}
            return
    raise BadUsage("E-EXPECTED", path=path, reason="code / Mã đơn vị?")
