"""`prune`: what is said while jobs are deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobd.errors import INTERRUPTED
from jobd.steer.asking import agreed
from jobd.steer.desk import readable, writable
from jobd.steer.pace import Pace
from jobd.steer.prune import Prune, may_go, why_it_stays
from jobd.steer.saying import Saying
from jobd.steer.verdict import Answer
from jobd.steer.which import DECLINED, by_filter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobd.queue.file import Binds, Queue
    from jobd.steer.prune import Limit
    from jobd.steer.which import Asked

_MB = 1_000_000


def prune_jobs(asked: Asked) -> int:
    """Delete jobs that were named, or that filters mean.

    Returns:
        The exit code: 0, 1 where something was refused, 4 where an id is not there.

    Raises:
        UsageError: The filters cannot mean that, or nobody is there to say yes.
        QueueError: The queue cannot be used; what has been said of jobs is done.
    """
    ids, code = _named(asked) if asked.chosen.ids else by_filter(asked)
    return _delete(asked, (), ids) if ids else code


def prune_old(asked: Asked, limits: Sequence[Limit]) -> int:
    """Delete jobs that ended before some time.

    Returns:
        The exit code, 0.

    Raises:
        QueueError: The queue cannot be used.
    """
    if not asked.chosen.dry_run:
        return _delete(asked, limits, ())
    with readable(asked.path, asked.clock) as queue:
        for limit in limits:
            count, goes = _count(queue, limit)
            asked.terminal.say(f"would delete {goes:,} {limit.status}{_staying(count - goes)}")
    return 0


def _count(queue: Queue, limit: Limit) -> tuple[int, int]:
    """How many are old, and how many of them may go."""
    binds: Binds = {"status": limit.status, "before": limit.before_ms}
    count, goes = queue.run("count_old", binds)[0]
    return count, goes


def _staying(count: int) -> str:
    """Of jobs that are old enough (pure)."""
    who = "stays until its" if count == 1 else "stay until their"
    return f"; {count:,} {who} last process has ended and the video is told" if count else ""


def _named(asked: Asked) -> tuple[tuple[int, ...], int]:
    """Those that were named, if a yes was given or is given now."""
    ids = asked.chosen.ids
    if asked.chosen.dry_run:
        return (), _would(asked)
    if not asked.chosen.yes and not agreed(asked.terminal, {"": ids}, "delete"):
        asked.terminal.say("nothing was done")
        return (), DECLINED
    return ids, 0


def _would(asked: Asked) -> int:
    saying = Saying(asked.terminal.out)
    with readable(asked.path, asked.clock) as queue:
        goes = set(may_go(queue, asked.chosen.ids))
        for job_id in asked.chosen.ids:
            done = Answer(job_id, "done", "would be deleted")
            saying.add(done if job_id in goes else why_it_stays(queue, job_id))
    saying.total("would be deleted")
    return saying.code


def _delete(asked: Asked, limits: Sequence[Limit], ids: Sequence[int]) -> int:
    saying = Saying(asked.terminal.out)
    with writable(asked.path, asked.clock) as queue:
        before = _bytes(queue)
        prune = Prune(queue, Pace(queue, asked.terminal.sleep))
        try:
            for limit in limits:
                prune.old(limit)
                if stay := _staying(_count(queue, limit)[0]):
                    saying.line(f"{limit.status}{stay}")
            for answer in prune.named(ids):
                saying.add(answer)
            prune.give_back()
        except KeyboardInterrupt:
            saying.line("interrupted: what was not reached stays")
            return INTERRUPTED
        finally:
            given_mb = max(0, before - _bytes(queue)) / _MB
            word = "job" if prune.gone == 1 else "jobs"
            saying.line(f"{prune.gone:,} {word} deleted; the file is {given_mb:,.1f} MB smaller")
    return saying.code


def _bytes(queue: Queue) -> int:
    return int(queue.run("bytes")[0][0])
