from __future__ import annotations

from fractions import Fraction

import pytest

from jobd.sheet.choose import wanted_indexes


@pytest.mark.parametrize(
    ("first", "last", "count", "most", "step", "wanted"),
    [
        (0, 0, 1, 24, None, [0]),
        (0, 200, 3, 24, None, [0, 100, 200]),
        (0, 99, 100, 4, None, [0, 33, 66, 99]),
        (7, 10, 4, 2, None, [7, 10]),
        (0, 99, 100, 1, None, [0]),
        (0, 300, 4, 120, Fraction(100), [0, 100, 200, 300]),
        (0, 299, 300, 120, Fraction(100), [0, 100, 200]),
        (0, 9, 10, 120, Fraction(5, 2), [0, 3, 5, 8]),
        (0, 9, 10, 120, Fraction(1, 3), list(range(10))),  # oftener than there are frames
        (0, 999, 1000, 3, Fraction(10), [0, 10, 20]),
    ],
)
def test_which_frames_are_looked_for(
    first: int, last: int, count: int, most: int, *, step: Fraction | None, wanted: list[int]
) -> None:
    assert wanted_indexes(first, last, count, most, step) == wanted
