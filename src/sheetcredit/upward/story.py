"""The story of an office's versions in a sentence: which one counts, and what became of the others."""

from __future__ import annotations

from collections import Counter

from sheetcredit.model.text import DEFAULT_LANGUAGE, Language, word
from sheetcredit.upward.arrivals import Submission
from sheetcredit.upward.gather import Gathered

_MOST_CODES = 3


def story(submission: Submission, language: Language = DEFAULT_LANGUAGE) -> str:
    """`dùng bản 2/3; bản 3: bị trả lại vì 1 lỗi (R05)`; empty where there is nothing to tell."""
    if submission.judged is None:
        return word("story-last", language, period=submission.last) if submission.last else ""
    parts = []
    if submission.used is None or submission.state == "provisional":
        parts.append(reason(submission.judged, language))
    elif submission.versions > 1:
        parts.append(word("story-used", language, number=submission.number, count=submission.versions))
    for version, why, _ in submission.passed_over:
        if version is submission.judged:
            continue
        told = reason(version, language) if why == "blocked" else word(f"passed-{why}", language)
        parts.append(word("story-passed", language, origin=version.origin, reason=told))
    return "; ".join(parts)


def reason(version: Gathered, language: Language = DEFAULT_LANGUAGE) -> str:
    """Why a version was returned: how many findings block, and their codes."""
    blocking = [f for f in version.report.findings if f.blocks] if version.report else []
    codes = [code for code, _ in Counter(f.code for f in blocking).most_common()]
    listed = ", ".join(codes[:_MOST_CODES]) + (" …" if len(codes) > _MOST_CODES else "")
    return word("story-blocked", language, count=len(blocking), codes=listed)
