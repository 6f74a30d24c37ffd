"""`doctor`: what is there, what is missing, what to do about it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sheetcredit.cli.main import main
from sheetcredit.model.text import message_catalogue
from sheetcredit.screen import doctor


def test_here_all_that_is_needed_is_there() -> None:
    items = doctor.examine()
    assert [item for item in items if item.needed and not item.ok] == []
    assert {item.found.split()[0] for item in items if item.code == "doctor-library"} == set(doctor.LIBRARIES)


def test_every_item_has_its_words() -> None:
    words = message_catalogue("screen")
    for item in doctor.examine():
        assert item.code in words
        assert item.code == "doctor-program" or f"{item.code}-todo" in words


@pytest.mark.parametrize("language", ["vi", "en"])
def test_as_text(language: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--lang", language]) == 0
    said = capsys.readouterr()
    assert said.err == "" and "{" not in said.out
    assert len(said.out.splitlines()) >= len(doctor.examine())


def test_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) == 0
    items = json.loads(capsys.readouterr().out)
    assert {frozenset(item) for item in items} == {frozenset({"code", "ok", "needed", "found"})}


def test_without_libreoffice_it_is_still_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert main(["doctor"]) == 0
    (item,) = [item for item in doctor.examine() if item.code == "doctor-libreoffice"]
    assert (item.ok, item.needed) == (False, False)
    assert "libreoffice-calc" in capsys.readouterr().out


def test_without_a_library_or_the_template_it_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "LIBRARIES", ("polars", "no-such-library"))
    monkeypatch.setattr(doctor, "templates_folder", lambda: tmp_path)
    assert main(["doctor"]) == 2
    missing = [(item.code, item.found) for item in doctor.examine() if item.needed and not item.ok]
    assert missing == [("doctor-library", "no-such-library"), ("doctor-template", str(tmp_path))]
    assert "pip" in capsys.readouterr().out
