"""Tokens grouped into items: quantities with their unit and bound, phrases of the lexicon, times, breaks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from sheetcredit.bulletin.verify.lexicon import Bound, Kind, Lexicon, Phrase
from sheetcredit.bulletin.verify.numbers import Value, readings
from sheetcredit.bulletin.verify.times import Time, time_at
from sheetcredit.bulletin.verify.tokens import Token, tokens_of

ItemKind = Literal["number", "phrase", "time", "place", "clause", "stop", "word"]

_LIST_MARKER = re.compile(r"\s*(?:[-+*•–]\s*)?(?:\d{1,2}(?:\.\d{1,2})*[.)/]|\(\d{1,2}\)|[a-zđ]\))\s")
_CLAUSE, _STOP = frozenset(",;:()"), frozenset(".!?…")
_NOTHING = Phrase()
_MULTIPLIERS = ("thousand", "million", "billion")


@dataclass(frozen=True, slots=True)
class WrittenNumber:
    """A number as written: every way to read it, its unit, and how it is bounded.

    `scale` is the worth of 1 in đồng, counts or per cent. `upper` is the second of a range (`từ 5 đến 7`),
    `whole` that of a fraction (`233/236`). `end` is where number and unit end in the line; `per` is set where
    the unit is of one of many (`triệu đồng/hộ`).
    """

    text: str
    values: tuple[Value, ...]
    unit: str | None = None
    kind: Kind | None = None
    scale: Decimal = Decimal(1)
    bound: Bound | None = None
    upper: Decimal | None = None
    whole: Value | None = None
    end: int = 0
    per: bool = False
    in_words: bool = False


@dataclass(frozen=True, slots=True)
class SentenceItem:
    """A quantity, a phrase with its meaning, a time, a place by name, a break, or an unknown word."""

    kind: ItemKind
    text: str
    start: int
    end: int
    phrase: Phrase = _NOTHING
    time: Time | None = None
    quantity: WrittenNumber | None = None


def items_of(line: str, lexicon: Lexicon) -> list[SentenceItem]:
    """The items of a line, its list marker left out."""
    marker = _LIST_MARKER.match(line)
    tokens = [token for token in tokens_of(line) if marker is None or token.start >= marker.end()]
    return _Grouping(line, tokens, lexicon).items()


def sentences(items: Sequence[SentenceItem]) -> Iterator[list[SentenceItem]]:
    """The items cut where a sentence ends."""
    sentence: list[SentenceItem] = []
    for item in items:
        if item.kind == "stop":
            if sentence:
                yield sentence
            sentence = []
        else:
            sentence.append(item)
    if sentence:
        yield sentence


@dataclass
class _Grouping:
    """One line being grouped."""

    line: str
    tokens: Sequence[Token]
    lexicon: Lexicon

    def items(self) -> list[SentenceItem]:
        found: list[SentenceItem] = []
        at = 0
        while at < len(self.tokens):
            length, item = self._item(at, found[-1] if found else None)
            found.append(item)
            at += length
        return self._ranges(found)

    def _item(self, at: int, before: SentenceItem | None) -> tuple[int, SentenceItem]:
        token = self.tokens[at]
        unit_follows = token.kind in ("number", "pair") and self._unit(at + 1)[1] is not None
        length, time = time_at(self.tokens, at, unit_follows)
        if time is not None:
            return length, self._made("time", at, length, time=time)
        if quantity := self._quantity(at, before):
            return quantity
        length, phrase = self._phrase(at)
        if phrase is not None:
            if phrase.place and (named := self._name_length(at + length)):
                return length + named, self._made("place", at, length + named, phrase)
            return length, self._made("phrase", at, length, phrase)
        if token.kind == "code":
            return 1, self._made("time", at, 1, time=Time())
        if token.kind == "mark":
            if token.text in _CLAUSE:
                return 1, self._made("clause", at, 1)
            if token.text in _STOP and not self._is_abbreviation(at):
                return 1, self._made("stop", at, 1)
        return 1, self._made("word", at, 1)

    def _made(
        self, kind: ItemKind, at: int, length: int, phrase: Phrase = _NOTHING, time: Time | None = None
    ) -> SentenceItem:
        start, end = self.tokens[at].start, self.tokens[at + length - 1].end
        return SentenceItem(kind, self.line[start:end], start, end, phrase, time)

    def _is_abbreviation(self, at: int) -> bool:
        token = self.tokens[at]
        before = self.tokens[at - 1] if at else None
        return (
            token.text == "."
            and before is not None
            and before.end == token.start
            and before.folded in self.lexicon.abbreviations
        )

    def _phrase(self, at: int) -> tuple[int, Phrase | None]:
        longest = self.lexicon.longest.get(self.tokens[at].folded, 0)
        if not longest:
            return 0, None
        words: tuple[str, ...] = tuple(token.folded for token in self.tokens[at : at + longest])
        for length in range(len(words), 0, -1):
            if phrase := self.lexicon.phrases.get(words[:length]):
                return length, phrase
        return 0, None

    def _name_length(self, at: int) -> int:
        """How many tokens from `at` on are the name of a place: words with capitals, or a number."""
        length = 0
        while at + length < len(self.tokens):
            token = self.tokens[at + length]
            if token.kind != "word" or not token.text[0].isupper() or self._phrase(at + length)[1]:
                break
            length += 1
        return length

    def _unit(self, at: int) -> tuple[int, Phrase | None]:
        length, phrase = self._phrase(at) if at < len(self.tokens) else (0, None)
        return (length, phrase) if phrase is not None and phrase.unit else (0, None)

    def _quantity(self, at: int, before: SentenceItem | None) -> tuple[int, SentenceItem] | None:
        """How many tokens from `at` on are a quantity with its unit, and which."""
        token = self.tokens[at]
        if token.kind == "pair":
            return self._pair(at, before)
        if token.kind == "word":
            return self._in_words(at)
        if token.kind != "number":
            return None
        length, unit = self._unit(at + 1)
        name = unit.unit if unit else None
        counted = self._counted_in(at + 1 + length, name)
        if counted:
            more, name, scale = counted
            length += more
        else:
            scale = Decimal(self.lexicon.units[name].dong) if name else Decimal(1)
        kind = self.lexicon.units[name].kind if name else None
        values = readings(token.text, "amount" if counted else kind)
        if not values:
            return None
        bound = self._bound(before, at + 1 + length)
        quantity = WrittenNumber(token.text, values, name, kind, scale, bound)
        used = 1 + length
        if kind == "amount":
            used, quantity = self._compound(at, used, quantity)
        return self._finished(at, used, quantity)

    def _finished(self, at: int, used: int, quantity: WrittenNumber) -> tuple[int, SentenceItem]:
        """The item of a quantity; a counted noun does not belong to the text of its number."""
        last = at + used - 1
        if quantity.kind in ("amount", "percent"):
            end = self.tokens[last].end
        else:
            end = self.tokens[at].end
            for place in range(at, last):
                phrase = self._phrase(place + 1)[1]
                if phrase is not None and phrase.unit in _MULTIPLIERS:
                    end = self.tokens[place + 1].end
        per = False
        if quantity.kind == "amount" and last + 2 < len(self.tokens) and self.tokens[last + 1].text == "/":
            per = self.tokens[last + 2].kind == "word"
        start = self.tokens[at].start
        text_end = self.tokens[at].end
        return used, SentenceItem(
            "number",
            self.line[start:text_end],
            start,
            self.tokens[last].end,
            self._phrase_of_unit(at, used, quantity),
            quantity=replace(quantity, end=end, per=per),
        )

    def _phrase_of_unit(self, at: int, used: int, quantity: WrittenNumber) -> Phrase:
        """The phrase of a quantity's unit: it may say more than what is counted."""
        for place in range(at + 1, at + used):
            length, phrase = self._phrase(place)
            if phrase is not None and phrase.unit == quantity.unit and place + length == at + used:
                return phrase
        return _NOTHING

    def _counted_in(self, at: int, unit: str | None) -> tuple[int, str, Decimal] | None:
        """`6,8 triệu hộ`, `6.800 nghìn hộ`: a count in thousands or millions."""
        if unit not in _MULTIPLIERS:
            return None
        length, noun = self._unit(at)
        if noun is None or noun.unit is None or self.lexicon.units[noun.unit].kind != "count":
            return None
        return length, noun.unit, Decimal(self.lexicon.units[unit].dong)

    def _compound(self, at: int, used: int, quantity: WrittenNumber) -> tuple[int, WrittenNumber]:
        """`438 tỷ 213 triệu đồng`: a second amount of a smaller unit straight behind a whole number."""
        while True:
            place = at + used
            if place >= len(self.tokens) or self.tokens[place].kind != "number":
                return used, quantity
            length, unit = self._unit(place + 1)
            if unit is None or unit.unit is None or self.lexicon.units[unit.unit].kind != "amount":
                return used, quantity
            worth = Decimal(self.lexicon.units[unit.unit].dong)
            text = self.tokens[place].text
            whole = [value for value in quantity.values if value.decimals == 0]
            if not whole or not text.isdigit():
                return used, quantity
            if worth > quantity.scale and quantity.unit == "thousand":  # `356 nghìn 500 tỷ đồng`
                value = whole[0].value * 1000 + Decimal(text)
                values: tuple[Value, ...] = (replace(whole[0], value=value),)
                quantity = replace(quantity, values=values, unit=unit.unit, scale=worth)
            elif worth < quantity.scale and Decimal(text) * worth < quantity.scale:
                step = worth / quantity.scale
                value = whole[0].value + Decimal(text) * step
                values = (replace(whole[0], value=value.quantize(step), decimals=-step.adjusted()),)
                quantity = replace(quantity, values=values)
            else:
                return used, quantity
            used += 1 + length

    def _pair(self, at: int, before: SentenceItem | None) -> tuple[int, SentenceItem] | None:
        """A fraction of two counts (`233/236 tổ`), or a range (`5-7 triệu đồng`)."""
        token = self.tokens[at]
        parts = re.split(r"\s?[/–-]\s?", token.text)
        length, unit = self._unit(at + 1)
        if unit is None or unit.unit is None:
            return None
        name = unit.unit
        kind = self.lexicon.units[name].kind
        first, second = (readings(part, kind) for part in parts)
        if not first or not second:
            return None
        scale = Decimal(self.lexicon.units[name].dong)
        bound = self._bound(before, at + 1 + length)
        if "/" in token.text:
            if kind in ("amount", "percent"):
                return None
            quantity = WrittenNumber(token.text, first, name, kind, scale, bound, whole=second[0])
        else:
            quantity = WrittenNumber(token.text, first, name, kind, scale, bound, upper=second[0].value)
        return self._finished(at, 1 + length, quantity)

    def _in_words(self, at: int) -> tuple[int, SentenceItem] | None:
        """`mười một chương trình`: a number in words straight before what it counts."""
        length, value = number_in_words(
            [token.folded for token in self.tokens[at : at + 8]], self.lexicon.digits
        )
        if value is None or value < 2 or (length == 1 and self.tokens[at].folded == "năm"):
            return None
        more, unit = self._unit(at + length)
        if unit is None or unit.unit is None or self.lexicon.units[unit.unit].kind != "count":
            return None
        quantity = WrittenNumber("", (Value(Decimal(value)),), unit.unit, "count", in_words=True)
        used, item = self._finished(at, length + more, quantity)
        text = self.line[item.start : self.tokens[at + length - 1].end]
        made = replace(quantity, text=text, end=item.start + len(text))
        return used, replace(item, text=text, quantity=made)

    def _bound(self, before: SentenceItem | None, after: int) -> Bound | None:
        """How the words beside a number bound it: those behind it (`trở lên`) say more than those before."""
        _, phrase = self._phrase(after) if after < len(self.tokens) else (0, None)
        if phrase is not None and phrase.bound_after:
            return phrase.bound_after
        return before.phrase.bound if before is not None else None

    def _ranges(self, items: list[SentenceItem]) -> list[SentenceItem]:
        """`từ 5 đến 7 triệu đồng` as one quantity between two bounds."""
        found: list[SentenceItem] = []
        at = 0
        while at < len(items):
            item = items[at]
            if range_ := self._range(items[at : at + 4]):
                found += [item, range_]
                at += 4
            else:
                found.append(item)
                at += 1
        return found

    def _range(self, items: Sequence[SentenceItem]) -> SentenceItem | None:
        if len(items) < 4 or not items[0].phrase.from_ or not items[2].phrase.as_of:
            return None
        low, high = items[1].quantity, items[3].quantity
        if low is None or high is None or high.unit is None or low.unit not in (None, high.unit):
            return None
        upper = high.values[0].value
        if low.values[0].value >= upper or low.upper is not None or low.whole is not None:
            return None
        quantity = replace(low, unit=high.unit, kind=high.kind, scale=high.scale, upper=upper, end=high.end)
        return replace(items[1], end=items[3].end, phrase=items[3].phrase, quantity=quantity)


def number_in_words(words: Sequence[str], digits: Mapping[str, int]) -> tuple[int, int | None]:
    """How many words from the first on are a number (up to 999), and which; (0, None) where they are none."""
    total, last, at = 0, None, 0
    while at < len(words):
        word = words[at]
        if word == "mười" and last is None:
            total, last = total + 10, 0
            at += 1
            if at < len(words) and words[at] in digits and digits[words[at]]:
                total += digits[words[at]]
                at += 1
            return at, total
        if word in digits and last is None:
            last = digits[word]
            at += 1
            continue
        if word in ("mươi", "chục") and last:
            total, at = total + last * 10, at + 1
            last = None
            if at < len(words) and words[at] in digits and digits[words[at]]:
                total += digits[words[at]]
                at += 1
            return at, total
        if word == "trăm" and last:
            total, last, at = total + last * 100, None, at + 1
            continue
        if word in ("linh", "lẻ") and last is None and total:
            at += 1
            continue
        break
    if last is not None:
        total += last
    return (at, total) if at else (0, None)
