"""Other programs that hold a lock, and a daemon that was away: nothing is taken for a crash."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.support.atwork import WORK, begin_work, crop_status
from tests.support.house import House, jobd, until

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def held(path: object, how: str) -> Iterator[None]:
    """A lock on a database, as a careless program keeps it."""
    with closing(sqlite3.connect(str(path), isolation_level=None)) as db:
        db.execute(f"BEGIN {how}")
        yield
        db.execute("ROLLBACK")


def test_a_daemon_that_was_stopped_does_not_blame_its_children(house: House) -> None:
    _, job = begin_work(house, "--no-progress-s", "2")
    house.daemons[-1].send_signal(signal.SIGSTOP)
    time.sleep(5)
    house.daemons[-1].send_signal(signal.SIGCONT)
    house.until_status(job, "completed")
    assert house.job(job, "attempts") == 1


def test_a_writer_that_holds_the_queue_delays_and_loses_nothing(house: House) -> None:
    _, job = begin_work(house, "--no-progress-s", "2")
    with held(house.db, "IMMEDIATE"):
        until(lambda: "locked by another program" in house.log(), house.log)
    house.until_status(job, "completed")
    assert house.job(job, "attempts") == 1


def test_a_queue_that_is_held_at_the_start_is_waited_for(house: House) -> None:
    begin_work(house)
    house.daemons[-1].kill()
    house.daemons[-1].wait()
    with held(house.db, "IMMEDIATE"):
        daemon = house.start("--exit-when-idle", "--concurrency", "3")
        until(lambda: "locked by another program" in house.log(), house.log)
    assert daemon.wait(60) == 0
    assert house.sql("SELECT status, attempts FROM jobs") == [("completed", 2)]


def test_a_cancellation_that_cannot_be_told_now_is_told_later(house: House) -> None:
    jobd("init", "--db", house.db)
    payload = house.video()
    job = house.insert("crop_frames", payload | WORK)
    house.sql("UPDATE jobs SET status = 'cancelled' WHERE id = ?", job)
    with held(payload["dbPath"], "EXCLUSIVE"):
        house.ready("--concurrency", "1")
        other = house.insert("full_frames", house.video("v2"))
        house.until_status(other, "completed")  # beside the stuck notice
        until(lambda: "could not be told yet" in house.log(), house.log)
    until(lambda: house.sql("SELECT count(*) FROM cancellations") == [(0,)], house.log)
    assert crop_status(payload) == ("error", "Cancelled", None)


def test_a_last_crash_that_cannot_be_told_now_is_told_later(house: House) -> None:
    payload, job = begin_work(house)
    house.daemons[-1].kill()
    house.daemons[-1].wait()
    house.sql("UPDATE jobs SET attempts = 3 WHERE id = ?", job)
    with held(payload["dbPath"], "EXCLUSIVE"):
        house.ready()
        house.until_status(job, "failed")
    until(lambda: house.sql("SELECT count(*) FROM cancellations") == [(0,)], house.log)
    message = "the daemon died while this attempt ran"
    assert crop_status(payload) == ("error", message, None)


def test_sigterm_to_the_whole_group_is_no_crash(house: House) -> None:
    payload, job = begin_work(house)
    daemon = house.daemons[-1]
    for pid in (daemon.pid, *house.children(daemon)):
        os.kill(pid, signal.SIGTERM)
    assert daemon.wait(60) == 0
    assert house.job(job, "status", "attempts") == ("queued", 0)
    assert house.sql("SELECT outcome FROM job_attempts") == [("handed_back",)]
    assert crop_status(payload) == ("queued", None, None)


def test_a_replaced_queue_is_not_served_any_more(house: House) -> None:
    daemon = house.ready()
    house.db.rename(house.folder / "old.db")
    assert daemon.wait(60) == 5
    assert "moved, removed or replaced" in house.log()


@pytest.mark.parametrize("change", ["attempt_id = 999", "attempt_id = 0, progress = 7"])
def test_a_lease_that_is_changed_by_hand_is_taken_back(house: House, change: str) -> None:
    payload, job = begin_work(house)
    house.sql(f"UPDATE jobs SET {change} WHERE id = ?", job)
    house.until_status(job, "completed")
    assert house.job(job, "attempts") == 2
    assert "its attempt_id was changed by hand" in house.log()
    assert crop_status(payload) == ("complete", None, None)


def test_a_row_that_is_set_running_by_hand_is_taken_back(house: House) -> None:
    house.ready()
    job = house.insert("full_frames", house.video(), run_at=4_102_444_800_000)
    house.sql("UPDATE jobs SET status = 'running', attempt_id = 99 WHERE id = ?", job)
    house.until_status(job, "completed")


def test_dbpaths_that_lead_nowhere_fail_with_the_path(house: House) -> None:
    payload = house.video()
    jobd("init", "--db", house.db)
    missing = str(house.folder / "v1" / "typo.db")
    job = house.insert("full_frames", payload | {"dbPath": missing})
    house.work_off()
    status, error = house.job(job, "status", "error")
    assert status == "failed"
    assert missing in error
