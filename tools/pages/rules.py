"""`docs/rules.md`: the rules across sheets in a readable form."""

from __future__ import annotations

from sheetcredit.rules.rules import Rule, Side, branch_rules, load_rules
from sheetcredit.template.definition import Office, load_branch, load_office
from tools.pages.markdown import both, code, codes, page, paragraphs, said, table

SUMMED = ("compare",)


def write() -> str:
    """The page."""
    templates = [(load_office(), load_rules()), (load_branch(), branch_rules())]
    rules = [rule for _, own in templates for rule in own]
    parts = [
        paragraphs("rules"),
        table(
            ("Mã / Id", "Quy tắc", "Rule", "Mức độ / Severity"),
            ((f"[{r.id}](#{r.id.lower()})", r.title.vi, r.title.en, code(r.severity)) for r in rules),
        ),
    ]
    for office, own in templates:
        for rule in own:
            facts = [(name, text) for name, text in _facts(rule, office) if text]
            parts += [f"## {rule.id}", f"**{both(rule.title)}**", table(("", ""), facts)]
    return page("Quy tắc giữa các trang / Rules across sheets", *parts)


def _facts(rule: Rule, office: Office) -> list[tuple[str, str]]:
    compared = rule.left is not None and rule.right is not None
    summed = rule.kind in SUMMED
    return [
        ("Loại / kind", said("kind", rule.kind)),
        ("Mức độ / severity", code(rule.severity)),
        ("Trang / sheets", _sheets(rule.frames, office)),
        ("Kỳ trước / previous report", said("when", rule.when) if rule.kind.startswith("continuity") else ""),
        ("Vế trái / left", _side(rule.left, summed, office)),
        ("Phép so / operator", said("operator", rule.operator) if compared else ""),
        ("Vế phải / right", _side(rule.right, summed, office)),
        ("Nhiều nhất / most", _side(rule.most, summed, office)),
        ("Chỉ xét / only where", code(rule.where)),
        ("Chỉ tiêu / measures", codes(rule.measures)),
        ("Theo khóa / by", (codes(rule.by) or said("rules", "whole")) if summed else ""),
        ("Thiếu khóa / missing key", said("missing", rule.missing) if summed else ""),
        ("Khóa được xét / keys", said("only", rule.only) if rule.only != "both" else ""),
        ("Dung sai / tolerance", said("tolerance", rule.tolerance) if compared else ""),
        ("Cột bị nêu / column named", code(rule.column)),
        ("Cần làm", rule.instruction.vi),
        ("What to do", rule.instruction.en),
    ]


def _side(side: Side | None, summed: bool, office: Office) -> str:
    if side is None:
        return ""
    form = "SUM({})" if summed else "{}"
    text = f"{both(side.label)}: {code(form.format(side.value))}"
    others = [f"{code(name)}: {code(form.format(value))}" for name, value in side.values.items()]
    if others:
        text += f" ({', '.join(others)})"
    parts = [text, _sheets(tuple(filter(None, side.frames)), office), code(side.where)]
    return "; ".join(filter(None, parts))


def _sheets(frames: tuple[str, ...], office: Office) -> str:
    """The sheets that feed frames, by the names on their tabs."""
    feeding = {
        frame: [sheet.sheet for sheet in office.sheets if (sheet.frame or sheet.id) == frame]
        for frame in frames
    }
    return "; ".join(f"{', '.join(sheets)} (`{frame}`)" for frame, sheets in feeding.items())
