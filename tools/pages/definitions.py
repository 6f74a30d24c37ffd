"""`docs/definitions.md`: how the YAML files of `schemas/` are written."""

from __future__ import annotations

import inspect
from pathlib import Path
from types import ModuleType

import msgspec
import yaml
from msgspec.structs import FieldInfo

from sheetcredit.catalogue import catalogue, entry, own_offices
from sheetcredit.model import checked_yaml
from sheetcredit.model.checked_yaml import Definition
from sheetcredit.rules import rules
from sheetcredit.template import definition, mapping
from tools.pages.markdown import code, fence, page, paragraphs, said, table, words

Meanings = dict[str, dict[str, dict[str, str]]]

COLUMN_EXAMPLE = "- {name: balance, header: Dư nợ, type: amount, decimals: 6, total: sum}"
ENTRY_EXAMPLE = """\
- {code: "11611", name: {vi: "Xã Lê Lợi"}, office: "0312", valid_from: 2004-01-01, valid_to: 2025-06-30}"""
# Not written in a file: the sheets and conventions put together.
_NOT_WRITTEN = frozenset({"Definition", "Office"})


def field_meanings() -> Meanings:
    """What each field means: class → field → language."""
    text = (Path(__file__).parent / "fields.yaml").read_text(encoding="utf-8")
    meanings: Meanings = yaml.safe_load(text)
    return meanings


_MODULES = (checked_yaml, definition, mapping, entry, own_offices, catalogue, rules)


def definition_classes() -> list[type[Definition]]:
    """The classes that YAML files are read into, in the order of the code."""
    return [cls for module in _MODULES for cls in _classes_of(module)]


def _classes_of(module: ModuleType) -> list[type[Definition]]:
    ours = [
        cls for cls in vars(module).values() if inspect.isclass(cls) and cls.__module__ == module.__name__
    ]
    shown = [cls for cls in ours if cls.__name__ not in _NOT_WRITTEN and not cls.__name__.startswith("_")]
    return [cls for cls in shown if issubclass(cls, Definition)]


def write() -> str:
    """The page."""
    meanings = field_meanings()
    files = (
        (code(path), f["vi"], f["en"], f"[{f['class']}](#{f['class'].lower()})")
        for path, f in words("files").items()
    )
    parts = [
        paragraphs("definitions"),
        paragraphs("definitions", "after"),
        table(("Tệp / File", "Nội dung", "What it holds", "Lớp / Class"), files),
        f"{said('definitions', 'column')}:",
        fence(COLUMN_EXAMPLE, "yaml"),
        f"{said('definitions', 'entry')}:",
        fence(ENTRY_EXAMPLE, "yaml"),
    ]
    for cls in definition_classes():
        parts += [f"## {cls.__name__}", " ".join((inspect.getdoc(cls) or "").split())]
        parts.append(_fields(cls, meanings.get(cls.__name__, {})))
    return page("Viết định nghĩa / Writing definitions", *parts)


def _fields(cls: type[Definition], meanings: dict[str, dict[str, str]]) -> str:
    rows = []
    for field in msgspec.structs.fields(cls):
        meaning = meanings.get(field.name, {})
        kind = code(cls.__annotations__[field.name])
        rows.append((code(field.name), kind, _default(field), meaning.get("vi"), meaning.get("en")))
    return table(("Trường / Field", "Kiểu / Type", "Mặc định / Default", "Ý nghĩa", "Meaning"), rows)


def _default(field: FieldInfo) -> str:
    if field.required:
        return "bắt buộc / required"
    if field.default is msgspec.NODEFAULT or field.default in (None, (), ""):
        return ""
    return code(str(field.default).lower() if isinstance(field.default, bool) else field.default)
