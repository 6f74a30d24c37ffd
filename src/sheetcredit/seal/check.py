"""What the seal of a workbook is worth, and what the receiving side says of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from sheetcredit.model.finding import Finding, Severity, severity_of
from sheetcredit.model.grid import address
from sheetcredit.seal.changes import Change, changes_between, is_of_another_report
from sheetcredit.seal.code import seal_of
from sheetcredit.seal.content import snapshot
from sheetcredit.seal.keys import PublicKey, key_id, trusted_keys, verify
from sheetcredit.seal.record import read_record
from sheetcredit.template.definition import Office
from sheetcredit.template.reading import Reading

Status = Literal["none", "valid", "void", "bad-signature", "unknown-key"]
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


def check_seal(
    reading: Reading,
    figures: Mapping[str, object] | None,
    trusted: Iterable[PublicKey] | Path | None,
    office: Office,
) -> SealState:
    """What the seal of a workbook is worth.

    With `figures`, those computed from the data count as well as those that `Tổng hợp` shows. `trusted` are
    public keys, or a file or folder of them; the user's own list where None. `office` is the definition that
    the workbook is of.

    Raises:
        BadUsage: a line of the list is no public key.
    """
    seal = seal_of(reading.info)
    record = read_record(reading.book, office) if seal else None
    if seal is None or (record is not None and is_of_another_report(record, reading)):
        return SealState("none")
    lines = snapshot(reading, office)
    fits = seal.fits(lines) and (figures is None or seal.fits(snapshot(reading, office, figures)))
    state = SealState(
        "valid", seal.code, seal.sealed_at, seal.sealed_by, bool(seal.signature),
        submission=seal.submission, rule_set=seal.rule_set,
    )  # fmt: skip
    if not fits:
        changes = changes_between(record.rows, lines, reading, office) if record else []
        return replace(state, status="void", changed=tuple(changes))
    if not seal.signature:
        return state
    keys = trusted_keys(trusted) if trusted is None or isinstance(trusted, Path) else tuple(trusted)
    status = verify(seal.signature, seal.digest_for(lines), keys, reading.info.office)
    return replace(state, status=status, signer=key_id(seal.signature) if status == "valid" else "")


def findings_of_seal(reading: Reading, state: SealState, office: Office, *, key_known: bool) -> list[Finding]:
    """What the receiving side says of a seal beyond S-SEAL: not sealed, not signed, forged, of another key.

    `key_known`: a key of the office is trusted here, so that only a workbook signed by it counts and anything
    else is an error. Without such a key the same is said as a note; a valid seal without a signature is then
    all that can be asked for.
    """
    unsigned = state.status == "valid" and not state.signed and key_known
    code = _CODES.get("unsigned" if unsigned else state.status)
    if code is None:
        return []
    severity: Severity = severity_of(code) if key_known else "note"
    sheet = office.sheet("info")
    place = reading.info.cells.get("seal")
    return [
        Finding(
            file=reading.file, code=code, severity=severity, sheet=sheet.sheet,
            cell=address(*place) if place else None, row=place[0] + 1 if place else None,
            column=sheet.column("seal").header, details={"code": state.code}, key=code,
        )
    ]  # fmt: skip
