"""How far explaining goes before it stops: `schemas/office/_explain.yaml`."""

from __future__ import annotations

from functools import cache

from sheetcredit.model.resources import schemas_folder
from sheetcredit.template.definition import Part, check_definition, read_yaml


class Limits(Part, frozen=True, kw_only=True):
    """Bounds of the searches; the head of the YAML says what each means."""

    most_suspects: int
    most_corrections: int
    subset_rows: int
    subset_steps: int
    block_rows: int
    least_rows: int
    most_evidence: float
    cannot_tell: float
    goes_with: dict[str, tuple[str, ...]]


@cache
def load_limits() -> Limits:
    """The bounds as the YAML states them.

    Raises:
        BadDefinition: the YAML has a mistake; file, place and remedy are told.
    """
    path = schemas_folder() / "office" / "_explain.yaml"
    return check_definition(Limits, read_yaml(path), path)
