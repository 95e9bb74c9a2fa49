"""`make demo`, from the first line to the contact sheet."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from tests.support.captions import captioned

PROJECT = Path(__file__).parents[1]
OCEAN = PROJECT / "tests" / "media" / "ocean_h264.mp4"  # 10 s: 1 full frame, 100 crops
STATEMENTS = (PROJECT / "demo" / "enqueue.sql").read_text(encoding="utf-8").split("\n\n")


def demo(video: Path, data: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, PROJECT / "demo" / "run.py", video, "--data", data, *flags],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def test_a_video_becomes_frames_and_a_second_run_works_as_well(tmp_path: Path) -> None:
    video = tmp_path / "an ocean's film.mp4"
    video.symlink_to(OCEAN)
    for run in (1, 2):
        done = demo(video, tmp_path / "demo data")
        assert done.returncode == 0, done.stdout
        assert "daemon  ● running, pid " in done.stdout
        assert f"0 running, 0 queued, {2 * run} completed, 0 failed" in done.stdout
        assert re.search(r"full_frames +1 frame +\d+ kB +processing_complete\n", done.stdout)
        assert re.search(r"cropped_frames +100 frames +[\d,]+ kB +complete\n", done.stdout)
        sheets = re.findall(r"(/.*\.png): \d+ of \d+ frames?, 1280x", done.stdout)
        assert [Path(sheet).name for sheet in sheets] == ["full_frames.png", "cropped_frames.png"]
        for sheet in sheets:
            picture = cv2.imread(sheet)
            assert picture is not None
            assert picture.shape[1] == 1280
            assert picture[40:90, 12:300].std() > 2  # a picture, not the background alone


def test_text_is_read_and_its_boxes_are_drawn(tmp_path: Path) -> None:
    captioned(tmp_path / "captions.mp4", [48])
    done = demo(tmp_path / "captions.mp4", tmp_path / "data", "--ocr")
    assert done.returncode == 0, done.stdout
    assert re.search(r"full_frame_ocr +\d+ boxes\n", done.stdout)
    (sheet,) = (tmp_path / "data").rglob("full_frames.png")
    picture = cv2.imread(str(sheet))
    assert picture is not None
    assert (picture == (28, 28, 28)).all(axis=2).sum() > 100


def test_a_file_that_is_no_video_fails_with_its_reason_and_its_job(tmp_path: Path) -> None:
    video = tmp_path / "text.mp4"
    video.write_text("no video")
    done = demo(video, tmp_path / "data")
    assert done.returncode == 1
    assert "\n✗ job 1: full_frames, failed\n" in done.stdout
    last = done.stdout.splitlines()[-1]
    assert last.startswith("demo failed: job 1 has failed: the file is no video")


def test_a_missing_video_is_said_at_once(tmp_path: Path) -> None:
    done = demo(tmp_path / "none.mp4", tmp_path / "data")
    assert done.returncode == 1
    assert done.stdout.strip() == f"demo failed: no such video: {tmp_path / 'none.mp4'}"
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("statement", STATEMENTS, ids=["full_frames", "crop_frames"])
def test_the_readme_shows_the_sql_that_the_demo_runs(statement: str) -> None:
    assert statement.strip() in (PROJECT / "README.md").read_text(encoding="utf-8")
