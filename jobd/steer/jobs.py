"""`cancel` and `retry`: what is said while they are done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobd.errors import INTERRUPTED
from jobd.steer.change import Change
from jobd.steer.desk import daemon_of, paused_kinds, readable, writable
from jobd.steer.notes import notes
from jobd.steer.pace import Pace
from jobd.steer.saying import Saying
from jobd.steer.verdict import DONE
from jobd.steer.which import by_filter

if TYPE_CHECKING:
    from jobd.steer.verdict import Verb
    from jobd.steer.which import Asked


def steer(verb: Verb, asked: Asked) -> int:
    """Cancel or retry jobs.

    Returns:
        The exit code: 0, 1 where something was refused, 4 where an id is not there.

    Raises:
        UsageError: The filters cannot mean that, or nobody is there to say yes.
        QueueError: The queue cannot be used; what has been said of jobs is done.
    """
    ids, code = (asked.chosen.ids, 0) if asked.chosen.ids else by_filter(asked)
    if not ids:
        return code
    return _would(verb, asked) if asked.chosen.dry_run else _do(verb, asked, ids)


def _would(verb: Verb, asked: Asked) -> int:
    saying = Saying(asked.terminal.out)
    with readable(asked.path, asked.clock) as queue:
        change = Change(queue, verb, asked.wanted, asked.now_ms, dry_run=True)
        for job_id in asked.chosen.ids:
            saying.add(change.one(job_id))
    saying.total(f"would be {DONE[verb]}")
    return saying.code


def _do(verb: Verb, asked: Asked, ids: tuple[int, ...]) -> int:
    saying = Saying(asked.terminal.out)
    try:
        with writable(asked.path, asked.clock) as queue:
            change = Change(queue, verb, asked.wanted, asked.now_ms)
            for answer in change.all_of(ids, Pace(queue, asked.terminal.sleep)):
                saying.add(answer)
            paused = paused_kinds(queue) & saying.kinds
    except KeyboardInterrupt:
        saying.line(f"interrupted: {len(ids) - saying.counts.total():,} jobs were not reached")
        return INTERRUPTED
    finally:
        saying.total(DONE[verb])
    for note in notes(verb, saying.were, daemon_of(asked.path), paused):
        saying.line(note)
    return saying.code
