"""The usual script: what a competent colleague writes with pandas, openpyxl and pandera.

It does the checks and the writing that `sheetcredit run` does on a well-formed office workbook, so that
`make bench` compares like with like. It knows one layout (the sheet names and headers of template
version 1, header row found by scanning) and tells findings as one line each; it explains nothing.

    python -m tools.bench_baseline validate FILE
    python -m tools.bench_baseline run FILE OUT
    python -m tools.bench_baseline serve FILE OUT      one timed run for each line on standard input
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import openpyxl
import pandas as pd
import pandera.pandas as pa

from tools.bench_rules import ASSOCIATIONS, RATINGS, reconcile

UNITS = {"đồng": 1, "nghìn đồng": 1_000, "triệu đồng": 1_000_000, "tỷ đồng": 1_000_000_000}
PROGRAMMES = [f"{code:02}" for code in (1, 2, 3, 4, 6, 7, 9, 10, 12, 15, 17, 19, 21, 25, 26, 27)]
TOTAL_LABELS = {"tổng cộng", "cộng", "tổng số", "tổng"}
FLOW = ["Dư nợ đầu năm", "Doanh số cho vay", "Doanh số thu nợ", "Xóa nợ"]
STATE = ["Dư nợ", "Nợ quá hạn", "Nợ khoanh"]
COMMUNE = r"\d{5}"


@dataclass(frozen=True)
class Layout:
    """What one sheet looks like."""

    key: list[str]
    amounts: list[str]
    counts: list[str] = field(default_factory=list)
    decimals: int = 0
    in_dong: bool = False
    others: list[str] = field(default_factory=list)

    @property
    def headers(self) -> list[str]:
        """Every column that has to be there."""
        return [*self.key, *self.others, *self.counts, *self.amounts]


STATEMENT = Layout(["Mã xã"], [*FLOW, *STATE, "Tiền gửi tổ viên"], ["Số tổ", "Số khách hàng"])
LAYOUTS = {
    "Nguồn vốn": Layout(["Mã nguồn"], ["Kế hoạch năm", "Đầu năm", "Hiện tại"]),
    "Chương trình": Layout(["Mã CT"], ["Kế hoạch năm", *FLOW, *STATE], ["Số khách hàng"], decimals=6),
    **dict.fromkeys(ASSOCIATIONS.values(), STATEMENT),
    "Trực tiếp": Layout(["Mã CT"], [*FLOW, *STATE], ["Số khách hàng"], decimals=6),
    "Tổ TK&VV": Layout(
        ["Mã tổ"],
        [*STATE, "Tiền gửi tổ viên"],
        ["Số tổ viên", "Số khách hàng"],
        decimals=6,
        others=["Mã xã", "Mã ĐVUT", "Điểm", "Xếp loại"],
    ),
    "Sổ ngân hàng": Layout(
        ["Mã xã", "Mã ĐVUT"],
        [*STATE, "Tiền gửi tổ viên"],
        ["Số tổ", "Số khách hàng"],
        in_dong=True,
        others=["Xã"],
    ),
}


def text_of(value: object) -> str:
    """A cell as trimmed text."""
    return "" if value is None or value != value else str(value).strip()  # noqa: PLR0124  (NaN)


def locate(raw: pd.DataFrame, headers: Sequence[str]) -> tuple[int, dict[str, int]]:
    """Find the header row: the first one that has every header."""
    for position, row in enumerate(raw.itertuples(index=False)):
        places = {text_of(value): column for column, value in enumerate(row)}
        if all(header in places for header in headers):
            return position, places
    raise SystemExit(f"No row with the headers {', '.join(headers)}")


def read_table(raw: pd.DataFrame, layout: Layout) -> tuple[pd.DataFrame, dict[str, float]]:
    """Rows under the header down to the total row, and the total row's figures."""
    top, places = locate(raw, layout.headers)
    columns = [places[header] for header in layout.headers]
    body = raw.iloc[top + 1 :]
    leading = body.iloc[:, columns[0]].map(text_of).str.rstrip(":").str.lower()
    is_total = leading.isin(TOTAL_LABELS)
    end = int(is_total.to_numpy().argmax()) if is_total.any() else len(body)
    table = body.iloc[:end, columns].set_axis(layout.headers, axis=1)
    table = table[table[layout.key[0]].notna()]
    table = table[~table[layout.key[0]].map(text_of).str.match(r"\(\d+\)")]
    table.insert(0, "row", table.index + 1)
    totals: dict[str, float] = {}
    if end < len(body):
        line = body.iloc[end, columns].set_axis(layout.headers)
        totals = pd.to_numeric(line[layout.amounts + layout.counts], errors="coerce").dropna().to_dict()
    codes = [name for name in layout.headers if name.startswith("Mã")]
    table[codes] = table[codes].map(text_of)
    numbers = [*layout.amounts, *layout.counts, *(["Điểm"] if "Điểm" in layout.headers else [])]
    # A blank amount is zero; text that is no number stays and fails the type check.
    filled = table[numbers].where(table[numbers].notna(), 0)
    table[numbers] = filled.apply(pd.to_numeric, errors="coerce")
    return table.reset_index(drop=True), totals


def schema_of(layout: Layout) -> pa.DataFrameSchema:
    """Types, signs, decimals, code lists and keys of a sheet."""

    def whole(series: pd.Series) -> pd.Series:
        scaled = series * 10**layout.decimals
        return (scaled - scaled.round()).abs() < 1e-3

    columns: dict[str, pa.Column] = {}
    for name in layout.amounts:
        columns[name] = pa.Column(checks=[pa.Check.ge(0), pa.Check(whole, name="decimals")], nullable=False)
    for name in layout.counts:
        columns[name] = pa.Column(checks=[pa.Check.ge(0), pa.Check(lambda s: s % 1 == 0, name="whole")])
    lists = {
        "Mã CT": pa.Check.isin(PROGRAMMES),
        "Mã ĐVUT": pa.Check.isin([*ASSOCIATIONS, "99"]),
        "Mã xã": pa.Check.str_matches(COMMUNE),
        "Mã tổ": pa.Check.str_matches(r"\d+"),
        "Mã nguồn": pa.Check.str_matches(r"\d+"),
        "Điểm": pa.Check.in_range(0, 100),
        "Xếp loại": pa.Check.isin(RATINGS),
    }
    for name, check in lists.items():
        if name in layout.headers:
            columns[name] = pa.Column(checks=check, nullable=False)
    return pa.DataFrameSchema(columns, unique=layout.key)


SCHEMAS = {sheet: schema_of(layout) for sheet, layout in LAYOUTS.items()}


def validate(tables: dict[str, pd.DataFrame]) -> list[str]:
    """Every failure of every sheet, lazily collected."""
    findings: list[str] = []
    for sheet, table in tables.items():
        try:
            SCHEMAS[sheet].validate(table, lazy=True)
        except pa.errors.SchemaErrors as error:
            for case in error.failure_cases.to_dict("records"):
                row = table["row"].get(case["index"], "?")
                findings.append(
                    f"{sheet}, row {row}, {case['column']}: {case['check']} {case['failure_case']}"
                )
    return findings


@dataclass
class Book:
    """Everything read from a workbook: raw units for the schemas, whole đồng for the sums."""

    info: dict[str, Any]
    unit: int
    tables: dict[str, pd.DataFrame]
    dong: dict[str, pd.DataFrame]
    totals: dict[str, dict[str, float]]


def read(path: str) -> Book:
    """Read all sheets in one pass."""
    sheets = pd.read_excel(path, sheet_name=None, header=None, dtype=object)
    info: dict[str, Any] = {}
    for row in sheets["Thông tin"].itertuples(index=False):
        cells = [value for value in row if text_of(value)]
        # A label and the value beside it; the first cell is a running number.
        if len(cells) > 2:
            info[text_of(cells[1]).rstrip(":")] = cells[2]
    unit = UNITS[text_of(info["Đơn vị tính"]).lower()]
    read_tables = {sheet: read_table(sheets[sheet], layout) for sheet, layout in LAYOUTS.items()}
    tables = {sheet: table for sheet, (table, _) in read_tables.items()}
    dong = {}
    for sheet, table in tables.items():
        layout = LAYOUTS[sheet]
        exact = table.copy()
        factor = 1 if layout.in_dong else unit
        exact[layout.amounts] = (table[layout.amounts].fillna(0) * factor).round().astype("int64")
        exact[layout.counts] = table[layout.counts].fillna(0).astype("int64")
        dong[sheet] = exact
    return Book(info, unit, tables, dong, {sheet: totals for sheet, (_, totals) in read_tables.items()})


def as_date(value: object) -> date:
    """A date cell, whether Excel's or typed as text."""
    if isinstance(value, datetime):
        return value.date()
    return datetime.strptime(text_of(value), "%d/%m/%Y").date()


def ratio(part: int, whole: int, decimals: int) -> float:
    """Half-up at so many decimals of a percentage."""
    if whole == 0:
        return 0.0
    step = Decimal(1).scaleb(-decimals)
    return float((Decimal(part * 100) / Decimal(whole)).quantize(step, ROUND_HALF_UP) / 100)


def printed(amount: int, unit: int) -> int:
    """An amount in whole units, half-up, as the summary prints it."""
    return int((Decimal(amount) / unit).quantize(Decimal(1), ROUND_HALF_UP))


def shares(parts: dict[str, int], *, balanced: bool) -> dict[str, float]:
    """Shares at one decimal; `balanced` gives the missing tenths to the largest remainders."""
    whole = sum(parts.values())
    if not balanced or whole == 0:
        return {name: ratio(part, whole, 1) for name, part in parts.items()}
    floors = {name: divmod(part * 1000, whole) for name, part in parts.items()}
    missing = 1000 - sum(tenths for tenths, _ in floors.values())
    lifted = sorted(floors, key=lambda name: -floors[name][1])[:missing]
    return {name: float(Decimal(floors[name][0] + (name in lifted)) / 1000) for name in parts}


def figures_of(book: Book) -> dict[str, float]:
    """The figures of `Tổng hợp`, amounts in the workbook's unit."""
    funding, programmes = book.dong["Nguồn vốn"], book.dong["Chương trình"]
    ledger, groups = book.dong["Sổ ngân hàng"], book.dong["Tổ TK&VV"]
    entrusted = ledger[ledger["Mã ĐVUT"] != "99"]
    by_association = entrusted.groupby("Mã ĐVUT")["Dư nợ"].sum()
    sums = {name: int(funding[name].sum()) for name in ("Kế hoạch năm", "Đầu năm", "Hiện tại")}
    total, opening = int(programmes["Dư nợ"].sum()), int(programmes["Dư nợ đầu năm"].sum())
    plan, through = int(programmes["Kế hoạch năm"].sum()), int(entrusted["Dư nợ"].sum())
    direct = int(ledger.loc[ledger["Mã ĐVUT"] == "99", "Dư nợ"].sum())
    rise = sums["Hiện tại"] - sums["Đầu năm"]
    overdue, frozen = int(programmes["Nợ quá hạn"].sum()), int(programmes["Nợ khoanh"].sum())
    entrusted_opening = opening - int(book.dong["Trực tiếp"]["Dư nợ đầu năm"].sum())
    amounts = {
        "TH_NguonVon": sums["Hiện tại"],
        "TH_NguonVon_Tang": rise,
        "TH_DuNo": total,
        "TH_DuNo_Tang": total - opening,
        "TH_UyThac": through,
        "TH_UyThac_Tang": through - entrusted_opening,
        "TH_TrucTiep": direct,
        "TH_TienGui": int(entrusted["Tiền gửi tổ viên"].sum()),
        "TH_NoQuaHan": overdue,
        "TH_NoKhoanh": frozen,
    }
    names = dict(zip(ASSOCIATIONS, ("TH_HND", "TH_HPN", "TH_CCB", "TH_DTN"), strict=True))
    parts = {name: int(by_association.get(code, 0)) for code, name in names.items()}
    rated = groups["Xếp loại"].value_counts()
    marks = dict(zip(RATINGS, ("TH_To_Tot", "TH_To_Kha", "TH_To_TrungBinh", "TH_To_Yeu"), strict=True))
    counts = {name: int(rated.get(mark, 0)) for mark, name in marks.items()}
    balanced = text_of(book.info.get("Cách làm tròn tỷ trọng")).startswith("cân đủ")
    return {
        **{name: printed(amount, book.unit) for name, amount in (amounts | parts).items()},
        **{f"{name}_TyTrong": share for name, share in shares(parts, balanced=balanced).items()},
        **{f"{name}_TyTrong": share for name, share in shares(counts, balanced=balanced).items()},
        **counts,
        "TH_NguonVon_TyLeTang": ratio(rise, sums["Đầu năm"], 2),
        "TH_NguonVon_HTKHTangTruong": ratio(rise, sums["Kế hoạch năm"] - sums["Đầu năm"], 1),
        "TH_DuNo_TyLeTang": ratio(total - opening, opening, 2),
        "TH_DuNo_HTKH": ratio(total, plan, 1),
        "TH_SoChuongTrinh": int((programmes["Dư nợ"] > 0).sum()),
        "TH_UyThac_TyTrong": ratio(through, total, 2),
        "TH_SoTo": int(entrusted["Số tổ"].sum()),
        "TH_SoKhachHang": int(entrusted["Số khách hàng"].sum()),
        "TH_NoQuaHan_TyLe": ratio(overdue, total, 2),
        "TH_NoKhoanh_TyLe": ratio(frozen, total, 2),
    }


def write_below(sheet: Any, header: str, rows: Sequence[dict[str, Any]]) -> None:
    """Put rows under the header row that has `header`, clearing what was there."""
    for line in sheet.iter_rows():
        places = {text_of(cell.value): cell.column for cell in line if cell.value is not None}
        if header in places:
            top = line[0].row
            break
    else:
        raise SystemExit(f"{sheet.title}: no header {header}")
    for line in sheet.iter_rows(min_row=top + 1, max_row=sheet.max_row):
        for cell in line:
            if cell.value is not None:
                cell.value = None
    for offset, row in enumerate(rows, start=1):
        for name, value in row.items():
            if name in places:
                sheet.cell(row=top + offset, column=places[name], value=value)


def write(
    path: str, out: str, book: Book, outcome: tuple[list[str], list[dict[str, Any]]]
) -> dict[str, float]:
    """Fill the summary, the comparison and the findings, and save under `out`."""
    findings, comparison = outcome
    figures = figures_of(book)
    workbook = openpyxl.load_workbook(path, keep_vba=path.endswith("m"))
    for name, figure in figures.items():
        for sheet, address in workbook.defined_names[name].destinations:
            workbook[sheet][address.replace("$", "")] = figure
    write_below(workbook["Đối chiếu"], "Hội báo cáo", comparison)
    write_below(
        workbook["Kiểm tra"],
        "Nội dung",
        [{"STT": number, "Nội dung": text} for number, text in enumerate(findings, start=1)],
    )
    workbook.save(out)
    return figures


def run(path: str, out: str) -> tuple[list[str], dict[str, float]]:
    """The whole job, as `sheetcredit run` does it."""
    book = read(path)
    findings = validate(book.tables)
    as_of, period = as_date(book.info["Ngày số liệu"]), text_of(book.info["Kỳ báo cáo"])
    broken, comparison = reconcile(book.dong, book.totals, book.unit, as_of, period)
    outcome = (findings + broken, comparison)
    return outcome[0], write(path, out, book, outcome)


def main(arguments: list[str]) -> None:
    """Dispatch the three ways of calling."""
    command, path, *rest = arguments
    if command == "validate":
        findings = validate(read(path).tables)
        print(json.dumps(findings, ensure_ascii=False))
    elif command == "run":
        findings, figures = run(path, rest[0])
        print(json.dumps({"findings": findings, "figures": figures}, ensure_ascii=False))
    else:
        for _ in sys.stdin:
            start = time.perf_counter()
            run(path, rest[0])
            print(time.perf_counter() - start, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
