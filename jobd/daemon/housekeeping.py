"""What the daemon does for its queue beside the jobs."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from jobd.errors import QueueBusy, QueueStuck
from jobd.queue.heartbeat import beat
from jobd.queue.prune import Pruning
from jobd.queue.still import Files
from jobd.queue.wal import Wal

if TYPE_CHECKING:
    from jobd.queue.file import Queue
    from jobd.queue.heartbeat import Identity
    from jobd.queue.prune import Retention

log = logging.getLogger("jobd")

_BEAT_EVERY_S = 10.0
_PRUNE_EVERY_S = 60.0
_PAUSE_S = 0.1
_AGAIN_S = 1.0
_BUSY_AGAIN_S = 0.02
_PAUSE_FACTOR = 10


class Housekeeping:
    """Beat, checkpoints, retention. One call a turn of the daemon's loop; each does little."""

    def __init__(self, queue: Queue, identity: Identity, retention: Retention) -> None:
        self._queue = queue
        self._identity = identity
        self._wal = Wal(queue)
        self._pruning = Pruning(queue, retention)
        self._beat_at_s = self._prune_at_s = 0.0
        self._pruned = 0  # of them the log has told
        self._stopping = False
        self._warned = False
        self._files = Files(queue)

    def change(self, identity: Identity, retention: Retention) -> None:
        """Go on by new settings; the next turn says so."""
        self._identity = identity
        self._pruning.retention = retention
        self._beat_at_s = self._prune_at_s = 0.0

    def stop(self) -> None:
        """The daemon stops: the next turn says so."""
        self._stopping = True
        self._beat_at_s = 0.0

    def probe(self) -> None:
        """Write something, to see whether the queue that stood still can be written again.

        Raises:
            QueueStuck: It cannot.
        """
        self._beat_at_s = 0.0
        self.turn()

    def demand_files(self) -> None:
        """See that the queue is still where its writers look for it; before anything is written.

        Raises:
            QueueError: It is not: the daemon must end.
        """
        self._files.demand()

    def turn(self) -> None:
        """Do what is due.

        Raises:
            QueueStuck: The queue cannot be written now.
            QueueBroken: The disk lost a write: the daemon must end.
        """
        now_s = self._now_s()
        if now_s >= self._beat_at_s:
            self._beat(now_s)
        self._wal.tend(now_s)
        if now_s >= self._prune_at_s and not self._stopping and not self._wal.is_large:
            self._prune(now_s)

    def wait_s(self) -> float:
        """How long until it wants a turn; below zero: it waits for something else."""
        return self._prune_at_s - self._now_s()

    def _beat(self, now_s: float) -> None:
        self._beat_at_s = now_s + _BEAT_EVERY_S
        kept = self._wal.kept(now_s)
        if bool(kept) != self._warned:
            self._warned = bool(kept)
            log.warning("%s", kept or f"{self._queue.path}-wal is small again")
        reason = "stopping" if self._stopping else None
        beat(self._queue, self._identity, reason, str(kept) if kept else None)

    def _prune(self, begun_s: float) -> None:
        """One step; the pause after it leaves the queue to others for most of the time."""
        try:
            more = self._pruning.step()
        except QueueBusy:  # a commit under way, as a rule: it has woken us
            self._prune_at_s = begun_s + _BUSY_AGAIN_S
            return
        except QueueStuck:  # what lasts, the beat finds out and says
            self._prune_at_s = begun_s + _AGAIN_S
            return
        pause_s = max(_PAUSE_S, _PAUSE_FACTOR * (self._now_s() - begun_s))
        self._prune_at_s = self._now_s() + (pause_s if more else _PRUNE_EVERY_S)
        if not more and self._pruning.jobs > self._pruned:
            log.info("old jobs deleted: %d", self._pruning.jobs - self._pruned)
            self._pruned = self._pruning.jobs

    def _now_s(self) -> float:
        return self._queue.clock.monotonic_s()
