"""Text with its place: as engines find it, and as the app keeps it."""

from __future__ import annotations

from dataclasses import dataclass

Point = tuple[float, float]
# The corners of a line of text: clockwise from where reading starts, in pixels from the top left.
Quad = tuple[Point, Point, Point, Point]


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character, no space, where the engine can tell its place.

    Attributes:
        text: The character.
        confidence: 0 to 1.
        quad: Its part of the line's.
    """

    text: str
    confidence: float
    quad: Quad


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text as an engine reads it.

    Attributes:
        text: All of it.
        confidence: 0 to 1.
        quad: Around it.
        glyphs: Its characters but the spaces, in order; none where the engine cannot tell.
    """

    text: str
    confidence: float
    quad: Quad
    glyphs: tuple[Glyph, ...] = ()


@dataclass(frozen=True, slots=True)
class Box:
    """Text in an upright rectangle, in fractions of the picture.

    Attributes:
        x: Of the left edge.
        y: Of the lower edge, counted from the picture's bottom upward.
    """

    text: str
    confidence: float
    x: float
    y: float
    width: float
    height: float
