"""What papers there are, and the words that they are told in: `schemas/papers/papers.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, get_args

import msgspec

from sheetcredit.model.checked_yaml import check_definition, read_yaml
from sheetcredit.model.resources import schemas_folder

Kind = Literal["minutes", "groups", "summaries"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class PaperKind(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind of paper: its template, its files' names, its title, the letter that marks its figures."""

    letter: str
    template: str
    file: str
    together: str
    title: str


class PaperWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The kinds of papers and their words; `sides` by the first part of a figure's name."""

    kinds: Mapping[Kind, PaperKind]
    sides: Mapping[str, str]
    overdue_ratio: str
    frozen_ratio: str
    seal: str
    absent: str
    draft: str
    above: str
    unknown_place: str
    place_and_day: str
    quarters: tuple[str, str, str, str]
    sum_of: str

    def kind_of(self, letter: str) -> Kind | None:
        """The kind whose figures a letter marks."""
        return next((kind for kind, one in self.kinds.items() if one.letter == letter), None)


@cache
def load_words(folder: Path | None = None) -> PaperWords:
    """The words.

    Raises:
        BadDefinition: the YAML has a mistake; file, place and remedy are told.
    """
    path = (folder or schemas_folder() / "papers") / "papers.yaml"
    return check_definition(PaperWords, read_yaml(path), path)
