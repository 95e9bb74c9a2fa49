"""What a sheet is made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Frame:
    """One image; `at_s` counts from the video's first frame."""

    index: int
    at_s: float
    jpeg: bytes


@dataclass(frozen=True, slots=True)
class Box:
    """A piece of text in a picture: fractions of its sides, y from the bottom up to the box's."""

    x: float
    y: float
    width: float
    height: float
