"""Plain aligned columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobd.report.text import clipped, padded, width

if TYPE_CHECKING:
    from collections.abc import Sequence

_GAP = "  "


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        title: Its heading.
        right: Whether its cells end at the same place: for numbers.
        shrinks_to: Fewest terminal columns that it may be cut to; None: it is never cut.
    """

    title: str
    right: bool = False
    shrinks_to: int | None = None


def table(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], width_columns: int
) -> list[str]:
    """Lay out rows under a heading.

    What is too wide is taken from the columns that may shrink, from the left one first.

    Args:
        columns: The headings.
        rows: One cell for each column, already harmless.
        width_columns: How wide the terminal is.

    Returns:
        The lines, the heading first, without trailing spaces.
    """
    cells = [[column.title for column in columns], *rows]
    widths = [max(map(width, cell)) for cell in zip(*cells, strict=True)]
    widths = _fitted(columns, widths, width_columns)
    return [_line(columns, widths, row) for row in cells]


def _fitted(columns: Sequence[Column], widths: list[int], width_columns: int) -> list[int]:
    excess = sum(widths) + len(_GAP) * (len(widths) - 1) - width_columns
    fitted = []
    for column, wide in zip(columns, widths, strict=True):
        least = wide if column.shrinks_to is None else min(wide, column.shrinks_to)
        cut = min(max(0, excess), wide - least)
        fitted.append(wide - cut)
        excess -= cut
    return fitted


def _line(columns: Sequence[Column], widths: Sequence[int], row: Sequence[str]) -> str:
    cells = (
        padded(clipped(cell, wide), wide, right=column.right)
        for column, wide, cell in zip(columns, widths, row, strict=True)
    )
    return _GAP.join(cells).rstrip()
