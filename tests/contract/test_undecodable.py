"""A row whose text is no UTF-8, written by another program: it fails alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobd.queue.cancellations import next_cancellation
from jobd.queue.lease import has_work, take_lease
from jobd.queue.lifecycle import Outcome, Settlement
from jobd.queue.recover import orphans
from jobd.queue.settle import close_lost, settle
from tests.support.queuefile import COMPLETED, LEASE_MS, payload

if TYPE_CHECKING:
    from jobd.queue.file import Queue
    from tests.support.queuefile import Writer

BAD = b'{"videoId": "\xff\xfe", "dbPath": "/videos/\xff/annotations.db"}'
BAD_KEY = b"\xc3\x28"
INSERT_BAD = (
    "INSERT INTO jobs (kind, payload, unique_key, priority)"
    f" VALUES ('full_frames', CAST(x'{BAD.hex()}' AS TEXT), CAST(x'{BAD_KEY.hex()}' AS TEXT), 500)"
)


def test_it_is_leased_and_settled_among_good_ones(queue: Queue, writer: Writer) -> None:
    writer.insert(video="a")
    writer.run(INSERT_BAD)
    writer.insert(video="b")
    assert has_work(queue)
    found = []
    while lease := take_lease(queue, LEASE_MS):
        found.append((lease.job_id, lease.payload))
        bad = lease.payload == BAD
        what = Settlement("failed", error="no UTF-8") if bad else COMPLETED
        settle(queue, lease, Outcome.FAILED if bad else Outcome.COMPLETED, what)
    assert found == [(2, BAD), (1, payload("a").encode()), (3, payload("b").encode())]
    assert writer.run("SELECT status FROM jobs") == [["completed"], ["failed"], ["completed"]]


def test_it_is_recovered_and_returned(queue: Queue, writer: Writer) -> None:
    writer.run(INSERT_BAD)
    writer.insert()
    assert take_lease(queue, LEASE_MS)
    assert take_lease(queue, LEASE_MS)
    bad, good = orphans(queue)
    assert bad.payload == BAD
    for lease in (bad, good):
        assert settle(queue, lease, Outcome.CRASHED, Settlement("queued")) == "queued"


def test_it_is_cancelled(queue: Queue, writer: Writer) -> None:
    writer.run(INSERT_BAD)
    writer.run("UPDATE jobs SET status = 'cancelled'")
    told = next_cancellation(queue)
    assert told is not None
    assert told.payload == BAD


READ_DIFFERENTLY = {
    "deep": '{"videoId": "v", "dbPath": "/x", "deep": ' + "[" * 1500 + "]" * 1500 + "}",
    "escaped key": '{"db\\u0050ath": "/b", "videoId": "v", "dbPath": "/a"}',
    "ends early": '{"videoId": "v", "dbPath": "/x"}\0}',
}


@pytest.mark.parametrize("text", READ_DIFFERENTLY.values(), ids=READ_DIFFERENTLY.keys())
def test_json_that_two_versions_of_sqlite_read_differently_breaks_no_index(
    queue: Queue, writer: Writer, text: str
) -> None:
    for end in ("settled", "cancelled", "deleted"):
        writer.insert(payload=text)
        lease = take_lease(queue, LEASE_MS)
        assert lease is not None
        assert lease.payload == text.encode()
        if end == "settled":
            settle(queue, lease, Outcome.RETRY, Settlement("queued"))
            writer.run("UPDATE jobs SET status = 'cancelled'")
        elif end == "cancelled":
            writer.run("UPDATE jobs SET status = 'cancelled' WHERE status = 'running'")
        else:
            writer.run("DELETE FROM jobs WHERE status = 'running'")
        close_lost(queue, lease)
        assert writer.run("PRAGMA integrity_check") == [["ok"]]
        found = {line for (line,) in queue.db.execute("PRAGMA integrity_check")}
        assert found <= {"ok", "CHECK constraint failed in jobs"}, "the payload, but no index"
