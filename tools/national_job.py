"""What `make bench-national` times, each in a process of its own: `python -m tools.national_job WHAT FOLDER`.

calamine FOLDER    every sheet of every workbook read by python-calamine, with as many processes
gather FOLDER      every workbook read, checked and added up, none written; what was found goes to --out
usual FILE...      the usual script over some files, one after the other (in .venv-bench)
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

CHUNK = 24


@dataclass(frozen=True)
class Came:
    """A file of the nation, as `intake` would hand it over."""

    path: Path
    origin: str = ""
    received: datetime | None = None


def workbooks(folder: Path) -> list[Path]:
    """The files, in order; quarters of a year are folders of their own."""
    return sorted(folder.rglob("branch-*/*.xlsx"))


def calamine(folder: Path, workers: int) -> None:
    paths = [str(path) for path in workbooks(folder)]
    chunks = [paths[start : start + CHUNK] for start in range(0, len(paths), CHUNK)]
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        print(sum(pool.map(read_with_calamine, chunks)))


def read_with_calamine(paths: Iterable[str]) -> int:
    """The rows of all sheets."""
    import python_calamine  # noqa: PLC0415

    rows = 0
    for path in paths:
        with python_calamine.load_workbook(path) as workbook:
            for name in workbook.sheet_names:
                rows += len(workbook.get_sheet_by_name(name).to_python(skip_empty_area=False))
    return rows


def ours(folder: Path, workers: int, out: Path | None) -> None:
    from sheetcredit.pool.workers import start_forkserver  # noqa: PLC0415

    start_forkserver()
    gathered = everything(folder, workers)
    added = totals(gathered)
    if out is not None:
        out.write_text(json.dumps(told(folder, gathered) | {"totals": added}), encoding="utf-8")


def everything(folder: Path, workers: int) -> list[Any]:
    """Every workbook read and checked."""
    from sheetcredit.pool.gather import gather  # noqa: PLC0415
    from sheetcredit.rulebook import Rulebook  # noqa: PLC0415

    os.environ["SHEETCREDIT_CATALOGUES"] = str(next(folder.rglob("catalogues")))
    came = [Came(path) for path in workbooks(folder)]
    return list(gather(came, Rulebook(), workers=workers))


def totals(gathered: Sequence[Any]) -> dict[str, dict[str, int]]:
    """By frame, the sum of every amount and count, in whole đồng, over all workbooks."""
    import polars as pl  # noqa: PLC0415

    from sheetcredit.template.definition import load_office  # noqa: PLC0415

    sums: dict[str, dict[str, int]] = {}
    for sheet in load_office().tables():
        name = sheet.frame or sheet.id
        if name not in sums:
            rows = pl.concat(one.rows[name] for one in gathered if name in one.rows)
            measures = [column.name for column in sheet.columns if column.type in ("amount", "count")]
            sums[name] = {"rows": len(rows)} | {measure: int(rows[measure].sum()) for measure in measures}
    return sums


def told(folder: Path, gathered: Iterable[Any]) -> dict[str, Any]:
    """By file: the error, the cells that findings and their suspects name, causes of rows gone."""
    files = {}
    for one in gathered:
        report = one.report
        findings = [f for f in report.findings if f.severity != "note"] if report else []
        suspects = [s for f in findings for s in f.suspects[:3]]
        suspects += [fix.suspect for fix in report.fix_first] if report else []
        cells = {(f.sheet, f.cell) for f in findings if f.cell} | {(s.sheet, s.cell) for s in suspects}
        files[Path(one.path).relative_to(folder).as_posix()] = {
            "error": one.error.code if one.error else None,
            "findings": len(findings),
            "cells": sorted(cells),
            "causes": [(s.cause, s.sheet, str(s.details.get("place", ""))) for s in suspects],
        }
    return {"files": files}


def usual(files: Sequence[str]) -> None:
    from tools import bench_baseline as script  # noqa: PLC0415
    from tools.bench_rules import reconcile  # noqa: PLC0415

    start = time.perf_counter()
    for path in files:
        book = script.read(path)
        script.validate(book.tables)
        as_of, period = script.as_date(book.info["Ngày số liệu"]), script.text_of(book.info["Kỳ báo cáo"])
        reconcile(book.dong, book.totals, book.unit, as_of, period)
        script.figures_of(book)
    print((time.perf_counter() - start) / len(files))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=("calamine", "gather", "usual"))
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    if given.what == "calamine":
        calamine(Path(given.paths[0]), given.workers)
    elif given.what == "gather":
        ours(Path(given.paths[0]), given.workers, given.out)
    else:
        usual(given.paths)
    return 0


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)  # as `sheetcredit` itself leaves
