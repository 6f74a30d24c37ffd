"""One `<c>` element: what it holds, and how a value is written as one."""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from decimal import Decimal
from typing import NamedTuple, NoReturn
from xml.parsers import expat

from sheetcredit.model.errors import CannotPatch
from sheetcredit.xlsx.address import format_address
from sheetcredit.xlsx.xml_bytes import TAG, Origin, element_end, escape, prefix_of, raw_attributes, unescape


class FormulaValue(NamedTuple):
    """A plain formula to be written, without its equals sign, and the number that it gives now."""

    text: str
    value: int | float | Decimal

    def __str__(self) -> str:
        return f"={self.text}"


EditValue = int | float | Decimal | str | bool | dt.date | dt.datetime | FormulaValue | None
"""What may be written into a cell."""

MAX_TEXT = 32_767
_MAX_DIGITS = 15
_ALL_EXACT = 10**_MAX_DIGITS
_SMALLEST, _LARGEST = Decimal("2.2250738585072014E-308"), Decimal("9.99999999999999E+307")
_FIRST_1900, _EPOCH_1900 = dt.datetime(1900, 3, 1), dt.datetime(1899, 12, 30)
_EPOCH_1904 = dt.datetime(1904, 1, 1)

_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_NEEDS_PRESERVE = re.compile(r"^\s|\s$|[\t\n]|  ")
_HEAD = re.compile(rb'<(c)((?: r="[A-Z]{1,3}[0-9]{1,7}")?(?: s="[0-9]+")?)(?: t="([A-Za-z]+)")?(/?)>')
_SIMPLE = re.compile(
    rb"(<f([^<>]*?)(?:/>|>([^<]*)</f>))?"
    rb"(<v(?:/>|>([^<]*)</v>)|<is><t(?: xml:space=\"preserve\")?>([^<]*)</t></is>)?</c>"
)
_KINDS = frozenset({"shared", "array", "dataTable"})


class FormulaText(NamedTuple):
    """An `f` element; `start` and `end` count from the beginning of the cell."""

    text: str
    kind: str
    """`normal`, `shared`, `array` or `dataTable`."""
    ref: str | None
    shared_index: str | None
    tag: bytes
    """The start tag as it stands."""
    start: int
    end: int


class CellContent(NamedTuple):
    """A parsed cell; all spans count from its beginning."""

    name: bytes
    """Qualified name of the element: `c` or, with a prefix, `x:c`."""
    head: bytes
    """The start tag as it stands."""
    kept: bytes
    """Its attributes that outlive the value: the address, the style and what is unknown."""
    kind: str
    """The `t` attribute: `n` (also when absent), `s`, `str`, `inlineStr`, `b`, `e`, `d`."""
    formula: FormulaText | None
    value: str | None
    """The text of `v`; None when there is none."""
    inline: str | None
    """The text of an inline string, its runs joined, phonetic hints left out."""
    value_spans: tuple[tuple[int, int], ...]
    """The `v` and `is` elements."""

    @property
    def shown(self) -> str | None:
        """The stored value as text (the index for a shared string); None when there is none.

        Some programs write an empty `v` where no value is known; only text can really be empty.
        """
        stored = self.inline if self.value is None else self.value
        if stored is None or (not stored and self.kind not in ("str", "inlineStr")):
            return None
        return stored_text(stored) if self.kind in ("str", "inlineStr") else stored


def parse_cell(raw: bytes, origin: Origin) -> CellContent:
    """Read one `<c>` element; raises `CannotRead` if it is not well-formed."""
    try:
        return _parse(raw, origin)
    except (ValueError, OverflowError):
        # Bytes that are not UTF-8, or a reference to a character that does not exist.
        origin.unreadable()


def _parse(raw: bytes, origin: Origin) -> CellContent:
    head = _HEAD.match(raw)
    if head is not None:
        kept, kind = head[2], (head[3] or b"n").decode()
    else:
        head = TAG.match(raw)
        if head is None:
            origin.unreadable()
        kept, kind = _attributes(head[0])
    if head[head.re.groups]:
        return CellContent(head[1], head[0], kept, kind, None, None, None, ())
    simple = _SIMPLE.fullmatch(raw, head.end())
    if simple is None or (simple[2] and (simple[2].count(b'"') % 2 or b"'" in simple[2])):
        return _parse_general(raw, head[1], head[0], kept, kind, origin)
    formula = None
    if simple[1]:
        start, end = simple.span(1)
        formula = _formula(unescape(simple[3] or b""), raw[start : raw.index(b">", start) + 1], start, end)
    if simple[4] is None:
        return CellContent(head[1], head[0], kept, kind, formula, None, None, ())
    text, spans = unescape(simple[5] or simple[6] or b""), (simple.span(4),)
    if simple[6] is not None:
        return CellContent(head[1], head[0], kept, kind, formula, None, text, spans)
    return CellContent(head[1], head[0], kept, kind, formula, text, None, spans)


def _attributes(head: bytes) -> tuple[bytes, str]:
    """What outlives the value, and the type. `cm` and `vm` point at metadata of the old formula or value."""
    kept, kind = b"", "n"
    for name, value, start, end in raw_attributes(head):
        if name == b"t":
            kind = unescape(value)
        elif name not in (b"cm", b"vm"):
            kept += head[start:end]
    return kept, kind


def _formula(text: str, tag: bytes, start: int, end: int) -> FormulaText:
    attributes = {name: unescape(value) for name, value, _, _ in raw_attributes(tag)} if b"=" in tag else {}
    kind = attributes.get(b"t", "normal")
    return FormulaText(
        text,
        kind if kind in _KINDS else "normal",
        attributes.get(b"ref"),
        attributes.get(b"si"),
        tag,
        start,
        end,
    )


def _parse_general(
    raw: bytes, name: bytes, head: bytes, kept: bytes, kind: str, origin: Origin
) -> CellContent:
    """The same by expat, for rich text, prefixes, comments and CDATA."""
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    path: list[str] = []
    starts: list[int] = []
    texts: dict[str, str] = {}
    spans: dict[str, tuple[int, int]] = {}

    def start(tag: str, _: dict[str, str]) -> None:
        path.append(tag.rpartition(":")[2])
        starts.append(parser.CurrentByteIndex)
        if len(path) == 2:
            texts.setdefault(path[1], "")

    def end(_: str) -> None:
        begin = starts.pop()
        if len(path) == 2:
            opened = TAG.match(raw, begin)
            assert opened is not None  # expat has just read it
            spans[path[1]] = begin, element_end(raw, opened.end(), parser.CurrentByteIndex)
        path.pop()

    def text(piece: str) -> None:
        if len(path) == 2 or path[1:] in (["is", "t"], ["is", "r", "t"]):
            texts[path[1]] += piece

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    try:
        parser.Parse(raw, True)
    except expat.ExpatError:
        origin.unreadable()
    formula = None
    if "f" in spans:
        opened = TAG.match(raw, spans["f"][0])
        assert opened is not None
        formula = _formula(texts["f"], opened[0], *spans["f"])
    values = tuple(spans[key] for key in ("v", "is") if key in spans)
    return CellContent(name, head, kept, kind, formula, texts.get("v"), texts.get("is"), values)


class StoredValue(NamedTuple):
    """A value as it stands in a cell: the `t` attribute (None for a number) and the text of it."""

    kind: str | None
    text: str | None
    """None for an empty cell."""
    formula: str | None = None
    """The formula that gives the value, where it is not typed."""


class Computed(NamedTuple):
    """A value as a program worked it out: the `t` attribute (`n`, `str`, `b`, `e`) and the text of `v`."""

    kind: str
    text: str


class _Cell(NamedTuple):
    sheet: str
    row: int
    column: int

    def refuse(self, code: str, **details: object) -> NoReturn:
        raise CannotPatch(code, sheet=self.sheet, cell=format_address(self.row, self.column), **details)


def encode_value(value: EditValue, sheet: str, row: int, column: int, *, date1904: bool) -> StoredValue:
    """How a value is written. Dates become numbers of the workbook's date system, whole days without time.

    Raises `CannotPatch`: `E-NUMBER` for what a double does not hold exactly to 15 digits, `E-DATE` for a
    date before the calendar, `E-TEXT-LENGTH`, `E-TEXT-CONTROL`, and `E-BAD-VALUE` for any other type.
    """
    place = _Cell(sheet, row, column)
    if value is None:
        return StoredValue(None, None)
    if isinstance(value, FormulaValue):
        number = encode_value(value.value, sheet, row, column, date1904=date1904)
        return number._replace(formula=_checked_text(value.text, place))
    if isinstance(value, bool):
        return StoredValue("b", "1" if value else "0")
    if isinstance(value, str):
        return StoredValue("inlineStr", _checked_text(value, place))
    if isinstance(value, float):
        return StoredValue(None, _float_text(value, place))
    if isinstance(value, int | Decimal):
        return StoredValue(None, _exact_text(value, place))
    if not isinstance(value, dt.date):
        place.refuse("E-BAD-VALUE", type=type(value).__name__)
    return StoredValue(None, _serial_text(value, place, date1904=date1904))


def _checked_text(text: str, place: _Cell) -> str:
    text = str.__str__(text)
    # Excel counts what lies beyond the basic plane twice.
    length = len(text) if 2 * len(text) <= MAX_TEXT else len(text) + sum(char > "\uffff" for char in text)
    if length > MAX_TEXT:
        place.refuse("E-TEXT-LENGTH", length=length)
    if text.isprintable():
        return text
    for char in text:
        forbidden = unicodedata.category(char) in ("Cc", "Cs") if not char.isprintable() else False
        # XML holds the control characters from U+007F to U+009F: a paste from a terminal leaves them, unseen.
        if (forbidden and char not in "\t\n" and not "\x7f" <= char <= "\x9f") or char in "\ufffe\uffff":
            place.refuse("E-TEXT-CONTROL")
    return text


def _float_text(value: float, place: _Cell) -> str:
    if not math.isfinite(value) or abs(value) > float(_LARGEST) or 0 < abs(value) < float(_SMALLEST):
        place.refuse("E-NUMBER", value=value)
    return number_text(value)


def number_text(value: float) -> str:
    """A finite number as it stands in `v`."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else float.__repr__(value).upper()


def _exact_text(value: int | Decimal, place: _Cell) -> str:
    if isinstance(value, int) and -_ALL_EXACT < value < _ALL_EXACT:
        return int.__str__(value)
    exact = Decimal(value)
    if not exact.is_finite():
        place.refuse("E-NUMBER", value=value)
    if exact == 0:
        return "0"
    digits = "".join(map(str, exact.as_tuple().digits)).strip("0")
    if len(digits) > _MAX_DIGITS or not _SMALLEST <= abs(exact) <= _LARGEST:
        place.refuse("E-NUMBER", value=value)
    if -7 <= exact.adjusted() < _MAX_DIGITS:
        plain = f"{exact:f}"
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    sign, point = "-" if exact < 0 else "", f".{digits[1:]}" if digits[1:] else ""
    return f"{sign}{digits[0]}{point}E{exact.adjusted():+d}"


def _serial_text(value: dt.date, place: _Cell, *, date1904: bool) -> str:
    if isinstance(value, dt.datetime):
        if value.tzinfo is not None:
            place.refuse("E-BAD-VALUE", type="datetime with a time zone")
        moment = value
    else:
        moment = dt.datetime(value.year, value.month, value.day)
    # Excel counts a 29 February 1900 that never was, so earlier days are ambiguous between programs.
    if moment < (_EPOCH_1904 if date1904 else _FIRST_1900):
        place.refuse("E-DATE", value=value)
    passed = moment - (_EPOCH_1904 if date1904 else _EPOCH_1900)
    fraction = (passed - dt.timedelta(days=passed.days)) / dt.timedelta(days=1)
    return repr(passed.days + fraction) if fraction else str(passed.days)


def inline_text(text: str) -> str:
    """Text as it is stored: what looks like Excel's `_x000D_` notation is protected from being decoded."""
    return _ESCAPE.sub("_x005F_", text)


def stored_text(stored: str) -> str:
    """The text that a stored string stands for."""
    return _ESCAPED.sub(_escaped, stored) if "_x" in stored else stored


def _escaped(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    # Half of a surrogate pair is no character and could not be written anywhere.
    return match[0] if 0xD800 <= code <= 0xDFFF else chr(code)


def render_cell(
    written: StoredValue, address: str, old: CellContent | None, style: str | None, prefix: bytes
) -> bytes:
    """The bytes of a cell with a value: the old one's attributes kept, or a new cell with `style`.

    `prefix` is the namespace prefix of a new cell, colon included.
    """
    if old is None:
        name = prefix + b"c"
        attributes = b' r="' + address.encode() + b'"'
        if style not in (None, "0"):
            attributes += b' s="' + str(style).encode() + b'"'
    else:
        name, attributes = old.name, old.kept
    if written.text is None:
        return b"<" + name + attributes + b"/>"
    inner = prefix_of(name)
    if written.kind is not None:
        attributes += b' t="' + written.kind.encode() + b'"'
    if written.kind == "inlineStr":
        space = b' xml:space="preserve"' if _NEEDS_PRESERVE.search(written.text) else b""
        text = escape(inline_text(written.text))
        body = b"<%bis><%bt%b>%b</%bt></%bis>" % (inner, inner, space, text, inner, inner)
    else:
        body = b"<%bv>%b</%bv>" % (inner, written.text.encode(), inner)
    if written.formula is not None:
        body = b"<%bf>%b</%bf>%b" % (inner, escape(written.formula), inner, body)
    return b"<%b%b>%b</%b>" % (name, attributes, body, name)


def holds(cell: CellContent, written: StoredValue) -> bool:
    """Whether a parsed cell holds exactly what was written (used to verify the result)."""
    if (cell.formula.text if cell.formula else None) != written.formula:
        return False
    if written.text is None:
        return cell.value is None and cell.inline is None
    if written.kind == "inlineStr":
        return (
            cell.kind == "inlineStr" and cell.inline is not None and stored_text(cell.inline) == written.text
        )
    return cell.kind == (written.kind or "n") and cell.value == written.text
