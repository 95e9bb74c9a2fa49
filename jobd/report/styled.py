"""A text of which parts have a style: measured and cut without them, painted at the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobd.report.text import clipped, width

if TYPE_CHECKING:
    from jobd.report.palette import Palette


@dataclass(frozen=True, slots=True)
class Styled:
    """Pieces of text, each with the name of its style ("" for none)."""

    pieces: tuple[tuple[str, str], ...] = ()

    @property
    def plain(self) -> str:
        """Its text alone."""
        return "".join(text for text, _ in self.pieces)

    @property
    def width(self) -> int:
        """How many columns a terminal needs for it."""
        return width(self.plain)

    def __add__(self, other: Styled) -> Styled:
        return Styled(self.pieces + other.pieces)

    def __bool__(self) -> bool:
        return bool(self.plain)

    def clipped(self, columns: int) -> Styled:
        """Cut to a number of columns; a cut text ends in "…"."""
        if self.width <= columns:
            return self
        kept, left = [], columns
        for text, style in self.pieces:
            if width(text) >= left:  # its last column is the ellipsis's, as more follows
                kept.append((clipped(f"{text}  ", left), style))
                break
            kept.append((text, style))
            left -= width(text)
        return Styled(tuple(kept))

    def padded(self, columns: int, *, right: bool = False) -> Styled:
        """Fill with spaces to a number of columns."""
        fill = styled(" " * max(0, columns - self.width))
        return fill + self if right else self + fill

    def painted(self, palette: Palette) -> str:
        """As the terminal gets it."""
        return "".join(palette.paint(text, style) for text, style in self.pieces)


def styled(text: str, style: str = "") -> Styled:
    """One piece."""
    return Styled(((text, style),)) if text else Styled()


def joined(separator: str, parts: list[Styled]) -> Styled:
    """The parts that are not empty, with a separator between them."""
    found = Styled()
    for part in filter(None, parts):
        found = found + styled(separator) + part if found else part
    return found
