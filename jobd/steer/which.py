"""From what a person asks to the ids that a command works on: found, shown, and agreed to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jobd.errors import UsageError
from jobd.report.find import find
from jobd.report.video_ids import named, video_ids
from jobd.report.wanted import ENDED, WAITING
from jobd.steer.asking import agreed, show
from jobd.steer.desk import readable

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Literal

    from jobd.clock import Clock
    from jobd.queue.file import Queue
    from jobd.report.wanted import Wanted
    from jobd.steer.asking import Terminal
    from jobd.steer.chosen import Chosen

    Verb = Literal["cancel", "retry", "prune"]

DECLINED = 1
_OPEN = ("running", *WAITING)
# What a filter means that names no state, and all that it may name.
BY_ITSELF = {"cancel": _OPEN, "retry": ("failed",), "prune": ENDED}
MAY_NAME = {"cancel": _OPEN, "retry": ENDED, "prune": ENDED}
WHAT = {"cancel": "cancel", "retry": "queue again", "prune": "delete"}

Found = dict[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Asked:
    """One command on one queue.

    Attributes:
        verb: What is to be done.
        path: The queue file.
        chosen: To which jobs.
        terminal: Where it is said.
        now_ms: When it was asked.
    """

    verb: Verb
    path: Path
    chosen: Chosen
    clock: Clock
    terminal: Terminal
    now_ms: int

    @property
    def wanted(self) -> Wanted:
        """What a job must still be when its turn comes: named by its id, nothing."""
        wanted = self.chosen.wanted
        if self.chosen.ids or wanted.states:
            return wanted
        return replace(wanted, states=BY_ITSELF[self.verb])


def by_filter(asked: Asked) -> tuple[tuple[int, ...], int]:
    """The jobs that the filters mean, if a yes was given or is given now.

    Returns:
        Their ids; without any, the exit code of a command that ends here.

    Raises:
        UsageError: The filters cannot mean that, or nobody is there to say yes.
        QueueError: There is no readable queue at the path.
    """
    found = _looked(asked)
    if not found:
        asked.terminal.say("no such job: nothing is to be done")
        return (), 0
    if asked.chosen.dry_run:
        return (), 0
    if not asked.chosen.yes and not agreed(asked.terminal, found, WHAT[asked.verb]):
        asked.terminal.say("nothing was done")
        return (), DECLINED
    return tuple(job_id for group in found.values() for job_id in group), 0


def _looked(asked: Asked) -> Found:
    with readable(asked.path, asked.clock) as queue:
        found = meant(queue, asked.verb, asked.wanted, asked.now_ms)
        if found and (asked.chosen.dry_run or not asked.chosen.yes):
            show(asked.terminal, queue, found, WHAT[asked.verb])
        if not found and asked.wanted.video is not None:
            _hint(asked.terminal, queue, asked.wanted.video)
    return found


def _hint(terminal: Terminal, queue: Queue, video: str) -> None:
    """What is to be changed is named whole: a script's id may be the beginning of another."""
    ids = video_ids(queue, video)
    if ids and video not in ids:
        terminal.say(f"no video is '{video}'; name it whole: {named(ids)}")


def meant(queue: Queue, verb: Verb, wanted: Wanted, now_ms: int) -> Found:
    """The jobs by their state; what runs comes last.

    Were it cancelled first, the daemon would start what is to be cancelled next.

    Raises:
        UsageError: The verb is not for such a state; the queue knows no such kind.
    """
    for state in wanted.states:
        if state not in MAY_NAME[verb]:
            raise UsageError(f"{verb} --status {state}: it may be {', '.join(MAY_NAME[verb])}")
    found = {}
    for state in sorted(wanted.shown, key=lambda state: state == "running"):
        ids = find(queue, replace(wanted, states=(state,)), now_ms).ids
        if ids:
            found[state] = ids
    return found
