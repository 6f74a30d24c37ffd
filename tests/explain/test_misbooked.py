import pytest

from tests.mutation.books import Typed
from tests.mutation.tables import after, golden, row_of, tab, way_out

GROUP = "0018381"


def _to_commune(typed: Typed) -> None:
    row_of(typed, "groups", group=GROUP)["commune"] = "11611"


def _to_association(typed: Typed) -> None:
    row_of(typed, "groups", group=GROUP)["association"] = "13"


def _as_well(typed: Typed) -> None:
    _to_commune(typed)
    row = row_of(typed, "farmers", commune="11593")
    row["balance"] = 7803


@pytest.mark.parametrize(
    ("change", "cause", "right"),
    [(_to_commune, "misbooked-commune", "11584"), (_to_association, "misbooked-association", "12")],
)
def test_the_group_is_named_and_one_change_clears_all(change, cause, right) -> None:  # type: ignore[no-untyped-def]
    report = after(change)
    place = golden().place("groups", None, "group")[0]
    assert place == tab("groups")
    assert [fix.suspect.cause for fix in report.fix_first] == [cause]
    suspect = report.fix_first[0].suspect
    assert suspect.suggestion == right
    assert suspect.details["group"] == GROUP
    ties = [finding for finding in report.findings if finding.code in ("R05", "R16")]
    assert report.fix_first[0].clears == len(ties) > 8
    assert {finding.cell for finding in ties} == {suspect.cell}


def test_another_mistake_beside_it_is_found_too() -> None:
    assert {cause for _, _, cause in way_out(after(_as_well))} == {"misbooked-commune", "transposed"}
