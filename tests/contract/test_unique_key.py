"""The same work twice: replaced while it waits, superseded while it runs, never twice at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobd.queue.cancellations import next_cancellation
from jobd.queue.lease import leased_attempts, take_lease
from jobd.queue.lifecycle import Outcome, Settlement
from jobd.queue.settle import close_lost, settle
from tests.support.queuefile import COMPLETED, LEASE_MS, Refused, payload

if TYPE_CHECKING:
    from jobd.queue.file import Queue
    from jobd.queue.lease import Lease
    from tests.support.queuefile import Writer

LATER_MS = 9 * 10**12
UPSERT = (
    "INSERT INTO jobs (kind, payload, unique_key) VALUES (?, ?, ?)"
    " ON CONFLICT DO UPDATE SET payload = excluded.payload RETURNING id"
)


def lease(queue: Queue) -> Lease:
    taken = take_lease(queue, LEASE_MS)
    assert taken is not None
    return taken


def upsert(writer: Writer, kind: str, video: str, key: str = "k") -> int:
    return int(writer.run(UPSERT, kind, payload(video), key)[0][0])


def test_a_second_row_of_a_key_is_refused(writer: Writer) -> None:
    writer.insert(unique_key="k")
    with pytest.raises(Refused, match=r"UNIQUE constraint failed: jobs.kind, jobs.unique_key"):
        writer.insert(unique_key="k")


@pytest.mark.parametrize("kind", ["full_frames", "crop_frames"])
def test_what_still_waits_is_replaced(writer: Writer, kind: str) -> None:
    first = upsert(writer, kind, "a")
    assert upsert(writer, kind, "b") == first
    columns = ("payload", "round", "status", "target")
    assert writer.job(first, *columns) == [payload("b"), 2, "queued", "/videos/b/annotations.db"]


def test_do_nothing_leaves_what_waits(writer: Writer) -> None:
    first = upsert(writer, "full_frames", "a")
    text = UPSERT.replace("DO UPDATE SET payload = excluded.payload", "DO NOTHING")
    assert writer.run(text, "full_frames", payload("b"), "k") == []
    assert writer.run("SELECT id, payload FROM jobs") == [[first, payload("a")]]


def test_or_ignore_leaves_what_waits(writer: Writer) -> None:
    upsert(writer, "full_frames", "a")
    writer.run(
        "INSERT OR IGNORE INTO jobs (kind, payload, unique_key) VALUES ('full_frames', ?, 'k')",
        payload("b"),
    )
    assert writer.run("SELECT id, payload FROM jobs") == [[1, payload("a")]]


def test_or_replace_takes_the_place_of_what_waits(queue: Queue, writer: Writer) -> None:
    writer.insert(video="a", unique_key="k")
    writer.run(
        "INSERT OR REPLACE INTO jobs (kind, payload, unique_key) VALUES ('full_frames', ?, 'k')",
        payload("b"),
    )
    assert writer.run("SELECT id, payload, status FROM jobs") == [[2, payload("b"), "queued"]]
    assert next_cancellation(queue) is None


def test_rows_without_a_key_and_of_other_kinds_are_kept_apart(writer: Writer) -> None:
    writer.insert()
    writer.insert()
    writer.insert(unique_key="k")
    writer.insert("crop_frames", unique_key="k")
    writer.insert(unique_key="l")
    assert writer.run("SELECT count(*) FROM jobs WHERE status = 'queued'") == [[5]]


def test_an_ended_row_does_not_stand_in_the_way(queue: Queue, writer: Writer) -> None:
    writer.insert(unique_key="k")
    settle(queue, lease(queue), Outcome.COMPLETED, COMPLETED)
    assert upsert(writer, "full_frames", "a") == 2


def test_the_key_never_runs_twice_at_once(queue: Queue, writer: Writer) -> None:
    writer.insert(video="a", unique_key="k")
    first = lease(queue)
    assert [upsert(writer, "full_frames", video) for video in ("b", "c")] == [2, 2]
    assert writer.job(1, "status") == "running"
    assert take_lease(queue, LEASE_MS) is None
    settle(queue, first, Outcome.COMPLETED, COMPLETED)
    assert lease(queue).job_id == 2


def test_another_key_and_another_kind_run_beside_it(queue: Queue, writer: Writer) -> None:
    writer.insert(video="a", unique_key="k")
    writer.insert(video="b", unique_key="l")
    writer.insert("crop_frames", video="a", unique_key="k")
    assert [lease(queue).job_id for _ in range(3)] == [3, 1, 2]


def test_a_target_never_runs_twice_at_once_whatever_the_key(queue: Queue, writer: Writer) -> None:
    writer.insert(video="a", unique_key="k")
    writer.insert(video="a")
    writer.insert(video="b")
    assert [lease(queue).job_id for _ in range(2)] == [1, 3]
    assert take_lease(queue, LEASE_MS) is None


@pytest.mark.parametrize(("video", "key"), [("a", "l"), ("b", "k")])
def test_the_schema_itself_lets_no_second_one_run(writer: Writer, video: str, key: str) -> None:
    run = "UPDATE jobs SET status = 'running', attempt_id = 1 WHERE id = ?"
    writer.run(run, writer.insert(video="a", unique_key="k"))
    with pytest.raises(Refused, match="UNIQUE constraint failed"):
        writer.run(run, writer.insert(video=video, unique_key=key))


@pytest.mark.parametrize("outcome", [Outcome.RETRY, Outcome.CRASHED, Outcome.HANDED_BACK])
def test_an_attempt_that_would_return_gives_way_to_a_newer_row(
    queue: Queue, writer: Writer, outcome: Outcome
) -> None:
    writer.insert(video="a", unique_key="k")
    first = lease(queue)
    upsert(writer, "full_frames", "b")
    back = Settlement("queued", LATER_MS, outcome is not Outcome.HANDED_BACK, "x")
    assert settle(queue, first, outcome, back) == "cancelled"
    columns = ("status", "error", "attempt_id", "finished_at > 0")
    assert writer.job(1, *columns) == ["cancelled", "superseded by job 2", None, 1]
    assert writer.run("SELECT outcome FROM job_attempts") == [[outcome.value]]
    assert lease(queue).job_id == 2


def test_it_returns_where_only_other_keys_and_kinds_wait(queue: Queue, writer: Writer) -> None:
    writer.insert("full_frames", unique_key="k")
    first = lease(queue)
    writer.insert("full_frames", unique_key="l")
    writer.insert("crop_frames", unique_key="k")
    writer.insert("full_frames")
    assert settle(queue, first, Outcome.RETRY, Settlement("queued", LATER_MS)) == "queued"


def test_without_a_key_an_attempt_returns_beside_others(queue: Queue, writer: Writer) -> None:
    writer.insert(video="a")
    first = lease(queue)
    writer.insert(video="a")
    assert settle(queue, first, Outcome.RETRY, Settlement("queued", LATER_MS)) == "queued"


def test_a_newer_crop_supersedes_the_running_one(queue: Queue, writer: Writer) -> None:
    writer.insert("crop_frames", video="a", unique_key="k")
    first = lease(queue)
    assert upsert(writer, "crop_frames", "a") == 2
    columns = ("status", "error", "attempt_id", "lease_until")
    assert writer.job(1, *columns) == ["cancelled", "superseded by job 2", None, None]
    assert leased_attempts(queue) == set()
    assert next_cancellation(queue) is None
    close_lost(queue, first)
    assert next_cancellation(queue) is None, "the newer row speaks for the video"
    assert lease(queue).job_id == 2


def test_a_payload_replaced_in_the_queue_supersedes_the_running_one(
    queue: Queue, writer: Writer
) -> None:
    """The row that waits came by a retry, which leaves the running one alone."""
    writer.insert("crop_frames", video="a", unique_key="k")
    settle(queue, lease(queue), Outcome.COMPLETED, COMPLETED)
    writer.insert("crop_frames", video="a", unique_key="k")
    running = lease(queue)
    writer.run("UPDATE jobs SET status = 'queued' WHERE id = 1")
    assert writer.job(running.job_id, "status") == "running"
    assert upsert(writer, "crop_frames", "b") == 1
    assert writer.job(running.job_id, "status", "error") == ["cancelled", "superseded by job 1"]


@pytest.mark.parametrize("video", ["a", "b"])
def test_a_retry_waits_for_the_running_one(queue: Queue, writer: Writer, video: str) -> None:
    """Also with a new payload: it was asked for last, and so it runs last."""
    writer.insert("crop_frames", video="a", unique_key="k")
    settle(queue, lease(queue), Outcome.COMPLETED, COMPLETED)
    writer.insert("crop_frames", video="a", unique_key="k")
    running = lease(queue)
    retry = "UPDATE jobs SET status = 'queued', payload = ? WHERE id = 1"
    writer.run(retry, payload(video))
    assert leased_attempts(queue) == {running.attempt_id}
    assert take_lease(queue, LEASE_MS) is None


def test_supersedes_only_its_own_kind_and_key(queue: Queue, writer: Writer) -> None:
    writer.insert("crop_frames", video="a", unique_key="k")
    writer.insert("full_frames", video="a", unique_key="k")
    writer.insert("crop_frames", video="b", unique_key="l")
    leases = {lease(queue).job_id for _ in range(3)}
    assert leases == {1, 2, 3}
    upsert(writer, "crop_frames", "c", key="m")
    writer.insert("crop_frames", video="d")
    assert len(leased_attempts(queue)) == 3
    upsert(writer, "crop_frames", "e", key="k")
    assert writer.run("SELECT id FROM jobs WHERE status = 'cancelled'") == [[1]]
