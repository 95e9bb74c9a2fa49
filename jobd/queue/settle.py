"""The end of an attempt, written once: a row that is no longer its own stays as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobd.errors import LeaseLost
from jobd.queue.lifecycle import Outcome, Settlement
from jobd.queue.said import writing

if TYPE_CHECKING:
    from jobd.queue.file import Binds, Queue
    from jobd.queue.lease import Lease
    from jobd.queue.said import Said

_PRECISE_S = 10  # shorter waits are told with a decimal
# How bad an end is, for those who read the log from a level on.
_LEVELS = {Outcome.CRASHED: "error", Outcome.RETRY: "warning"}


@dataclass(frozen=True, slots=True)
class Figures:
    """What an attempt cost and made, as far as it is known."""

    frames_wanted: int | None = None
    frames_decoded: int | None = None
    frames_concealed: int | None = None
    cpu_s: float | None = None
    peak_rss_bytes: int | None = None

    def binds(self) -> Binds:
        """As parameters; `asdict` would copy deeply, at a tenth of a settlement's time."""
        return {name: getattr(self, name) for name in self.__slots__}


def settle(  # noqa: PLR0917 - all of it belongs to one end
    queue: Queue,
    lease: Lease,
    outcome: Outcome,
    settlement: Settlement,
    figures: Figures | None = None,
    error_class: str | None = None,
    said: Said | None = None,
) -> str:
    """Write how an attempt ended into its job, its own row and its log, in one transaction.

    Args:
        queue: The queue.
        lease: The attempt.
        outcome: How it ended.
        settlement: What becomes of the job.
        figures: What it cost and made.
        error_class: The exception's name, where there was one.
        said: What is still to be written of its log; the last line is added here.

    Returns:
        The job's status now: "cancelled" also where it would have been queued again while
        a newer job of its key waits.

    Raises:
        LeaseLost: The row is no longer this attempt's (cancelled, deleted, or settled
            before); nothing was written. `close_lost` closes the attempt.
        QueueBusy: Another program held the write lock for too long.
    """
    now_ms = queue.clock.now_ms()
    name = "requeue" if settlement.status == "queued" else "finish"
    with writing(queue, said):
        rows = queue.run(name, _row(lease, settlement, now_ms))
        if not rows:
            raise LeaseLost(f"job {lease.job_id} is no longer leased to attempt {lease.attempt_id}")
        queue.run("silence_others", {"job_id": lease.job_id})
        _close(
            queue, lease, outcome, error=settlement.error, figures=figures, error_class=error_class
        )
        status: str = rows[0][0]
        if said is not None:
            words = last_words(status, rows[0][1], settlement.run_at_ms - now_ms)
            level = "error" if status == "failed" else _LEVELS.get(outcome, "info")
            said.close(now_ms, level, words)
    return status


def _row(lease: Lease, settlement: Settlement, now_ms: int) -> Binds:
    return {
        "job_id": lease.job_id,
        "attempt_id": lease.attempt_id,
        "now": now_ms,
        "status": settlement.status,
        "run_at": settlement.run_at_ms,
        "uncounted": int(not settlement.count_attempt),
        "error": settlement.error,
        "result": settlement.result,
    }


def last_words(status: str, error: str | None, wait_ms: int) -> str:
    """The last line of an attempt's log (pure).

    Args:
        status: What the job is now.
        error: Why, where there is a reason.
        wait_ms: Until a job that is queued again may start.
    """
    what = "queued again" if status == "queued" else status
    if status == "queued" and wait_ms > 0:
        wait_s = wait_ms / 1000
        what = f"{what}, next try in {round(wait_s, 1 if wait_s < _PRECISE_S else None):g} s"
    return f"{what}: {error}" if error else what


def close_lost(
    queue: Queue, lease: Lease, figures: Figures | None = None, said: Said | None = None
) -> None:
    """Close an attempt that lost its lease, once its process has ended.

    Until then its job is not started again, and the video is not told.
    """
    with writing(queue, said):
        _close(queue, lease, Outcome.CANCELLED, error=None, figures=figures, error_class=None)
        if said is not None:
            said.close(queue.clock.now_ms(), "info", "ended: its job was cancelled or deleted")


def _close(
    queue: Queue,
    lease: Lease,
    outcome: Outcome,
    *,
    error: str | None,
    figures: Figures | None,
    error_class: str | None,
) -> None:
    binds: Binds = {
        **(figures or Figures()).binds(),
        "attempt_id": lease.attempt_id,
        "now": queue.clock.now_ms(),
        "outcome": outcome.value,
        "error": error,
        "error_class": error_class,
    }
    queue.run("close_attempt", binds)
