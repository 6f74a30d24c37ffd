"""Which export counts where several give a figure, and why two may differ: `schemas/imports/_trust.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import msgspec

from sheetcredit.imports.figures import ImportedFigure, Quality
from sheetcredit.model.checked_yaml import Definition, check_definition, read_yaml
from sheetcredit.model.resources import schemas_folder

_OTHERS = "*"


class Cause(Definition, frozen=True, kw_only=True):
    """Why two sources differ; what is left out does not matter. `compare: false`: they say different things.

    Its words are `cause-<id>` of `schemas/messages/imports.yaml`.
    """

    id: str
    kinds: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    basis: str = ""
    higher: bool | None = None
    later: bool = False
    compare: bool = True

    def fits(self, ours: ImportedFigure, other: ImportedFigure, apart: bool) -> bool:
        """Whether it explains that `other` says something else than `ours`; `apart`: on another basis."""
        if self.columns and other.column not in self.columns:
            return False
        if apart != bool(self.basis):
            return False
        return self._fits(ours, other) or self._fits(other, ours)

    def _fits(self, ours: ImportedFigure, other: ImportedFigure) -> bool:
        source = other.source
        if self.kinds and source.kind not in self.kinds:
            return False
        if self.basis and other.basis != self.basis:
            return False
        if self.higher is not None and self.higher != (_number(other) > _number(ours)):
            return False
        drawn_later = source.drawn is not None and source.as_of is not None and source.drawn > source.as_of
        return drawn_later or not self.later


def _number(figure: ImportedFigure) -> float:
    return 0 if isinstance(figure.value, str) else float(figure.value)


class TakenTogether(Definition, frozen=True, kw_only=True):
    """Rows that the exports give as one: their sum stands in the first, on a basis that says so."""

    table: str
    key: tuple[str, ...]
    row: tuple[str, ...]
    basis: str

    def stands_for(self, figure: ImportedFigure) -> ImportedFigure | None:
        """The figure for the row of the template; None for another one."""
        if (figure.table, figure.key) != (f"~{self.table}", self.key):
            return None
        return replace(figure, table=self.table, key=self.row, basis=self.basis, quality=Quality.PROPOSAL)


class Trust(Definition, frozen=True, kw_only=True):
    """The order of trust and the causes; the YAML says what each is."""

    order: tuple[str, ...]
    first: Mapping[str, Mapping[str, tuple[str, ...]]] = msgspec.field(default_factory=dict)
    never: Mapping[str, Mapping[str, tuple[str, ...]]] = msgspec.field(default_factory=dict)
    ours: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    causes: tuple[Cause, ...] = ()
    together: tuple[TakenTogether, ...] = ()

    def rank(self, figure: ImportedFigure) -> tuple[bool, bool, int, int]:
        """What comes first is taken: our basis, no proposal, the order of trust, what is less rounded."""
        columns = self.first.get(figure.table, {})
        order = (*columns.get(figure.column, columns.get(_OTHERS, ())), *self.order)
        kind = figure.source.kind
        place = order.index(kind) if kind in order else len(order)
        return bool(self.basis_of(figure)), figure.quality is Quality.PROPOSAL, place, figure.slack

    def only_compares(self, figure: ImportedFigure) -> bool:
        """Whether a figure must not be taken into its cell."""
        columns = self.never.get(figure.table, {})
        kinds = columns.get(figure.column, columns.get(_OTHERS, ()))
        return figure.table.startswith("~") or figure.source.kind in kinds

    def basis_of(self, figure: ImportedFigure) -> str:
        """The basis of a figure, empty where it is one that the template means."""
        ours = (*self.ours.get(figure.column, ()), *self.ours.get(_OTHERS, ()))
        return "" if figure.basis in ours else figure.basis

    def cause_of(self, ours: ImportedFigure, other: ImportedFigure) -> Cause | None:
        """The known cause of a difference; None where none is known."""
        apart = self.basis_of(ours) != self.basis_of(other)
        return next((cause for cause in self.causes if cause.fits(ours, other, apart)), None)


@cache
def load_trust(folder: Path | None = None) -> Trust:
    """The order of trust of a folder of kinds; of ours where none is named.

    Raises:
        BadDefinition: the YAML has a mistake; file, place and remedy are told.
    """
    path = (folder or schemas_folder() / "imports") / "_trust.yaml"
    return check_definition(Trust, read_yaml(path), path)
