"""Who has reported: expected against received, by period, as a table, as JSON and as a sheet."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from openxml_audit import OpenXmlValidator  # type: ignore[import-untyped]

from sheetcredit.consolidate.arrivals import Arrivals, expected_from_list
from sheetcredit.consolidate.consolidate import Options
from sheetcredit.consolidate.status import in_order, status_of, write_status
from sheetcredit.model.errors import BadUsage, CannotWrite
from sheetcredit.model.period import Period
from sheetcredit.model.text import Language
from sheetcredit.rulebook import Rulebook
from sheetcredit.screen.overview import Overview, status_json
from tests.consolidate.branch_offices import HAI_PHONG, LATE, arrived, built, office, patched, rulebook_of
from tests.seeds_of import GOLDEN, copy_of

pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported")
Q1 = Period(2024, 1)


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return rulebook_of([office(number) for number in (1, 2, 3, 4)])


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """0301 in time, 0302 returned, 0303 late, 0304 not there but for the period before."""
    folder = tmp_path / "den"
    arrived(folder / "PGD0301.xlsx", built(1))
    arrived(folder / "PGD0303.xlsx", built(3), LATE)
    arrived(folder / "PGD0302.xlsx", built(2))
    patched(folder / "PGD0302.xlsx", {"Sổ ngân hàng": {"G10": 123_456_789}})
    arrived(folder / "quy-truoc" / "PGD0304.xlsx", built(4, HAI_PHONG, "2023Q4"))
    return folder


@pytest.fixture
def known(rulebook: Rulebook, inbox: Path) -> list[Arrivals]:
    return status_of([inbox], rulebook, Options(workers=1))


def states(arrived: Arrivals) -> dict[str, str]:
    return {one.office: one.state for one in arrived.submissions}


def test_every_period_at_hand_the_latest_first(known: list[Arrivals]) -> None:
    assert [str(one.period) for one in known] == ["2024Q1", "2023Q4"]
    assert states(known[0]) == {"0301": "received", "0302": "returned", "0303": "late", "0304": "missing"}
    assert states(known[1]) == {"0301": "missing", "0302": "missing", "0303": "missing", "0304": "late"}
    assert not in_order(known[0])


def test_what_is_known_of_one_that_is_missing(known: list[Arrivals]) -> None:
    (one,) = [one for one in known[0].submissions if one.office == "0304"]
    assert (one.last, one.due, one.received) == (Period(2023, 4), date(2024, 4, 10), None)
    assert "2023Q4" in one.story()


LISTS = {
    "ds.csv": "Mã đơn vị;Tên đơn vị;Hạn nộp\n0301;Quận Lê Chân;5/4/2024\n0307;Quận Kiến An;\n",
    "ds.yaml": "- {code: '0301', name: Quận Lê Chân, due: 2024-04-05}\n- {code: '0307', name: Quận Kiến An}\n",
}


@pytest.mark.parametrize("name", [*LISTS, "ds.xlsx"])
def test_lists_of_who_is_expected(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name in LISTS:
        path.write_text(LISTS[name], encoding="utf-8")
    else:
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        for row in (["DANH SÁCH"], [], ["Mã PGD", "Tên PGD", "Hạn nộp"], [301, "Quận Lê Chân", date(2024, 4, 5)],
                    ["0307", "Quận Kiến An", None]):  # fmt: skip
            sheet.append(row)
        book.save(path)
    found = expected_from_list(path, Q1)
    assert [(one.code, one.name, one.due) for one in found] == [
        ("0301", "Quận Lê Chân", date(2024, 4, 5)),
        ("0307", "Quận Kiến An", date(2024, 4, 10)),
    ]


@pytest.mark.parametrize(
    "text",
    ["ten;han\nx;y\n", "code,due\n0301,hôm nào\n", "code,period\n0301,2025Q1\n", "\x00\xff", ""],
    ids=["no code", "no date", "other period", "bytes", "empty"],
)
def test_a_list_that_says_nothing_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "ds.csv"
    path.write_bytes(text.encode("latin-1", "ignore") if "\xff" in text else text.encode())
    with pytest.raises(BadUsage) as refused:
        expected_from_list(path, Q1)
    assert refused.value.code == "E-EXPECTED"


def test_against_a_list(rulebook: Rulebook, inbox: Path, tmp_path: Path) -> None:
    path = tmp_path / "ds.csv"
    path.write_text("code,name,due\n0301,Lê Chân,2024-04-01\n0309,Đồ Sơn,\n", encoding="utf-8")
    (only,) = status_of([inbox], rulebook, Options(period=Q1, expected=path, workers=1))
    assert states(only) == {
        "0301": "late", "0309": "missing", "0302": "returned", "0303": "late",
    }  # fmt: skip
    assert {one.office for one in only.submissions if not one.expected} == {"0302", "0303"}


def test_json_and_screen_are_as_documented(
    known: list[Arrivals], tmp_path: Path, same_as_golden: Callable[[str, str], None]
) -> None:
    said = json.loads(status_json(known, "vi").replace(str(tmp_path), "…"))
    for one in (one for period in said["periods"] for one in period["submissions"]):
        one["digest"] = one["digest"] and "…"
    same_as_golden("status.json", json.dumps(said, ensure_ascii=False, indent=1) + "\n")
    languages: tuple[Language, ...] = ("vi", "en")
    for language in languages:
        screen = io.StringIO()
        Overview(screen, language).status(known[0])
        same_as_golden(f"status-{language}.txt", screen.getvalue())


def test_as_a_workbook(known: list[Arrivals], tmp_path: Path) -> None:
    out = write_status(known[0], tmp_path / "tinh-hinh.xlsx")
    sheet = openpyxl.load_workbook(out)["Tình hình nộp"]
    rows = [[cell.value for cell in row[:5]] for row in sheet.iter_rows(min_row=10, max_row=13)]
    assert [(row[0], row[4]) for row in rows] == [
        ("0301", "Đã nhận"), ("0302", "Trả lại"), ("0303", "Nhận trễ hạn"), ("0304", "Chưa nộp"),
    ]  # fmt: skip
    assert [str(day)[:10] for day in rows[0][2:4]] == ["2024-04-10", "2024-04-04"]
    assert not OpenXmlValidator().validate(out).errors
    assert write_status(known[1], out) == out  # its own earlier one may be replaced


def test_a_workbook_of_somebody_is_not_replaced(known: list[Arrivals], tmp_path: Path) -> None:
    with pytest.raises(CannotWrite) as refused:
        write_status(known[0], arrived(tmp_path / "x.xlsx", built(1)))
    assert refused.value.code == "E-OUT-FOREIGN"


@pytest.mark.parametrize(("period", "code"), [("2024Q1", 1), ("2019Q1", 2), ("2024", 2)])
def test_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, period: str, code: int) -> None:
    monkeypatch.setenv("SHEETCREDIT_HOME", str(tmp_path / "home"))
    copy_of(GOLDEN, tmp_path)
    listed = tmp_path / "ds.csv"
    listed.write_text("code;due\n0312;31/12/2099\n0313;31/12/2099\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "sheetcredit", "status", str(tmp_path), "--expected", str(listed), "--period",
         period, "--json"],
        capture_output=True, text=True, encoding="utf-8", timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == code
    if code == 1:
        (only,) = json.loads(done.stdout)["periods"]
        assert [one["state"] for one in only["submissions"]] == ["received", "missing"]
    else:
        assert done.stdout == "" and len(done.stderr.splitlines()) == 1
