"""A screen that is drawn again over itself, and stays when it is over."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from jobd.report.text import encodable

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

_HIDE_CURSOR, _SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"
_CUT, _WRAP = "\x1b[?7l", "\x1b[?7h"  # what is too long for a line
_CLEAR = "\x1b[H\x1b[2J"
_TO_LINE_END, _TO_SCREEN_END = "\x1b[K", "\x1b[J"


@dataclass
class Redraw:
    """Draws on a terminal; between two drawings nobody else may write there.

    Attributes:
        out: The terminal.
        drawn: How many lines stand there now.
        last: What stands there.
        size: The terminal's, at that time.
    """

    out: TextIO
    drawn: int = 0
    last: str = ""
    size: os.terminal_size | None = None

    def __enter__(self) -> Self:
        self._write(_HIDE_CURSOR + _CUT)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._write(_WRAP + _SHOW_CURSOR)

    def draw(self, text: str, *, last: bool = False) -> None:
        """Put this text in the place of the one before; line by line, so that it does not flicker.

        A terminal that was made smaller has broken or dropped lines in its own way: it is cleared.

        Args:
            text: The screen.
            last: None follows, so that long lines need not be cut.
        """
        size, before = _size_of(self.out), self.size
        resized = before is not None and size != before
        if text == self.last and not last and not resized:
            return
        wrap = _WRAP if last else ""
        up = _CLEAR if resized else f"\x1b[{self.drawn}F" if self.drawn else ""
        lines = text.splitlines()
        body = "".join(f"{_TO_LINE_END}{line}\n" for line in lines)
        self._write(f"{wrap}{up}{body}{_TO_SCREEN_END}")
        self.drawn, self.last, self.size = len(lines), text, size

    def _write(self, text: str) -> None:
        self.out.write(encodable(text, self.out))
        self.out.flush()


def _size_of(out: TextIO) -> os.terminal_size | None:
    with suppress(OSError, ValueError):
        return os.get_terminal_size(out.fileno())
    return None


def fitting(text: str, height: int | None) -> str:
    """The screen's first line and its last ones: no more than can be drawn over (pure).

    Args:
        text: The whole screen.
        height: The terminal's lines; None: not known.
    """
    lines = text.splitlines(keepends=True)
    if height is None or len(lines) < height:
        return text
    return "".join([lines[0], *lines[len(lines) - max(1, height - 2) :]])
