from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobd.report.bars import place, progress_bar, span_bar


@pytest.mark.parametrize(
    ("share", "bar"),
    [
        (-1.0, "──────────"),
        (0.0, "──────────"),
        (0.049, "──────────"),
        (0.05, "╸─────────"),
        (0.467, "━━━━╸─────"),
        (0.999, "━━━━━━━━━╸"),
        (1.0, "━━━━━━━━━━"),
        (7.0, "━━━━━━━━━━"),
    ],
)
def test_how_much_is_done(share: float, bar: str) -> None:
    assert progress_bar(share, 10).plain == bar


@pytest.mark.parametrize(
    ("start", "end", "placed"),
    [
        (0, 100, (0, 10)),
        (0, 1, (0, 1)),
        (50, 60, (5, 1)),
        (55, 65, (5, 2)),
        (99, 100, (9, 1)),
        (100, 100, (9, 1)),  # at the very end, and still to be seen
    ],
)
def test_where_a_span_lies(start: int, end: int, placed: tuple[int, int]) -> None:
    assert place(start, end, 0, 100, 10) == placed


def test_a_span_as_a_bar() -> None:
    assert span_bar(50, 80, (0, 100, 10), "good").plain == "     ━━━"
    assert span_bar(0, 0, (0, 0, 10), "", "·").plain == "·"


@given(*[st.integers(-(2**53), 2**53)] * 4, st.integers(1, 100))
def test_no_span_leaves_its_scale(
    start: int, end: int, first: int, last: int, columns: int
) -> None:
    offset, length = place(start, end, first, last, columns)
    assert offset >= 0
    assert length >= 1
    assert offset + length <= columns
