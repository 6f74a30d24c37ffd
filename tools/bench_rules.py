"""Reconciliations of the usual script (see `tools/bench_baseline.py`), with pandas merges."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

ASSOCIATIONS = {"11": "Hội Nông dân", "12": "Hội Phụ nữ", "13": "Hội CCB", "14": "Đoàn TN"}
RATINGS = ["Tốt", "Khá", "Trung bình", "Yếu"]
MEASURES = ["Số tổ", "Số khách hàng", "Dư nợ", "Nợ quá hạn", "Nợ khoanh", "Tiền gửi tổ viên"]
COUNTED = {"Số tổ", "Số khách hàng"}
ROLLING = ["Chương trình", "Trực tiếp", *ASSOCIATIONS.values()]
BALANCED = [*ROLLING, "Tổ TK&VV", "Sổ ngân hàng"]
ADDED_UP = [
    "Dư nợ đầu năm",
    "Doanh số cho vay",
    "Doanh số thu nợ",
    "Xóa nợ",
    "Dư nợ",
    "Nợ quá hạn",
    "Nợ khoanh",
]
FEWEST, MOST = 5, 60
PLAN_LEAST, PLAN_MOST = 0.5, 1.1

Tables = dict[str, pd.DataFrame]


def failing(sheet: str, table: pd.DataFrame, holds: pd.Series, rule: str) -> list[str]:
    """One line for each row where a rule does not hold."""
    return [f"{sheet}, row {row}: {rule}" for row in table.loc[~holds, "row"]]


def check_totals(tables: Tables, totals: dict[str, dict[str, float]], unit: int) -> list[str]:
    """Every total row adds up."""
    findings = []
    for sheet, stated in totals.items():
        table = tables[sheet]
        for name, figure in stated.items():
            amount = name not in {"Số tổ", "Số khách hàng", "Số tổ viên"}
            factor = unit if amount and sheet != "Sổ ngân hàng" else 1
            if round(figure * factor) != int(table[name].sum()):
                findings.append(f"{sheet}, total row: {name}")
    return findings


def check_rows(tables: Tables, unit: int) -> list[str]:
    """Rules that one row fulfils by itself."""
    findings = []
    for sheet in ROLLING:
        t = tables[sheet]
        moved = t["Dư nợ đầu năm"] + t["Doanh số cho vay"] - t["Doanh số thu nợ"] - t["Xóa nợ"]
        # Five numbers rounded to the unit may differ by five halves of it.
        slack = 0 if sheet in {"Chương trình", "Trực tiếp"} else unit * 5 // 2
        findings += failing(sheet, t, (moved - t["Dư nợ"]).abs() <= slack, "roll-forward")
    for sheet in BALANCED:
        t = tables[sheet]
        slack = unit * 3 // 2 if sheet in ASSOCIATIONS.values() else 0
        findings += failing(sheet, t, t["Nợ quá hạn"] + t["Nợ khoanh"] <= t["Dư nợ"] + slack, "overdue")
    groups = tables["Tổ TK&VV"]
    rated = pd.cut(groups["Điểm"], [-1, 50, 70, 85, 101], right=False, labels=RATINGS[::-1]).astype(object)
    findings += failing("Tổ TK&VV", groups, rated == groups["Xếp loại"], "rating")
    findings += failing("Tổ TK&VV", groups, groups["Số tổ viên"].between(FEWEST, MOST), "group size")
    return findings


def three_sides(tables: Tables) -> pd.DataFrame:
    """Commune × association: what the association states, the groups add up to, the ledger has."""
    stated = pd.concat([tables[sheet].assign(**{"Mã ĐVUT": code}) for code, sheet in ASSOCIATIONS.items()])
    groups = tables["Tổ TK&VV"].assign(**{"Số tổ": 1})
    ledger = tables["Sổ ngân hàng"]
    keys = ["Mã xã", "Mã ĐVUT"]
    sides = {
        "stated": stated.groupby(keys)[MEASURES].sum(),
        "groups": groups.groupby(keys)[MEASURES].sum(),
        "ledger": ledger[ledger["Mã ĐVUT"] != "99"].groupby(keys)[MEASURES].sum(),
    }
    return pd.concat(sides, axis=1).fillna(0).sort_index(level=["Mã ĐVUT", "Mã xã"])


def check_sides(sides: pd.DataFrame, unit: int) -> list[str]:
    """Association = groups = ledger, the first by interval, the second to the đồng."""
    findings = []
    for measure in MEASURES:
        slack = 0 if measure in COUNTED else unit / 2
        stated, groups, ledger = (sides[(side, measure)] for side in ("stated", "groups", "ledger"))
        pairs = (
            ("association and groups", (stated - groups).abs() <= slack),
            ("association and ledger", (stated - ledger).abs() <= slack),
            ("groups and ledger", groups == ledger),
        )
        for rule, holds in pairs:
            findings += [f"{commune}, {code}: {measure}: {rule}" for commune, code in sides.index[~holds]]
    return findings


def comparison_rows(sides: pd.DataFrame, names: dict[str, str], unit: int) -> list[dict[str, Any]]:
    """The rows of `Đối chiếu`: every balance, and what differs in the other measures."""
    rows = []
    for measure in ["Dư nợ", *(name for name in MEASURES if name != "Dư nợ")]:
        counted = measure in COUNTED
        scale = 1 if counted else unit
        columns = [sides[(side, measure)].to_list() for side in ("stated", "groups", "ledger")]
        for (commune, code), stated, groups, ledger in zip(sides.index, *columns, strict=True):
            ties = abs(stated - ledger) <= (0 if counted else unit / 2)
            if ties and measure != "Dư nợ":
                continue
            rows.append(
                {
                    "Mã xã": commune,
                    "Xã": names.get(commune),
                    "Mã ĐVUT": code,
                    "Đơn vị nhận ủy thác": ASSOCIATIONS[code],
                    "Chỉ tiêu": measure,
                    "Hội báo cáo": stated / scale,
                    "Cộng theo tổ": groups / scale,
                    "Sổ ngân hàng": ledger / scale,
                    "Chênh lệch": (stated - ledger) / scale,
                    "Kết quả": "Khớp" if ties else "Lệch",
                }
            )
    return rows


def check_levels(tables: Tables, unit: int) -> list[str]:
    """Programmes against associations and direct lending, the ledger, the funding and the plan."""
    findings = []
    programmes, direct, ledger = tables["Chương trình"], tables["Trực tiếp"], tables["Sổ ngân hàng"]
    stated = pd.concat([tables[sheet] for sheet in ASSOCIATIONS.values()])
    for name in ADDED_UP:
        difference = programmes[name].sum() - stated[name].sum() - direct[name].sum()
        if abs(difference) > len(stated) * unit / 2:
            findings.append(f"Chương trình: {name} is not associations + direct")
    direct_ledger = ledger[ledger["Mã ĐVUT"] == "99"]
    findings += [
        f"Trực tiếp: {name} differs from the ledger"
        for name in ("Dư nợ", "Nợ quá hạn", "Nợ khoanh", "Số khách hàng")
        if direct_ledger[name].sum() != direct[name].sum()
    ]
    both = direct.merge(programmes, on="Mã CT", how="left", suffixes=("", " của chương trình"))
    for name in ADDED_UP:
        above = both[f"{name} của chương trình"].fillna(0)
        findings += failing("Trực tiếp", both, both[name] <= above, f"{name} exceeds the programme")
    if (
        tables["Nguồn vốn"]["Hiện tại"].sum() + unit * len(tables["Nguồn vốn"]) / 2
        < programmes["Dư nợ"].sum()
    ):
        findings.append("Nguồn vốn: less than the balance")
    planned = programmes[programmes["Kế hoạch năm"] > 0]
    done = planned["Dư nợ"] / planned["Kế hoạch năm"]
    return findings + failing("Chương trình", planned, done.between(PLAN_LEAST, PLAN_MOST), "plan completion")


def check_codes(tables: Tables) -> list[str]:
    """Commune codes of every sheet are the ledger's."""
    known = set(tables["Sổ ngân hàng"]["Mã xã"])
    findings = []
    for sheet in [*ASSOCIATIONS.values(), "Tổ TK&VV"]:
        findings += failing(sheet, tables[sheet], tables[sheet]["Mã xã"].isin(known), "unknown commune")
    return findings


def in_period(as_of: date, period: str) -> bool:
    """Whether a date lies in a quarter written like 2024Q1."""
    return period == f"{as_of.year}Q{(as_of.month + 2) // 3}"


def reconcile(
    tables: Tables, totals: dict[str, dict[str, float]], unit: int, as_of: date, period: str
) -> tuple[list[str], list[dict[str, Any]]]:
    """All rules; returns the findings and the rows of `Đối chiếu`."""
    sides = three_sides(tables)
    findings = [
        *check_totals(tables, totals, unit),
        *check_rows(tables, unit),
        *check_sides(sides, unit),
        *check_levels(tables, unit),
        *check_codes(tables),
    ]
    if not in_period(as_of, period):
        findings.append("Thông tin: the date lies outside the period")
    names = tables["Sổ ngân hàng"].drop_duplicates("Mã xã").set_index("Mã xã")["Xã"].to_dict()
    return findings, comparison_rows(sides, names, unit)
