"""How a screen looks: colours and signs, or plain ASCII without either.

By hand, as the table is, and not by rich: its import alone costs half of what a look may take, and
what it would do here (measure, cut, paint) is these few files.
"""

from __future__ import annotations

from dataclasses import dataclass

# The terminal's own sixteen colours: they follow its theme, dark or light.
_SGR = {"good": "32", "bad": "31", "busy": "36", "wait": "33", "dim": "2", "strong": "1"}
_RESET = "\x1b[0m"
# State → its sign, the same in ASCII, and its style.
_STATES = {
    "running": ("●", "*", "busy"),
    "queued": ("○", ".", ""),
    "scheduled": ("◷", "@", "dim"),
    "retrying": ("↻", "~", "wait"),
    "completed": ("✓", "+", "good"),
    "failed": ("✗", "!", "bad"),
    "cancelled": ("⊘", "-", "dim"),
    # How an attempt ends, where a job does not.
    "retry": ("↻", "~", "wait"),
    "crashed": ("✗", "!", "bad"),
    "handed_back": ("⊘", "-", "dim"),
}
_UNKNOWN = ("?", "?", "")
# What is drawn in Unicode, and what stands for it in ASCII: as wide, so that columns hold.
_DRAWN = str.maketrans(
    {"…": "~", "━": "#", "╸": "#", "─": "-", "│": "|", "├": "|", "└": "`", "·": "."}
)


@dataclass(frozen=True, slots=True)
class Palette:
    """What the terminal can show.

    Attributes:
        colour: Whether escape sequences colour it.
        unicode: Whether it has more than ASCII.
    """

    colour: bool = False
    unicode: bool = True

    def paint(self, text: str, style: str) -> str:
        """The text in a style, "" for none."""
        if not (self.colour and style and text):
            return text
        return f"\x1b[{_SGR[style]}m{text}{_RESET}"

    def sign(self, state: str) -> str:
        """One column that stands for a state, or for how an attempt ended."""
        sign, in_ascii, _ = _STATES.get(state, _UNKNOWN)
        return sign if self.unicode else in_ascii

    def drawn(self, text: str) -> str:
        """A finished screen with what the terminal has for lines and bars."""
        return text if self.unicode else text.translate(_DRAWN)


def style_of(state: str) -> str:
    """The style of a state, or of how an attempt ended."""
    return _STATES.get(state, _UNKNOWN)[2]
