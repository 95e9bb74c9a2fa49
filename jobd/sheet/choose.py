"""Which frames a sheet shows (pure)."""

from __future__ import annotations

from fractions import Fraction
from math import ceil


def wanted_indexes(
    first: int, last: int, count: int, most: int, step: Fraction | None = None
) -> list[int]:
    """Indexes to look for, from the first frame on; the next one that is there is shown.

    Args:
        first: Index of the first frame.
        last: Of the last one.
        count: How many frames there are.
        most: How many the sheet may show.
        step: How far apart they are to be, in indexes; None: spread over all of them.

    Returns:
        At most `most` indexes, growing, from `first` to `last`.
    """
    if step is None:
        shown = max(1, min(most, count))
        step = Fraction(last - first, max(1, shown - 1))
    else:
        # Exactly a whole number of steps also shows the frame at its end.
        shown = min(most, 1 + int(Fraction(last - first) / step))
    found = [first + ceil(step * n) for n in range(shown)]
    return sorted(set(found))
