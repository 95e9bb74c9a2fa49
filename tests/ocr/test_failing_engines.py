"""Engines that fail, hang, die, or cannot be had; and what the walls leave them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.engines import TOUCHY_ABOUT
from tests.support.readjob import BOXES, COUNT, Job
from tests.support.video import every, write_video

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.house import House


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Numbered pictures, one a second."""
    return write_video(tmp_path / "film.mp4", every(1000, COUNT))


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


def test_the_reason_is_the_last_line_of_what_an_engine_says(house: House, film: Path) -> None:
    job = Job(house, film, "wordy")
    job.work_off()
    assert job.result()["ocr"]["unread"] == [
        {"frame": 10 * TOUCHY_ABOUT, "error": "RuntimeError: BadAlloc: no room"},
        {"frame": 10 * TOUCHY_ABOUT + 10, "error": "RuntimeError"},
    ]


def test_what_an_engine_says_that_cannot_be_kept_is_left_out(house: House, film: Path) -> None:
    job = Job(house, film, "nonsense")
    job.work_off()
    assert job.boxes() == BOXES[3:]
    unread = {fault["frame"]: fault["error"] for fault in job.result()["ocr"]["unread"]}
    assert unread.keys() == {10, 20}
    assert "not JSON compliant" in unread[10]
    assert "surrogates not allowed" in unread[20]


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


def test_who_finds_no_text_tells_of_the_frames_that_he_could_not_read(
    house: House, film: Path
) -> None:
    job = Job(house, film, "half_blind")
    job.work_off()
    assert house.job(job.id, "error") == (
        "No valid boxes found: no text on 7 frames, and 1 could not be read: ZeroDivisionError:"
        " that picture again"
    )


def test_an_engine_that_does_not_open_is_named(house: House, film: Path) -> None:
    job = Job(house, film, "unopened")
    job.work_off()
    assert house.job(job.id, "status", "attempts") == ("failed", 3)
    assert house.job(job.id, "error") == "the OCR engine unopened does not open: OSError: no model"
    assert "Traceback" not in house.log()


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
