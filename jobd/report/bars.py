"""Bars: how much is done, and when something was, to scale (pure)."""

from __future__ import annotations

from jobd.report.styled import Styled, styled


def progress_bar(share: float, columns: int) -> Styled:
    """How much is done; full only when all is.

    Args:
        share: 0 to 1; what lies outside counts as its end.
        columns: How long the whole is.
    """
    halves = int(min(max(share, 0.0), 1.0) * columns * 2)
    done = "━" * (halves // 2) + "╸" * (halves % 2)
    return styled(done, "busy") + styled("─" * (columns - len(done)), "dim")


def place(start: int, end: int, first: int, last: int, columns: int) -> tuple[int, int]:
    """Where a span lies on a scale.

    Args:
        start: Of the span.
        end: Of the span.
        first: The scale's left end.
        last: Its right end.
        columns: How long the scale is.

    Returns:
        (offset, length) in columns, within the scale; the length is at least 1.
    """
    whole = max(1, last - first)
    left = min(max(0, (start - first) * columns // whole), columns - 1)
    right = -((first - end) * columns // whole)  # rounded up
    return left, min(max(1, right - left), columns - left)


def span_bar(
    start: int, end: int, scale: tuple[int, int, int], style: str, mark: str = "━"
) -> Styled:
    """A span as a bar on a scale.

    Args:
        start: Of the span.
        end: Of the span.
        scale: (first, last, columns), see `place`.
        style: Of the bar.
        mark: What it is drawn of.
    """
    left, length = place(start, end, *scale)
    return styled(" " * left) + styled(mark * length, style)
