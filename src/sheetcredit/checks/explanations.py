"""What the user wrote in `Giải trình`: kept with its finding, void once the numbers behind it change.

A text explains the numbers that stood beside it when it was written. `Kiểm tra` keeps their digest; once
the numbers change, it keeps both digests and that of the text (`old>new:text`). The same text goes on
explaining the old numbers only, should they return; a text written anew explains the new ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from sheetcredit.model.errors import CannotWrite
from sheetcredit.model.finding import Finding, digest_of
from sheetcredit.model.grid import Book
from sheetcredit.template.definition import Conventions, Office, Sheet
from sheetcredit.template.locate import Table, locate_table
from sheetcredit.template.output_table import OutputTable, output_table


@dataclass(frozen=True, slots=True)
class UserExplanation:
    """A text in `Giải trình`, the key of the finding it stood beside, and what the digest column held."""

    key: str
    digest: str
    text: str
    message: str
    code: str

    @property
    def numbers(self) -> str:
        """The digest of the numbers that the text explains."""
        void, changed, fresh = self.digest.partition(">")
        if not changed:
            return void
        current, _, text = fresh.partition(":")
        return void if text == digest_of(self.text) else current


def read_explanations(book: Book, office: Office) -> dict[str, UserExplanation]:
    """The explanations that `Kiểm tra` holds, by the key of their finding."""
    lines = _lines(book, office.sheet("findings"), office.conventions)
    found: dict[str, UserExplanation] = {}
    for texts in lines:
        if texts.get("key") and texts.get("explanation") and texts["key"] not in found:
            found[texts["key"]] = UserExplanation(
                texts["key"], texts.get("digest", ""), texts["explanation"],
                texts.get("message", ""), texts.get("code", ""),
            )  # fmt: skip
    return found


def _lines(book: Book, sheet: Sheet, conventions: Conventions) -> Iterator[dict[str, str]]:
    """The lines of `Kiểm tra`, column → text: where the tool would write them, else below their headers."""
    try:
        table: OutputTable | Table | None = output_table(book, sheet)
    except CannotWrite:  # no names in an .xls file; or names that lead astray
        grid = book.grid(sheet.sheet)
        table = locate_table(book.path, sheet, grid, conventions).table if grid else None
    if table is None:
        return
    rows = (
        table.lines() if isinstance(table, OutputTable) else range(table.header_row + 1, len(table.grid.rows))
    )
    for row in rows:
        if not isinstance(table, OutputTable) or not table.headless or table.is_own_line(row):
            yield {name: table.grid.text(row, place).strip() for name, place in table.columns.items()}


def explained(findings: Iterable[Finding], explanations: Mapping[str, UserExplanation]) -> list[Finding]:
    """Findings with digests, keys of their own, and the user's texts.

    A query whose numbers are those that its text explains counts as explained; if they changed, the text
    is void. Beside an error or a note a text is kept and changes nothing.
    """
    return [
        _with_text(finding, explanations.get(finding.key)) for finding in _with_keys_of_their_own(findings)
    ]


def _with_keys_of_their_own(findings: Iterable[Finding]) -> Iterable[Finding]:
    """Two findings that cannot be told apart are numbered, so that no text explains both."""
    seen: Counter[str] = Counter()
    for finding in findings:
        seen[finding.key] += 1
        times = seen[finding.key]
        key = finding.key if times == 1 else f"{finding.key}#{times}"
        digest = finding.digest or digest_of(finding.value, finding.expected)
        yield replace(finding, key=key, digest=digest)


def _with_text(finding: Finding, explanation: UserExplanation | None) -> Finding:
    if explanation is None:
        return finding
    if finding.severity != "query":
        return replace(finding, explanation=explanation.text)
    if explanation.numbers == finding.digest:
        return replace(finding, explanation=explanation.text, status="explained")
    mark = f"{explanation.numbers}>{finding.digest}:{digest_of(explanation.text)}"
    return replace(finding, explanation=explanation.text, status="void", digest=mark)
