"""The act of sealing on a real workbook: one write, lasting over new runs, with a lineage of submissions."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from openxml_audit import OpenXmlValidator  # type: ignore[import-untyped]

import sheetcredit
from sheetcredit.mail.sealing import rule_set, seal_workbook
from sheetcredit.model.errors import CannotWrite
from sheetcredit.report import check_readings
from sheetcredit.rulebook import our_rulebook
from sheetcredit.seal.check import SealState, check_seal, findings_of_seal, judge_seal, seen_seal
from sheetcredit.seal.keys import PublicKey, new_key
from sheetcredit.seal.record import read_record
from sheetcredit.template.reading import Reading
from sheetcredit.workbooks import read_office
from tests.libreoffice import LibreOffice
from tests.seeds_of import GOLDEN, MISTAKEN, copy_of, digest

BOOK = our_rulebook()
NOW = datetime(2024, 4, 5, 8, 0, 0)
WRITTEN = {"Thông tin", "Niêm phong", "Tổng hợp", "Đối chiếu", "Kiểm tra"}


def reading(path: Path) -> Reading:
    return read_office(path, BOOK)


def state(path: Path, trusted: Iterable[PublicKey] | Path | None = None) -> SealState:
    return check_seal(reading(path), None, trusted, BOOK.office)


def said_of(path: Path, *trusted: PublicKey) -> list[tuple[str, str, bool]]:
    """What the receiving side says of the seal."""
    known = any(key.owner == "0312" for key in trusted)
    seen = seen_seal(reading(path), None, BOOK.office)
    found = findings_of_seal(str(path), seen, judge_seal(seen, trusted, "0312"), key_known=known)
    return [(finding.code, finding.cell or "", finding.blocks) for finding in found]


def codes(path: Path) -> list[str]:
    return [finding.code for finding in sheetcredit.validate(path).findings]


def test_sealing_writes_values_and_nothing_else(office: Path, tmp_path: Path) -> None:
    before, out = digest(office), tmp_path / "out.xlsx"
    sealed = seal_workbook(office, out, "Trần Thị Bình", now=NOW)
    assert digest(office) == before
    assert sealed.seal is not None and not sealed.report.blocks
    with zipfile.ZipFile(office) as old, zipfile.ZipFile(out) as new:
        names = [sheet.sheet for sheet in BOOK.office.sheets]
        changed = {name for name in new.namelist() if old.read(name) != new.read(name)}
    parts = {f"xl/worksheets/sheet{names.index(name) + 1}.xml" for name in WRITTEN}
    assert changed <= parts | {"xl/workbook.xml"}
    assert list(OpenXmlValidator().validate(str(out)).errors) == []
    info = reading(out).info.values
    assert (info["seal"], info["sealed_by"], info["submission"]) == (sealed.seal.code, "Trần Thị Bình", 1)
    assert str(info["sealed_at"]).startswith("2024-04-05 08:00:00 ")


def test_a_seal_lasts_over_new_runs_and_new_seals(office: Path) -> None:
    sealed = seal_workbook(office)
    before = digest(office)
    sheetcredit.run(office)
    again = seal_workbook(office)
    assert digest(office) == before
    assert (again.seal, state(office).status) == (sealed.seal, "valid")
    assert codes(office) == []


def test_filling_first_and_sealing_later_is_the_same(office: Path, tmp_path: Path) -> None:
    direct = seal_workbook(office, tmp_path / "direct.xlsx", "A", now=NOW)
    sheetcredit.run(office)
    assert seal_workbook(office, by="A", now=NOW).seal == direct.seal


def test_what_blocks_is_not_sealed(tmp_path: Path) -> None:
    book = copy_of(MISTAKEN, tmp_path)
    before = digest(book)
    sealed = seal_workbook(book)
    assert sealed.seal is None and sealed.report.blocks
    assert digest(book) == before


def test_a_changed_number_voids_it_everywhere(office: Path) -> None:
    seal_workbook(office)
    sheetcredit.patch_cells(office, {"Hội CCB": {"I15": 4682}})
    for report in (sheetcredit.validate(office), sheetcredit.reconcile(office)):
        found = {(f.code, f.sheet, f.cell): f for f in report.findings if f.code.startswith("S-SEAL")}
        assert set(found) == {("S-SEAL", "Thông tin", "C19"), ("S-SEAL-CELL", "Hội CCB", "I15")}
        change = found["S-SEAL-CELL", "Hội CCB", "I15"]
        assert (change.expected, change.value, change.difference) == (4681, 4682, 1)
        assert report.blocks
    void = state(office)
    assert (void.status, [change.place for change in void.changed]) == ("void", ["Hội CCB!I15"])
    sheetcredit.patch_cells(office, {"Hội CCB": {"I15": 4681}})
    assert (state(office).status, codes(office)) == ("valid", [])


def test_a_figure_typed_over_voids_it_until_it_is_filled_again(office: Path) -> None:
    seal_workbook(office)
    _, row, column = reading(office).book.names["TH_DuNo"]
    cell = f"{chr(65 + column)}{row + 1}"
    sheetcredit.patch_cells(office, {"Tổng hợp": {cell: 438214}})
    assert codes(office) == ["S-SEAL", "S-SEAL-CELL"]
    ran = sheetcredit.run(office)
    assert [(f.code, f.severity) for f in ran.findings] == [("R14", "note")]
    assert (codes(office), state(office).status) == ([], "valid")


def test_figures_that_the_data_no_longer_gives_are_not_vouched_for(office: Path) -> None:
    seal_workbook(office)
    read = reading(office)
    report = check_readings([read], BOOK)[0]
    assert check_seal(read, report.figures, None, BOOK.office).status == "valid"
    assert report.summary is not None
    other = {**report.figures, "TH_DuNo": 438214}
    assert check_seal(read, other, None, BOOK.office).status == "void"


def test_the_next_seal_takes_the_place_of_a_void_one(office: Path) -> None:
    first = seal_workbook(office).seal
    sheetcredit.patch_cells(office, {"Tổ TK&VV": {"B12": "Nguyễn Văn Mới"}})
    again = seal_workbook(office)
    assert again.seal is not None and first is not None
    assert again.seal.code != first.code
    assert (again.seal.submission, again.changes) == (1, None)
    assert (codes(office), state(office).status) == ([], "valid")


def test_submissions_are_numbered_and_say_what_changed_since_the_last(office: Path) -> None:
    sent: set[str] = set()

    def seal_with(name: str) -> tuple[int, list[tuple[str, str, str]] | None]:
        sheetcredit.patch_cells(office, {"Tổ TK&VV": {"B12": name}})
        sealed = seal_workbook(office, submitted=sent.__contains__)
        assert sealed.seal is not None
        if sealed.changes is None:
            return sealed.seal.submission, None
        return sealed.seal.submission, [(change.place, change.old, change.new) for change in sealed.changes]

    original = str(reading(office).tables["groups"].grid.value(11, 1))
    assert seal_with("Một") == (1, None)
    assert seal_with("Hai") == (1, None), "the first was never sent"
    sent.add(state(office).code)
    assert seal_with("Ba") == (2, [("Tổ TK&VV!B12", "Hai", "Ba")])
    assert seal_with("Bốn") == (2, [("Tổ TK&VV!B12", "Hai", "Bốn")]), "against what was sent"
    sent.add(state(office).code)
    assert seal_with(original) == (3, [("Tổ TK&VV!B12", "Bốn", original)])
    record = read_record(reading(office).book, BOOK.office)
    assert record is not None and record.submission == 3


def test_a_new_period_in_the_same_workbook_begins_anew(office: Path) -> None:
    seal_workbook(office)
    sheetcredit.patch_cells(office, {"Thông tin": {"C10": "2024Q2", "C11": date(2024, 6, 30)}})
    assert codes(office) == ["S-SEAL-OLD"]
    sealed = seal_workbook(office, submitted=lambda _: True)
    assert sealed.seal is not None
    assert (sealed.seal.submission, sealed.changes) == (1, None)
    assert codes(office) == []


def test_a_signed_seal_is_good_for_a_trusted_key_of_the_office_only(office: Path, tmp_path: Path) -> None:
    key, _ = new_key("0312")
    seal_workbook(office)
    assert state(office).signed
    assert state(office).status == "unknown-key", "nobody is trusted yet"
    assert state(office, trusted=[key.public]).status == "valid"
    assert state(office, trusted=[PublicKey("0313", key.public.raw)]).status == "unknown-key"
    listed = tmp_path / "keys.txt"
    listed.write_text(key.public.line(), "utf-8")
    assert state(office, trusted=listed).status == "valid"
    place = reading(office).info.cells["signature"]
    forged = key.sign(b"something else")
    sheetcredit.patch_cells(office, {"Thông tin": {f"C{place[0] + 1}": forged}})
    bad = state(office, trusted=[key.public])
    assert bad.status == "bad-signature"
    assert said_of(office, key.public) == [("S-SEAL-FORGED", "C19", True)]


def test_the_receiving_side_hears_of_a_workbook_without_a_seal(office: Path) -> None:
    key = PublicKey("0312", bytes(32))
    assert said_of(office) == [("S-SEAL-NONE", "C19", False)]
    assert said_of(office, key) == [("S-SEAL-NONE", "C19", True)]
    seal_workbook(office)
    assert said_of(office) == []
    assert said_of(office, key) == [("S-SEAL-UNSIGNED", "C19", True)]
    new_key("0312")
    sheetcredit.patch_cells(office, {"Tổ TK&VV": {"B12": "Nguyễn Văn Mới"}})
    seal_workbook(office)
    assert said_of(office) == [("S-SEAL-KEY", "C19", False)]
    assert said_of(office, key) == [("S-SEAL-KEY", "C19", True)]


def test_a_workbook_without_a_cell_for_the_seal_is_told(office: Path) -> None:
    row = reading(office).info.cells["seal"][0] + 1
    sheetcredit.patch_cells(office, {"Thông tin": {f"B{row}": "Ghi chú"}})
    read = reading(office)
    assert "seal" in read.info.cells, "the defined name still leads there"
    assert seal_workbook(office).seal is not None
    assert read_record(replace(read.book, names={}), BOOK.office) is None
    with pytest.raises(CannotWrite):
        seal_workbook(copy_of(GOLDEN, office.parent, "read-only.xlsx").rename(office.parent / "q1.xls"))


def test_libreoffice_opens_a_sealed_workbook_and_keeps_the_seal(
    office: Path, libreoffice: LibreOffice
) -> None:
    sealed = seal_workbook(office)
    saved = libreoffice.save_as(office, "xlsx")
    assert state(saved).status == "valid"
    assert sealed.seal is not None and state(saved).code == sealed.seal.code


def test_the_rule_set_is_that_of_the_kind_of_workbook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("office", "branch", "catalogues"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "rules.yaml").write_text(folder, encoding="utf-8")
    monkeypatch.setattr("sheetcredit.mail.sealing.schemas_folder", lambda: tmp_path)

    def both() -> tuple[str, str]:
        rule_set.cache_clear()
        return rule_set("office"), rule_set("branch")

    try:
        before = both()
        (tmp_path / "branch" / "rules.yaml").write_text("changed", encoding="utf-8")
        after = both()
    finally:
        rule_set.cache_clear()
    assert before[0] == after[0] and before[1] != after[1] and before[0] != before[1]
