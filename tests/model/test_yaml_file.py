"""YAML as we read it: of a key that stands twice nothing is taken in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from sheetcredit.model.yaml_file import YamlMistakeError, parse_yaml

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(
    path for folder in ("schemas", "tests", "tools", "seeds") for path in (ROOT / folder).rglob("*.yaml")
)


@pytest.mark.parametrize(
    "text", ["a: 1\nb: 2\na: 3\n", "x:\n  - {k: 1, k: 2}\n", "x: {y: {a: 1, b: 2, a: 3}}\n"]
)
def test_a_key_that_stands_twice_is_a_mistake(text: str) -> None:
    with pytest.raises(YamlMistakeError, match="twice") as caught:
        parse_yaml(text.encode())
    assert caught.value.line == text[: text.rindex("a: 3" if "a: 3" in text else "k: 2")].count("\n") + 1


def test_anchors_may_be_merged_twice() -> None:
    text = b"one: &one {a: 1}\ntwo: &two {b: 2}\nboth:\n  <<: *one\n  c: 3\nlater:\n  <<: *two\n  a: 4\n"
    assert parse_yaml(text)["later"] == {"a": 4, "b": 2}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_ours_say_everything_once(path: Path) -> None:
    parse_yaml(path.read_bytes())
