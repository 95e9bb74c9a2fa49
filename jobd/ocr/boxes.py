"""From lines in pixels to the boxes that the app keeps (pure)."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from jobd.ocr.alignment import even_glyphs
from jobd.ocr.text import Box

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from jobd.ocr.terms import Granularity
    from jobd.ocr.text import Glyph, Line, Quad

_ROUNDED = 1e-3


def boxes_of(
    lines: Iterable[Line], granularity: Granularity, width_px: int, height_px: int
) -> list[Box]:
    """All boxes of a picture, in reading order.

    Args:
        lines: As the engine read them.
        granularity: What gets a box of its own.
        width_px: Of the picture.
        height_px: Of the picture.

    Raises:
        TypeError: An engine's number is none; or any other error that comes of nonsense.
        ValueError: A confidence is not from 0 to 1.
    """
    return [
        _box(text, confidence, quads, width_px, height_px)
        for line in lines
        for text, confidence, quads in _parts(line, granularity)
        if text.strip()
    ]


def _parts(line: Line, granularity: Granularity) -> Iterator[tuple[str, float, list[Quad]]]:
    if granularity == "line":
        yield line.text, line.confidence, [line.quad]
        return
    glyphs = line.glyphs or even_glyphs(line)
    for group in _words(line.text, glyphs) if granularity == "word" else ([g] for g in glyphs):
        text = "".join(glyph.text for glyph in group)
        confidence = sum(glyph.confidence for glyph in group) / len(group)
        yield text, confidence, [glyph.quad for glyph in group]


def _words(text: str, glyphs: Sequence[Glyph]) -> Iterator[list[Glyph]]:
    """Characters between spaces; one alone where its script has no spaces."""
    rest = iter(glyphs)
    word: list[Glyph] = []
    for char in text:
        alone = is_spaceless(char)
        if (alone or char.isspace()) and word:
            yield word
            word = []
        if alone:
            yield [next(rest)]
        elif not char.isspace():
            word.append(next(rest))
    if word:
        yield word


def is_spaceless(char: str) -> bool:
    """Whether a character belongs to a script that is written without spaces: the wide ones.

    Korean is as wide, but has spaces.
    """
    wide = unicodedata.east_asian_width(char) in {"W", "F"}
    return wide and not unicodedata.name(char, "").startswith("HANGUL")


def _box(text: str, confidence: float, quads: Sequence[Quad], width_px: int, height_px: int) -> Box:
    """The upright rectangle around some quads, cut off at the picture's edges."""
    xs = [min(max(float(x) / width_px, 0.0), 1.0) for quad in quads for x, _ in quad]
    ys = [min(max(1 - float(y) / height_px, 0.0), 1.0) for quad in quads for _, y in quad]
    left, bottom = min(xs), min(ys)
    return Box(text, _sure(confidence), left, bottom, max(xs) - left, max(ys) - bottom)


def _sure(confidence: float) -> float:
    """A confidence as the app keeps it.

    Raises:
        ValueError: It is none from 0 to 1; what was rounded is let pass.
    """
    number = float(confidence)
    if not -_ROUNDED <= number <= 1 + _ROUNDED:
        raise ValueError(f"a confidence of {number:g}, which is not from 0 to 1")
    return min(max(number, 0.0), 1.0)
