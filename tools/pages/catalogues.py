"""`docs/catalogues.md`: where the national catalogues come from, and what their sources say differently."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from sheetcredit.model.resources import schemas_folder
from tools.pages.markdown import code, heading, page, paragraphs, said, table

_TOOLS = Path(__file__).resolve().parent.parent
_TITLE = re.compile(r"^(Thị trấn|Phường(?! \d)|Đặc khu|Xã) ")
_SOURCES = (
    ("vietnam-provinces 0.5.0", "GPL-3.0-or-later", "2024: 705 / 10,598"),
    (
        "vietnam-provinces 0.6.0",
        "gói không ghi / not stated",
        "01–06/2025: 696 / 10,051; so sánh / comparison",
    ),
    (
        "vietnam-provinces 2025.10.1",
        "gói không ghi / not stated",
        "07/2025: 34 / 3,321; so sánh / comparison",
    ),
    (
        "vietnamadminunits 1.0.4",
        "MIT",
        "01–06/2025: 696 / 10,040; 07/2025: 34 / 3,321; xã cũ → mới / old → new",
    ),
)


@cache
def provinces() -> tuple[dict[str, Any], ...]:
    """The files of the provinces of now."""
    folder = schemas_folder() / "catalogues" / "national"
    return tuple(json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("[0-9]*.json")))


@cache
def compared() -> dict[str, list[list[str]]]:
    """What the sources say differently."""
    loaded: dict[str, list[list[str]]] = json.loads((_TOOLS / "catalogues_compared.json").read_text("utf-8"))
    return loaded


def write() -> str:
    """The whole page."""
    found = compared()
    codes = [[where, name, code(mine), code(theirs)] for where, name, mine, theirs in found["july_codes"]]
    only = [["vietnamadminunits", *row] for row in found["2025_only_first"]]
    only += [["vietnam-provinces", *row] for row in found["2025_only_second"]]
    return page(
        "Danh mục cả nước / National catalogues",
        paragraphs("catalogues"),
        heading("catalogues", "sources"),
        paragraphs("catalogues", "sources-intro"),
        table(("Nguồn / Source", "Giấy phép / Licence", "Số huyện (tỉnh) / xã"), _SOURCES),
        heading("catalogues", "states"),
        paragraphs("catalogues", "states-intro"),
        table(("Từ / From", "Đến / To", "Xã / Communes"), _states()),
        heading("catalogues", "offices"),
        paragraphs("catalogues", "offices-intro"),
        heading("catalogues", "became"),
        paragraphs("catalogues", "became-intro"),
        _became(),
        heading("catalogues", "decrees"),
        paragraphs("catalogues", "decrees-intro"),
        table(("Nghị quyết / Decree", "Đơn vị mới / New", "Khớp / Agrees", "Nguồn / Source"), decree_rows()),
        heading("catalogues", "differ"),
        paragraphs("catalogues", "differ-codes"),
        table(("Tỉnh", "Tên", "vietnamadminunits", "vietnam-provinces 2025.10.1"), codes),
        said("catalogues", "differ-2025") + ":",
        table(("Nguồn / Source", "Mã", "Tên", "Huyện", "Tỉnh"), only),
        said("catalogues", "differ-names") + ":",
        table(("Mã", "vietnamadminunits", "vietnam-provinces 0.6.0"), found["2025_names"]),
        said("catalogues", "unknown") + ":",
        table(("Mã", "Tên", "Huyện", "Tỉnh"), found["unknown_successors"]),
    )


def _states() -> list[list[str]]:
    index = json.loads((schemas_folder() / "catalogues" / "national" / "offices.json").read_text("utf-8"))
    counted = Counter(letter for one in provinces() for row in one["communes"] for letter in row[2])
    return [[begin, end or "", f"{counted[letter]:,}"] for letter, begin, end in index["states"]]


def _became() -> str:
    rows = []
    for one in provinces():
        parts = Counter(min(len(new), 3) for _, new in one["became_c"])
        now = sum("c" in row[2] for row in one["communes"])
        rows.append([one["name"], len(one["became_c"]), now, parts[1], parts[2] + parts[3], parts[3]])
    total = ["**Cả nước / Nation**", *(f"{sum(row[place] for row in rows):,}" for place in range(1, 6))]
    headers = ("Tỉnh / Province", "Xã cũ / Old", "Xã mới / New", "Trọn / Whole", "Bị chia / Divided",
               "… thành 3 trở lên / in 3 or more")  # fmt: skip
    return table(headers, [*rows, total])


def decree_rows() -> list[list[str]]:
    """Decree, new commune, whether the data say the same, source."""
    listed = yaml.safe_load((_TOOLS / "catalogues_decrees.yaml").read_text("utf-8"))["decrees"]
    by_code = {one["province"]: one for one in provinces()}
    return [
        [
            decree["decree"],
            item["new"],
            "✓" if _agrees(by_code[decree["province"]], item) else "✗",
            decree["source"],
        ]
        for decree in listed
        for item in decree["items"]
    ]


def _agrees(province: dict[str, Any], item: dict[str, Any]) -> bool:
    before = {row[0]: _TITLE.sub("", row[1]) for row in province["communes"] if "b" in row[2]}
    new = next(row[0] for row in province["communes"] if "c" in row[2] and row[1] == item["new"])
    whole = {before[old] for old, parts in province["became_c"] if parts == [new]}
    parts = {before[old] for old, parts in province["became_c"] if new in parts and len(parts) > 1}
    if "together" in item:
        return whole | parts == set(item["together"])
    return whole == set(item["whole"]) and parts == set(item.get("parts", ()))
