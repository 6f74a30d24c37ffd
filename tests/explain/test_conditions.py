"""Conditions of rules' sides on single rows."""

from __future__ import annotations

import pytest

from sheetcredit.explain.ties import meets


@pytest.mark.parametrize(
    ("where", "association", "kept"),
    [
        ("association = '99'", "99", True), ("association = '99'", "11", False),
        ("association <> '99'", "11", True), ("association <> '99'", "99", False),
        ("association = '99'", None, False), ("association <> '99'", None, False),
    ],
)  # fmt: skip
def test_a_row_is_kept_as_the_frames_filter_keeps_it(where: str, association: str | None, kept: bool) -> None:
    for _ in range(2):  # asked, and remembered
        assert meets(where, {"association": association, "balance": 1}) is kept
    assert meets("association = '99'", {"association": "99", "balance": 2})
