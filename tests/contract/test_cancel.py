"""Cancel: by UPDATE or by DELETE, what waits and what runs; what has ended stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobd.errors import LeaseLost
from jobd.queue.lease import leased_attempts, take_lease
from jobd.queue.lifecycle import Outcome, Settlement
from jobd.queue.settle import close_lost, settle
from tests.support.queuefile import COMPLETED, LEASE_MS, Refused, payload

if TYPE_CHECKING:
    from jobd.queue.file import Queue
    from tests.support.queuefile import Writer

CANCEL = "UPDATE jobs SET status = 'cancelled' WHERE id = ?"


def outbox(writer: Writer) -> list[list[object]]:
    return writer.run("SELECT job_id, kind, target, payload, round, attempt_id FROM cancellations")


def test_a_waiting_job_is_cancelled_and_its_video_will_be_told(writer: Writer) -> None:
    job_id = writer.insert()
    writer.run(CANCEL, job_id)
    columns = ("status", "error", "attempt_id", "finished_at >= created_at", "attempts", "round")
    assert writer.job(job_id, *columns) == ["cancelled", "Cancelled", None, 1, 0, 1]
    assert outbox(writer) == [
        [job_id, "full_frames", "/videos/v1/annotations.db", payload(), 1, 0],
    ]


def test_a_running_job_loses_its_lease(queue: Queue, writer: Writer) -> None:
    job_id = writer.insert()
    lease = take_lease(queue, LEASE_MS)
    assert lease is not None
    writer.run(CANCEL, job_id)
    columns = ("status", "error", "attempt_id", "lease_until", "finished_at > 0")
    assert writer.job(job_id, *columns) == ["cancelled", "Cancelled", None, None, 1]
    assert leased_attempts(queue) == set()
    assert outbox(writer)[0][-1] == lease.attempt_id
    with pytest.raises(LeaseLost):
        settle(queue, lease, Outcome.COMPLETED, COMPLETED)
    assert writer.job(job_id, "status", "result") == ["cancelled", None]


def test_a_reason_that_is_given_stays(writer: Writer) -> None:
    job_id = writer.insert()
    writer.run("UPDATE jobs SET status = 'cancelled', error = 'wrong video' WHERE id = ?", job_id)
    assert writer.job(job_id, "error") == "wrong video"


def test_the_error_of_an_earlier_attempt_is_not_taken_for_a_reason(
    queue: Queue, writer: Writer
) -> None:
    job_id = writer.insert()
    lease = take_lease(queue, LEASE_MS)
    assert lease is not None
    settle(queue, lease, Outcome.RETRY, Settlement("queued", 9 * 10**12, error="decoder died"))
    writer.run(CANCEL, job_id)
    assert writer.job(job_id, "error", "attempts") == ["Cancelled", 1]


def ended(queue: Queue, writer: Writer, status: str) -> int:
    job_id = writer.insert(video=status)
    if status == "cancelled":
        writer.run(CANCEL, job_id)
        return job_id
    lease = take_lease(queue, LEASE_MS)
    assert lease is not None
    assert lease.job_id == job_id
    what = COMPLETED if status == "completed" else Settlement("failed", error="no video")
    settle(queue, lease, Outcome(status), what)
    return job_id


@pytest.mark.parametrize("status", ["completed", "failed", "cancelled"])
def test_what_has_ended_stays_as_it_is(queue: Queue, writer: Writer, status: str) -> None:
    job_id = ended(queue, writer, status)
    before = writer.run("SELECT * FROM jobs")
    told = outbox(writer)
    again = "UPDATE jobs SET status = 'cancelled', error = 'again' WHERE id = ? RETURNING id"
    assert writer.run(again, job_id) == []
    assert writer.run("SELECT * FROM jobs") == before
    assert outbox(writer) == told


def test_one_statement_over_all_rows_cancels_those_that_live(queue: Queue, writer: Writer) -> None:
    over = {status: ended(queue, writer, status) for status in ("completed", "failed", "cancelled")}
    running, waiting = writer.insert(video="a"), writer.insert(video="b")
    assert take_lease(queue, LEASE_MS) is not None
    writer.run("DELETE FROM cancellations")
    found = writer.run("UPDATE jobs SET status = 'cancelled' RETURNING id")
    assert found == [[running], [waiting]]
    expected = [[job_id, status] for status, job_id in over.items()]
    expected += [[running, "cancelled"], [waiting, "cancelled"]]
    assert writer.run("SELECT id, status FROM jobs ORDER BY id") == expected
    assert [row[0] for row in outbox(writer)] == [running, waiting]


def test_delete_cancels_too(queue: Queue, writer: Writer) -> None:
    running, waiting = writer.insert(video="a"), writer.insert(video="b")
    lease = take_lease(queue, LEASE_MS)
    assert lease is not None
    writer.run("DELETE FROM jobs")
    assert [row[0] for row in outbox(writer)] == [running, waiting]
    assert leased_attempts(queue) == set()
    with pytest.raises(LeaseLost):
        settle(queue, lease, Outcome.COMPLETED, COMPLETED)
    close_lost(queue, lease)
    assert writer.run("SELECT outcome FROM job_attempts") == [["cancelled"]]


@pytest.mark.parametrize("status", ["completed", "failed", "cancelled"])
def test_deleting_what_has_ended_tells_nobody(queue: Queue, writer: Writer, status: str) -> None:
    ended(queue, writer, status)
    writer.run("DELETE FROM cancellations")
    writer.run("DELETE FROM jobs")
    assert outbox(writer) == []


def test_the_daemons_own_cancelling_is_not_told_again(queue: Queue, writer: Writer) -> None:
    writer.insert()
    lease = take_lease(queue, LEASE_MS)
    assert lease is not None
    settle(queue, lease, Outcome.CANCELLED, Settlement("cancelled", error="the video was deleted"))
    assert outbox(writer) == []


@pytest.mark.parametrize(
    ("was", "status"),
    [
        *[("queued", status) for status in ("running", "completed", "failed", "waiting", None)],
        *[("running", status) for status in ("completed", "failed", "waiting", None)],
        *[("completed", status) for status in ("running", "failed", "waiting", None)],
    ],
)
def test_a_writer_sets_no_status_but_its_own_two(
    queue: Queue, writer: Writer, was: str, status: str | None
) -> None:
    if was == "completed":
        ended(queue, writer, "completed")
    else:
        writer.insert()
        assert was == "queued" or take_lease(queue, LEASE_MS)
    with pytest.raises(Refused, match="only jobd sets status to that"):
        writer.run("UPDATE jobs SET status = ?", status)
    assert writer.job(1, "status") == was


def test_a_cancelled_job_of_a_kind_without_database_is_nobodys_news(
    queue: Queue, writer: Writer
) -> None:
    queue.db.execute("DROP TRIGGER kinds_full_frames_insert")
    job_id = writer.insert(payload="{}")
    writer.run(CANCEL, job_id)
    assert writer.job(job_id, "status") == "cancelled"
    assert outbox(writer) == []
