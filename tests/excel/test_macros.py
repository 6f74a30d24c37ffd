"""Buttons and macros in the package: what comes, what changes, and that nothing else does."""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterator
from importlib import import_module
from io import BytesIO
from pathlib import Path

import pytest
import xlwings
from openpyxl import load_workbook
from openpyxl.comments import Comment
from openxml_audit import OpenXmlValidator  # type: ignore[import-untyped]
from pyopenvba import ExcelFile
from pyopenvba.apps.excel import ExcelApplication
from pyopenvba.exceptions import VBACompileError

from sheetcredit.cli.main import main
from sheetcredit.excel import macros
from sheetcredit.excel.button_strip import BUTTONS
from sheetcredit.excel.new_workbook import give_buttons, make_new, with_buttons
from sheetcredit.model.errors import CannotPatch, SheetcreditError
from sheetcredit.rulebook import our_rulebook
from sheetcredit.template.definition import load_office
from sheetcredit.workbooks import read_office
from sheetcredit.xlsx.package import Package
from tests.seeds_of import GOLDEN, MISTAKEN, copy_of, digest

pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported")

MACROS = [macro for _, macro in BUTTONS]
MAY_CHANGE = re.compile(
    r"\[Content_Types\]\.xml|xl/workbook\.xml|xl/_rels/workbook\.xml\.rels"
    r"|xl/worksheets/sheet\d+\.xml|xl/worksheets/_rels/sheet\d+\.xml\.rels"
)
MAY_COME = re.compile(
    r"xl/vbaProject\.bin|xl/drawings/sheetcreditButtons\d+\.vml|xl/worksheets/_rels/sheet\d+\.xml\.rels"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_new(tmp_path_factory.mktemp("new") / "quý 1.xlsm", "0312", "2024Q1")


@pytest.fixture(scope="module")
def equipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("from")
    return give_buttons(copy_of(MISTAKEN, folder))


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def packed(path: Path) -> Iterator[tuple[str, bytes]]:
    """Every part as it lies in the file, local header included."""
    data = path.read_bytes()
    with zipfile.ZipFile(path) as package:
        for entry in package.infolist():
            end = data.index(entry.filename.encode(), entry.header_offset) + len(entry.filename.encode())
            yield entry.filename, data[entry.header_offset : end + entry.compress_size]


def errors(path: Path) -> list[object]:
    return list(OpenXmlValidator().validate(str(path)).errors)


def test_excel_would_open_both(made: Path, equipped: Path) -> None:
    assert (errors(made), errors(equipped)) == ([], [])


def test_olevba_reads_the_sources_back(made: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the libraries it uses
        parser = import_module("oletools.olevba").VBA_Parser(str(made))
        found = {name.rpartition(".")[0]: code for _, _, name, code in parser.extract_macros()}
        parser.close()
    ours = macros.vba_sources()
    for name, source in ours.items():
        assert found.pop(name).splitlines() == source.splitlines(), name
    # The rest are the modules that Excel keeps for the workbook and each sheet: without code.
    assert len(found) == 18
    assert {
        line for code in found.values() for line in code.splitlines() if not line.startswith("Attribute")
    } <= {""}


def test_the_module_of_xlwings_is_that_of_the_installed_package(made: Path) -> None:
    with ExcelFile(made) as book:
        embedded = book.get_module("xlwings")
    own = Path(xlwings.__file__).with_name("xlwings.bas")
    assert embedded.splitlines() == own.read_text(encoding="ascii").splitlines()
    assert f'XLWINGS_VERSION As String = "{xlwings.__version__}"' in embedded


def test_our_sources_are_ascii_and_hold_no_logic() -> None:
    sources = macros.vba_sources()
    assert sorted(sources) == ["SheetcreditButtons", "SheetcreditLocks", "xlwings"]
    assert all(source.isascii() for source in sources.values())
    body = sources["SheetcreditButtons"]
    subs = re.findall(r"Public Sub (\w+)\(\)\n(.*?)End Sub", body, re.DOTALL)
    assert [name for name, _ in subs] == MACROS
    for _, lines in subs:
        calls = [line.strip() for line in lines.splitlines() if line.strip() != "LetProgramWrite"]
        assert len(calls) == 1
        assert re.fullmatch(
            r'RunPython "import sheetcredit\.buttons; sheetcredit\.buttons\.[a-z_]+\(\)"', calls[0]
        )


@pytest.fixture(scope="module")
def excel(made: Path) -> ExcelApplication:
    """pyOpenVBA's own Excel in memory: it parses and runs VBA, and knows how Excel protects sheets."""
    app = ExcelApplication.open(str(made))
    transport = """
Public Said As String
Public Function RunPython(PythonCommand As String)
    Said = Said & PythonCommand & vbLf
End Function
Public Function Commands() As String
    Commands = Said
End Function
"""
    app.add_module(transport, name="Transport")
    return app


def test_the_project_compiles_and_each_macro_calls_its_function(excel: ExcelApplication) -> None:
    for macro in MACROS:
        excel.run(f"SheetcreditButtons.{macro}")
    commands = str(excel.run("Transport.Commands")).split("\n")
    functions = ("import_exports", "check", "reconcile", "fill", "bulletin", "send", "next_period")
    assert commands[:-1] == [
        f"import sheetcredit.buttons; sheetcredit.buttons.{name}()" for name in functions
    ]


def test_the_compiler_would_notice_a_mistake(made: Path) -> None:
    with pytest.raises(VBACompileError):
        ExcelApplication.open(str(made)).add_module("Sub Bad()\n  x = (1 +\nEnd Sub\n", name="Bad")


def test_the_locks_let_the_program_write_and_allow_the_user_what_they_did(made: Path) -> None:
    app = ExcelApplication.open(str(made))
    app.add_module(
        'Function Mode() As String\nDim s As Worksheet\nFor Each s In ThisWorkbook.Worksheets\n'
        'Mode = Mode & s.ProtectContents & s.ProtectionMode & s.Protection.AllowInsertingRows & '
        's.Protection.AllowFormattingColumns & s.Protection.AllowDeletingColumns & s.ProtectDrawingObjects & " "\n'
        'Next s\nEnd Function\n', name="Look",
    )  # fmt: skip
    before = str(app.run("Mode")).split()
    app.run("LetProgramWrite")
    after = str(app.run("Mode")).split()
    assert len(before) == len(after) == 17
    assert all(mode.startswith("TrueFalse") for mode in before)
    assert after == [mode.replace("TrueFalse", "TrueTrue", 1) for mode in before]


def test_every_sheet_of_a_form_has_the_seven_buttons(made: Path) -> None:
    package = Package(made.read_bytes(), made.name)
    for sheet in package.sheets:
        drawn = [
            package.text(link.target)
            for link in package.relationships(sheet.part).values()
            if link.kind == "vmlDrawing"
        ]
        bare = sheet.name in ("Nhật ký", "Danh mục", "Nguồn số liệu")
        assert len(drawn) == (0 if bare else 1), sheet.name
        for drawing in drawn:
            assert [m.decode() for m in re.findall(rb"\[0\]!(\w+)<", drawing)] == MACROS
            assert drawing.count(b"<x:PrintObject>False<") == 7


def test_only_what_has_to_change_changes(equipped: Path) -> None:
    before, after = parts(MISTAKEN), parts(equipped)
    gone = before.keys() - after.keys()
    come = after.keys() - before.keys()
    changed = {name for name in before.keys() & after.keys() if before[name] != after[name]}
    assert gone == set()
    assert {name for name in come if not MAY_COME.fullmatch(name)} == set()
    assert {name for name in changed if not MAY_CHANGE.fullmatch(name)} == set()
    same = before.keys() - changed
    assert dict(packed(MISTAKEN)).items() >= {(n, b) for n, b in packed(equipped) if n in same}


def test_a_sheet_gets_a_code_name_and_a_drawing_and_nothing_else(equipped: Path) -> None:
    before, after = parts(MISTAKEN), parts(equipped)
    for name in before:
        if name.startswith("xl/worksheets/sheet"):
            bare = re.sub(rb' codeName="[^"]*"', b"", after[name])
            bare = re.sub(rb"<legacyDrawing xmlns:r=\"[^\"]*\" r:id=\"[^\"]*\"/>", b"", bare)
            plain = before[name].replace(b"<sheetPr/>", b"")
            assert bare.replace(b"<sheetPr/>", b"") == plain, name


def test_what_it_says_is_what_the_source_says(equipped: Path) -> None:
    book = our_rulebook()
    one, other = read_office(MISTAKEN, book).book, read_office(equipped, book).book
    assert {n: g.rows for n, g in one.grids.items()} == {n: g.rows for n, g in other.grids.items()}
    assert one.names == other.names


def test_the_same_each_time(made: Path, tmp_path: Path) -> None:
    assert digest(make_new(tmp_path / "again.xlsm", "0312", "2024Q1")) == digest(made)


def test_comments_of_the_user_keep_their_drawing(tmp_path: Path) -> None:
    book = load_workbook(GOLDEN)
    book["Hội CCB"]["D12"].comment = Comment("Đã đối chiếu với Hội", "Kế toán")
    book.save(tmp_path / "a.xlsx")
    out = give_buttons(tmp_path / "a.xlsx")
    assert errors(out) == errors(tmp_path / "a.xlsx")
    assert load_workbook(out)["Hội CCB"]["D12"].comment.text == "Đã đối chiếu với Hội"
    package = Package(out.read_bytes(), out.name)
    (link,) = [
        link
        for link in package.relationships(package.sheet("Hội CCB").part).values()
        if link.kind == "vmlDrawing"
    ]
    drawing = package.text(link.target)
    ids = re.findall(rb'<\w+:shape [^>]*?\bid="([^"]+)"', drawing)
    assert len(ids) == len(set(ids)) == 8
    assert drawing.count(b'ObjectType="Note"') == 1 and drawing.count(b'ObjectType="Button"') == 7


def test_a_row_in_the_way_moves_the_strip_beside_the_form(tmp_path: Path) -> None:
    source = copy_of(GOLDEN, tmp_path)
    main_part = parts(source)["xl/worksheets/sheet4.xml"]
    taken = main_part.replace(b"<sheetData>", b"<sheetData>", 1)
    taken = re.sub(
        rb'(<row r="1"[^>]*?)/>', rb'\1><c r="A1" t="inlineStr"><is><t>x</t></is></c></row>', taken, count=1
    )
    if taken == main_part:
        taken = re.sub(rb'<row r="1"[^>]*>', rb'\g<0><c r="A1"><v>1</v></c>', main_part, count=1)
    data = Package(source.read_bytes(), "a.xlsx").container.rebuilt({"xl/worksheets/sheet4.xml": taken})
    out = with_buttons(data, load_office(), "a.xlsx")
    package = Package(out, "a.xlsm")
    name = package.sheets[3].name
    (link,) = [ln for ln in package.relationships(package.sheets[3].part).values() if ln.kind == "vmlDrawing"]
    anchors = re.findall(rb"<x:Anchor>(\d+),", package.text(link.target))
    assert name == "Hội Nông dân" and int(anchors[0]) >= 12


def test_macros_of_an_older_version_are_replaced(made: Path, tmp_path: Path) -> None:
    old = tmp_path / "old.xlsm"
    with ExcelFile(made) as book:
        book.set_module(
            "xlwings", 'Attribute VB_Name = "xlwings"\r\nPublic Const XLWINGS_VERSION = "0.1"\r\n'
        )
        book.save(old)
    assert main(["doctor", str(old)]) == 2
    new = give_buttons(old, tmp_path / "new.xlsm")
    embedded = macros.embedded_modules(Package(new.read_bytes(), new.name))
    ours = macros.vba_sources()
    assert {name for name in ours if not macros.same_source(embedded[name], ours[name])} == set()
    kept = {name: content for name, content in parts(old).items() if name != macros.PROJECT}
    assert {name: content for name, content in parts(new).items() if name != macros.PROJECT} == kept
    assert errors(new) == [] and main(["doctor", str(new)]) == 0


def test_what_excels_editor_changes_is_no_difference() -> None:
    ours = macros.vba_sources()["SheetcreditLocks"]
    edited = ours.replace("page", "Page").replace("    ", "  ").replace("\n", "\r\n\r\n")
    assert macros.same_source(ours, edited)
    assert not macros.same_source(ours, ours.replace("True", "False", 1))


def test_macros_that_cannot_be_read_are_told(made: Path, tmp_path: Path) -> None:
    package = Package(made.read_bytes(), made.name)
    broken = tmp_path / "broken.xlsm"
    broken.write_bytes(package.container.rebuilt({macros.PROJECT: b"\xd0\xcf\x11\xe0" + bytes(600)}))
    with pytest.raises(SheetcreditError) as caught:
        give_buttons(broken, tmp_path / "out.xlsm")
    assert caught.value.code == "E-MACROS"
    assert main(["doctor", str(broken)]) == 2


def test_macros_of_somebody_else_are_left_alone(made: Path, tmp_path: Path) -> None:
    foreign = tmp_path / "theirs.xlsm"
    with ExcelFile(made) as book:
        book.set_module("ThisWorkbook", book.get_module("ThisWorkbook") + "Sub Own()\r\nEnd Sub\r\n")
        book.save(foreign)
    before = digest(foreign)
    with pytest.raises(CannotPatch) as caught:
        give_buttons(foreign, tmp_path / "out.xlsm")
    assert (caught.value.code, digest(foreign)) == ("E-OTHER-MACROS", before)
    assert caught.value.details["modules"] == "ThisWorkbook"
    assert not (tmp_path / "out.xlsm").exists()
    assert main(["doctor", str(foreign)]) == 2


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["a.xlsm", "--no-buttons"], "E-BUTTONS-SUFFIX"),
        (["a.docx"], "E-FORMAT"),
        ([], "E-NEW-OUT"),
        (["a.xlsx", "--from", str(GOLDEN)], "E-BUTTONS-SUFFIX"),
        (["a.xlsm", "--from", str(GOLDEN), "--office", "0312"], "E-FROM-OPTIONS"),
        (["a.xlsm", "--from", "gone.xlsx"], "E-MISSING"),
        (["gone/a.xlsm"], "E-GONE"),
        (["gone/a.xlsm", "--from", str(GOLDEN)], "E-GONE"),
    ],
)
def test_refused(
    arguments: list[str],
    code: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    caught: list[SheetcreditError] = []
    import_module("sheetcredit.cli.jobs.office")  # what it imports must not be the stand-in
    monkeypatch.setattr("sheetcredit.screen.say.tell", lambda error, lang: caught.append(error))
    assert main(["new", *arguments]) == 2
    assert [error.code for error in caught] == [code]
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = copy_of(GOLDEN, tmp_path)
    target = tmp_path / f"{source.stem}.xlsm"
    target.write_bytes(b"mine")
    assert main(["new", "--from", str(source)]) == 2
    assert capsys.readouterr().err.count("\n") == 1 and target.read_bytes() == b"mine"
    target.unlink()
    assert main(["new", "--from", str(source)]) == 0
    assert target.exists() and digest(source) == digest(GOLDEN)


def test_a_workbook_that_is_none_of_ours_gets_no_buttons(tmp_path: Path) -> None:
    book = load_workbook(BytesIO(GOLDEN.read_bytes()))
    for name in book.sheetnames[1:]:
        del book[name]
    book.save(tmp_path / "a.xlsx")
    assert main(["new", "--from", str(tmp_path / "a.xlsx")]) == 2
    assert not (tmp_path / "a.xlsm").exists()
