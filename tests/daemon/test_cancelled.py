"""How attempts end that nobody wants any more: by cancelling, by newer bounds, by deletion."""

from __future__ import annotations

import os
import shutil
import signal
import time

import pytest

from tests.support.atwork import child_pid, crop_status, staged, start_work
from tests.support.house import House, alive, jobd, run_sql, until


def test_cancelling_stops_a_running_child(house: House) -> None:
    payload, job = start_work(house)
    pid = child_pid(payload)
    house.sql("UPDATE jobs SET status = 'cancelled' WHERE id = ?", job)
    asked_s = time.monotonic()
    until(lambda: not alive(pid))
    assert time.monotonic() - asked_s < 5
    until(lambda: crop_status(payload) == ("error", "Cancelled", None), house.log)
    until(lambda: house.sql("SELECT count(*) FROM cancellations") == [(0,)])
    assert house.job(job, "status") == "cancelled"
    assert house.sql("SELECT outcome FROM job_attempts") == [("cancelled",)]
    assert staged(payload) == 0
    house.sql("UPDATE jobs SET status = 'queued' WHERE id = ?", job)
    house.until_status(job, "completed")
    assert house.job(job, "round") == 2


def test_deleting_the_row_acts_as_cancel(house: House) -> None:
    payload, job = start_work(house)
    pid = child_pid(payload)
    house.sql("DELETE FROM jobs WHERE id = ?", job)
    until(lambda: not alive(pid))
    until(lambda: crop_status(payload) == ("error", "Cancelled", None), house.log)


def test_a_job_cancelled_while_waiting_is_told_to_the_app(house: House) -> None:
    payload = house.video()
    jobd("init", "--db", house.db)
    job = house.insert("full_frames", payload)
    house.sql("UPDATE jobs SET status = 'cancelled' WHERE id = ?", job)
    house.work_off()
    word = run_sql(payload["dbPath"], "SELECT status, error_message FROM processing_status")
    assert word == [("error", "Cancelled")]


def test_a_cancelled_row_beside_a_waiting_one_says_nothing(house: House) -> None:
    payload = house.video()
    jobd("init", "--db", house.db)
    cancelled = house.insert("full_frames", payload)
    house.insert("full_frames", payload)
    house.sql("UPDATE jobs SET status = 'cancelled' WHERE id = ?", cancelled)
    house.work_off()
    word = run_sql(payload["dbPath"], "SELECT status, error_message FROM processing_status")
    assert word == [("processing_complete", None)]


def test_newer_bounds_stop_a_running_crop_job(house: House) -> None:
    payload, old = start_work(house, unique_key="v1")
    bounds = {"left": 0, "top": 0, "right": 10, "bottom": 10}
    new = house.insert("crop_frames", payload | {"cropBounds": bounds}, unique_key="v1")
    house.until_status(new, "completed")
    assert house.job(old, "status", "error") == ("cancelled", f"superseded by job {new}")
    assert run_sql(payload["dbPath"], "SELECT DISTINCT width FROM cropped_frames") == [(10,)]
    until(lambda: house.sql("SELECT count(*) FROM cancellations") == [(0,)])
    assert crop_status(payload) == ("complete", None, None)


@pytest.mark.parametrize("how", ["marked and signalled", "marked", "removed"])
def test_deletion_of_the_video_ends_as_cancelled_and_makes_nothing_anew(
    house: House, how: str
) -> None:
    payload, job = start_work(house)
    pid = child_pid(payload)
    if how == "removed":
        shutil.rmtree(house.folder / "v1")
    else:
        run_sql(payload["dbPath"], "UPDATE processing_status SET deleted = 1")
    if how == "marked and signalled":
        os.kill(pid, signal.SIGTERM)
    asked_s = time.monotonic()
    house.until_status(job, "cancelled")
    assert time.monotonic() - asked_s < 5
    assert "deleted" in house.job(job, "error")
    shutil.rmtree(house.folder / "v1", ignore_errors=True)
    until(lambda: house.sql("SELECT count(*) FROM cancellations") == [(0,)])
    assert not (house.folder / "v1").exists()
