"""Headers and footers of printed pages: text that no cell holds."""

from __future__ import annotations

import re

from sheetcredit.xlsx.limits import FileLimits, current_limits
from sheetcredit.xlsx.package import Package
from sheetcredit.xlsx.xml_bytes import escape, splice

_HEADER_OR_FOOTER = re.compile(
    rb"<(?:[A-Za-z_][\w.-]*:)?(?:odd|even|first)(?:Header|Footer)(?:\s[^>]*)?>([^<]*)</"
)


def with_footer_text(data: bytes, old: str, new: str, path: str, limits: FileLimits | None = None) -> bytes:
    """The workbook with `new` where the headers and footers of its sheets say `old`; all else as it was."""
    package = Package(data, path, limits or current_limits())
    wanted, given = escape(old), escape(new)
    replaced: dict[str, bytes] = {}
    for sheet in package.sheets:
        if sheet.kind != "worksheet":
            continue
        text, stored = package.unpacked(sheet.part)
        changes = [
            (match.start(1), match.end(1), match[1].replace(wanted, given))
            for match in _HEADER_OR_FOOTER.finditer(text)
            if wanted in match[1]
        ]
        if changes:
            replaced[sheet.part] = stored.pack(splice(text, changes))
    return package.container.rebuilt(replaced, set()) if replaced else data
