"""Lines of log on their way into the queue: with what is written anyway, once, or later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jobd.errors import LeaseLost, QueueBusy
from jobd.queue.lease import Lease, renew, set_pid, take_lease
from jobd.queue.lifecycle import Outcome, Settlement
from jobd.queue.said import Said
from jobd.queue.settle import close_lost, last_words, settle
from tests.support.queuefile import (
    COMPLETED,
    LEASE_MS,
    NOW_MS,
    HandClock,
    Writer,
    insert,
    job,
    rows,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobd.queue.file import Queue


@pytest.fixture
def lease(queue: Queue) -> Lease:
    insert(queue)
    taken = take_lease(queue, LEASE_MS)
    assert taken is not None
    return taken


@pytest.fixture
def said(lease: Lease) -> Said:
    said = Said(lease.attempt_id)
    said.add(NOW_MS, "info", "one")
    said.add(NOW_MS + 1, "warning", "two\nlines \U0001f600")
    return said


@pytest.fixture
def writer(queue: Queue) -> Iterator[Writer]:
    writer = Writer().open(queue.path)
    yield writer
    writer.close()


def logs(queue: Queue) -> list[tuple[Any, ...]]:
    return rows(queue, "SELECT attempt_id, at, level, message FROM job_logs ORDER BY id")


BOTH = [(1, NOW_MS, "info", "one"), (1, NOW_MS + 1, "warning", "two\nlines \U0001f600")]


def test_lines_go_with_the_pid_and_with_progress(queue: Queue, lease: Lease, said: Said) -> None:
    set_pid(queue, lease, 4712, said)
    assert logs(queue) == BOTH
    assert not said
    said.add(NOW_MS, "debug", "three")
    renew(queue, lease, 0.5, LEASE_MS, said)
    renew(queue, lease, 0.6, LEASE_MS, said)
    assert logs(queue) == [*BOTH, (1, NOW_MS, "debug", "three")]


def test_many_lines_keep_their_order(queue: Queue, lease: Lease) -> None:
    said = Said(lease.attempt_id)
    for number in range(1100):
        said.add(NOW_MS, "info", str(number))
    said.write(queue)
    assert [row[3] for row in logs(queue)] == [str(number) for number in range(1100)]


@pytest.mark.parametrize(
    ("how", "last"),
    [
        ((Outcome.COMPLETED, COMPLETED), ("info", "completed")),
        ((Outcome.FAILED, Settlement("failed", error="no")), ("error", "failed: no")),
        ((Outcome.RETRY, Settlement("failed", error="no")), ("error", "failed: no")),
        (
            (Outcome.RETRY, Settlement("queued", NOW_MS + 61_400, error="no")),
            ("warning", "queued again, next try in 61 s: no"),
        ),
        ((Outcome.HANDED_BACK, Settlement("queued")), ("info", "queued again")),
        (
            (Outcome.CRASHED, Settlement("queued", NOW_MS, error="boom")),
            ("error", "queued again: boom"),
        ),
    ],
)
def test_the_settlement_writes_what_is_left_and_its_own_line(
    queue: Queue, lease: Lease, said: Said, how: tuple[Outcome, Settlement], last: object
) -> None:
    settle(queue, lease, *how, said=said)
    assert logs(queue)[:2] == BOTH
    assert [row[2:] for row in logs(queue)[2:]] == [last]


def test_a_settlement_says_which_job_has_taken_the_place(queue: Queue) -> None:
    insert(queue, unique_key="k")
    lease = take_lease(queue, LEASE_MS)
    assert lease is not None
    newer = insert(queue, unique_key="k")
    said = Said(lease.attempt_id)
    settle(queue, lease, Outcome.RETRY, Settlement("queued", NOW_MS, error="no"), said=said)
    assert [row[3] for row in logs(queue)] == [f"cancelled: superseded by job {newer}"]


def test_missing_lines_are_counted_before_the_last_one(
    queue: Queue, lease: Lease, said: Said
) -> None:
    said.dropped = 3
    settle(queue, lease, Outcome.COMPLETED, COMPLETED, said=said)
    assert [row[2:] for row in logs(queue)[2:]] == [
        ("warning", "3 more lines were not kept"),
        ("info", "completed"),
    ]


def test_a_lost_lease_keeps_the_lines_for_the_closing(
    queue: Queue, lease: Lease, said: Said
) -> None:
    rows(queue, "UPDATE jobs SET status = 'cancelled' WHERE id = ?", lease.job_id)
    with pytest.raises(LeaseLost):
        renew(queue, lease, 0.5, LEASE_MS, said)
    with pytest.raises(LeaseLost):
        settle(queue, lease, Outcome.COMPLETED, COMPLETED, said=said)
    assert logs(queue) == []
    close_lost(queue, lease, said=said)
    assert logs(queue)[:2] == BOTH
    assert [row[3] for row in logs(queue)[2:]] == ["ended: its job was cancelled or deleted"]


def test_a_queue_that_is_held_loses_nothing_and_doubles_nothing(
    queue: Queue, lease: Lease, said: Said, writer: Writer, clock: HandClock
) -> None:
    said.dropped = 1
    writer.run("BEGIN IMMEDIATE")
    with queue.patience(0):
        for attempt in (
            lambda: said.write(queue),
            lambda: settle(queue, lease, Outcome.COMPLETED, COMPLETED, said=said),
            lambda: settle(queue, lease, Outcome.COMPLETED, COMPLETED, said=said),
        ):
            with pytest.raises(QueueBusy):
                attempt()
    writer.run("ROLLBACK")
    clock.pass_ms(1000)
    settle(queue, lease, Outcome.COMPLETED, COMPLETED, said=said)
    assert job(queue, lease.job_id, "status") == "completed"
    assert [row[3] for row in logs(queue)] == [
        *("one", "two\nlines \U0001f600", "1 more lines were not kept", "completed")
    ]


def test_a_transaction_that_fails_takes_its_own_lines_along(queue: Queue, said: Said) -> None:
    def fail() -> None:
        said.close(NOW_MS, "info", "completed")
        raise LeaseLost("as a commit may")

    with pytest.raises(LeaseLost), said.writing(queue):
        fail()
    said.write(queue)
    assert logs(queue) == BOTH


@pytest.mark.parametrize(
    ("wait_ms", "words"),
    [
        (0, "queued again: no"),
        (-5, "queued again: no"),
        (100, "queued again, next try in 0.1 s: no"),
        (9_960, "queued again, next try in 10 s: no"),
        (3_600_000, "queued again, next try in 3600 s: no"),
    ],
)
def test_the_wait_is_told_as_people_say_it(wait_ms: int, words: str) -> None:
    assert last_words("queued", "no", wait_ms) == words
    assert last_words("failed", None, wait_ms) == "failed"
