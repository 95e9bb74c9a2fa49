"""Ended jobs deleted at once, with their attempts and logs, and the space given back."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import apsw

from jobd.queue.prune import Pruning, Retention, drop
from jobd.report.read import MAX_ID
from jobd.steer.verdict import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobd.queue.file import Binds, Queue
    from jobd.steer.pace import Pace

_FOR_EVER = Retention(keep_days=0, keep_failed_days=0)
_BELOW = 4  # attempts, and logs, that go in the step of one job


@dataclass(frozen=True, slots=True)
class Limit:
    """Jobs that ended so long ago.

    Attributes:
        status: How they ended.
        before_ms: At this time or before.
    """

    status: str
    before_ms: int


def limits(completed_ms: int | None, failed_ms: int | None, now_ms: int) -> list[Limit]:
    """What is to go (pure): as in retention, cancelled jobs go by the time of completed ones.

    Args:
        completed_ms: How long ago at least; None: they stay.
        failed_ms: The same for failed ones.
        now_ms: From when on that counts.
    """
    spans = {"completed": completed_ms, "cancelled": completed_ms, "failed": failed_ms}
    return [Limit(status, now_ms - span) for status, span in spans.items() if span is not None]


class Prune:
    """Deletes from one queue in steps, beside whoever works with it.

    Attributes:
        gone: How many jobs it has deleted.
    """

    def __init__(self, queue: Queue, pace: Pace) -> None:
        self.gone = 0
        self._queue = queue
        self._pace = pace

    def old(self, limit: Limit) -> None:
        """All of one status that are old; a job stays while a process of it may live.

        Raises:
            QueueStuck: The queue cannot be written now.
        """
        binds: Binds = {"status": limit.status, "before": limit.before_ms}
        more = True
        while more:
            with self._pace.step():
                rows = self._queue.run("prunable", {**binds, "step": self._pace.size})
                gone = self._drop([row[0] for row in rows], limit.before_ms)
            self.gone += gone
            more = bool(rows)

    def named(self, ids: Sequence[int]) -> Iterator[Answer]:
        """These; an answer comes when its job is gone, or is to stay.

        Raises:
            QueueStuck: The queue cannot be written now.
        """
        at = 0
        while at < len(ids):
            step = ids[at : at + self._pace.size]
            goes = self._named(step)
            for job_id in step:
                yield (
                    Answer(job_id, "done", "deleted")
                    if job_id in goes
                    else why_it_stays(self._queue, job_id)
                )
            at += len(step)

    def _named(self, step: Sequence[int]) -> set[int]:
        """Those of one step that went; what hangs on them may take several transactions."""
        gone: set[int] = set()
        goes = [0]
        while goes:
            with self._pace.step():
                goes = may_go(self._queue, [job_id for job_id in step if job_id not in gone])
                count = self._drop(goes, MAX_ID)
            if count:
                gone.update(goes)
        self.gone += len(gone)
        return gone

    def _drop(self, ids: Sequence[int], before_ms: int) -> int:
        return drop(self._queue, json.dumps(ids), before_ms, _BELOW * self._pace.size)

    def give_back(self) -> None:
        """Let the file shrink.

        Raises:
            QueueStuck: The queue cannot be written now.
        """
        pruning = Pruning(self._queue, _FOR_EVER)
        while self._pace.turn(pruning.give_back):
            pass
        with suppress(apsw.BusyError):  # another program is at it
            self._queue.db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)


def may_go(queue: Queue, ids: Sequence[int]) -> list[int]:
    """Those of them that may be deleted."""
    known = [job_id for job_id in ids if 1 <= job_id <= MAX_ID]
    return [row[0] for row in queue.run("goes", {"jobs": json.dumps(known)})]


def why_it_stays(queue: Queue, job_id: int) -> Answer:
    """Of one that may not be deleted, or is not there."""
    if not 1 <= job_id <= MAX_ID:
        return Answer(job_id, "missing", "there is none")
    rows = queue.run("stays", {"id": job_id})
    return stays(job_id, *rows[0]) if rows else Answer(job_id, "missing", "there is none")


def stays(job_id: int, status: str, has_process: int, untold: int) -> Answer:
    """The sentence for a job that is not deleted (pure)."""
    if status in ("queued", "running"):
        lives = "runs" if status == "running" else "waits"
        return Answer(
            job_id, "refused", f"{lives}: only what has ended is deleted; cancel it first"
        )
    if has_process:
        why = "its last process may still be there: a daemon ends that, then prune again"
    elif untold:
        why = "its video is still to be told how it ended: a daemon does that, then prune again"
    else:
        why = "changed while it was looked at: prune again"
    return Answer(job_id, "refused", why)
