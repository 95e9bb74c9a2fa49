"""The way of one job into the queue: what it is given, and that nobody was quicker."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from jobd.adopt.decide import Bounds, Step, VideoState, Wish
from jobd.adopt.job import Job, job_of, put
from jobd.adopt.look import Video
from jobd.clock import SystemClock
from jobd.errors import DatabaseRefused, NotReadable
from jobd.queue.file import open_queue
from tests.support.appdb import make_video_db, read_row
from tests.support.house import jobd, run_sql

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jobd.queue.file import Queue

CROP = Wish("crop_frames", "never cropped")
FULL = Wish("full_frames", "taken up by nobody")


def video(folder: Path, file: str | None = "one.mp4", video_id: str = "v") -> Video:
    state = VideoState(full=Step(), crop=Step(), bounds=Bounds(1, 2, 3, 4))
    return Video(video_id, folder / "annotations.db", folder / file if file else None, state)


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    assert jobd("init", "--db", tmp_path / "jobs.db").returncode == 0
    with closing(open_queue(tmp_path / "jobs.db", SystemClock())) as queue:
        yield queue


def test_full_frames_are_given_paths_alone(tmp_path: Path) -> None:
    job = job_of(video(tmp_path), FULL)
    assert (job.kind, job.reason, job.database) == (
        "full_frames",
        "taken up by nobody",
        tmp_path / "annotations.db",
    )
    assert json.loads(job.payload) == {
        "videoId": "v",
        "videoPath": f"{tmp_path}/one.mp4",
        "dbPath": f"{tmp_path}/annotations.db",
        "outputDir": f"{tmp_path}/full_frames",
    }


def test_crops_are_given_bounds_and_no_version(tmp_path: Path) -> None:
    payload = json.loads(job_of(video(tmp_path), CROP).payload)
    assert payload["cropBounds"] == {"left": 1, "top": 2, "right": 3, "bottom": 4}
    assert "cropBoundsVersion" not in payload


def test_what_cannot_be_queued(tmp_path: Path) -> None:
    with pytest.raises(NotReadable, match="no video lies beside the database"):
        job_of(video(tmp_path, file=None), FULL)
    with pytest.raises(NotReadable, match=f"^{tmp_path}: payload: videoId"):  # which video it is
        job_of(video(tmp_path, video_id="v" * 501), FULL)


@pytest.mark.parametrize("wish", [FULL, CROP])
@pytest.mark.parametrize("status", ["queued", "running"])
def test_a_row_that_another_program_was_quicker_with(
    tmp_path: Path, queue: Queue, wish: Wish, status: str
) -> None:
    database = make_video_db(tmp_path / "v" / "annotations.db")
    run_sql(database, "UPDATE processing_status SET status = 'extracting_frames'")
    job = job_of(video(tmp_path / "v"), wish)
    first = put(queue, job, ())
    assert first is not None
    table, word = (
        ("processing_status", "upload_complete")
        if wish is FULL
        else ("crop_frames_status", "queued")
    )
    assert read_row(database, table)["status"] == word
    if status == "running":
        queue.db.execute("UPDATE jobs SET status = 'running', attempt_id = 1").fetchall()
        run_sql(database, f"UPDATE {table} SET current_job_id = '77'")
    assert put(queue, job, ()) is None
    assert read_row(database, table)["current_job_id"] == ("77" if status == "running" else None)
    assert queue.db.execute("SELECT count(*) FROM jobs").fetchall() == [(1,)]


def test_a_video_that_cannot_be_written_leaves_no_row(tmp_path: Path, queue: Queue) -> None:
    job = Job("full_frames", "{}", tmp_path / "gone.db", "")
    with pytest.raises(DatabaseRefused):
        put(queue, job, ())
    assert queue.db.execute("SELECT count(*) FROM jobs").fetchall() == [(0,)]
