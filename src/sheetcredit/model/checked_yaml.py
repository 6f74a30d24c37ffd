"""YAML files read into checked, frozen values: how definitions, catalogues and rules are read."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import msgspec

from sheetcredit.model.errors import BadDefinition
from sheetcredit.model.text import Language
from sheetcredit.model.yaml_file import LOADING, YamlMistakeError, load_yaml


class Definition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A checked, frozen piece of a definition; unknown fields are mistakes.

    msgspec rather than pydantic: building fifteen pydantic models took longer than reading a workbook.
    """


class Words(Definition, frozen=True, kw_only=True):
    """One text in both languages."""

    vi: str
    en: str = ""

    def both(self) -> dict[str, str]:
        """The text by language, as findings keep it."""
        return {"vi": self.vi, "en": self.en or self.vi}

    def say(self, language: Language) -> str:
        """The text in a language; Vietnamese where no English was written."""
        return (self.en or self.vi) if language == "en" else self.vi


def read_yaml(path: Path) -> Any:
    """The content of a YAML file; a mistake in it is told with its line and what to do."""
    try:
        return load_yaml(path)
    except OSError as error:
        raise BadDefinition(
            "E-DEFINITION",
            path=path.name,
            place="-",
            problem=error.strerror or str(error),
            advice="Cài lại sheetcredit. / Install sheetcredit again.",
        ) from error
    except YamlMistakeError as error:
        place = f"dòng {error.line}, cột {error.column}" if error.line else "-"
        raise BadDefinition(
            "E-DEFINITION",
            path=path.name,
            place=place,
            problem=error.problem,
            advice="Sửa cú pháp YAML tại đó. / Put the YAML syntax right there.",
        ) from error


_Model = TypeVar("_Model")


def check_definition(model: type[_Model], content: object, path: Path) -> _Model:
    """`content` as a definition; the first mistake is told with file, place and remedy."""
    try:
        with LOADING:
            return msgspec.convert(content, model)
    except msgspec.ValidationError as error:
        problem, _, place = str(error).partition(" - at ")
        name = getattr(model, "__name__", "")
        raise BadDefinition(
            "E-DEFINITION",
            path=path.name,
            place=place.strip("`$.") or "-",
            problem=problem,
            advice=f"Xem docs/definitions.md: {name}. / See docs/definitions.md.",
        ) from error
