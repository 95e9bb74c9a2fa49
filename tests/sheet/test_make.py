"""`inspect frames` as a person types it, after real jobs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import cv2
import pytest

from tests.support.house import jobd, run_sql

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from tests.support.house import House

BOUNDS = {"left": 0, "top": 300, "right": 320, "bottom": 350}


def frames(house: House, job_id: int, *more: str | Path) -> subprocess.CompletedProcess[str]:
    return jobd("inspect", "frames", str(job_id), "--db", house.db, *more, cwd=house.folder)


def line(house: House, job_id: int, *more: str | Path) -> str:
    done = frames(house, job_id, *more)
    assert (done.returncode, done.stdout) == (1, ""), done.stdout
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_what_two_jobs_made_and_what_replaced_it(house: House) -> None:
    jobd("init", "--db", house.db)
    payload = house.video()
    folder = house.folder / "v1" / "out"
    full = house.insert("full_frames", payload | {"store": "files", "outputDir": str(folder)})
    crop = house.insert("crop_frames", payload | {"cropBounds": BOUNDS})
    again = house.insert("crop_frames", house.video("v2") | {"cropBounds": BOUNDS})
    assert line(house, full) == f"jobd: job {full} has published no frames in {payload['dbPath']}\n"
    house.work_off()
    before = [(e.name, e.stat().st_mtime_ns) for e in os.scandir(house.folder / "v1")]

    sheet = house.folder / "sheet.png"
    assert frames(house, full, "-o", sheet).stdout.startswith(f"{sheet}: 1 of 1 frames, 1280x")
    assert frames(house, crop, "-o", sheet).stdout.startswith(f"{sheet}: 24 of 100 frames, 1280x")
    assert frames(house, full, "-o", sheet, "--boxes").stdout.count("1 frames, 0 boxes, 1280x") == 1
    every = frames(house, crop, "-o", sheet, "--every", "2.5s")
    assert every.stdout.startswith(f"{sheet}: 4 of 100 frames, 1280x")
    picture = cv2.imread(str(sheet))
    assert picture is not None
    assert picture[40:60, 12:300].std() > 5  # a picture, not the background
    assert [(e.name, e.stat().st_mtime_ns) for e in os.scandir(house.folder / "v1")] == before

    database = house.folder / "v2" / "annotations.db"
    run_sql(database, "UPDATE jobd_fence SET job_id = 99")
    assert line(house, again).endswith("by job 99's: `inspect frames 99` shows those\n")
    run_sql(database, f"UPDATE jobd_fence SET job_id = {again}, published = 0")
    assert f"job {again} has published no frames yet" in line(house, again)
    run_sql(database, "UPDATE jobd_fence SET published = 1")
    run_sql(database, "DELETE FROM cropped_frames")
    assert f"no frames of job {again} in {database}" in line(house, again)
    database.unlink()
    assert "no database at" in line(house, again)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("-o", "annotations.db"), "a sheet is a picture: .png, .jpg, .jpeg, .webp"),
        (("-o", "/nowhere/sheet.png", "--every", "0s"), "a frame every so often"),
        (("--every", "often"), "'often' is no span of time"),
    ],
)
def test_bad_flags_are_explained(house: House, more: tuple[str, ...], words: str) -> None:
    jobd("init", "--db", house.db)
    job = house.insert("full_frames", {"videoId": "v", "videoPath": "/v.mp4", "dbPath": "/v.db"})
    done = frames(house, job, *more)
    assert done.returncode == 2
    assert words in done.stderr
    assert frames(house, 7).returncode == 4
