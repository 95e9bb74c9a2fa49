"""Retention: what ended long ago is cleared away, in steps too small for a writer to notice."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jobd.queue.file import Binds, Queue

_DAY_MS = 24 * 60 * 60 * 1000
_DAY_S = 24 * 60 * 60.0
_SWEPT_ROWS = 500
_KEPT_FREE_PAGES = 256  # 1 MB that the next jobs will want anyway
_AIM_S = 0.005
_BELOW = 4  # attempts, and logs, that go in the step of one job


@dataclass(frozen=True, slots=True)
class Retention:
    """How long what has ended is kept; 0: for ever.

    Attributes:
        keep_days: For jobs that were completed or cancelled.
        keep_failed_days: For jobs that failed.
    """

    keep_days: float
    keep_failed_days: float

    def limits_ms(self, now_ms: int) -> list[tuple[str, int]]:
        """For each status that is not kept for ever: what ended then or before is to go."""
        days = {
            "completed": self.keep_days,
            "cancelled": self.keep_days,
            "failed": self.keep_failed_days,
        }
        return [(status, now_ms - round(d * _DAY_MS)) for status, d in days.items() if d]

    def orphans_limit_ms(self, now_ms: int) -> int | None:
        """The same for attempts and logs whose job is gone, however it ended."""
        if not self.keep_days or not self.keep_failed_days:
            return None
        return now_ms - round(max(self.keep_days, self.keep_failed_days) * _DAY_MS)


def next_size(size: int, worked_s: float, largest: int) -> int:
    """How much the next step does: rows differ in size a thousandfold, so time decides (pure).

    Args:
        size: What this one did.
        worked_s: How long that took, without the commit: the disk's pace is no fault of its size.
        largest: No more than this.
    """
    if worked_s > _AIM_S:
        return max(1, size // 2)
    return min(2 * size, largest)


def drop(queue: Queue, jobs: str, before_ms: int, step: int) -> int:
    """Delete jobs that have ended, inside a transaction of the caller's.

    What belongs to a job goes first: a step may end between, and the next goes on.

    Args:
        queue: The queue.
        jobs: A JSON array of ids.
        before_ms: What ended later stays.
        step: How many attempts, and logs, may go with them.

    Returns:
        How many jobs are gone; 0 where they had more attempts or logs than that.
    """
    attempts = queue.run("attempts_of", {"jobs": jobs, "step": step})
    if not _drop_attempts(queue, _ids(attempts), step) or len(attempts) == step:
        return 0
    return len(queue.run("drop_jobs", {"jobs": jobs, "before": before_ms}))


def _drop_attempts(queue: Queue, attempts: str, step: int) -> bool:
    """False: they have more logs than this; the attempts are still there."""
    if len(queue.run("drop_logs_of", {"attempts": attempts, "step": step})) == step:
        return False
    queue.run("drop_attempts", {"attempts": attempts})
    return True


class Pruning:
    """Clears one queue; each call of `step` does a little and holds the write lock for that long.

    Attributes:
        jobs: How many it has deleted so far.
        retention: What it goes by; may be changed.
    """

    def __init__(self, queue: Queue, retention: Retention) -> None:
        self.jobs = 0
        self._queue = queue
        self.retention = retention
        self._rows = self._pages = 8
        self._sweep_at_s = 0.0
        self._swept = {"attempts": 0, "logs": 0}  # the last id that was looked at

    def step(self) -> bool:
        """Do a little of what is to be done.

        Returns:
            Whether there was something to do; then there may be more.

        Raises:
            QueueStuck: The queue cannot be written now; a lock is not waited for.
        """
        with self._queue.patience(0):
            now_ms = self._queue.clock.now_ms()
            limits = self.retention.limits_ms(now_ms)
            return (
                any(self._prune(status, before_ms) for status, before_ms in limits)
                or self._sweep(self.retention.orphans_limit_ms(now_ms))
                or self.give_back()
            )

    # ── jobs ──

    def _prune(self, status: str, before_ms: int) -> bool:
        binds: Binds = {"status": status, "before": before_ms, "step": 1}
        if not self._queue.run("prunable", binds):  # a look without a lock
            return False
        begun_s = self._now_s()
        with self._queue.writing():
            jobs = self._queue.run("prunable", {**binds, "step": self._rows})
            gone = drop(self._queue, _ids(jobs), before_ms, _BELOW * self._rows)
            worked_s = self._now_s() - begun_s
        self._rows = next_size(self._rows, worked_s, 128)
        self.jobs += gone
        return True

    # ── attempts and logs that a person's DELETE has left ──

    def _sweep(self, before_ms: int | None) -> bool:
        """Look at the next rows in the order of their ids; once a day at all of them."""
        if before_ms is None or self._now_s() < self._sweep_at_s:
            return False
        if self._sweep_table("attempts", before_ms) or self._sweep_table("logs", before_ms):
            return True
        self._swept = dict.fromkeys(self._swept, 0)
        self._sweep_at_s = self._now_s() + _DAY_S
        return False

    def _sweep_table(self, table: str, before_ms: int) -> bool:
        binds: Binds = {"after": self._swept[table], "before": before_ms, "step": _SWEPT_ROWS}
        rows = self._queue.run(f"old_{table}", binds)
        orphans = [row for row in rows if row[1]][: self._rows]
        if orphans:
            self._drop_orphans(table, orphans)
        elif rows:
            self._swept[table] = rows[-1][0]
        return bool(rows)

    def _drop_orphans(self, table: str, orphans: list[tuple[Any, ...]]) -> None:
        begun_s = self._now_s()
        with self._queue.writing():
            if table == "attempts":
                _drop_attempts(self._queue, _ids(orphans), _BELOW * self._rows)
            else:
                self._queue.run("drop_logs", {"logs": _ids(orphans)})
            worked_s = self._now_s() - begun_s
        self._rows = next_size(self._rows, worked_s, 128)

    # ── space ──

    def give_back(self) -> bool:
        """Move pages from the file's end into gaps; the next checkpoint cuts the file.

        Returns:
            Whether some went; then there may be more.
        """
        free = self._free_pages()
        if free <= _KEPT_FREE_PAGES:
            return False
        begun_s = self._now_s()
        with self._queue.writing():
            self._queue.db.execute(f"PRAGMA incremental_vacuum({self._pages})").fetchall()
            worked_s = self._now_s() - begun_s
        self._pages = next_size(self._pages, worked_s, 64)
        return self._free_pages() < free  # a file that was made otherwise gives nothing back

    def _free_pages(self) -> int:
        return int(self._queue.run("free_pages")[0][0])

    def _now_s(self) -> float:
        return self._queue.clock.monotonic_s()


def _ids(rows: list[tuple[Any, ...]]) -> str:
    return json.dumps([row[0] for row in rows])
