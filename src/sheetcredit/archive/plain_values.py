"""Reports as plain values and back: what is kept between runs must be safe to read from any folder.

A kept file is data, never code: it can only become the classes listed here. Everything comes back as it
was, tuples as tuples and decimals as decimals, so that a report that was kept is told like a fresh one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import Any

from sheetcredit.checks.explanations import UserExplanation
from sheetcredit.explain.breaks import FixFirst
from sheetcredit.figures.comparison import Comparison
from sheetcredit.figures.summary import Summary
from sheetcredit.model.finding import Finding, Suspect
from sheetcredit.model.period import Period
from sheetcredit.outcome import Report
from sheetcredit.seal.changes import Change
from sheetcredit.seal.check import SeenSeal
from sheetcredit.template.reading import Info

# By the name under which archives hold them, which outlives a class's name.
_CLASSES: dict[str, type[Any]] = {
    "Report": Report, "Info": Info, "Finding": Finding, "Suspect": Suspect, "FixFirst": FixFirst,
    "Summary": Summary, "Explanation": UserExplanation, "Period": Period, "Comparison": Comparison,
    "SeenSeal": SeenSeal, "Change": Change,
}  # fmt: skip
_STORED_NAMES = {each: name for name, each in _CLASSES.items()}
_TUPLE, _DECIMAL, _DAY, _MOMENT, _WHOLE = "()", "1.", "day", "moment", "1"
_BACK: dict[str, Callable[[str], object]] = {
    _DECIMAL: Decimal, _DAY: date.fromisoformat, _MOMENT: datetime.fromisoformat, _WHOLE: int,
}  # fmt: skip
_LARGEST = 2**63
_BASES: tuple[type[Any], ...] = (int, float, str, tuple)
_AS_IT_IS = frozenset({str, float, bool, type(None)})
OWN_FILE = "file"
"""The field that names a report's workbook: left out, as the same workbook may lie elsewhere next time."""


def plain(value: Any) -> Any:
    """A value made of None, booleans, numbers, texts, lists and mappings only.

    Raises:
        TypeError: it holds something that is not listed.
    """
    kind = type(value)
    if kind in _AS_IT_IS:  # nearly all there is
        return value
    if kind is int:
        return value if -_LARGEST <= value < _LARGEST else [_WHOLE, str(value)]
    if kind is tuple or kind is list:
        return [_TUPLE, *map(plain, value)]
    if kind is Decimal:
        return [_DECIMAL, str(value)]
    if kind in _STORED_NAMES:
        name = _STORED_NAMES[kind]
        return [name, *map(plain, _fields_of(name)(value))]
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, date):
        return [_MOMENT if isinstance(value, datetime) else _DAY, value.isoformat()]
    for base in _BASES:
        if isinstance(value, base):
            return plain(base(value))
    raise TypeError(f"cannot be kept: {kind.__name__}")


def restored(value: Any, file: str) -> Any:
    """What `plain` was given; `file` is where the workbook lies now.

    Raises:
        ValueError, TypeError, LookupError: it is nothing that `plain` makes.
    """
    if isinstance(value, Mapping):
        return {key: restored(each, file) for key, each in value.items()}
    if not isinstance(value, list):
        return value
    kind, *rest = value
    if kind == _TUPLE:
        return tuple(restored(each, file) for each in rest)
    if kind in _BACK:
        return _BACK[kind](*rest)
    made = _CLASSES[kind]
    names = _stored(kind)
    if len(rest) > len(names):
        raise ValueError(f"{kind} has more fields than are known")
    # What an older version stored has fewer fields: the later ones have their defaults.
    given = dict(zip(names, (restored(each, file) for each in rest), strict=False))
    return made(**given, **({OWN_FILE: file} if made in (Report, Finding) else {}))


@cache
def _fields_of(kind: str) -> Callable[[Any], tuple[object, ...]]:
    names = _stored(kind)
    assert len(names) > 1  # of one alone it would be no tuple
    return attrgetter(*names)


@cache
def _stored(kind: str) -> tuple[str, ...]:
    return tuple(field.name for field in fields(_CLASSES[kind]) if field.name != OWN_FILE)
