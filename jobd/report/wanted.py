"""Which jobs a person asks about: the filters of inspect, retry and cancel (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobd.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WAITING = ("queued", "scheduled", "retrying")
ENDED = ("completed", "failed", "cancelled")
STATES = ("running", *WAITING, *ENDED)  # in the order in which they are shown

_SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)")
_UNITS_MS = {
    "ms": 1,
    "s": 1000,
    "m": 60_000,
    "h": 3_600_000,
    "d": 86_400_000,
    "w": 7 * 86_400_000,
}
_LONGEST_WEEKS = 100_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a job must be to be meant; without any of it, all are.

    Attributes:
        states: Of STATES; none: all of them.
        kind: Its kind.
        video: The videoId of its payload.
        since_ms: It has ended at this time or later, or has not ended.
    """

    states: tuple[str, ...] = ()
    kind: str | None = None
    video: str | None = None
    since_ms: int | None = None

    @property
    def shown(self) -> tuple[str, ...]:
        """The states that are meant, in their order."""
        return tuple(state for state in STATES if not self.states or state in self.states)

    @property
    def is_all(self) -> bool:
        """Whether nothing narrows it."""
        return self == Wanted()


def shown_state(status: str, run_at_ms: int, attempts: int, now_ms: int) -> str:
    """The status; of a queued row "retrying" after an attempt, "scheduled" before its time."""
    if status != "queued":
        return status
    if attempts > 0:
        return "retrying"
    return "scheduled" if run_at_ms > now_ms else "queued"


def span_ms(text: str) -> int:
    """A span as people write it: "90s", "15m", "2h", "1.5d", "1h30m", in milliseconds.

    Raises:
        UsageError: It is no span, or longer than a time can be counted back.
    """
    parts = _SPAN.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise UsageError(f"'{text}' is no span of time: write 90s, 15m, 2h, 7d or 1h30m")
    span = sum(float(number) * _UNITS_MS[unit] for number, unit in parts)
    if span > _LONGEST_WEEKS * _UNITS_MS["w"]:
        raise UsageError(f"'{text}' is too long a span of time: {_LONGEST_WEEKS}w at most")
    return round(span)


def refuse_unknown_kinds(named: Iterable[str], known: Sequence[str]) -> None:
    """A mistyped name would read as a quiet queue.

    Raises:
        UsageError: A kind is named that is not known.
    """
    for kind in named:
        if kind not in known:
            raise UsageError(f"no kind '{kind}' here; known: {', '.join(known)}")


def shares(room: int, running: int, waiting: int, ended: int) -> tuple[int, int, int]:
    """How many rows each group gets of a table that has room for so many.

    What runs comes first; what waits and what ended share the rest, and leave each other what
    they do not need.
    """
    shown_running = min(running, room)
    rest = room - shown_running
    half = rest // 2
    shown_waiting = min(waiting, max(half, rest - ended))
    return shown_running, shown_waiting, min(ended, rest - shown_waiting)
