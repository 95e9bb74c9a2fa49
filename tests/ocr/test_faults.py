"""Reading that is disturbed: killed, cancelled, its video deleted, its engine failing."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.appdb import add_user_label, read_row, read_rows, run_sql
from tests.support.engines import TOUCHY_ABOUT
from tests.support.house import House, alive, until
from tests.support.house import jobd as run_jobd
from tests.support.video import every, write_video

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

COUNT = 8
BOXES = [(10 * n, 0, f"no {n}", 0.75, 0.0, 0.0, 1.0, 1.0, float(n)) for n in range(COUNT)]
COLUMNS = "frame_index, box_index, text, confidence, x, y, width, height, timestamp_seconds"


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Numbered pictures, one a second."""
    return write_video(tmp_path / "film.mp4", every(1000, COUNT))


class Job:
    """A full_frames job with an engine of tests.support.engines."""

    def __init__(self, house: House, film: Path, engine: str, **how: Any) -> None:
        self.house = house
        self.flags = ("--ocr-engine", f"tests.support.engines:{engine}", "--ocr-boxes", "line")
        self.payload = house.video(source=film, **how) | {"frameRate": 1}
        run_jobd("init", "--db", house.db)
        self.id = house.insert("full_frames", self.payload)

    @property
    def db(self) -> Path:
        return Path(str(self.payload["dbPath"]))

    def work_off(self, *flags: str) -> None:
        self.house.work_off(*self.flags, *flags)

    def status(self) -> dict[str, Any]:
        return read_row(self.db, "processing_status")

    def reading(self) -> bool:
        """Whether some frames are read, and others are not."""
        return bool(self.status()["status"] == "running_ocr" and self.status()["ocr_progress"])

    def result(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.house.job(self.id, "result"))
        return found

    def boxes(self) -> list[tuple[Any, ...]]:
        rows = read_rows(self.db, f"SELECT {COLUMNS} FROM full_frame_ocr ORDER BY frame_index")
        return [tuple(row.values()) for row in rows]

    def pictures_read(self) -> list[int]:
        return [int(n) for n in re.findall(r": picture (\d+)", self.house.log())]

    def assert_whole(self) -> None:
        """All boxes, the last word, and nothing of ours but the fence."""
        assert self.boxes() == BOXES, "not all boxes are shown"
        status = self.status()
        done = ("frame_extraction_progress", "ocr_progress", "layout_analysis_progress")
        assert [status[name] for name in ("status", *done)] == ["processing_complete", 1, 1, 1]
        assert status["current_job_id"] is None
        tables = read_rows(self.db, "SELECT name FROM sqlite_schema WHERE name GLOB 'jobd*'")
        assert [table["name"] for table in tables if "autoindex" not in table["name"]] == [
            "jobd_fence"
        ]


def kill_child(job: Job) -> None:
    os.kill(int(job.status()["current_job_id"]), signal.SIGKILL)


def kill_daemon(job: Job) -> None:
    child = int(job.status()["current_job_id"])
    job.house.daemons[-1].kill()
    job.house.daemons[-1].wait()
    until(lambda: not alive(child))
    job.house.start(*job.flags)


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
    job = Job(house, film, "steady")
    house.start(*job.flags)
    until(job.reading, house.log)
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
    job = Job(house, film, "steady")
    house.start(*job.flags)
    until(job.reading, house.log)
    shutil.rmtree(job.db.parent)
    house.until_status(job.id, "cancelled")
    assert not job.db.parent.exists()


def test_a_video_marked_as_deleted_ends_its_reading(house: House, film: Path) -> None:
    job = Job(house, film, "steady")
    house.start(*job.flags)
    until(job.reading, house.log)
    run_sql(job.db, "UPDATE processing_status SET deleted = 1")
    house.until_status(job.id, "cancelled")
    assert job.boxes() == []


def test_a_frame_that_cannot_be_read_is_named_and_the_others_are_read(
    house: House, film: Path
) -> None:
    job = Job(house, film, "raising")
    job.work_off()
    assert job.boxes() == [box for box in BOXES if box[0] != 10 * TOUCHY_ABOUT]
    read = job.result()["ocr"]
    assert read["framesUnread"] == 1
    fault = {"frame": 10 * TOUCHY_ABOUT, "error": "ZeroDivisionError: that picture again"}
    assert read["unread"] == [fault]


@pytest.mark.parametrize(
    ("engine", "flags", "reason"),
    [("dying", (), "SIGSEGV"), ("hanging", ("--no-progress-s", "2"), "no progress for 2 s")],
)
def test_a_frame_that_an_engine_dies_of_twice_is_left_out(
    house: House, film: Path, engine: str, flags: tuple[str, ...], reason: str
) -> None:
    job = Job(house, film, engine)
    job.work_off(*flags)
    assert house.job(job.id, "status", "attempts") == ("completed", 3), house.log()
    assert job.boxes() == [box for box in BOXES if box[0] != 10 * TOUCHY_ABOUT]
    fault = "the engine died of it, or hung, 2 times"
    assert job.result()["ocr"]["unread"] == [{"frame": 10 * TOUCHY_ABOUT, "error": fault}]
    ends = house.sql("SELECT error FROM job_attempts ORDER BY id LIMIT 2")
    assert all(reason in error for (error,) in ends)
    pictures = job.pictures_read()
    assert pictures.count(TOUCHY_ABOUT) == 2
    assert len(pictures) == COUNT + 1  # every other picture once


def test_an_engine_that_fails_on_every_frame_fails_the_job(house: House, film: Path) -> None:
    job = Job(house, film, "hopeless")
    job.work_off()
    assert house.job(job.id, "status", "attempts") == ("failed", 3)
    assert house.job(job.id, "error") == "OCR failed on every frame: MemoryError: for number 0"
    assert job.status()["status"] == "error"
    assert len(job.pictures_read()) == 3 * COUNT


def test_an_engine_that_cannot_be_had_fails_the_job_with_its_reason(
    house: House, film: Path
) -> None:
    job = Job(house, film, "unloadable")
    job.work_off()
    assert house.job(job.id, "status", "attempts") == ("failed", 3)
    assert house.job(job.id, "error").endswith("unloadable cannot be loaded: no model here")


def test_an_engine_works_within_the_walls_and_is_told_the_settings(
    house: House, film: Path
) -> None:
    job = Job(house, film, "curious")
    job.work_off("--ocr-threads", "3", "--ocr-languages", "el,ta")
    assert {box[2] for box in job.boxes()} == {"Permission denied 3 el ta"}


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
