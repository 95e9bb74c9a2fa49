"""A job with its family, and a video by the beginning of its id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jobd.errors import NoSuchJob, UsageError
from jobd.queue.lifecycle import Outcome
from jobd.report.figures import figures
from jobd.report.history import read_job, read_video
from jobd.report.read import read_overview
from jobd.report.wanted import Wanted

if TYPE_CHECKING:
    from tests.support.desk import Desk


def add(desk: Desk, video: object, **columns: Any) -> int:
    return desk.add(payload={**desk.payload(), "videoId": video}, **columns)


def video(desk: Desk, first: str) -> str:
    return read_video(desk.path, desk.clock, Wanted(video=first)).video_id


def test_a_video_is_found_by_the_beginning_of_its_id(desk: Desk) -> None:
    for name in ("aa1", "aa2", "aa", "b9", "字幕1"):
        add(desk, name)
    assert video(desk, "aa1") == "aa1"
    assert video(desk, "aa") == "aa"  # whole, though others begin so
    assert video(desk, "b") == "b9"
    assert video(desk, "字") == "字幕1"
    assert video(desk, "字…") == "字幕1"
    with pytest.raises(UsageError, match=r"several videos begin with 'a': aa, aa1, aa2$"):
        video(desk, "a")
    with pytest.raises(UsageError, match="several videos begin with '': aa, aa1, aa2 …"):
        video(desk, "")
    for unknown in ("aa3", "c", "\ud800", "A"):
        with pytest.raises(NoSuchJob, match="no job of a video"):
            video(desk, unknown)


def test_filters_hold_for_a_video_as_well(desk: Desk) -> None:
    first, second = add(desk, "v"), add(desk, "v")
    desk.run(Outcome.FAILED, error="no")
    wanted = Wanted(video="v", states=("failed",))
    assert [job.id for job in read_video(desk.path, desk.clock, wanted).jobs] == [first]
    assert [job.id for job in read_video(desk.path, desk.clock, Wanted(video="v")).jobs] == [
        second,
        first,
    ]


def test_a_job_knows_its_videos_others(desk: Desk) -> None:
    ids = [add(desk, "v"), add(desk, "other"), add(desk, "v")]
    siblings = read_job(desk.path, desk.clock, ids[0]).siblings
    assert [job.id for job in siblings] == [ids[2], ids[0]]


@pytest.mark.parametrize("name", ["\ud800", 7, ["x"]])
def test_a_job_without_a_usable_video_stands_alone(desk: Desk, name: object) -> None:
    job_id = add(desk, name)
    assert [job.id for job in read_job(desk.path, desk.clock, job_id).siblings] == [job_id]


def test_a_job_is_among_its_siblings_however_many_there_are(desk: Desk) -> None:
    first = add(desk, "v")
    for _ in range(250):
        add(desk, "v")
    siblings = read_job(desk.path, desk.clock, first).siblings
    assert siblings[-1].id == first
    assert len(siblings) == 201


@pytest.mark.parametrize(("wanted", "words"), [(1, "1 frame wanted"), (6, "6 frames wanted")])
def test_one_frame_is_one(desk: Desk, wanted: int, words: str) -> None:
    job_id = desk.add()
    desk.run(Outcome.COMPLETED)
    desk.sql("UPDATE job_attempts SET frames_wanted = ?", wanted)
    (attempt,) = read_job(desk.path, desk.clock, job_id).attempts
    assert figures(attempt).startswith(f"{words}, ")


def oldest(desk: Desk) -> tuple[int, int] | None:
    found = read_overview(desk.path, desk.clock, 5).oldest
    return None if found is None else (found.id, (desk.clock.at_ms - found.since_ms) // 1000)


def test_no_job_of_a_paused_kind_is_the_oldest_that_waits(desk: Desk) -> None:
    """Else the screen would name one that no daemon starts, where `--check` finds nothing."""
    desk.add("crop_frames")
    desk.add("crop_frames", run_at=desk.clock.at_ms + 1)
    desk.clock.pass_s(60)
    second = desk.add()
    desk.sql("UPDATE job_kinds SET paused = 1 WHERE kind = 'crop_frames'")
    assert oldest(desk) == (second, 0)
    desk.sql("UPDATE job_kinds SET paused = 1")
    assert oldest(desk) is None


def test_the_oldest_that_waits_whatever_its_priority(desk: Desk) -> None:
    assert oldest(desk) is None
    add(desk, "v", run_at=desk.clock.at_ms + 60_000)
    assert oldest(desk) is None
    ids = [add(desk, "v", priority=priority) for priority in (5, -5, 0, 5)]
    desk.clock.pass_s(10)
    assert oldest(desk) == (ids[0], 10)
    desk.sql("DELETE FROM jobs WHERE id = ?", ids[0])
    assert oldest(desk) == (ids[1], 10)


def test_a_wait_begins_when_the_job_could_have_started(desk: Desk) -> None:
    dated = add(desk, "v", run_at=desk.clock.at_ms + 60_000)
    desk.clock.pass_s(65)
    assert oldest(desk) == (dated, 5)
    desk.sql("DELETE FROM jobs")
    retried = add(desk, "v")
    desk.clock.pass_s(50)
    desk.run(Outcome.FAILED, error="no", took_s=2)
    desk.clock.pass_s(7)
    desk.sql("UPDATE jobs SET status = 'queued' WHERE id = ?", retried)
    assert oldest(desk) == (retried, 7)
