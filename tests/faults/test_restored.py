"""A queue that is restored from a copy: videos remember attempts that it has forgotten."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tests.support.house import House, jobd, run_sql

RELIABILITY = Path(__file__).parents[2] / "RELIABILITY.md"
STATUS = "SELECT status, error_message FROM processing_status"


def recipe() -> str:
    """The statement that RELIABILITY.md tells people to run."""
    (statement,) = re.findall(r"`(UPDATE meta [^`]+)`", RELIABILITY.read_text(encoding="utf-8"))
    return str(statement)


def restored(house: House) -> dict[str, str]:
    """Two jobs of a video are forgotten, of which its fence knows."""
    jobd("init", "--db", house.db)
    payload = house.video()
    house.work_off()
    shutil.copyfile(house.db, house.folder / "copy.db")
    for _ in range(2):
        house.insert("full_frames", payload)
        house.work_off()
    for path in house.folder.glob("jobs.db*"):
        path.unlink()
    (house.folder / "copy.db").rename(house.db)
    return payload


def test_with_an_id_of_its_own_it_does_every_job_anew(house: House) -> None:
    payload = restored(house)
    run_sql(house.db, recipe())
    run_sql(payload["dbPath"], "DELETE FROM full_frames")
    jobs = [house.insert("full_frames", payload) for _ in range(3)]
    house.work_off()
    for job in jobs:
        assert house.job(job, "status", "result") == (
            "completed",
            '{"frames": 1, "width": 1280, "height": 720, "concealed": 0, "durationSeconds": 10.0}',
        )
    assert run_sql(payload["dbPath"], STATUS) == [("processing_complete", None)]
    assert run_sql(payload["dbPath"], "SELECT count(*) FROM full_frames") == [(1,)]
