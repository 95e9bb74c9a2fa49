from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobd.errors import LeaseLost
from jobd.queue.lease import Lease, take_lease
from jobd.queue.lifecycle import Outcome, Settlement
from jobd.queue.settle import Figures, close_lost, settle
from tests.support.queuefile import COMPLETED, LEASE_MS, NOW_MS, HandClock, insert, job, rows

if TYPE_CHECKING:
    from jobd.queue.file import Queue

FIGURES = Figures(30, 900, 1, 2.5, 200_000_000)
STATE = ("status", "attempts", "run_at", "finished_at", "error", "result")
END_MS = NOW_MS + 1000


@pytest.fixture
def lease(queue: Queue, clock: HandClock) -> Lease:
    insert(queue)
    taken = take_lease(queue, LEASE_MS)
    assert taken is not None
    clock.pass_ms(1000)
    return taken


@pytest.mark.parametrize(
    ("what", "state"),
    [
        (Settlement("completed", result="{}"), ("completed", 1, 0, END_MS, None, "{}")),
        (Settlement("failed", error="x"), ("failed", 1, 0, END_MS, "x", None)),
        (Settlement("cancelled", error="x"), ("cancelled", 1, 0, END_MS, "x", None)),
        (Settlement("queued", NOW_MS, error="x"), ("queued", 1, NOW_MS, None, "x", None)),
        (Settlement("queued", count_attempt=False), ("queued", 0, 0, None, None, None)),
    ],
)
def test_a_settlement_is_written_as_it_says(
    queue: Queue, lease: Lease, what: Settlement, state: tuple[object, ...]
) -> None:
    assert settle(queue, lease, Outcome.COMPLETED, what) == state[0]
    assert job(queue, lease.job_id, *STATE) == state
    assert job(queue, lease.job_id, "attempt_id", "lease_until") == (None, None)


def test_the_attempts_own_row_is_closed_with_its_figures(queue: Queue, lease: Lease) -> None:
    settle(queue, lease, Outcome.CRASHED, Settlement("failed", error="boom"), FIGURES, "SIGSEGV")
    columns = (
        "ended_at, outcome, error, error_class, frames_wanted, frames_decoded, frames_concealed,"
        " cpu_s, peak_rss_bytes"
    )
    expected = (NOW_MS + 1000, "crashed", "boom", "SIGSEGV", 30, 900, 1, 2.5, 200_000_000)
    assert rows(queue, f"SELECT {columns} FROM job_attempts") == [expected]


def test_completed_is_all_of_the_work(queue: Queue, lease: Lease) -> None:
    settle(queue, lease, Outcome.COMPLETED, COMPLETED)
    assert job(queue, lease.job_id, "progress") == 1.0


@pytest.mark.parametrize("second", [COMPLETED, Settlement("failed"), Settlement("queued")])
@pytest.mark.parametrize(
    "first", [COMPLETED, Settlement("failed", error="x"), Settlement("queued")]
)
def test_what_is_settled_is_not_settled_again(
    queue: Queue, lease: Lease, first: Settlement, second: Settlement
) -> None:
    settle(queue, lease, Outcome.COMPLETED, first, FIGURES)
    before = rows(queue, "SELECT * FROM jobs JOIN job_attempts")
    with pytest.raises(LeaseLost):
        settle(queue, lease, Outcome.FAILED, second)
    assert rows(queue, "SELECT * FROM jobs JOIN job_attempts") == before


@pytest.mark.parametrize("what", [COMPLETED, Settlement("queued")])
@pytest.mark.parametrize("loss", ["UPDATE jobs SET status = 'cancelled'", "DELETE FROM jobs"])
def test_what_a_person_cancelled_stays_cancelled(
    queue: Queue, lease: Lease, loss: str, what: Settlement
) -> None:
    rows(queue, loss)
    before = rows(queue, "SELECT * FROM jobs")
    with pytest.raises(LeaseLost):
        settle(queue, lease, Outcome.COMPLETED, what)
    assert rows(queue, "SELECT * FROM jobs") == before
    assert rows(queue, "SELECT ended_at FROM job_attempts") == [(None,)], "its process may live"
    close_lost(queue, lease, FIGURES)
    found = rows(queue, "SELECT ended_at, outcome, frames_wanted FROM job_attempts")
    assert found == [(NOW_MS + 1000, "cancelled", 30)]


@pytest.mark.parametrize("what", [COMPLETED, Settlement("queued")])
def test_a_later_lease_is_not_settled_by_the_first(
    queue: Queue, lease: Lease, what: Settlement
) -> None:
    settle(queue, lease, Outcome.RETRY, Settlement("queued"))
    later = take_lease(queue, LEASE_MS)
    assert later is not None
    with pytest.raises(LeaseLost):
        settle(queue, lease, Outcome.COMPLETED, what)
    assert job(queue, lease.job_id, "status", "attempt_id") == ("running", later.attempt_id)


def test_closing_twice_keeps_the_first_word(queue: Queue, lease: Lease, clock: HandClock) -> None:
    settle(queue, lease, Outcome.COMPLETED, COMPLETED, FIGURES)
    before = rows(queue, "SELECT * FROM job_attempts")
    clock.pass_ms(1)
    close_lost(queue, lease)
    assert rows(queue, "SELECT * FROM job_attempts") == before


def test_an_attempt_given_back_may_be_made_again(queue: Queue) -> None:
    insert(queue, max_attempts=1)
    for attempt_id in (1, 2, 3):
        taken = take_lease(queue, LEASE_MS)
        assert taken is not None
        assert (taken.attempt_id, taken.attempt) == (attempt_id, 1)
        settle(queue, taken, Outcome.HANDED_BACK, Settlement("queued", count_attempt=False))
