"""Reading that is disturbed: killed, cancelled, its video deleted."""

from __future__ import annotations

import os
import shutil
import signal
import time
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.support.appdb import add_user_label, read_rows, run_sql
from tests.support.engines import TOUCHY_ABOUT
from tests.support.house import House, alive, until
from tests.support.readjob import COUNT, Job
from tests.support.video import every, write_video

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Literal


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Numbered pictures, one a second."""
    return write_video(tmp_path / "film.mp4", every(1000, COUNT))


def kill_child(job: Job) -> None:
    os.kill(int(job.status()["current_job_id"]), signal.SIGKILL)


def kill_daemon(job: Job) -> None:
    child = int(job.status()["current_job_id"])
    job.house.daemons[-1].kill()
    job.house.daemons[-1].wait()
    until(lambda: not alive(child))
    job.house.start(*job.flags)


def caught_reading(house: House, film: Path) -> Job:
    """A job whose text is being read, by a daemon that goes on."""
    job = Job(house, film, "steady")
    house.start(*job.flags)
    until(job.reading, house.log)
    return job


@pytest.mark.parametrize(("blow", "journal"), [(kill_child, "wal"), (kill_daemon, "delete")])
def test_who_is_killed_while_he_reads_is_followed_by_one_who_goes_on(
    house: House, film: Path, blow: Callable[[Job], None], journal: Literal["delete", "wal"]
) -> None:
    job = Job(house, film, "steady", journal=journal)
    house.start(*job.flags)
    until(job.reading, house.log)
    assert job.boxes() == []
    assert len(read_rows(job.db, "SELECT 1 FROM full_frames")) == COUNT
    blow(job)
    house.until_status(job.id, "completed")
    job.assert_whole()
    assert job.result()["ocr"]["boxes"] == COUNT
    assert house.sql("SELECT frames_decoded IS NULL FROM job_attempts") == [(1,), (1,)]
    pictures = job.pictures_read()  # none twice but the one that was under way
    assert sorted(set(pictures)) == list(range(COUNT))
    assert len(pictures) <= COUNT + 1, "frames were read again"


def test_progress_only_grows_and_boxes_come_all_at_once(house: House, film: Path) -> None:
    job = Job(house, film, "steady")
    house.start(*job.flags)
    shares, reads, words, counts = [], [], [], []
    while house.job(job.id, "status") != "completed":
        shares.append(house.job(job.id, "progress") or 0.0)
        status = job.status()
        if status["status"] != "upload_complete":
            words.append(status["status"])
            reads.append(status["ocr_progress"])
        counts.append(len(job.boxes()))
        time.sleep(0.02)
    assert shares == sorted(shares)
    assert any(0.2 < share < 1 for share in shares)
    assert reads == sorted(reads)
    assert any(0 < share < 1 for share in reads)
    assert list(dict.fromkeys(words)) in (
        ["extracting_frames", "running_ocr", "processing_complete"],
        ["running_ocr", "processing_complete"],  # the first word went by too quickly
        ["extracting_frames", "running_ocr"],
        ["running_ocr"],
    )
    assert set(counts) <= {0, COUNT}
    job.assert_whole()


def test_a_cancelled_reading_leaves_frames_and_no_boxes(house: House, film: Path) -> None:
    job = caught_reading(house, film)
    child = int(job.status()["current_job_id"])
    house.sql("UPDATE jobs SET status = 'cancelled' WHERE id = ?", job.id)
    until(lambda: not alive(child), house.log)
    until(lambda: job.status()["status"] == "error", house.log)
    assert job.status()["error_message"] == "Cancelled"
    assert len(read_rows(job.db, "SELECT 1 FROM full_frames")) == COUNT
    assert job.boxes() == []
    until(lambda: not read_rows(job.db, "SELECT 1 FROM sqlite_schema WHERE name = 'jobd_ocr'"))
    house.sql("UPDATE jobs SET status = 'queued' WHERE id = ?", job.id)  # a person's retry
    house.until_status(job.id, "completed")
    job.assert_whole()
    assert job.pictures_read()[-COUNT:] == list(range(COUNT))  # from the first frame


def test_a_deleted_video_ends_its_reading(house: House, film: Path) -> None:
    job = caught_reading(house, film)
    shutil.rmtree(job.db.parent)
    house.until_status(job.id, "cancelled")
    assert not job.db.parent.exists()


def test_a_video_marked_as_deleted_ends_its_reading(house: House, film: Path) -> None:
    job = caught_reading(house, film)
    run_sql(job.db, "UPDATE processing_status SET deleted = 1")
    house.until_status(job.id, "cancelled")
    assert job.boxes() == []


def test_boxes_of_two_engines_are_never_mixed(house: House, film: Path) -> None:
    job = Job(house, film, "steady")
    daemon = house.start(*job.flags)
    until(job.reading, house.log)
    daemon.kill()
    daemon.wait()
    other = ("--ocr-engine", "tests.support.engines:curious", "--ocr-boxes", "line")
    house.work_off(*other, "--ocr-threads", "1")
    assert {box[2] for box in job.boxes()} == {"Permission denied 1 ch en"}
    assert house.sql("SELECT frames_decoded IS NULL FROM job_attempts") == [(1,), (1,)]


def _read_so_often(job: Job, times: int) -> bool:
    return job.pictures_read().count(TOUCHY_ABOUT) == times


def test_a_daemon_that_is_stopped_blames_no_frame(house: House, film: Path) -> None:
    job = Job(house, film, "hanging")
    for times in range(1, 4):
        daemon = house.start(*job.flags, "--drain-s", "0")
        until(partial(_read_so_often, job, times), house.log)
        daemon.terminate()
        daemon.wait()
        assert house.job(job.id, "status", "attempts") == ("queued", 0)
    assert read_rows(job.db, "SELECT 1 FROM jobd_ocr WHERE error IS NOT NULL") == []


def test_frames_that_the_app_has_removed_meanwhile_are_made_again(house: House, film: Path) -> None:
    job = Job(house, film, "steady")
    daemon = house.start(*job.flags)
    until(job.reading, house.log)
    daemon.kill()
    daemon.wait()
    run_sql(job.db, "DELETE FROM full_frames WHERE frame_index = 20")
    job.work_off()
    job.assert_whole()
    assert house.sql("SELECT frames_decoded > 0 FROM job_attempts ORDER BY id") == [(None,), (1,)]


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM full_frames",
        "DELETE FROM full_frames WHERE frame_index = 0",
        "INSERT INTO full_frames (frame_index, image_data, width, height, file_size)"  # noqa: ISC004
        " SELECT 990, image_data, width, height, file_size FROM full_frames LIMIT 1",
    ],
    ids=["all", "one that is read", "one more"],
)
def test_completed_means_that_the_frames_are_there_whose_text_was_read(
    house: House, film: Path, change: str
) -> None:
    job = caught_reading(house, film)
    run_sql(job.db, change)
    house.until_status(job.id, "completed")
    job.assert_whole()
    found = read_rows(job.db, "SELECT frame_index FROM full_frames ORDER BY frame_index")
    assert [row["frame_index"] for row in found] == [10 * n for n in range(COUNT)]
    (error,) = house.sql("SELECT error FROM job_attempts ORDER BY id LIMIT 1")[0]
    assert error == f"dbPath {job.db} was changed while the job ran: frames removed, or added"


def test_a_database_that_is_replaced_is_no_deleted_video(house: House, film: Path) -> None:
    job = caught_reading(house, film)
    shutil.copyfile(job.db, job.db.with_name("copy.db"))
    job.db.with_name("copy.db").rename(job.db)
    house.until_status(job.id, "completed")
    job.assert_whole()
    (error,) = house.sql("SELECT error FROM job_attempts ORDER BY id LIMIT 1")[0]
    assert "was replaced by another file while the job ran" in error


def test_a_table_for_boxes_that_is_gone_is_made_again(house: House, film: Path) -> None:
    job = caught_reading(house, film)
    run_sql(job.db, "DROP TABLE full_frame_ocr")
    house.until_status(job.id, "completed")
    job.assert_whole()
    assert len(job.pictures_read()) == COUNT


def test_labels_that_a_person_has_set_stop_it_as_they_stop_frames(house: House, film: Path) -> None:
    job = Job(house, film, "steady")
    daemon = house.start(*job.flags)
    until(job.reading, house.log)
    daemon.kill()
    daemon.wait()
    add_user_label(job.db)
    job.work_off()
    assert house.job(job.id, "status") == "failed"
    assert "labelled frames would move" in house.job(job.id, "error")
