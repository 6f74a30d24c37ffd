"""`docs/findings.md`: every finding code, and why a cell is suspected."""

from __future__ import annotations

from typing import Any

from sheetcredit.model.finding import SEVERITIES
from sheetcredit.model.text import message_catalogue
from tools.pages.markdown import code, heading, page, pair, paragraphs, table, words


def write() -> str:
    """The page."""
    catalogue, screen = message_catalogue("findings"), message_catalogue("screen")
    meanings = words("severities")
    parts = [
        paragraphs("findings"),
        table(
            ("Mức độ / Severity", "Ở trang Kiểm tra / On the sheet", "Ý nghĩa", "Meaning"),
            ((code(s), screen[f"severity-{s}"]["vi"], *_texts(meanings[s])) for s in SEVERITIES),
        ),
        table(
            ("Mã / Code", "Tên", "Title", "Mức độ / Severity"),
            ((f"[{name}](#{name.lower()})", *_texts(entry["title"]), code(entry["severity"]))
             for name, entry in catalogue.items()),
        ),
    ]  # fmt: skip
    for prefix in words("families"):
        parts.append(heading("families", prefix))
        for name, entry in catalogue.items():
            if name.startswith(prefix):
                parts += [f"### {name}", _entry(name, entry)]
    statuses = {
        name.removeprefix("status-"): entry for name, entry in screen.items() if name.startswith("status-")
    }
    parts += [
        heading("findings", "causes"),
        paragraphs("findings", "causes-intro"),
        table(
            ("Mã / Code", "Lý do", "Reason"),
            ((code(name), *_texts(entry["text"])) for name, entry in message_catalogue("causes").items()),
        ),
        heading("findings", "statuses"),
        table(
            ("Mã / Code", "Ở trang Kiểm tra", "In English"),
            ((code(name), *_texts(entry)) for name, entry in statuses.items()),
        ),
    ]
    return page("Các phát hiện / Findings", *parts)


def _texts(entry: dict[str, str]) -> tuple[str, str]:
    return entry["vi"], entry["en"]


def _entry(name: str, entry: dict[str, Any]) -> str:
    rule = f"; [rules.md](rules.md#{name.lower()})" if name.startswith("R") else ""
    return "\n".join((
        f"**{pair(*_texts(entry['title']))}** ({code(entry['severity'])}{rule})",
        "",
        f"- Nội dung: {entry['message']['vi']}",
        f"- Cần làm: {entry['remedy']['vi']}",
        f"- Message: {entry['message']['en']}",
        f"- Remedy: {entry['remedy']['en']}",
    ))  # fmt: skip
