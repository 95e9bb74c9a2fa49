"""How much one child may say: it counts for itself, and the daemon counts along."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobd.attempt.messages import Level, Line

MAX_LINES = 1000
MAX_CHARS = 256_000
# Beyond these, for errors alone: however much was said before, why it failed is still heard.
_ERROR_LINES = 100
_ERROR_CHARS = 64_000


class Allowance:
    """What is left of it."""

    def __init__(self) -> None:
        self._lines = self._chars = 0

    def has_room(self, level: Level, chars: int = 1) -> bool:
        """Whether a line of so many characters is allowed still."""
        lines, most = MAX_LINES, MAX_CHARS
        if level == "error":
            lines, most = lines + _ERROR_LINES, most + _ERROR_CHARS
        return self._lines < lines and self._chars + chars <= most

    def take(self, line: Line) -> bool:
        """Count a line, if it is allowed; False: it is not."""
        if not self.has_room(line.level, len(line.text)):
            return False
        self._lines += 1
        self._chars += len(line.text)
        return True
