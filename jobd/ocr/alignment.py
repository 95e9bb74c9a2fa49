"""Where each character of a line stands (pure)."""

from __future__ import annotations

from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from jobd.ocr.text import Glyph

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobd.ocr.text import Line, Point, Quad


_FAR = 1.5  # usual steps from the line's end, more than a capital and the line's margin take


def glyphs_at(
    text: str, centres: Sequence[float], confidences: Sequence[float], quad: Quad
) -> tuple[Glyph, ...]:
    """Characters from where a recogniser saw them.

    A character reaches half-way to its neighbour, and at a space half a usual step. The first and
    the last reach to the line's end, if that is not far.

    Args:
        text: The line's.
        centres: Of the characters but the spaces, as fractions of the line, rising.
        confidences: Of the same characters.
        quad: The line's.
    """
    places = [n for n, char in enumerate(text) if not char.isspace()]
    edges = _edges(places, centres)
    return tuple(
        Glyph(text[place], confidence, part(quad, *edge))
        for place, confidence, edge in zip(places, confidences, edges, strict=True)
    )


def _edges(places: Sequence[int], centres: Sequence[float]) -> list[tuple[float, float]]:
    """From where to where each character reaches."""
    if len(centres) == 1:
        return [(0.0, 1.0)]
    gaps = list(zip(pairwise(places), pairwise(centres), strict=True))
    step = median((b - a) / (q - p) for (p, q), (a, b) in gaps)
    first, last = centres[0], centres[-1]
    lefts, rights = [0.0 if first < _FAR * step else first - step / 2], []
    for (p, q), (a, b) in gaps:
        middle = (a + b) / 2
        touching = q == p + 1
        rights.append(middle if touching else min(middle, a + step / 2))
        lefts.append(middle if touching else max(middle, b - step / 2))
    rights.append(1.0 if 1 - last < _FAR * step else last + step / 2)
    return list(zip(lefts, rights, strict=True))


def even_glyphs(line: Line) -> tuple[Glyph, ...]:
    """The same where the engine says nothing of its characters: all of one width."""
    count = len(line.text)
    return tuple(
        Glyph(char, line.confidence, part(line.quad, n / count, (n + 1) / count))
        for n, char in enumerate(line.text)
        if not char.isspace()
    )


def part(quad: Quad, left: float, right: float) -> Quad:
    """A line's quad from one fraction of its length to another."""
    top_left, top_right, bottom_right, bottom_left = quad
    return (
        _between(top_left, top_right, left),
        _between(top_left, top_right, right),
        _between(bottom_left, bottom_right, right),
        _between(bottom_left, bottom_right, left),
    )


def _between(one: Point, other: Point, share: float) -> Point:
    return one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share
