"""Retry and a new payload: each begins a new round."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobd.queue.lease import take_lease
from jobd.queue.lifecycle import Outcome, Settlement
from jobd.queue.settle import settle
from tests.support.queuefile import COMPLETED, LEASE_MS, Refused, payload

if TYPE_CHECKING:
    from jobd.queue.file import Queue
    from tests.support.queuefile import Writer

RETRY = "UPDATE jobs SET status = 'queued' WHERE id = ?"
LATER_MS = 9 * 10**12
FRESH = ["queued", 2, 0, 0, None, None, None, None, None, None]
STATE = (
    *("status", "round", "attempts", "run_at", "attempt_id"),
    *("progress", "started_at", "finished_at", "result", "error"),
)


def end(queue: Queue, outcome: Outcome, what: Settlement) -> None:
    lease = take_lease(queue, LEASE_MS)
    assert lease is not None
    settle(queue, lease, outcome, what)


@pytest.mark.parametrize("status", ["completed", "failed", "cancelled"])
def test_a_retry_is_a_new_round(queue: Queue, writer: Writer, status: str) -> None:
    job_id = writer.insert(max_attempts=1)
    if status == "cancelled":
        assert take_lease(queue, LEASE_MS) is not None
        writer.run("UPDATE jobs SET status = 'cancelled'")
    else:
        what = COMPLETED if status == "completed" else Settlement("failed", error="x")
        end(queue, Outcome(status), what)
    writer.run(RETRY, job_id)
    assert writer.job(job_id, *STATE) == FRESH


def test_a_retry_may_say_when(queue: Queue, writer: Writer) -> None:
    job_id = writer.insert()
    end(queue, Outcome.COMPLETED, COMPLETED)
    writer.run("UPDATE jobs SET status = 'queued', run_at = ? WHERE id = ?", LATER_MS, job_id)
    assert writer.job(job_id, "run_at", "round") == [LATER_MS, 2]


def test_a_retry_of_a_job_that_was_cancelled_before_its_time_is_at_once(writer: Writer) -> None:
    job_id = writer.insert(run_at=LATER_MS)
    writer.run("UPDATE jobs SET status = 'cancelled'")
    writer.run(RETRY, job_id)
    assert writer.job(job_id, "run_at") == 0


def test_a_retry_with_a_new_payload_is_at_once_too(writer: Writer) -> None:
    job_id = writer.insert(run_at=LATER_MS)
    writer.run("UPDATE jobs SET status = 'cancelled'")
    writer.run("UPDATE jobs SET status = 'queued', payload = ?", payload("v2"))
    assert writer.job(job_id, "run_at", "round") == [0, 2]


def test_a_retry_with_a_new_payload_is_one_new_round(queue: Queue, writer: Writer) -> None:
    job_id = writer.insert()
    end(queue, Outcome.FAILED, Settlement("failed", error="x"))
    writer.run("UPDATE jobs SET status = 'queued', payload = ? WHERE id = ?", payload("v2"), job_id)
    assert writer.job(job_id, *STATE) == FRESH
    assert writer.job(job_id, "target") == "/videos/v2/annotations.db"


def test_a_running_job_is_not_retried(queue: Queue, writer: Writer) -> None:
    job_id = writer.insert()
    assert take_lease(queue, LEASE_MS) is not None
    with pytest.raises(Refused, match=r"^job is running: cancel it first$"):
        writer.run(RETRY, job_id)
    assert writer.job(job_id, "status") == "running"


def test_a_waiting_job_is_not_changed_by_a_retry(writer: Writer) -> None:
    job_id = writer.insert(run_at=LATER_MS)
    writer.run(RETRY, job_id)
    assert writer.job(job_id, "round", "run_at") == [1, LATER_MS]


def test_a_retry_is_refused_while_a_newer_row_of_its_key_waits(
    queue: Queue, writer: Writer
) -> None:
    old = writer.insert(unique_key="k")
    end(queue, Outcome.COMPLETED, COMPLETED)
    writer.insert(unique_key="k")
    with pytest.raises(Refused, match="a newer job of this unique_key waits already"):
        writer.run(RETRY, old)
    writer.insert("crop_frames", unique_key="other")
    assert writer.job(old, "status") == "completed"


def test_a_retry_is_not_refused_for_a_row_of_another_kind(queue: Queue, writer: Writer) -> None:
    old = writer.insert(unique_key="k")
    end(queue, Outcome.COMPLETED, COMPLETED)
    writer.insert("crop_frames", unique_key="k")
    writer.run(RETRY, old)
    assert writer.job(old, "status") == "queued"


def backed_off(queue: Queue, writer: Writer) -> int:
    job_id = writer.insert()
    end(queue, Outcome.RETRY, Settlement("queued", LATER_MS, error="decoder died"))
    assert writer.job(job_id, "attempts", "run_at") == [1, LATER_MS]
    return job_id


def test_a_new_payload_does_not_wait_for_the_old_ones_backoff(queue: Queue, writer: Writer) -> None:
    job_id = backed_off(queue, writer)
    writer.run("UPDATE jobs SET payload = ? WHERE id = ?", payload("v2"), job_id)
    assert writer.job(job_id, *STATE) == FRESH


def test_a_new_payload_may_say_when(queue: Queue, writer: Writer) -> None:
    job_id = backed_off(queue, writer)
    writer.run("UPDATE jobs SET payload = ?, run_at = ?", payload("v2"), LATER_MS + 1)
    assert writer.job(job_id, "round", "attempts", "run_at") == [2, 0, LATER_MS + 1]


def test_a_new_payload_keeps_the_time_that_a_writer_chose(writer: Writer) -> None:
    job_id = writer.insert(run_at=LATER_MS)
    writer.run("UPDATE jobs SET payload = ?, run_at = ?", payload("v2"), LATER_MS)
    assert writer.job(job_id, "round", "run_at") == [2, LATER_MS]


def test_the_same_payload_again_is_no_new_round(queue: Queue, writer: Writer) -> None:
    job_id = backed_off(queue, writer)
    writer.run("UPDATE jobs SET payload = payload")
    assert writer.job(job_id, "round", "attempts", "run_at") == [1, 1, LATER_MS]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{}", "full_frames: payload lacks videoId"),
        ("[]", "payload must be a JSON object"),
        (payload(pad="x" * 65536), "payload must be at most 65536 bytes"),
    ],
)
def test_a_new_payload_is_checked_like_the_first(writer: Writer, text: str, sentence: str) -> None:
    writer.insert()
    with pytest.raises(Refused, match=sentence):
        writer.run("UPDATE jobs SET payload = ?", text)


@pytest.mark.parametrize(
    "change", ["payload = '{}'", "unique_key = 'k'", "max_attempts = 9", "max_attempts = NULL"]
)
def test_a_running_job_is_fixed(queue: Queue, writer: Writer, change: str) -> None:
    writer.insert(max_attempts=4)
    assert take_lease(queue, LEASE_MS) is not None
    with pytest.raises(
        Refused, match="job is running: payload, unique_key and max_attempts are fixed"
    ):
        writer.run(f"UPDATE jobs SET {change}")


@pytest.mark.parametrize("change", ["kind = 'crop_frames'", "id = 7", "id = id + 1"])
def test_id_and_kind_never_change(writer: Writer, change: str) -> None:
    writer.insert()
    with pytest.raises(Refused, match="id and kind never change"):
        writer.run(f"UPDATE jobs SET {change}")


@pytest.mark.parametrize(("limit", "taken"), [(1, False), (2, True), (None, True)])
def test_a_waiting_job_keeps_an_attempt_to_make(
    queue: Queue,
    writer: Writer,
    limit: int | None,
    taken: bool,  # noqa: FBT001 - a table
) -> None:
    job_id = backed_off(queue, writer)
    if taken:
        writer.run("UPDATE jobs SET max_attempts = ?", limit)
        assert writer.job(job_id, "max_attempts") == (limit or 3)
    else:
        with pytest.raises(Refused, match="max_attempts must be more than the attempts made"):
            writer.run("UPDATE jobs SET max_attempts = ?", limit)


def test_an_ended_job_may_be_retried_with_fewer_attempts(queue: Queue, writer: Writer) -> None:
    job_id = writer.insert(max_attempts=2)
    end(queue, Outcome.RETRY, Settlement("queued"))
    end(queue, Outcome.FAILED, Settlement("failed"))
    writer.run("UPDATE jobs SET status = 'queued', max_attempts = 1")
    assert writer.job(job_id, "attempts", "max_attempts") == [0, 1]
