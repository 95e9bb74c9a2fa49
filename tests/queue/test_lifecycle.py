from __future__ import annotations

import pytest

from jobd.queue.lease import Lease
from jobd.queue.lifecycle import Backoff, Outcome, Settlement, settlement
from tests.support.queuefile import NOW_MS

BACKOFF = Backoff((10.0, 60.0), jitter=0.2)


def lease(attempt: int, max_attempts: int = 3) -> Lease:
    return Lease("q", 7, 1, "full_frames", b"{}", 1, attempt, max_attempts)


@pytest.mark.parametrize(
    ("attempt", "unit_random", "delay_ms"),
    [
        (1, 0.0, 8_000),
        (1, 0.5, 10_000),
        (1, 1.0, 12_000),
        (2, 0.0, 48_000),
        (2, 0.5, 60_000),
        (2, 1.0, 72_000),
        (3, 0.5, 60_000),
        (1000, 0.25, 54_000),
    ],
)
def test_the_last_delay_repeats(attempt: int, unit_random: float, delay_ms: int) -> None:
    assert BACKOFF.delay_ms(attempt, unit_random) == delay_ms


@pytest.mark.parametrize(
    ("outcome", "attempt", "expected"),
    [
        (Outcome.COMPLETED, 1, Settlement("completed", result='{"n": 1}')),
        (Outcome.COMPLETED, 3, Settlement("completed", result='{"n": 1}')),
        (Outcome.FAILED, 1, Settlement("failed", error="why")),
        (Outcome.CANCELLED, 1, Settlement("cancelled", error="why")),
        (Outcome.RETRY, 1, Settlement("queued", NOW_MS + 12_000, error="why")),
        (Outcome.RETRY, 2, Settlement("queued", NOW_MS + 72_000, error="why")),
        (Outcome.RETRY, 3, Settlement("failed", error="why")),
        (Outcome.CRASHED, 1, Settlement("queued", NOW_MS + 12_000, error="why")),
        (Outcome.CRASHED, 3, Settlement("failed", error="why")),
        (Outcome.CRASHED, 4, Settlement("failed", error="why")),
        (Outcome.HANDED_BACK, 1, Settlement("queued", 0, count_attempt=False, error="why")),
        (Outcome.HANDED_BACK, 3, Settlement("queued", 0, count_attempt=False, error="why")),
    ],
)
def test_what_an_end_means(outcome: Outcome, attempt: int, expected: Settlement) -> None:
    result = '{"n": 1}' if outcome is Outcome.COMPLETED else None
    error = None if outcome is Outcome.COMPLETED else "why"
    found = settlement(
        outcome,
        lease(attempt),
        now_ms=NOW_MS,
        error=error,
        result=result,
        backoff=BACKOFF,
        unit_random=1.0,
    )
    assert found == expected


def test_handed_back_may_wait() -> None:
    found = settlement(
        Outcome.HANDED_BACK,
        lease(1),
        now_ms=NOW_MS,
        error="disk full",
        backoff=BACKOFF,
        unit_random=0.5,
        wait_ms=60_000,
    )
    assert found == Settlement("queued", NOW_MS + 60_000, count_attempt=False, error="disk full")


def test_cancelled_without_a_reason_says_so() -> None:
    found = settlement(Outcome.CANCELLED, lease(1), now_ms=NOW_MS, backoff=BACKOFF, unit_random=0.5)
    assert found == Settlement("cancelled", error="Cancelled")
