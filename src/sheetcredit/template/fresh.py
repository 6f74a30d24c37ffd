"""`sheetcredit new`: the template with an office's own communes, programmes and period filled in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sheetcredit.model.errors import BadUsage, CannotWrite
from sheetcredit.model.period import parse_period
from sheetcredit.template.build import Content, build_workbook
from sheetcredit.template.catalogue import Catalogues, Entry, load_catalogues
from sheetcredit.template.definition import load_office

Row = Mapping[str, object]


def make_workbook(
    out: Path, office: str | None, period: str | None, catalogues: Catalogues | None = None
) -> Path:
    """A new workbook without buttons at `out`; blank where no office is named.

    Raises:
        BadUsage: the office or the period is not known.
        CannotWrite: `out` is there already, or cannot be written.
    """
    if out.suffix.lower() != ".xlsx":
        raise BadUsage("E-FORMAT", suffix=out.suffix or "-", path=out)
    if out.exists():
        raise CannotWrite("E-EXISTS", path=out)
    if not out.parent.is_dir():
        raise CannotWrite("E-GONE", folder=out.parent)
    content = _content(office, period, catalogues or load_catalogues())
    try:
        return build_workbook(out, content)
    except OSError as error:
        raise CannotWrite("E-WRITE", path=out, reason=error.strerror or error) from error


def _content(office: str | None, period: str | None, catalogues: Catalogues) -> Content | None:
    if office is None and period is None:
        return None
    quarter = parse_period(period) if period else None
    info: dict[str, object] = {"template_version": load_office().conventions.version, "unit": "triệu đồng"}
    if quarter:
        info |= {"period": str(quarter), "as_of": quarter.last_day}
    if office is None:
        return Content(info, {})
    entry = next((e for e in catalogues.of("offices") if e.code == office), None)
    if entry is None:
        known = ", ".join(e.code for e in catalogues.of("offices"))
        raise BadUsage("E-OFFICE", office=office, known=known)
    info |= {
        "office": office,
        "office_name": entry.name.vi,
        "branch": entry.branch.vi if entry.branch else "",
    }
    info |= {"send_to": entry.send_to or None}
    day = quarter.last_day if quarter else None
    communes = [
        c for c in catalogues.of("communes") if c.office == office and (day is None or c.valid_on(day))
    ]
    return Content(info, _tables(entry, communes, catalogues))


def _tables(office: Entry, communes: list[Entry], catalogues: Catalogues) -> dict[str, list[Row]]:
    associations = [a for a in catalogues.of("associations") if not a.direct]
    by_commune: list[Row] = [{"commune": c.code, "commune_name": c.name.vi} for c in communes]
    programmes = [p for p in catalogues.of("programmes") if p.code in (office.programmes or (p.code,))]
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
