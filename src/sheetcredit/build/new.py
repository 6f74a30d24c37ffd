"""`sheetcredit new`: a template with an office's own communes, programmes and period filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from difflib import get_close_matches
from pathlib import Path

from sheetcredit.build.workbook import Content, build_workbook
from sheetcredit.catalogue.catalogue import Catalogues, load_catalogues
from sheetcredit.catalogue.entry import Entry
from sheetcredit.model.errors import BadUsage, CannotWrite
from sheetcredit.model.period import parse_period
from sheetcredit.template.definition import load_association, load_office

Row = Mapping[str, object]


def make_workbook(
    out: Path, office: str | None, period: str | None, catalogues: Catalogues | None = None
) -> Path:
    """A new workbook without buttons at `out`; blank where no office is named.

    Raises:
        BadUsage: the office or the period is not known.
        CannotWrite: `out` is there already, or cannot be written.
    """
    _check_new(out)
    content = content_of(office, period, catalogues or load_catalogues())
    return _written(out, lambda: build_workbook(out, content))


def make_statement(
    out: Path, association: str, office: str | None, period: str | None, catalogues: Catalogues | None = None
) -> Path:
    """A new statement of an association at `out`, with the communes of its office.

    Raises:
        BadUsage: the association, the office or the period is not known.
        CannotWrite: `out` is there already, or cannot be written.
    """
    _check_new(out)
    content = _statement(association, office, period, catalogues or load_catalogues())
    return _written(out, lambda: build_workbook(out, content, load_association(), "association"))


def _check_new(out: Path) -> None:
    if out.suffix.lower() != ".xlsx":
        raise BadUsage("E-FORMAT", suffix=out.suffix or "-", path=out)
    if out.exists():
        raise CannotWrite("E-EXISTS", path=out)
    if not out.parent.is_dir():
        raise CannotWrite("E-GONE", folder=out.parent)


def _written(out: Path, build: Callable[[], Path]) -> Path:
    try:
        return build()
    except OSError as error:
        raise CannotWrite("E-WRITE", path=out, reason=error.strerror or error) from error


def content_of(office: str | None, period: str | None, catalogues: Catalogues) -> Content | None:
    """What a new office workbook is filled with; None where neither office nor period is named.

    Raises:
        BadUsage: the office or the period is not known.
    """
    if office is None and period is None:
        return None
    quarter = parse_period(period) if period else None
    info: dict[str, object] = {"template_version": load_office().conventions.version, "unit": "triệu đồng"}
    if quarter:
        info |= {"period": str(quarter), "as_of": quarter.last_day}
    if office is None:
        return Content(info, {})
    day = quarter.last_day if quarter else date.today()
    entry = catalogues.office_on(office, day)
    if entry is None:
        known = get_close_matches(office, sorted(catalogues.office_codes), 5, 0.5)
        raise BadUsage("E-OFFICE", office=office, known=", ".join(known) or "-")
    info |= {
        "office": office,
        "office_name": entry.name.vi,
        "branch": entry.branch.vi if entry.branch else "",
    }
    info |= {"send_to": entry.send_to or None}
    communes = [c for c in catalogues.communes_of(office) if c.valid_on(day) and not c.elsewhere]
    return Content(info, _tables(entry, communes, day, catalogues))


def _statement(association: str, office: str | None, period: str | None, catalogues: Catalogues) -> Content:
    known = {entry.code: entry for entry in catalogues.of("associations") if not entry.direct}
    if association not in known:
        listed = ", ".join(f"{code} ({entry.name.vi})" for code, entry in known.items())
        raise BadUsage("E-ASSOCIATION", association=association, known=listed)
    whole = content_of(office, period, catalogues) or Content({}, {})
    kept = {column.name for column in load_association().sheet("info").columns}
    info = {name: value for name, value in whole.info.items() if name in kept}
    info |= {"association": association, "association_name": known[association].name.vi}
    return Content(info, {"statement": whole.tables["farmers"]} if "farmers" in whole.tables else {})


def _tables(office: Entry, communes: list[Entry], day: date, catalogues: Catalogues) -> dict[str, list[Row]]:
    associations = [a for a in catalogues.of("associations") if not a.direct]
    by_commune: list[Row] = [{"commune": c.code, "commune_name": c.name.vi} for c in communes]
    programmes = [
        p
        for p in catalogues.of("programmes")
        if p.valid_on(day) and p.code in (office.programmes or (p.code,))
    ]
    coded: list[Row] = [{"programme": p.code, "programme_name": p.name.vi} for p in programmes]
    return {
        "funding": [{"source": s.code, "source_name": s.name.vi} for s in catalogues.of("funding_sources")],
        "programmes": coded,
        **dict.fromkeys(("farmers", "women", "veterans", "youth"), by_commune),
        "ledger": [
            {**row, "association": a.code, "association_name": a.name.vi}
            for row in by_commune
            for a in associations
        ],
    }
