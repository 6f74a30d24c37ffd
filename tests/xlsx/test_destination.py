"""Where results go."""

from __future__ import annotations

from pathlib import Path

import pytest

from sheetcredit.model.errors import BadUsage, CannotWrite
from sheetcredit.xlsx.atomic_write import destinations, make_folder

A, B = Path("a.xlsx"), Path("b.xlsx")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("a.xlsx", "b.xlsx", "c.xlsx"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "folder").mkdir()
    return tmp_path


def test_in_place() -> None:
    assert destinations([A, B], None) == {A: None, B: None}


def test_one_file_into_another_or_into_a_folder() -> None:
    assert destinations([A], Path("new.xlsx")) == {A: Path("new.xlsx")}
    assert destinations([A], Path("c.xlsx")) == {A: Path("c.xlsx")}
    assert destinations([A], Path("folder")) == {A: Path("folder/a.xlsx")}


def test_several_into_a_folder_made_when_it_is_needed(here: Path) -> None:
    out = Path("new/deep")
    targets = destinations([A, B], out)
    assert targets == {A: out / "a.xlsx", B: out / "b.xlsx"}
    assert not (here / "new").exists()
    make_folder(targets[A])
    assert (here / "new" / "deep").is_dir()
    make_folder(targets[B])
    make_folder(None)


@pytest.mark.parametrize(
    ("files", "out", "code"),
    [
        ([A, B], "c.xlsx", "E-OUT-NOT-FOLDER"),
        ([A, B], "new.xlsx", "E-OUT-NOT-FOLDER"),
        ([A, Path("folder/a.xlsx")], "new", "E-SAME-OUTPUT"),
        ([A], "a.xlsx", "E-OUT-IS-INPUT"),
        ([A], "folder/../a.xlsx", "E-OUT-IS-INPUT"),
        ([A], ".", "E-OUT-IS-INPUT"),
        ([A, B], ".", "E-OUT-IS-INPUT"),
        ([Path("folder/a.xlsx"), A], ".", "E-SAME-OUTPUT"),
    ],
)
def test_refused(files: list[Path], out: str, code: str) -> None:
    with pytest.raises(BadUsage) as caught:
        destinations(files, Path(out))
    assert caught.value.code == code


def test_a_link_to_the_input_is_the_input(here: Path) -> None:
    (here / "link.xlsx").symlink_to(here / "a.xlsx")
    with pytest.raises(BadUsage) as caught:
        destinations([A], Path("link.xlsx"))
    assert caught.value.code == "E-OUT-IS-INPUT"


def test_a_folder_that_cannot_be_made() -> None:
    with pytest.raises(CannotWrite) as caught:
        make_folder(Path("c.xlsx/out/a.xlsx"))
    assert caught.value.code == "E-WRITE"
