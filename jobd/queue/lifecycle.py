"""What an attempt's end means for its job: the states, as pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from jobd.queue.lease import Lease

Status = Literal["queued", "completed", "failed", "cancelled"]


class Outcome(StrEnum):
    """How an attempt ended.

    RETRY: with an error that a later attempt may not have. CRASHED: without a word.
    HANDED_BACK: through no fault of the job (a stop, a full disk). CANCELLED: by a person,
    by a newer job, or with its video.
    """

    COMPLETED = "completed"
    FAILED = "failed"
    RETRY = "retry"
    CRASHED = "crashed"
    HANDED_BACK = "handed_back"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long a job waits between two attempts.

    Attributes:
        delays_s: After the first attempt, the second …; the last one repeats.
        jitter: Share by which a wait varies, so that what failed together comes back apart.
    """

    delays_s: tuple[float, ...] = (10.0, 60.0)
    jitter: float = 0.2

    def delay_ms(self, attempt: int, unit_random: float) -> int:
        """The wait after one attempt.

        Args:
            attempt: Which one, from 1.
            unit_random: From 0 (the shortest wait) to 1 (the longest).
        """
        delay_s = self.delays_s[min(attempt, len(self.delays_s)) - 1]
        return round(delay_s * 1000 * (1 + self.jitter * (2 * unit_random - 1)))


@dataclass(frozen=True, slots=True)
class Settlement:
    """What to write into the row of an attempt that has ended.

    Attributes:
        run_at_ms: For "queued": not before this time; 0 for at once.
        count_attempt: False gives the attempt back.
        result: JSON, for "completed".
    """

    status: Status
    run_at_ms: int = 0
    count_attempt: bool = True
    error: str | None = None
    result: str | None = None


def settlement(
    outcome: Outcome,
    lease: Lease,
    *,
    now_ms: int,
    error: str | None = None,
    result: str | None = None,
    backoff: Backoff,
    unit_random: float,
    wait_ms: int = 0,
) -> Settlement:
    """Decide what becomes of a job.

    Args:
        outcome: How its attempt ended.
        lease: The attempt's lease.
        now_ms: Wall time, Unix milliseconds.
        error: One line, where there is one.
        result: JSON, of a completed attempt.
        backoff: The waits between attempts.
        unit_random: The jitter's dice, from 0 to 1.
        wait_ms: How long a job that is handed back waits; 0: not at all.
    """
    match outcome:
        case Outcome.COMPLETED:
            return Settlement("completed", result=result)
        case Outcome.CANCELLED:
            return Settlement("cancelled", error=error or "Cancelled")
        case Outcome.HANDED_BACK:
            run_at_ms = now_ms + wait_ms if wait_ms else 0
            return Settlement("queued", run_at_ms, count_attempt=False, error=error)
        case Outcome.RETRY | Outcome.CRASHED if lease.attempt < lease.max_attempts:
            run_at_ms = now_ms + backoff.delay_ms(lease.attempt, unit_random)
            return Settlement("queued", run_at_ms, error=error)
        case _:
            return Settlement("failed", error=error)
