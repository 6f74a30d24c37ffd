"""What workbooks are checked against: the definitions, rules and catalogues of `schemas/`."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from sheetcredit.template.definition import Office, load_office

if TYPE_CHECKING:
    from sheetcredit.catalogue.catalogue import Catalogues
    from sheetcredit.rules.rules import Rule


class Rulebook:
    """Definitions, rules and catalogues; what is not given is ours, loaded when first needed."""

    def __init__(
        self,
        office: Office | None = None,
        rules: tuple[Rule, ...] | None = None,
        catalogues: Catalogues | None = None,
    ) -> None:
        self.office = office or load_office()
        self._rules = rules
        self._catalogues = catalogues

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The rules across sheets."""
        from sheetcredit.rules.rules import load_rules  # noqa: PLC0415 - `validate` does without

        return load_rules() if self._rules is None else self._rules

    @cached_property
    def catalogues(self) -> Catalogues:
        """The dated catalogues and limits."""
        from sheetcredit.catalogue.catalogue import load_catalogues  # noqa: PLC0415 - `doctor` does without

        return load_catalogues() if self._catalogues is None else self._catalogues


def our_rulebook() -> Rulebook:
    """The definitions, rules and catalogues of `schemas/`."""
    return Rulebook()
