"""Races that only a daemon which is held for a moment makes certain."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from tests.support.house import alive, run_sql, until
from tests.support.tinyjobs import WISHES, tiny_house

if TYPE_CHECKING:
    from pathlib import Path

WORD = "SELECT status, error_message FROM crop_frames_status"


def test_a_row_cancelled_beside_a_running_one_takes_nothing_from_its_success(
    tmp_path: Path,
) -> None:
    tiny = tiny_house(tmp_path)
    house = tiny.house
    payload = tiny.video()
    try:
        daemon = house.ready()
        job = tiny.add(payload, "crop_frames")
        until(lambda: house.job(job, "status") == "running", house.log)
        until(lambda: bool(house.sql("SELECT 1 FROM job_attempts WHERE pid IS NOT NULL")))
        [(pid,)] = house.sql("SELECT pid FROM job_attempts")
        daemon.send_signal(signal.SIGSTOP)
        other = house.insert("crop_frames", payload | WISHES["crop_frames"])
        house.sql("UPDATE jobs SET status = 'cancelled' WHERE id = ?", other)
        until(lambda: not alive(pid))
        daemon.send_signal(signal.SIGCONT)
        until(lambda: house.job(job, "status") == "completed", house.log)
        until(lambda: house.sql("SELECT count(*) FROM cancellations") == [(0,)], house.log)
    finally:
        house.close()
    assert run_sql(payload["dbPath"], WORD) == [("complete", None)]
    assert tiny.violations() == []
