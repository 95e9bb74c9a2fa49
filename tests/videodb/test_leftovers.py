"""Rows that nobody reads any more: removed in small steps, and only the right ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobd.errors import VideoDeleted
from jobd.videodb import fence
from jobd.videodb.database import open_video_db
from jobd.videodb.fence import Target, Work
from jobd.videodb.leftovers import drop_leftovers, drop_stage
from jobd.videodb.pace import Pace
from tests.support.handclock import HandClock
from tests.support.videojob import staged, work

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jobd.videodb.database import VideoDb

FULL, CROPPED = Target.FULL_FRAMES, Target.CROPPED_FRAMES


@pytest.fixture
def video(path: Path) -> Iterator[VideoDb]:
    with open_video_db(path) as video:
        video.prepare()
        yield video


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def pace(clock: HandClock) -> Pace:
    return Pace(clock.sleep, clock.monotonic_s)


def _stage(video: VideoDb, target: Target, of: Work, count: int = 3) -> str:
    fence.take(video, target, of)
    return staged(video, target, of, count).table


def _stages(video: VideoDb) -> set[str]:
    rows = video.db.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB 'jobd_stage*'"
    )
    return {name for (name,) in rows}


def test_rows_go_four_megabytes_at_a_time(video: VideoDb, pace: Pace, clock: HandClock) -> None:
    table = _stage(video, CROPPED, work(1), 800)
    left: list[int] = []

    def tick() -> None:
        if _stages(video):
            left.append(video.db.execute(f"SELECT count(*) FROM {table}").get)

    drop_stage(video, table, pace, tick)
    assert left == [800 - 334, 800 - 2 * 334, 0], "334 pictures of 12,000 bytes pass 4 MB"
    assert _stages(video) == set()
    assert len(clock.slept_s) == len(left), "a pause before every step but the first"


def test_dead_attempts_of_one_target(video: VideoDb, pace: Pace) -> None:
    _stage(video, CROPPED, work(1))
    _stage(video, CROPPED, work(2))
    other = _stage(video, FULL, work(1))
    fence.take(video, CROPPED, work(3))
    drop_leftovers(video, CROPPED, work(3), pace=pace)
    assert _stages(video) == {other}


@pytest.mark.parametrize(
    ("cleaner", "spared"),
    [
        (work(5), False),
        (work(6), False),
        (work(4), True),
        (work(9, queue_id="q2"), True),
        (None, True),
    ],
)
def test_a_stage_that_may_be_in_use_is_left_alone(
    video: VideoDb, pace: Pace, cleaner: Work | None, *, spared: bool
) -> None:
    table = _stage(video, CROPPED, work(5))
    drop_leftovers(video, CROPPED, cleaner, pace=pace)
    assert _stages(video) == ({table} if spared else set())


def test_old_rows_of_a_publish_that_was_cut_short(video: VideoDb, pace: Pace) -> None:
    _stage(video, CROPPED, work(5))
    with fence.fenced(video, CROPPED, work(5)):
        fence.mark_published(video, CROPPED, work(5))
    drop_leftovers(video, CROPPED, pace=pace)
    assert _stages(video) == set()


def test_tables_of_the_app_are_not_meant(video: VideoDb, pace: Pace) -> None:
    names = ["jobd_stage_cropped_frames_x", "jobd_stage_cropped_frames_1_idx", "jobd_stages"]
    for name in names:
        video.db.execute(f"CREATE TABLE {name} (a)")
    drop_leftovers(video, CROPPED, work(9), pace=pace)
    assert _stages(video) == set(names)


def test_another_process_drops_the_same_table(video: VideoDb, pace: Pace) -> None:
    table = _stage(video, CROPPED, work(1), 800)

    def drop_it_first() -> None:
        video.db.execute(f"DROP TABLE IF EXISTS {table}")

    drop_stage(video, table, pace, drop_it_first)
    assert _stages(video) == set()


def test_a_deleted_video_ends_the_cleaning(video: VideoDb, pace: Pace) -> None:
    table = _stage(video, CROPPED, work(1), 800)
    video.db.execute("UPDATE processing_status SET deleted = 1")
    with pytest.raises(VideoDeleted):
        drop_stage(video, table, pace)
