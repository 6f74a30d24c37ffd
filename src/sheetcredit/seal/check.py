"""What the seal of a workbook is worth, and what the receiving side says of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from sheetcredit.model.finding import Finding, Severity, severity_of
from sheetcredit.model.grid import address
from sheetcredit.seal.changes import Change, changes_between, is_of_another_report, row_of
from sheetcredit.seal.code import seal_of
from sheetcredit.seal.content import snapshot
from sheetcredit.seal.keys import PublicKey, key_id, trusted_keys, verify
from sheetcredit.seal.record import read_record
from sheetcredit.template.definition import Office
from sheetcredit.template.reading import Reading

Status = Literal["none", "valid", "void", "bad-signature", "unknown-key"]
UNTRUSTED = frozenset({"S-SEAL-NONE", "S-SEAL-UNSIGNED", "S-SEAL-FORGED", "S-SEAL-KEY"})
_CODES = {
    "none": "S-SEAL-NONE", "unsigned": "S-SEAL-UNSIGNED", "bad-signature": "S-SEAL-FORGED",
    "unknown-key": "S-SEAL-KEY",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SealState:
    """What the seal of a workbook is worth.

    `none`: not sealed, or the seal is of another report. `void`: the data changed since; `changed` says
    where. `bad-signature`: the code fits the data and its signature is forged or damaged. `unknown-key`:
    signed with a key that is not trusted for this office. `signed`: there is a signature at all; `signer`:
    the id of the key that made a good one.
    """

    status: Status
    code: str = ""
    sealed_at: str = ""
    sealed_by: str = ""
    signed: bool = False
    changed: tuple[Change, ...] = ()
    submission: int = 0
    rule_set: str = ""
    signer: str = ""


@dataclass(frozen=True, slots=True)
class SeenSeal:
    """A seal as a reader sees it, before anybody asks whose signature it is.

    `fits`: the code is the one that data and figures give; `digest` (hex) is what was signed. `place` is the
    tab, the A1 address and the header of its cell, as far as the workbook has one. `changed` is where the
    data differs from what was sealed.
    """

    fits: bool
    code: str = ""
    sealed_at: str = ""
    sealed_by: str = ""
    submission: int = 0
    rule_set: str = ""
    signature: str = ""
    digest: str = ""
    place: tuple[str, str | None, str] = ("", None, "")
    changed: tuple[Change, ...] = ()


def seen_seal(reading: Reading, figures: Mapping[str, object] | None, office: Office) -> SeenSeal:
    """The seal of a workbook; one without a code where it has none, or that of another report.

    With `figures`, those computed from the data count as well as those that `Tổng hợp` shows. `office` is the
    definition that the workbook is of.
    """
    sheet = office.sheet("info")
    cell = reading.info.cells.get("seal")
    place = (sheet.sheet, address(*cell) if cell else None, sheet.column("seal").header)
    seal = seal_of(reading.info)
    record = read_record(reading.book, office) if seal else None
    if seal is None or (record is not None and is_of_another_report(record, reading)):
        return SeenSeal(False, place=place)
    lines = snapshot(reading, office)
    fits = seal.fits(lines) and (figures is None or seal.fits(snapshot(reading, office, figures)))
    changes = () if fits or record is None else changes_between(record.rows, lines, reading, office)
    return SeenSeal(
        fits, seal.code, seal.sealed_at, seal.sealed_by, seal.submission, seal.rule_set, seal.signature,
        seal.digest_for(lines).hex(), place, tuple(changes),
    )  # fmt: skip


def judge_seal(seen: SeenSeal, trusted: Iterable[PublicKey], office: str | None) -> SealState:
    """What a seal is worth to somebody who trusts these keys; `office` is the code of whose report it is."""
    if not seen.code:
        return SealState("none")
    state = SealState(
        "valid" if seen.fits else "void", seen.code, seen.sealed_at, seen.sealed_by, bool(seen.signature),
        seen.changed, seen.submission, seen.rule_set,
    )  # fmt: skip
    if not seen.fits or not seen.signature:
        return state
    status = verify(seen.signature, bytes.fromhex(seen.digest), trusted, office)
    return replace(state, status=status, signer=key_id(seen.signature) if status == "valid" else "")


def check_seal(
    reading: Reading,
    figures: Mapping[str, object] | None,
    trusted: Iterable[PublicKey] | Path | None,
    office: Office,
) -> SealState:
    """What the seal of a workbook is worth: `seen_seal` and `judge_seal` in one.

    `trusted` are public keys, or a file or folder of them; the user's own list where None.

    Raises:
        BadUsage: a line of the list is no public key.
    """
    keys = trusted_keys(trusted) if trusted is None or isinstance(trusted, Path) else tuple(trusted)
    return judge_seal(seen_seal(reading, figures, office), keys, reading.info.office)


def findings_of_seal(file: str, seen: SeenSeal, state: SealState, *, key_known: bool) -> list[Finding]:
    """What the receiving side says of a seal beyond S-SEAL: not sealed, not signed, forged, of another key.

    `key_known`: a key of the office is trusted here, so that only a workbook signed by it counts and anything
    else is an error. Without such a key the same is said as a note; a valid seal without a signature is then
    all that can be asked for. These findings are the receiver's: no explanation in the file settles them.
    """
    unsigned = state.status == "valid" and not state.signed and key_known
    code = _CODES.get("unsigned" if unsigned else state.status)
    if code is None:
        return []
    sheet, cell, header = seen.place
    severity: Severity = severity_of(code) if key_known else "note"
    return [
        Finding(
            file=file, code=code, severity=severity, sheet=sheet or None, cell=cell, row=row_of(cell),
            column=header or None, details={"code": state.code}, key=code,
        )
    ]  # fmt: skip
