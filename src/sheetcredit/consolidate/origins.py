"""From whom each version came: its seal judged by the keys trusted here, and the mail that brought it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from sheetcredit.model.finding import Finding
from sheetcredit.model.text import DEFAULT_LANGUAGE, Language, word
from sheetcredit.outcome import Gathered
from sheetcredit.seal.check import UNTRUSTED, SeenSeal, findings_of_seal, judge_seal
from sheetcredit.seal.keys import PublicKey


def with_seals_judged(gathered: Iterable[Gathered], trusted: Sequence[PublicKey]) -> list[Gathered]:
    """Every report with what its seal is worth; what is wrong with it is a finding of that version.

    Once a key of an office is trusted, a version that this key did not sign has an error, so that it cannot
    be the one that counts: it is returned with the reason.
    """
    known = {key.owner for key in trusted}
    return [_judged(one, trusted, known) for one in gathered]


def _judged(one: Gathered, trusted: Sequence[PublicKey], known: set[str]) -> Gathered:
    if one.report is None:
        return one
    office, seal = one.report.office, one.seal or SeenSeal(False)  # what nobody looked at is worth nothing
    state = judge_seal(seal, trusted, office)
    found = findings_of_seal(one.path, seal, state, key_known=office in known)
    # First, since it is what decides whether the rest matters.
    report = replace(one.report, findings=(*found, *one.report.findings)) if found else one.report
    return replace(one, report=report, sealed=state)


def is_untrusted(one: Gathered) -> bool:
    """Whether a version is not surely the office's own, although a key of the office is trusted."""
    return any(finding.code in UNTRUSTED and finding.blocks for finding in _findings(one))


def untrusted_reason(one: Gathered) -> Finding | None:
    """The finding that says why a version is not surely the office's own."""
    return next((found for found in _findings(one) if found.code in UNTRUSTED and found.blocks), None)


def _findings(one: Gathered) -> Iterator[Finding]:
    yield from one.report.findings if one.report else ()


def seal_text(one: Gathered, language: Language = DEFAULT_LANGUAGE) -> str:
    """The seal of a version in words: its code, what it is worth, who signed it."""
    state = one.sealed
    code = str(one.info.get("seal") or "")
    if state is None or state.status == "none":
        return code or word("seal-none", language)
    if state.status == "valid" and not state.signed:
        return state.code
    owner = one.report.office if one.report else ""
    return word(f"signature-{state.status}", language, seal=state.code, owner=owner, key=state.signer)


def origin_text(one: Gathered, language: Language = DEFAULT_LANGUAGE) -> str:
    """Where a version came from: the file, and the sender of the mail that brought it."""
    return word("origin-mailed", language, origin=one.origin, sender=one.sender) if one.sender else one.origin
