"""Kinds of exports that an office describes itself, beside ours or in place of one of them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from sheetcredit.imports.definitions import imports_folder, load_kinds
from sheetcredit.imports.figures import Quality
from sheetcredit.model.errors import BadDefinition
from sheetcredit.model.resources import schemas_folder
from sheetcredit.screen.doctor import examine
from tests.imports.small import codes, figures, loans, query, read
from tools.pages.imports import EXAMPLE


@pytest.fixture(autouse=True)
def fresh_kinds() -> Iterator[None]:
    load_kinds.cache_clear()
    imports_folder().mkdir(parents=True)
    yield
    load_kinds.cache_clear()


def test_the_example_of_the_documentation_is_a_kind_more(tmp_path: Path) -> None:
    (imports_folder() / "own_balances.yaml").write_text(EXAMPLE, "utf-8")
    rows = [{"Mã PGD": "009901", "Mã tổ vay vốn": "12301", "Dư nợ (triệu đồng)": 1250}]
    exports = read(query(tmp_path / "x.xlsx", rows))
    assert codes(exports) == []
    found = [one for one in exports.figures if one.table == "groups"]
    assert [(one.key, one.value, one.slack, one.quality) for one in found] == [
        (("0012301",), 1_250_000_000, 500_000, Quality.ROUNDED)
    ]


def test_a_file_of_the_same_name_takes_the_place_of_ours(tmp_path: Path) -> None:
    path = query(tmp_path / "x.xlsx", loans({}), rename={"Tổng dư nợ": "Dư nợ gốc"})
    assert codes(read(path)) == ["I-UNKNOWN"]
    load_kinds.cache_clear()
    own = imports_folder() / "hstd.yaml"
    shutil.copy(schemas_folder() / "imports" / "hstd.yaml", own)
    own.write_text(own.read_text("utf-8").replace('["Tổng dư nợ"]', '["Tổng dư nợ", "Dư nợ gốc"]'), "utf-8")
    exports = read(path)
    assert codes(exports) == []
    assert figures(exports, "groups")[("0012301",), "balance"] == 50_000_000


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("need: [group]", "need: [groop]", "need"), ("kind: own_balances", "kind: other", "kind"),
        ("sum: balance", "sum: balance, distinct: group", "gives[0].balance"), ("type: amount", "type: money", "fields"),
        ("form: query", "shape: query", "-"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_file_place_and_remedy(old: str, new: str, place: str) -> None:
    (imports_folder() / "own_balances.yaml").write_text(EXAMPLE.replace(old, new), "utf-8")
    seen = next(item for item in examine() if item.code == "doctor-own")
    assert (seen.ok, "own_balances.yaml" in seen.found) == (False, True)
    with pytest.raises(BadDefinition) as problem:
        load_kinds()
    assert problem.value.details["path"] == "own_balances.yaml"
    assert str(problem.value.details["place"]).startswith(place)
    assert problem.value.remedy()
