"""Reading the YAML of `schemas/`: from its compiled form where the wheel brings one, otherwise itself.

Parsing YAML takes longer than reading a workbook. The wheel therefore carries the parsed content of
each file beside its digest; a file that somebody has edited no longer matches and is parsed again.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from hashlib import blake2b
from pathlib import Path
from threading import RLock
from typing import Any

import msgspec

from sheetcredit.model.resources import schemas_folder

COMPILED = "compiled.msgpack"
LOADING = RLock()
"""Held while data become objects: msgspec learns a type at its first use, and crashes where two threads do.

So long as nothing is imported while it is held, no thread waits for another one for ever.
"""


class YamlMistakeError(Exception):
    """YAML whose syntax is wrong: what is wrong, and the line and column from 1 where known."""

    def __init__(self, problem: str, line: int | None, column: int | None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.line = line
        self.column = column


class Parsed(msgspec.Struct, frozen=True):
    """The content of one YAML file as msgpack, with the digest of the text it was parsed from."""

    digest: bytes
    content: bytes


def load_yaml(path: Path) -> Any:
    """The content of a YAML file.

    Raises:
        OSError: the file cannot be read.
        YamlMistakeError: its syntax is wrong.
    """
    text = path.read_bytes()
    parsed = _compiled().get(f"{path.parent.name}/{path.name}")
    if parsed is not None and parsed.digest == digest_of(text):
        return msgspec.msgpack.decode(parsed.content)
    return parse_yaml(text)


def parse_yaml(text: bytes) -> Any:
    """The content of YAML text.

    Raises:
        YamlMistakeError: its syntax is wrong.
    """
    if text.startswith(b"{"):  # JSON is YAML too, and a list of ten thousand communes is read at once
        with suppress(msgspec.DecodeError):
            return msgspec.json.decode(text)
    import yaml  # noqa: PLC0415 - not needed where the compiled form serves

    class UniqueKeys(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        """Of a key that stands twice YAML takes the later value without a word; here it is a mistake."""

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            seen: set[str] = set()
            for key, _ in node.value:
                if str(key.value) in seen and key.tag != "tag:yaml.org,2002:merge":
                    raise yaml.constructor.ConstructorError(
                        None, None, f"{key.value} stands twice", key.start_mark
                    )
                seen.add(str(key.value))
            return super().construct_mapping(node, deep)

    try:
        return yaml.load(text, UniqueKeys)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        raise YamlMistakeError(problem, mark and mark.line + 1, mark and mark.column + 1) from error
    except ValueError as error:  # a date that is none, such as 2024-13-01
        raise YamlMistakeError(str(error), None, None) from error


def digest_of(text: bytes) -> bytes:
    """What tells whether a file is still the one that was compiled."""
    return blake2b(text, digest_size=16).digest()


def compile_folder(folder: Path) -> bytes:
    """The compiled form of every YAML file of a folder of schemas."""
    parsed = {
        f"{path.parent.name}/{path.name}": Parsed(
            digest_of(path.read_bytes()), msgspec.msgpack.encode(parse_yaml(path.read_bytes()))
        )
        for path in sorted(folder.glob("*/*.yaml"))
    }
    return msgspec.msgpack.encode(parsed)


@cache
def _compiled() -> dict[str, Parsed]:
    try:
        with LOADING:
            return msgspec.msgpack.decode((schemas_folder() / COMPILED).read_bytes(), type=dict[str, Parsed])
    except (OSError, msgspec.DecodeError):
        return {}
