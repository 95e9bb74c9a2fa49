"""Aligned columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobd.report.styled import Styled, styled

if TYPE_CHECKING:
    from collections.abc import Sequence

_GAP = 2


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        title: Its heading.
        right: Whether its cells end at the same place: for numbers.
        shrinks_to: Fewest terminal columns that it may be cut to; None: it is never cut.
        from_width: It is left out of a narrower terminal.
    """

    title: str
    right: bool = False
    shrinks_to: int | None = None
    from_width: int = 0


def table(
    columns: Sequence[Column], rows: Sequence[Sequence[Styled]], width_columns: int
) -> list[Styled]:
    """Lay out rows under a heading.

    What is too wide is taken from the columns that may shrink, from the left one first.

    Args:
        columns: The headings.
        rows: One cell for each column, already harmless.
        width_columns: How wide the terminal is.

    Returns:
        The lines, the heading first, without trailing spaces.
    """
    heading = [styled(column.title, "dim") for column in columns]
    widths = natural_widths(columns, rows)
    widths = _fitted(columns, widths, width_columns)
    return [_line(columns, widths, row) for row in (heading, *rows)]


def natural_widths(columns: Sequence[Column], rows: Sequence[Sequence[Styled]]) -> list[int]:
    """How wide the columns are when nothing is cut."""
    cells = [[styled(column.title) for column in columns], *rows]
    return [max(cell.width for cell in cells_of) for cells_of in zip(*cells, strict=True)]


def room_left(
    columns: Sequence[Column], rows: Sequence[Sequence[Styled]], width_columns: int
) -> int:
    """What the last column gets when the others have shrunk as far as they may."""
    widths = natural_widths(columns, rows)
    others = zip(columns[:-1], widths[:-1], strict=True)
    taken = sum(_least(column, wide) + _GAP for column, wide in others)
    return max(0, width_columns - taken)


def _least(column: Column, wide: int) -> int:
    return wide if column.shrinks_to is None else min(wide, column.shrinks_to)


def _fitted(columns: Sequence[Column], widths: list[int], width_columns: int) -> list[int]:
    excess = sum(widths) + _GAP * (len(widths) - 1) - width_columns
    fitted = []
    for column, wide in zip(columns, widths, strict=True):
        cut = min(max(0, excess), wide - _least(column, wide))
        fitted.append(wide - cut)
        excess -= cut
    return fitted


def _line(columns: Sequence[Column], widths: Sequence[int], row: Sequence[Styled]) -> Styled:
    *before, last = zip(columns, widths, row, strict=True)
    line = Styled()
    for column, wide, cell in before:
        line += cell.clipped(wide).padded(wide, right=column.right) + styled(" " * _GAP)
    column, wide, cell = last
    return _trimmed(
        line + (cell.clipped(wide).padded(wide, right=True) if column.right else cell.clipped(wide))
    )


def _trimmed(line: Styled) -> Styled:
    pieces = list(line.pieces)
    while pieces and not pieces[-1][0].rstrip():
        pieces.pop()
    if pieces:
        text, style = pieces[-1]
        pieces[-1] = (text.rstrip(), style)
    return Styled(tuple(pieces))
