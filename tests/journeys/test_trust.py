"""A branch trusts an office's key: only what that key signed counts, and it is told from whom all came."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

import sheetcredit
from sheetcredit.catalogue.catalogue import load_catalogues
from sheetcredit.catalogue.own_offices import OwnOffice, keep, own_file
from sheetcredit.cli.main import main
from sheetcredit.rulebook import our_rulebook
from sheetcredit.seal.code import seal_of
from sheetcredit.seal.keys import revoke, trust, trusted_keys
from sheetcredit.workbooks import read_office
from tests.mail_server import own_folders
from tests.seeds_of import GOLDEN, copy_of

OFFICE, STRANGER = "pgd0312@vbsp.example", "stranger@elsewhere.example"
RIGHT, WRONG = 449141, 459141
Machine = Callable[[str], Any]


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """The commands of one of several machines, each with settings and keys of its own."""

    def machine(name: str) -> Callable[..., int]:
        def command(*arguments: str | Path) -> int:
            with monkeypatch.context() as there:
                for variable, value in own_folders(tmp_path / name).items():
                    there.setenv(variable, value)
                return main([str(each) for each in arguments])

        return command

    return machine


@pytest.fixture
def signed(at: Machine, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """The golden report, sealed by the office, whose key the branch trusts from the file the office sent."""
    office, key = at("office"), tmp_path / "khóa PGD 0312.txt"
    assert office("key", "new", "--owner", "0312") == 0
    assert office("key", "show", "-o", key) == 0
    assert at("branch")("trust", "add", key) == 0
    path = copy_of(GOLDEN, tmp_path, "đúng.xlsx")
    assert office("seal", path) == 0
    capsys.readouterr()
    return path


@pytest.fixture
def false(at: Machine, signed: Path) -> Path:
    """The same report with other figures, sealed later on a machine without the office's key."""
    path = signed.with_name("khác.xlsx")
    path.write_bytes(signed.read_bytes())
    info = read_office(path, our_rulebook()).info
    emptied = {
        f"C{info.cells[name][0] + 1}": None for name in ("seal", "signature", "sealed_at", "sealed_by")
    }
    sheetcredit.patch_cells(path, {"Thông tin": emptied, "Nguồn vốn": {"E10": 274435, "E16": WRONG}})
    assert at("stranger")("seal", path, "--by", "Kẻ gian") == 0
    return path


@pytest.fixture
def consolidated(
    at: Machine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, Mapping[str, Any]]]:
    """`consolidate` at the branch: its exit code and what it prints for programs."""
    offices = tmp_path / "offices.csv"
    offices.write_text("Mã PGD,Tên PGD\n0312,PGD NHCSXH huyện An Dương\n", "utf-8")

    def run(
        *paths: Path, expected: Path = offices, more: tuple[str, ...] = ()
    ) -> tuple[int, Mapping[str, Any]]:
        capsys.readouterr()
        out = tmp_path / "out" / "chi-nhanh.xlsx"
        out.parent.mkdir(exist_ok=True)
        code = at("branch")("consolidate", *paths, "-o", out, "--expected", expected, "--json", *more)
        return code, json.loads(capsys.readouterr().out)

    return run


def funding(told: Mapping[str, Any]) -> Any:
    return next(file for file in told["files"] if "TH_NguonVon" in file["figures"])["figures"]["TH_NguonVon"]


def codes(told: Mapping[str, Any]) -> set[str]:
    reports = [told["branch"], *told["files"]]
    return {finding["code"] for report in reports for finding in report["findings"]}


def test_a_signed_report_counts_and_says_who_signed_it(signed: Path, consolidated: Any) -> None:
    code, told = consolidated(signed)
    (office,) = told["submissions"]
    assert (code, funding(told), office["seal_state"], office["signed"]) == (0, RIGHT, "valid", True)
    assert office["signer"] and not codes(told) & {"S-SEAL-NONE", "S-SEAL-KEY", "N-UNTRUSTED"}


def test_a_report_that_the_office_did_not_sign_is_passed_over(
    signed: Path, false: Path, consolidated: Any
) -> None:
    code, told = consolidated(signed, false)
    (office,) = told["submissions"]
    assert (code, funding(told), office["summed"]) == (1, RIGHT, True)
    assert "N-UNTRUSTED" in codes(told)
    assert [(one["origin"], one["seal_state"]) for one in office["passed_over"]] == [(str(false), "valid")]
    assert consolidated(false, signed)[1]["submissions"] == [office], "the order of arrival does not count"


@pytest.mark.parametrize("more", [(), ("--include-blocked",)])
def test_alone_it_is_returned_and_never_summed(more: tuple[str, ...], false: Path, consolidated: Any) -> None:
    code, told = consolidated(false, more=more)
    (office,) = told["submissions"]
    assert (code, office["state"], office["summed"]) == (1, "returned", False)
    assert "S-SEAL-UNSIGNED" in codes(told) and "N-RETURNED" in codes(told)


def test_an_explanation_in_the_file_settles_nothing(false: Path, consolidated: Any) -> None:
    texts: dict[str, int | str] = {
        "A9": 1,
        "B9": "Lỗi",
        "C9": "S-SEAL-UNSIGNED",
        "I9": "đã gọi điện",
        "K9": "S-SEAL-UNSIGNED",
    }
    sheetcredit.patch_cells(false, {"Kiểm tra": texts})
    assert consolidated(false)[1]["submissions"][0]["summed"] is False


@pytest.mark.parametrize("change", ["forged", "none", "void", "neighbour"])
def test_whatever_is_wrong_with_the_seal_it_does_not_count(
    change: str, at: Machine, signed: Path, tmp_path: Path, consolidated: Any
) -> None:
    book = read_office(signed, our_rulebook())
    cells = {name: f"C{place[0] + 1}" for name, place in book.info.cells.items()}
    path = signed.with_name(f"{change}.xlsx")
    path.write_bytes(signed.read_bytes())
    seal = seal_of(book.info)
    assert seal is not None
    kind, key, _ = seal.signature.split(":")
    expected = {"forged": "S-SEAL-FORGED", "none": "S-SEAL-NONE", "void": "S-SEAL", "neighbour": "S-SEAL-KEY"}
    if change == "forged":
        sheetcredit.patch_cells(path, {"Thông tin": {cells["signature"]: f"{kind}:{key}:{'A' * 86}=="}})
    elif change == "none":
        sheetcredit.patch_cells(path, {"Thông tin": {cells["seal"]: None}})
    elif change == "void":
        sheetcredit.patch_cells(path, {"Nguồn vốn": {"E14": 43810, "E10": 263435}})
    else:
        sheetcredit.patch_cells(path, {"Thông tin": {cells["seal"]: None}})
        neighbour = at("neighbour")
        assert neighbour("key", "new", "--owner", "0313") == 0
        assert neighbour("key", "show", "-o", tmp_path / "0313.txt") == 0
        assert at("branch")("trust", "add", tmp_path / "0313.txt") == 0
        assert neighbour("seal", path) == 0
    code, told = consolidated(path)
    assert (code, told["submissions"][0]["summed"]) == (1, False)
    assert expected[change] in codes(told)
    both = consolidated(path, signed)[1]
    assert (funding(both), both["submissions"][0]["origin"]) == (RIGHT, str(signed))


def test_a_key_under_the_pos_code_of_an_office_guards_that_office(
    at: Machine, tmp_path: Path, false: Path, consolidated: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as there:
        for variable, value in own_folders(tmp_path / "branch").items():
            there.setenv(variable, value)
        keep(OwnOffice(code="0312", pos="003112"), own_file())
        (key,) = trusted_keys()
        revoke(key.id)
        trust([replace(key, owner="003112")])
    load_catalogues.cache_clear()
    code, told = consolidated(false)
    (office,) = told["submissions"]
    assert (code, office["state"], office["summed"]) == (1, "returned", False)
    load_catalogues.cache_clear()


def test_before_a_key_is_trusted_an_unsealed_report_counts_with_a_note(
    consolidated: Any, tmp_path: Path
) -> None:
    code, told = consolidated(copy_of(GOLDEN, tmp_path))
    found = [(f["code"], f["severity"]) for file in told["files"] for f in file["findings"]]
    assert (code, told["submissions"][0]["summed"]) == (0, True)
    assert ("S-SEAL-NONE", "note") in found


def test_a_revoked_key_counts_no_more(at: Machine, signed: Path, consolidated: Any) -> None:
    assert at("branch")("trust", "revoke", "0312") == 0
    code, told = consolidated(signed)
    assert (code, told["submissions"][0]["seal_state"]) == (0, "unknown-key"), "no key is known: a note"
    assert "S-SEAL-KEY" in codes(told)


def mail(path: Path, sender: str, day: int) -> Path:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = f"Ai đó <{sender}>", "cn@vbsp.example", "Báo cáo"
    message["Date"] = f"{day:02} Apr 2024 08:00:00 +0700"
    message.set_content("Kính gửi")
    message.add_attachment(
        path.read_bytes(), maintype="application", subtype="octet-stream", filename="a.xlsx"
    )
    target = path.with_suffix(".eml")
    target.write_bytes(bytes(message))
    return target


def test_the_sender_of_each_mail_is_told_and_another_than_usual_is_asked_about(
    signed: Path, false: Path, consolidated: Any, tmp_path: Path
) -> None:
    mails = [mail(signed, OFFICE, 1), mail(false, STRANGER, 2)]
    code, told = consolidated(*mails)
    (office,) = told["submissions"]
    assert (code, funding(told), office["sender"]) == (1, RIGHT, OFFICE)
    assert [one["sender"] for one in office["passed_over"]] == [STRANGER]
    assert {"N-UNTRUSTED", "N-SENDER"} <= codes(told)
    written = read_rows(tmp_path / "out" / "chi-nhanh.xlsx")
    assert any(OFFICE in row for row in written)


def test_the_address_that_the_list_names_is_the_usual_one(
    signed: Path, consolidated: Any, tmp_path: Path
) -> None:
    offices = tmp_path / "listed.csv"
    offices.write_text(f"Mã PGD,Tên PGD,Email\n0312,PGD An Dương,{OFFICE}\n", "utf-8")
    assert "N-SENDER" not in codes(consolidated(mail(signed, OFFICE.upper(), 1), expected=offices)[1])
    code, told = consolidated(mail(signed, STRANGER, 1), expected=offices)
    assert (code, funding(told)) == (1, RIGHT)
    assert "N-SENDER" in codes(told)


def read_rows(path: Path) -> list[str]:
    """The texts of `Tình hình nộp`, row by row."""
    from sheetcredit.consolidate.branch_report import read_branch  # noqa: PLC0415

    grid = read_branch(path).book.grids["Tình hình nộp"]
    return [" ".join(str(cell) for cell in row if cell is not None) for row in grid.rows]
