"""A yes for many jobs at once: by a flag, or by a person at a terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobd.errors import UsageError
from jobd.report.text import clipped, decoded, encodable, harmless
from jobd.report.times import roughly

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TextIO

    from jobd.queue.file import Queue

_SHOWN = 10
_WIDTH = 80


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where a command speaks, and whether somebody may answer.

    Attributes:
        out: Where it prints.
        ask: Reads an answer; None: nobody is there.
        sleep: Seconds.
    """

    out: TextIO
    ask: Callable[[str], str] | None
    sleep: Callable[[float], None]

    def say(self, line: str) -> None:
        """A line, without anything that could repaint a terminal."""
        self.out.write(encodable(harmless(line), self.out) + "\n")


def show(terminal: Terminal, queue: Queue, found: Mapping[str, tuple[int, ...]], what: str) -> None:
    """What would be touched: how many jobs of which states, and some of them.

    Args:
        terminal: Where.
        queue: Opened by `desk`.
        found: Ids by state; not empty.
        what: "cancel", "queue again".
    """
    terminal.say(f"would {what} {tally(found)}:")
    every = [(state, job_id) for state, ids in found.items() for job_id in ids[:_SHOWN]]
    for state, job_id in every[:_SHOWN]:
        terminal.out.write(_line(terminal, queue, state, job_id))
    more = sum(map(len, found.values())) - len(every[:_SHOWN])
    if more:
        terminal.say(f"  … and {more:,} more")


def tally(found: Mapping[str, tuple[int, ...]]) -> str:
    """How many of which states: "412 jobs (400 failed, 12 cancelled)"; "": unknown (pure)."""
    total = sum(map(len, found.values()))
    parts = ", ".join(f"{len(ids):,} {state}" for state, ids in found.items() if state)
    return f"{total:,} {'job' if total == 1 else 'jobs'}" + (f" ({parts})" if parts else "")


def agreed(terminal: Terminal, found: Mapping[str, tuple[int, ...]], what: str) -> bool:
    """Whether a person says yes.

    Raises:
        UsageError: Nobody is there to be asked.
    """
    if terminal.ask is None:
        raise UsageError(f"this would {what} {tally(found)}: say so with --yes")
    try:
        answer = terminal.ask(f"{_question(what, sum(map(len, found.values())))} [y/N] ")
    except (EOFError, KeyboardInterrupt):
        terminal.say("")
        return False
    return answer.strip().lower() in ("y", "yes")


def _question(what: str, count: int) -> str:
    """What a person is asked: "Cancel it?", "Queue them again?" (pure)."""
    word, *more = what.capitalize().split()
    return " ".join([word, "it" if count == 1 else "them", *more]) + "?"


def _line(terminal: Terminal, queue: Queue, state: str, job_id: int) -> str:
    rows = queue.run("shown", {"id": job_id})
    if not rows:
        return ""
    _, kind, created_at_ms, finished_at_ms, video = rows[0]
    age = roughly(queue.clock.now_ms() - (finished_at_ms or created_at_ms))
    words = f"job {job_id} {state} {decoded(kind)} {decoded(video or b'-')} {age} ago"
    return encodable(f"  {clipped(harmless(words), _WIDTH - 2)}\n", terminal.out)
