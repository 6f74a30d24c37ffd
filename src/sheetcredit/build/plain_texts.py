"""A workbook in which every text is a text: XlsxWriter takes `<r>…</r>` for the inside of a rich one."""

from __future__ import annotations

from sheetcredit.build.styles import Packager, SharedStrings, Workbook


class PlainPackager(Packager):  # type: ignore[misc]  # XlsxWriter declares no types
    """Writes the shared strings as they are."""

    def _write_shared_strings_file(self) -> None:
        strings = _PlainStrings()
        strings.string_table = self.workbook.str_table
        if strings.string_table.count:
            strings._set_xml_writer(self._filename("xl/sharedStrings.xml"))
            strings._assemble_xml_file()


class PlainWorkbook(Workbook):  # type: ignore[misc]  # XlsxWriter declares no types
    """Nothing in it is rich."""

    def _get_packager(self) -> PlainPackager:
        return PlainPackager()


class _PlainStrings(SharedStrings):  # type: ignore[misc]  # XlsxWriter declares no types
    def _write_si(self, string: str) -> None:
        text = self._escape_control_characters(string)
        spaced = text[:1].isspace() or text[-1:].isspace()
        self._xml_si_element(text, [("xml:space", "preserve")] if spaced else [])
