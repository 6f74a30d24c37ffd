"""A mistake in a YAML of `schemas/` is told with its file, its place and what to do."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from sheetcredit.catalogue.catalogue import load_catalogues
from sheetcredit.model.errors import BadDefinition
from sheetcredit.model.resources import schemas_folder
from sheetcredit.rulebook import our_rulebook
from sheetcredit.rules.consistency import check_consistency
from sheetcredit.rules.rules import load_rules
from sheetcredit.template.definition import load_office

Load = Callable[[], object]


@pytest.fixture
def schemas(tmp_path: Path) -> Path:
    return Path(shutil.copytree(schemas_folder(), tmp_path / "schemas"))


def load_all(schemas: Path) -> None:
    office = load_office(schemas / "office")
    rules = load_rules(schemas / "office" / "rules.yaml")
    check_consistency(office, rules, load_catalogues(schemas / "catalogues"))


def spoil(schemas: Path, file: str, old: str, new: str) -> None:
    path = schemas / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_ours_fit_together() -> None:
    book = our_rulebook()
    check_consistency(book.office, book.rules, book.catalogues)


def test_a_copy_fits_together(schemas: Path) -> None:
    load_all(schemas)


@pytest.mark.parametrize(
    ("file", "old", "new", "place", "problem"),
    [
        ("office/direct.yaml", "rows: 8", "rows: [8", r"dòng \d+, cột \d+", "."),
        ("office/direct.yaml", "rows: 8", "rowz: 8", "-", "rowz"),
        ("office/direct.yaml", "rows: 8", "rows: eight", "rows", "int"),
        ("office/direct.yaml", "sheet: Trực tiếp\n", "", "-", "sheet"),
        ("office/direct.yaml", "type: text", "type: txt", "columns.*", "txt"),
        ("office/direct.yaml", "catalogue: programmes", "catalogue: programs", r"columns\[0\].catalogue", "programs"),
        ("office/direct.yaml", "order: 8", "order: 7", "order", "7"),
        ("office/direct.yaml", "name: overdue, header: Nợ quá hạn", "name: balance, header: Nợ quá hạn", "columns.*", "balance"),
        ("office/direct.yaml", "header: Nợ quá hạn", "header: Dư nợ", "columns.*", "Dư nợ"),
        ("office/direct.yaml", "type: text, width_chars: 40}", "type: text, total: sum}", "columns.*total", "text"),
        ("office/farmers.yaml", "extends: _statement", "extends: _statements", "-", "."),
        ("office/farmers.yaml", "extends: _statement", "extends: women", "extends", "women"),
        ("office/info.yaml", "check: str_matches", "check: str_match", "columns.*", "str_match"),
        ("office/info.yaml", '"^20[0-9]{2}(Q[1-4]', '"^20[0-9(Q[1-4]', "columns.*checks.*", "pattern"),
        ("office/info.yaml", 'choices: ["thường", "cân đủ 100%"], ', "", "columns.*", "choice"),
        ("office/_conventions.yaml", "near_miss: 0.75", "near_miss: much", "near_miss", "float"),
        ("office/_conventions.yaml", "value: [0, 100]", "value: [0]", "types.score.checks.*", "2 number"),
        ("office/summary.yaml", "sum: current}", "sum: currents}", "quantities.funding.sum", "currents"),
        ("office/summary.yaml", "{frame: funding, sum: current}", "{frame: fundings, sum: current}", "quantities.*", "fundings"),
        ("office/summary.yaml", 'amount: "funding"', 'amount: "fundin"', "figures.TH_NguonVon", "fundin"),
        ("office/summary.yaml", "association = '11'", "association = = '11'", "quantities.*where", "."),
        ("office/rules.yaml", "frames: [programmes, statements, direct]", "frames: [programs]", "R02.frames", "programs"),
        ("office/rules.yaml", 'value: "overdue + frozen"', 'value: "overdue + frosen"', "R03.left.value", "frosen"),
        ("office/rules.yaml", 'value: "overdue + frozen"', 'value: "overdue + "', "R03.left.value", "."),
        ("office/rules.yaml", "by: [commune, association]", "by: [comune, association]", "R05.by", "comune"),
        ("office/rules.yaml", "measures: [groups, customers", "measures: [grups, customers", "R05.*", "grups"),
        ("office/rules.yaml", "measures: [current]", "measures: []", "R11.measures", "."),
        ("office/rules.yaml", "id: R02", "id: R01", "R01", "R01"),
        ("office/rules.yaml", 'operator: "<="', 'operator: "<"', "rules.*operator", "<"),
        ("office/rules.yaml", "tolerance: rounding", "tolerence: rounding", "rules.*", "tolerence"),
        ("office/rules.yaml", 'where: "plan > 0"', 'where: "plans > 0"', "R13.where", "plans"),
        ("office/rules.yaml", "    most: {value: \"group_most\", label: {vi: \"nhiều nhất\", en: \"most\"}}\n", "", "R10", "most"),
        ("catalogues/units.yaml", "dong: 1000,", "dong: many,", "entries.*dong", "int"),
        ("catalogues/associations.yaml", "valid_from: 2003-01-01", "valid_from: 2003-13-01", None, "."),
        ("catalogues/limits.yaml", "most: 50", "mots: 50", "group_size.*", "mots"),
    ],
)  # fmt: skip
def test_mistakes(schemas: Path, file: str, old: str, new: str, place: str | None, problem: str) -> None:
    spoil(schemas, file, old, new)
    with pytest.raises(BadDefinition) as error:
        load_all(schemas)
    details = error.value.details
    assert re.search(r"\w+\.yaml", str(details["path"]))
    assert place is None or re.fullmatch(place, str(details["place"])), details
    assert re.search(problem, str(details["problem"])), details
    assert details["advice"]
    assert error.value.code == "E-DEFINITION"
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just words\n", "\x00\n", "a: &x [*x]\n"])
def test_what_is_no_definition(schemas: Path, text: str) -> None:
    (schemas / "office" / "direct.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BadDefinition) as error:
        load_all(schemas)
    assert error.value.details["path"] == "direct.yaml"


def test_a_missing_file(schemas: Path) -> None:
    (schemas / "catalogues" / "limits.yaml").unlink()
    with pytest.raises(BadDefinition) as error:
        load_all(schemas)
    assert error.value.details["path"] == "limits.yaml"


def test_a_missing_sheet_that_the_job_needs(schemas: Path) -> None:
    (schemas / "office" / "summary.yaml").unlink()
    with pytest.raises(BadDefinition) as error:
        load_all(schemas)
    assert error.value.details["path"] == "summary.yaml"


def test_sheets_by_name_and_id() -> None:
    office = our_rulebook().office
    assert office.sheet("groups").sheet == "Tổ TK&VV"
    named = office.named("Hội CCB")
    assert named is not None and named.id == "veterans"
    assert office.named("Khác") is None
    assert office.sheet("ledger").key == ("commune", "association")
    assert [sheet.order for sheet in office.sheets] == sorted(sheet.order for sheet in office.sheets)
