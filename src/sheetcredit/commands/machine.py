"""The commands about this machine: what it has, what it lacks."""

from __future__ import annotations

from sheetcredit.commands.options import CLEAN, COULD_NOT_RUN, Json, Language


def doctor(json: Json = False, lang: Language = "vi") -> int:
    """Kiểm tra máy: bản cài, mẫu, danh mục, LibreOffice và việc cần làm. / What this machine lacks."""
    from sheetcredit.doctor import examine, print_examination  # noqa: PLC0415

    examination = examine()
    print_examination(examination, lang, json)
    return CLEAN if all(item.ok or not item.needed for item in examination) else COULD_NOT_RUN
