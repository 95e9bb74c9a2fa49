"""Where a screen is shown: how wide, how high, and with what."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

from jobd.report.palette import Palette

if TYPE_CHECKING:
    from collections.abc import Mapping

_PLAIN_TERMINALS = ("dumb",)
_POOR_FONTS = ("linux",)  # the console's has neither ✓ nor ✗
_LEAST_WIDTH = 40


@dataclass(frozen=True, slots=True)
class View:
    """What a screen is laid out for.

    Attributes:
        width: Columns.
        height: Lines that a table of jobs is to fit in; None: as many as there are jobs.
        palette: Colours and signs.
        wide: Nothing in a table is cut, whatever the width.
    """

    width: int = 80
    height: int | None = None
    palette: Palette = field(default_factory=Palette)
    wide: bool = False


def view_of(out: TextIO, environ: Mapping[str, str]) -> View | None:
    """The screen that `out` is; None where a program reads it.

    FORCE_COLOR makes a screen of a pipe too (for `less -R`); NO_COLOR takes the colours away.
    """
    forced = environ.get("FORCE_COLOR", "0") not in ("", "0", "false")
    if not (out.isatty() or forced):
        return None
    width, height = _size(out, environ)
    return View(max(_LEAST_WIDTH, width), height, palette_of(out.encoding, environ, forced=forced))


def can_redraw(out: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether `out` is a terminal whose cursor can be moved."""
    return out.isatty() and environ.get("TERM", "") not in ("", *_PLAIN_TERMINALS)


def palette_of(encoding: str | None, environ: Mapping[str, str], *, forced: bool) -> Palette:
    """Colours and signs by what the environment says (no-color.org, force-color.org)."""
    term = environ.get("TERM", "")
    colour = not environ.get("NO_COLOR") and (forced or term not in ("", *_PLAIN_TERMINALS))
    is_utf8 = (encoding or "").lower().replace("-", "") == "utf8"
    return Palette(colour=colour, unicode=is_utf8 and term not in _POOR_FONTS)


def _size(out: TextIO, environ: Mapping[str, str]) -> tuple[int, int | None]:
    """COLUMNS and LINES go before the terminal's own: a person sets them on purpose."""
    try:
        found = os.get_terminal_size(out.fileno())
        columns, lines = found.columns, found.lines or None
    except (OSError, ValueError):
        columns, lines = 0, None
    return _number(environ.get("COLUMNS")) or columns or 80, _number(environ.get("LINES")) or lines


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and text.isascii() else 0
