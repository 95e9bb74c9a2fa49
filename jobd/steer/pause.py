"""`pause` and `resume`: whether jobs of a kind are started; what runs goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobd.report.text import decoded
from jobd.report.wanted import refuse_unknown_kinds
from jobd.steer.desk import daemon_of, writable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from jobd.clock import Clock
    from jobd.queue.file import Queue
    from jobd.steer.asking import Terminal


@dataclass(frozen=True, slots=True)
class KindState:
    """One kind as it stood before.

    Attributes:
        waiting: Its jobs that could start now.
        running: Those that run.
    """

    kind: str
    paused: bool
    waiting: int
    running: int


def pause(
    path: Path, named: Sequence[str], clock: Clock, terminal: Terminal, *, paused: bool
) -> int:
    """Pause or resume kinds, all of them in one transaction.

    Args:
        path: The queue file.
        named: The kinds; none: all.
        clock: Passed on.
        terminal: Where it is said.
        paused: What they are to be.

    Returns:
        The exit code, 0.

    Raises:
        UsageError: The queue knows no such kind; nothing was changed.
        QueueError: The queue cannot be written.
    """
    with writable(path, clock) as queue:
        with queue.writing():
            kinds = chosen_kinds(_kinds(queue), named)
            for state in kinds:
                queue.run("set_paused", {"kind": state.kind, "paused": int(paused)})
        alive = daemon_of(path) is not None
        for state in kinds:
            terminal.say(sentence(state, paused=paused, alive=alive))
    return 0


def chosen_kinds(known: Sequence[KindState], named: Collection[str]) -> list[KindState]:
    """Those that are named; all where none is (pure).

    Raises:
        UsageError: One is not known.
    """
    names = [state.kind for state in known]
    refuse_unknown_kinds(named, names)
    return [state for state in known if not named or state.kind in named]


def sentence(state: KindState, *, paused: bool, alive: bool) -> str:
    """What was and what is (pure)."""
    words = "paused" if paused else "resumed"
    if state.paused == paused:
        words = "was paused already" if paused else "was not paused"
    return "; ".join([f"{state.kind}: {words}", *_rest(state, paused=paused, alive=alive)])


def _rest(state: KindState, *, paused: bool, alive: bool) -> Iterator[str]:
    if paused and state.running and alive:
        goes = "job that runs goes" if state.running == 1 else "jobs that run go"
        yield f"{state.running:,} {goes} on"
    waits = f"{state.waiting:,} {'waits' if state.waiting == 1 else 'wait'}"
    if paused:
        yield f"{waits} until `python -m jobd resume {state.kind}`"
    elif not alive and state.waiting:
        yield f"{waits} until a daemon starts"
    elif state.waiting:
        yield f"{waits} and may start now"


def _kinds(queue: Queue) -> list[KindState]:
    return [
        KindState(decoded(kind), bool(paused), waiting, running)
        for kind, paused, waiting, running in queue.run("kinds")
    ]
