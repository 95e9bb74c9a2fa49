"""Pictures on their way in: small commits, unseen by the app."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from jobd.errors import FenceLost, VideoDeleted
from jobd.videodb import fence
from jobd.videodb.database import open_video_db
from jobd.videodb.fence import Target
from jobd.videodb.stage import Image, Stage
from tests.support.appdb import run_sql
from tests.support.handclock import HandClock
from tests.support.videojob import crop_of, staged, work

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jobd.videodb.database import VideoDb

FULL, CROPPED = Target.FULL_FRAMES, Target.CROPPED_FRAMES
ONE = work(1)
JPEG = b"\xff\xd8" + bytes(9_998)


@pytest.fixture
def video(path: Path) -> Iterator[VideoDb]:
    with open_video_db(path) as video:
        video.prepare()
        fence.take(video, FULL, ONE)
        fence.take(video, CROPPED, ONE)
        yield video


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def _stage(video: VideoDb, clock: HandClock, target: Target = FULL) -> Stage:
    crop = crop_of(target, 3)
    return Stage(video, target, ONE, crop, sleep=clock.sleep, monotonic_s=clock.monotonic_s)


def _commits(video: VideoDb) -> list[int]:
    """The rows that each commit from now on adds."""
    sizes: list[int] = []
    last = video.db.total_changes()

    def commit() -> bool:
        nonlocal last
        sizes.append(video.db.total_changes() - last)
        last = video.db.total_changes()
        return False

    video.db.set_commit_hook(commit)
    return sizes


def test_full_frames_are_kept_with_their_figures(video: VideoDb, clock: HandClock) -> None:
    stage = _stage(video, clock)
    stage.add(Image(100, JPEG, 640, 360))
    stage.flush()
    columns = "frame_index, image_data, width, height, file_size, created_at = datetime('now')"
    rows = video.db.execute(f"SELECT {columns} FROM {stage.table}").fetchall()
    assert [row[:5] for row in rows] == [(100, JPEG, 640, 360, 10_000)]
    assert rows[0][5] in {0, 1}


def test_cropped_frames_carry_their_bounds(video: VideoDb, clock: HandClock) -> None:
    stage = _stage(video, clock, CROPPED)
    stage.add(Image(7, JPEG, 100, 50))
    stage.flush()
    columns = "frame_index, crop_left, crop_top, crop_right, crop_bottom, crop_bounds_version"
    rows = video.db.execute(f"SELECT {columns}, file_size, created_at FROM {stage.table}").get
    assert rows[:7] == (7, 10, 20, 110, 70, 3, 10_000)
    assert len(rows[7]) == len("2001-02-03 04:05:06")


def test_commits_are_of_about_one_megabyte(video: VideoDb, clock: HandClock) -> None:
    stage = _stage(video, clock)
    sizes = _commits(video)
    for k in range(250):
        stage.add(Image(k, JPEG, 1, 1))
    stage.flush()
    fence_row = 1
    assert sizes == [100 + fence_row, 100 + fence_row, 50 + fence_row]


def test_the_app_gets_its_turn_between_two_commits(video: VideoDb, clock: HandClock) -> None:
    stage = _stage(video, clock)
    stage.add(Image(0, JPEG, 1, 1))

    def slow_write() -> None:
        clock.now_s += 0.25

    clock.now_s += 1
    stage.flush(slow_write)
    stage.add(Image(1, JPEG, 1, 1))
    clock.slept_s.clear()
    stage.flush()
    assert clock.slept_s == pytest.approx([0.25])


def test_at_most_two_status_writes_a_second(video: VideoDb, clock: HandClock) -> None:
    stage = _stage(video, clock)
    written: list[float] = []
    sizes = _commits(video)
    for _ in range(400):
        clock.now_s += 0.01
        stage.flush(lambda: written.append(clock.now_s))
    gaps = [later - earlier for earlier, later in pairwise(written)]
    assert len(written) in range(6, 10)
    assert min(gaps) >= 0.5
    assert len(sizes) == len(written), "a flush of nothing commits nothing"


def test_a_status_rides_in_the_same_transaction(video: VideoDb, clock: HandClock) -> None:
    stage = _stage(video, clock)
    stage.add(Image(0, JPEG, 1, 1))

    def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stage.flush(fail)
    assert video.db.execute(f"SELECT count(*) FROM {stage.table}").get == 0
    stage.flush()
    assert video.db.execute(f"SELECT count(*) FROM {stage.table}").get == 1


def test_the_apps_table_and_its_triggers_see_nothing(path: Path) -> None:
    run_sql(
        path,
        "CREATE TRIGGER t AFTER INSERT ON full_frames BEGIN"
        " SELECT RAISE(ABORT, 'the app saw it'); END",
    )
    with open_video_db(path, allowed_triggers=["t"]) as video:
        video.prepare()
        fence.take(video, FULL, ONE)
        staged(video, FULL, ONE, 3)
        assert video.db.execute("SELECT count(*) FROM full_frames").get == 0


def test_a_newer_attempt_ends_the_staging(video: VideoDb, clock: HandClock) -> None:
    stage = _stage(video, clock)
    stage.add(Image(0, JPEG, 1, 1))
    fence.take(video, FULL, work(2))
    with pytest.raises(FenceLost):
        stage.flush()
    assert video.db.execute(f"SELECT count(*) FROM {stage.table}").get == 0


def test_no_stage_is_made_behind_a_newer_attempt(video: VideoDb, clock: HandClock) -> None:
    fence.take(video, FULL, work(2))
    with pytest.raises(FenceLost):
        _stage(video, clock)
    assert (
        video.db.execute("SELECT name FROM sqlite_schema WHERE name GLOB 'jobd_stage*'").get is None
    )


def test_a_deleted_video_ends_the_staging(video: VideoDb, clock: HandClock) -> None:
    stage = _stage(video, clock)
    stage.add(Image(0, JPEG, 1, 1))
    video.db.execute("UPDATE processing_status SET deleted = 1")
    with pytest.raises(VideoDeleted):
        stage.flush()


def test_a_stage_of_the_same_name_is_replaced(video: VideoDb, clock: HandClock) -> None:
    staged(video, FULL, ONE, 3)
    stage = _stage(video, clock)
    assert video.db.execute(f"SELECT count(*) FROM {stage.table}").get == 0


def test_two_targets_of_one_attempt_id_do_not_meet(video: VideoDb, clock: HandClock) -> None:
    assert _stage(video, clock, FULL).table != _stage(video, clock, CROPPED).table
