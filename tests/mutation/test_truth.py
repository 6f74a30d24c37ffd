import pytest

from tests.mutation.books import Typed
from tests.mutation.offices import offices
from tests.mutation.tables import golden, row_of
from tests.mutation.truth import broken


@pytest.mark.parametrize("case", offices(), ids=lambda case: case.name)
def test_everything_holds_in_an_untouched_office(case) -> None:  # type: ignore[no-untyped-def]
    assert broken(Typed.of(case.content)) == frozenset()


def test_what_rounding_leaves_breaks_nothing() -> None:
    typed = golden()
    row = row_of(typed, "farmers", commune="11593")
    row["disbursement"] = int(str(row["disbursement"])) + 1
    assert broken(typed) == frozenset()
    row["disbursement"] = int(str(row["disbursement"])) + 9
    assert {name.partition(":")[0] for name in broken(typed)} == {"movements"}


def test_a_balance_breaks_what_it_is_tied_to() -> None:
    typed = golden()
    row_of(typed, "farmers", commune="11593")["balance"] = 7803
    assert {name.split()[0] for name in broken(typed)} == {"s=g", "s=l", "movements:"}
