"""Any office of the country: what it is called, which communes it serves, and what they became."""

from __future__ import annotations

import json
import pickle
from datetime import date
from pathlib import Path

import pytest

from sheetcredit.catalogue.catalogue import Catalogues, catalogues_folder, load_catalogues, load_limits
from sheetcredit.catalogue.national import national
from sheetcredit.catalogue.own_offices import (
    BRANCH,
    OWN,
    OwnCommune,
    OwnOffice,
    OwnOffices,
    keep,
    load_own_offices,
)
from sheetcredit.model.errors import BadDefinition

IN_2024, EARLY_2025, NOW = date(2024, 3, 31), date(2025, 3, 31), date(2026, 9, 30)


def nation(*own: OwnOffice) -> Catalogues:
    return Catalogues({}, load_limits(), national(), OwnOffices((own,)))


def communes(told: Catalogues, office: str, day: date) -> dict[str, str]:
    return {e.code: e.name.vi for e in told.communes_of(office) if e.valid_on(day) and not e.elsewhere}


@pytest.mark.parametrize(
    ("day", "name", "branch"),
    [
        (IN_2024, "PGD NHCSXH huyện Tứ Kỳ", "Chi nhánh NHCSXH tỉnh Hải Dương"),
        (EARLY_2025, "PGD NHCSXH huyện Tứ Kỳ", "Chi nhánh NHCSXH tỉnh Hải Dương"),
        (NOW, "PGD NHCSXH Tứ Kỳ", "Chi nhánh NHCSXH thành phố Hải Phòng"),
    ],
)
def test_an_office_is_called_as_its_district_was(day: date, name: str, branch: str) -> None:
    office = nation().office_on("0298", day)
    assert office is not None and office.branch is not None
    assert (office.name.vi, office.branch.vi, office.place, office.derived) == (name, branch, "Tứ Kỳ", True)


def test_an_office_serves_what_its_communes_became() -> None:
    told = nation()
    assert [len(communes(told, "0312", day)) for day in (IN_2024, EARLY_2025, NOW)] == [16, 10, 3]
    assert communes(told, "0312", NOW) == {
        "11581": "Phường An Dương", "11593": "Phường An Phong", "11617": "Phường An Hải",
    }  # fmt: skip


def test_a_commune_that_another_office_serves_is_known_all_the_same() -> None:
    """Hồng An came of three communes that An Dương served in 2024; Hồng Bàng serves it now."""
    elsewhere = [e.code for e in nation().communes_of("0312") if e.elsewhere and e.valid_on(NOW)]
    assert elsewhere == ["11602"]
    assert nation().name_of("communes", "11602", NOW, office="0312") == "Phường Hồng An"


def test_what_a_commune_became() -> None:
    told = nation()
    assert told.became("0312", "11611", IN_2024, EARLY_2025) == ("11581",)  # Lê Lợi, into phường Lê Lợi
    assert told.became("0312", "11611", IN_2024, NOW) == ("11581", "11617", "11593")  # which was divided
    assert told.became("0312", "11611", IN_2024, IN_2024) == ("11611",)
    assert told.became("0312", "99999", IN_2024, NOW) is None
    assert told.became("9999", "11611", IN_2024, NOW) is None


def test_an_office_that_nobody_knows() -> None:
    told = nation()
    assert told.office_on("4501", NOW) is None
    assert told.communes_of("4501") == ()
    assert told.name_of("communes", "11581", NOW, office="4501") == "11581"
    assert "0312" in told.office_codes and "4501" not in told.office_codes


def test_what_an_office_says_of_itself_comes_first() -> None:
    """From its day on: before, the national catalogue holds."""
    own = OwnOffice(
        code="4501", pos="004501", name="PGD NHCSXH Mới", branch="Chi nhánh NHCSXH tỉnh Quảng Trị",
        province="44", valid_from=date(2025, 7, 1),
        communes=(
            OwnCommune(code="18859", bank_code="450001"), OwnCommune(code="99001", name="Xã Mới"),
        ),
    )  # fmt: skip
    told = nation(own)
    assert communes(told, "4501", NOW) == {"18859": "Phường Đồng Thuận", "99001": "Xã Mới"}
    assert communes(told, "4501", EARLY_2025) == {}
    for code in ("4501", "004501"):
        office = told.office_on(code, NOW)
        assert office is not None and (office.code, office.name.vi) == ("4501", "PGD NHCSXH Mới")
    assert told.name_of("communes", "450001", NOW, office="4501") == "Phường Đồng Thuận"
    assert told.became("4501", "18859", EARLY_2025, NOW) is not None


def test_a_known_office_put_right_keeps_its_past() -> None:
    own = OwnOffice(code="0312", valid_from=date(2025, 7, 1), communes=(OwnCommune(code="11602"),))
    told = nation(own)
    assert communes(told, "0312", NOW) == {"11602": "Phường Hồng An"}
    assert len(communes(told, "0312", IN_2024)) == 16


def test_what_was_put_right_is_kept_beside_the_settings(tmp_path: Path) -> None:
    one = OwnOffice(
        code="4501", name="PGD Một", communes=(OwnCommune(code="18859"),), groups={"0000001": "18859"}
    )
    keep(one, tmp_path / BRANCH)
    keep(OwnOffice(code="4502", name="PGD Hai"), tmp_path / BRANCH)
    keep(OwnOffice(code="4501", name="PGD của tôi"), tmp_path / OWN)
    own = load_own_offices(tmp_path)
    assert [len(listed) for listed in own.lists] == [1, 2]
    assert {office.code: office.name for office in own.all()} == {"4501": "PGD của tôi", "4502": "PGD Hai"}
    assert own.lists[1][0] == one
    assert list(tmp_path.glob("*.tmp")) == []


def test_a_list_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / OWN).write_text("offices: [{code: 1, nmae: x}]", encoding="utf-8")
    with pytest.raises(BadDefinition):
        load_own_offices(tmp_path)


def test_the_folder_of_an_institution_is_a_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = tmp_path / "settings.toml"
    monkeypatch.setenv("SHEETCREDIT_SETTINGS", str(settings))
    monkeypatch.delenv("SHEETCREDIT_CATALOGUES", raising=False)
    assert catalogues_folder() is None
    settings.write_text(f"[catalogues]\nfolder = {json.dumps(str(tmp_path))}\n", encoding="utf-8")
    assert catalogues_folder() == tmp_path
    settings.write_text('[catalogues]\nfolder = "/nowhere/at/all"\n', encoding="utf-8")
    with pytest.raises(BadDefinition):
        catalogues_folder()


def test_catalogues_travel_without_what_they_loaded() -> None:
    told = load_catalogues()
    told.communes_of("0298")
    again = pickle.loads(pickle.dumps(told))
    assert len(pickle.dumps(told)) < 100_000
    assert [e.code for e in again.communes_of("0298")] == [e.code for e in told.communes_of("0298")]
