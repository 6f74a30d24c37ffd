"""Whether the branch's definitions and rules fit together, and say what an office's do where they must."""

from __future__ import annotations

from sheetcredit.catalogue.catalogue import load_catalogues
from sheetcredit.rules.consistency import check_consistency
from sheetcredit.rules.rules import branch_rules, load_rules
from sheetcredit.template.definition import load_branch, load_office


def test_definitions_rules_and_catalogues_fit() -> None:
    check_consistency(load_branch(), branch_rules(), load_catalogues())


def test_rules_have_numbers_of_their_own() -> None:
    offices, branches = ({rule.id for rule in rules} for rules in (load_rules(), branch_rules()))
    assert not offices & branches


def test_the_figures_are_those_of_an_office() -> None:
    office, branch = load_office().sheet("summary"), load_branch().sheet("summary")
    assert branch.figures == office.figures
    assert branch.quantities.keys() == office.quantities.keys()


def test_details_have_the_names_in_the_book_that_an_office_has() -> None:
    names = {c.name: c.name_in_book for c in load_office().sheet("info").columns}
    own = {"office", "office_name", "branch"}  # another code, another catalogue
    for column in load_branch().sheet("info").columns:
        if column.name in names and column.name not in own:
            assert column.name_in_book == names[column.name]
