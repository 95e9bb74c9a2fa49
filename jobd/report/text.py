"""Text from rows made safe and fitted to columns; rows are written by other programs."""

from __future__ import annotations

import textwrap
import unicodedata
from typing import TextIO

_WIDE = frozenset("WF")
_ELLIPSIS = "…"


def decoded(raw: bytes) -> str:
    """UTF-8 read so that no byte can break a listing: what is wrong becomes U+FFFD."""
    return raw.decode("utf-8", "replace")


def harmless(text: str) -> str:
    r"""One line without control characters.

    Escape sequences could repaint the reader's terminal, direction marks reorder what
    it shows: both come out spelled, as in Python ("\x1b", "\u202e"). White space of any
    kind comes out as single spaces.
    """
    return "".join(_spelled(c) for c in " ".join(text.split()))


def _spelled(character: str) -> str:
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return character.encode("unicode_escape").decode("ascii")
    return character


def harmless_lines(text: str) -> list[str]:
    """The text's lines, indentation kept, each without control characters."""
    lines = text.replace("\t", "    ").split("\n")
    return ["".join(_spelled(c) for c in line.rstrip()) for line in lines]


def width(text: str) -> int:
    """How many columns a terminal needs for it: two for East Asian wide characters."""
    return sum(_columns(c) for c in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1


def clipped(text: str, columns: int) -> str:
    """Cut to a number of columns; a cut text ends in "…"."""
    if width(text) <= columns:
        return text
    kept = ""
    for character in text:
        if width(kept) + _columns(character) + 1 > columns:
            break
        kept += character
    return (kept.rstrip() + _ELLIPSIS) if columns > 0 else ""


def padded(text: str, columns: int, *, right: bool = False) -> str:
    """Fill with spaces to a number of columns."""
    fill = " " * max(0, columns - width(text))
    return fill + text if right else text + fill


def wrapped(text: str, columns: int) -> list[str]:
    """Broken between words; what has no spaces (a path) stays whole, so that it can be copied."""
    return textwrap.wrap(text, columns, break_long_words=False, break_on_hyphens=False)


def is_utf8(text: str) -> bool:
    """False for half a character, as JSON and file names can hold it: no file is found by that."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def encodable(text: str, out: TextIO) -> str:
    """A terminal without UTF-8 shows "?" where it lacks a character, and does not fail."""
    encoding = getattr(out, "encoding", None) or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)
