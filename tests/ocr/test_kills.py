"""kill -9 and SIGSTOP at random, of anybody, while text is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.appdb import read_row, read_rows
from tests.support.house import House, jobd
from tests.support.killer import Killer
from tests.support.readjob import BOXES, COLUMNS, COUNT
from tests.support.video import every, write_video

if TYPE_CHECKING:
    from tests.support.tally import Tally

LEFT = "SELECT 1 FROM jobs WHERE status <> 'completed'"
JOBS, BLOWS = 12, 150


@pytest.mark.long
def test_blows_while_text_is_read_lose_no_boxes(house: House, tmp_path: Path, tally: Tally) -> None:
    house.environ |= {
        "JOBD_OCR_ENGINE": "tests.support.engines:brisk",
        "JOBD_OCR_BOXES": "line",
    }
    film = write_video(tmp_path / "film.mp4", every(1000, COUNT))
    jobd("init", "--db", house.db)
    jobs = {}
    for n in range(JOBS):
        payload = house.video(f"v{n}", film, journal="wal" if n % 2 else "delete")
        job = house.insert("full_frames", payload | {"frameRate": 1}, max_attempts=1000)
        jobs[job] = Path(payload["dbPath"])
    killer = Killer(house, seed=1)
    while killer.blows.total() < BLOWS and house.sql(LEFT):
        killer.round()
    killer.end()
    house.work_off()
    assert house.sql(LEFT) == []
    for job, database in jobs.items():
        result = json.loads(house.job(job, "result") or "{}")
        unread = {fault["frame"] for fault in result.get("ocr", {}).get("unread", ())}
        rows = read_rows(database, f"SELECT {COLUMNS} FROM full_frame_ocr ORDER BY frame_index")
        left_out = [box for box in BOXES if box not in [tuple(row.values()) for row in rows]]
        assert len(rows) + len(left_out) == COUNT
        # A result is lost with who is killed between his publish and his last word.
        assert not result.get("ocr") or {box[0] for box in left_out} == unread
        assert read_row(database, "processing_status")["status"] == "processing_complete"
        assert len(read_rows(database, "SELECT 1 FROM full_frames")) == COUNT
    what = ", ".join(f"{n} x {how}" for how, n in sorted(killer.blows.items()))
    tally.add(f"while text is read ({what})", killer.blows.total(), 0, killer.recovery_s)
