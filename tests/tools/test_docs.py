"""The generated pages are up to date and complete, and every text of the catalogues is one that is used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
import yaml

from sheetcredit.cli import main as cli
from sheetcredit.cli import options
from sheetcredit.model.text import message_catalogue
from sheetcredit.rules import rules
from sheetcredit.rules.rules import load_rules
from sheetcredit.template.definition import load_office
from sheetcredit.xlsx.package import Package
from tools import docs
from tools.pages import command_line
from tools.pages.data_dictionary import defined_names
from tools.pages.definitions import definition_classes, field_meanings
from tools.pages.markdown import words

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCES = {path: path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py")}
SOURCE = "\n".join(SOURCES.values())
# Codes put together where they are used: f"severity-{…}". The literal in front must stand in the source.
COMPOSED = re.compile(r"""f["']([a-z]+-)\{""")
CODE = re.compile(r"""["'](E-[A-Z0-9]+(?:-[A-Z0-9]+)*)["']""")
LANGUAGES = ("vi", "en")


def page(name: str) -> str:
    return (docs.DOCS / name).read_text(encoding="utf-8")


def raw(name: str) -> dict[str, Any]:
    entries: dict[str, Any] = yaml.safe_load((ROOT / "schemas/messages" / f"{name}.yaml").read_text("utf-8"))
    return entries


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs")
    assert docs.main([], folder) == 0
    return folder


@pytest.mark.parametrize("name", docs.PAGES)
def test_page_is_up_to_date(name: str, fresh: Path) -> None:
    assert page(name) == (fresh / name).read_text(encoding="utf-8"), "run `make docs`"


def test_check_names_the_stale_page_only(fresh: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert docs.main(["--check"], fresh) == 0
    stale = fresh / "rules.md"
    original = stale.read_text(encoding="utf-8")
    stale.write_text(original.replace("R05", "R99"), encoding="utf-8")
    capsys.readouterr()
    try:
        assert docs.main(["--check"], fresh) == 1
    finally:
        stale.write_text(original, encoding="utf-8")
    told = capsys.readouterr().err
    assert "rules.md" in told
    assert "findings.md" not in told


def test_check_finds_a_missing_page(tmp_path: Path) -> None:
    assert docs.stale_pages(tmp_path) == list(docs.PAGES)


def test_help_is_the_same_in_any_window(monkeypatch: pytest.MonkeyPatch) -> None:
    narrow = command_line.help_text("run")
    monkeypatch.setenv("COLUMNS", "200")
    assert command_line.help_text("run") == narrow


def test_every_command_and_option_is_documented() -> None:
    text = page("command-line.md")
    assert command_line.commands().keys() == set(command_names())
    for name in command_line.commands():
        assert f"## {name}\n" in text
        assert f"Usage: sheetcredit {name} " in text
    for code in (options.CLEAN, options.BLOCKED, options.COULD_NOT_RUN, options.INTERRUPTED):
        assert f"| `{code}` |" in text


def command_names() -> Iterator[str]:
    for group, app in [("", cli.app), *((f"{g.name} ", g.typer_instance) for g in cli.app.registered_groups)]:
        assert app is not None
        yield from (
            f"{group}{c.name or getattr(c.callback, '__name__', '')}" for c in app.registered_commands
        )


def test_every_command_tells_what_it_does_in_both_languages() -> None:
    for name, function in command_line.commands().items():
        vietnamese, slash, english = (function.__doc__ or "").partition(" / ")
        assert vietnamese and slash and english, name


@pytest.mark.parametrize("code", message_catalogue("findings"))
def test_every_finding_is_documented(code: str) -> None:
    entry = message_catalogue("findings")[code]
    section = page("findings.md").partition(f"\n### {code}\n")[2].partition("\n### ")[0]
    for field in ("title", "message", "remedy"):
        for language in LANGUAGES:
            assert entry[field][language] in section, (field, language)


@pytest.mark.parametrize("cause", message_catalogue("causes"))
def test_every_cause_is_documented(cause: str) -> None:
    assert f"| `{cause}` |" in page("findings.md")


def test_every_rule_is_documented() -> None:
    text = page("rules.md")
    for rule in load_rules():
        section = text.partition(f"\n## {rule.id}\n")[2].partition("\n## ")[0]
        assert rule.title.vi in section, rule.id
        assert rule.instruction.en in section, rule.id


def test_the_vocabulary_of_rules_is_put_in_words() -> None:
    hints = {name: rules.Rule.__annotations__[name] for name in ("tolerance", "missing", "only")}
    assert all(hint.startswith("Literal[") for hint in hints.values())
    options = {
        "kind": get_args(rules.RuleKind),
        "operator": get_args(rules.Operator),
        "when": get_args(rules.PreviousScope),
    }
    options |= {name: tuple(re.findall(r"[\"'](\w+)[\"']", hint)) for name, hint in hints.items()}
    assert {name: set(texts) for name, texts in options.items()} == {
        name: set(words(name)) for name in options
    }


def test_every_sheet_column_and_figure_is_documented() -> None:
    text = page("data-dictionary.md")
    for sheet in load_office().sheets:
        section = text.partition(f"\n## {sheet.sheet}\n")[2].partition("\n## ")[0]
        for column in sheet.columns:
            assert f"| {column.header} | `{column.name}` |" in section, (sheet.sheet, column.header)
        for figure in sheet.figures:
            assert f"| `{figure.name}` |" in section, figure.name
        for name in sheet.quantities:
            assert f"| `{name}` |" in section, name


def test_the_defined_names_are_those_of_the_template() -> None:
    template = ROOT / "workbook" / "office.xlsx"
    present = Package(template.read_bytes(), template.name).defined_names
    assert {name for name, _, _ in defined_names(load_office())} == present.keys()


def test_every_field_of_a_definition_has_a_meaning() -> None:
    fields = {cls.__name__: {f.name for f in msgspec.structs.fields(cls)} for cls in definition_classes()}
    assert {name: set(meanings) for name, meanings in field_meanings().items()} == fields


def test_both_languages_of_the_pages_are_written() -> None:
    groups = yaml.safe_load((ROOT / "tools/pages/words.yaml").read_text("utf-8"))
    for group, entries in groups.items():
        for key, text in entries.items():
            assert text["vi"] and text["en"], (group, key)


def test_links_between_the_documents_lead_somewhere() -> None:
    for source in [*docs.DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "CHANGELOG.md"]:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)|src=\"([^\"]+)\"", source.read_text("utf-8")):
            link = target[0] or target[1]
            assert link.startswith("https://") or (source.parent / link).exists(), f"{source.name}: {link}"


def test_pictures_are_modest() -> None:
    pictures = list((docs.DOCS / "pictures").iterdir())
    assert pictures
    assert {picture.name for picture in pictures if picture.stat().st_size >= 200_000} == set()


# The catalogues of messages: nothing missing, nothing left over.


def test_every_error_code_in_use_is_in_the_catalogue() -> None:
    assert set(CODE.findall(SOURCE)) - set(raw("errors")) == set()


def test_every_error_of_the_catalogue_is_in_use() -> None:
    assert set(raw("errors")) - set(CODE.findall(SOURCE)) == set()


def test_every_word_of_the_screen_is_in_use() -> None:
    composed = set(COMPOSED.findall(SOURCE))
    drivers = "\n".join(path.read_text("utf-8") for path in (ROOT / "tools").glob("*.py"))
    literals = set(re.findall(r"""["']([a-z][a-z0-9-]*)["']""", SOURCE + drivers))
    # The remedies of `doctor` are the codes of what was looked at with `-todo` behind, and maybe a system.
    seen = {code: re.sub("-todo(-(linux|win32|darwin))?$", "", code) for code in raw("screen")}
    unused = {code for code in raw("screen") if not {code, seen[code]} & literals}
    assert {code for code in unused if not code.startswith(tuple(composed))} == set()


def test_every_word_asked_for_is_on_the_screen_catalogue() -> None:
    asked = set(re.findall(r"""\b(?:word|say|_say|_say_on_stderr)\(\s*["']([a-z-]+)["']""", SOURCE))
    assert asked - set(raw("screen")) == set()


@pytest.mark.parametrize("name", ["errors", "screen", "findings", "causes", "form", "mail", "buttons"])
def test_messages_are_written_in_both_languages_with_the_same_placeholders(name: str) -> None:
    for code, entry in raw(name).items():
        texts = [entry] if "vi" in entry else [text for text in entry.values() if isinstance(text, dict)]
        for text in texts:
            assert text["vi"] and text["en"], code
            vietnamese, english = (set(re.findall(r"\{(\w+)\}", text[language])) for language in LANGUAGES)
            assert name == "form" or vietnamese == english, code
