"""Settings: option before environment before file before default."""

from __future__ import annotations

from pathlib import Path

import pytest

from sheetcredit.model.errors import BadUsage
from sheetcredit.screen.doctor import Item, examine
from sheetcredit.settings import MailSettings, mail_settings, password_of, settings_file


def write(text: str) -> Path:
    path = settings_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_without_any_setting_there_is_no_server() -> None:
    assert mail_settings() == MailSettings()


def test_option_before_environment_before_file(monkeypatch: pytest.MonkeyPatch) -> None:
    write('[mail]\nhost = "a"\nport = 1\nuser = "file"\ndelays = [1, 2.5]\npdf = false\n')
    monkeypatch.setenv("SHEETCREDIT_MAIL_HOST", "b")
    monkeypatch.setenv("SHEETCREDIT_MAIL_PORT", "2")
    monkeypatch.setenv("SHEETCREDIT_MAIL_TIMEOUT", "2.5")
    settings = mail_settings({"host": "c", "port": None, "user": None})
    assert (settings.host, settings.port, settings.user, settings.timeout) == ("c", 2, "file", 2.5)
    assert (settings.delays, settings.pdf) == ((1.0, 2.5), False)


def test_lists_and_switches_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHEETCREDIT_MAIL_DELAYS", "0.5,1")
    monkeypatch.setenv("SHEETCREDIT_MAIL_PDF", "false")
    settings = mail_settings()
    assert (settings.delays, settings.pdf) == ((0.5, 1.0), False)


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
def test_each_kind_of_connection_has_its_usual_port(security: str, port: int) -> None:
    assert mail_settings({"security": security}).at_port == port


@pytest.mark.parametrize(
    "text",
    ["mail", "[mail", "mail = 1", '[mail]\nsecurity = "ssl"', "[mail]\nhosts = 1", "[mail]\nport = 2.5"],
)
def test_a_mistake_in_the_file_is_told(text: str) -> None:
    write(text)
    with pytest.raises(BadUsage) as caught:
        mail_settings()
    assert caught.value.code == "E-SETTINGS"


def test_the_file_may_be_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mail.toml"
    path.write_text('[mail]\nhost = "elsewhere"\n', "utf-8")
    monkeypatch.setenv("SHEETCREDIT_SETTINGS", str(path))
    assert mail_settings().host == "elsewhere"


def test_the_doctor_tells_where_the_settings_are_and_whether_they_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def mail() -> Item:
        return next(item for item in examine() if item.code == "doctor-mail")

    assert (mail().ok, mail().needed) == (False, False)
    assert str(settings_file()) in mail().found
    write('[mail]\nhost = "mail.example.vn"\nsender = "a@example.vn"\n')
    assert mail().ok and "mail.example.vn:587" in mail().found
    write("[mail")
    assert not mail().ok


def test_the_password_comes_from_the_environment_or_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = MailSettings(host="a", user="u")
    assert password_of(settings) is None
    monkeypatch.setenv("SHEETCREDIT_MAIL_PASSWORD", "secret")
    assert password_of(settings) == "secret"
