"""Who may write: attempt ids that only grow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobd.errors import FenceLost
from jobd.videodb import fence
from jobd.videodb.database import VideoDb, open_video_db
from jobd.videodb.fence import Target, Work
from tests.support.appdb import read_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FULL, CROPPED = Target.FULL_FRAMES, Target.CROPPED_FRAMES
HELD = Work("q1", attempt_id=5, job_id=50, round=2)


@pytest.fixture
def video(path: Path) -> Iterator[VideoDb]:
    with open_video_db(path) as video:
        video.prepare()
        yield video


def _publish(video: VideoDb, of: Work) -> None:
    with fence.fenced(video, FULL, of):
        fence.mark_published(video, FULL, of)


def _row(video: VideoDb) -> tuple[object, ...]:
    columns = "queue_id, attempt_id, job_id, round, published"
    row: tuple[object, ...] = video.db.execute(f"SELECT {columns} FROM jobd_fence").get
    return row


def test_the_first_attempt_takes_a_fence_that_is_not_there(video: VideoDb) -> None:
    assert not fence.take(video, FULL, HELD)
    assert _row(video) == ("q1", 5, 50, 2, 0)


@pytest.mark.parametrize(
    ("published", "newcomer", "done_already"),
    [
        (False, Work("q1", 6, 50, 2), False),
        (False, Work("q1", 5, 50, 2), False),
        (False, Work("q1", 6, 49, 1), False),
        (False, Work("q2", 1, 1, 1), False),
        (True, Work("q1", 6, 50, 2), True),
        (True, Work("q1", 5, 50, 2), True),
        (True, Work("q1", 6, 50, 3), False),
        (True, Work("q1", 6, 49, 2), False),
        (True, Work("q2", 1, 50, 2), False),
        (True, Work("q2", 6, 50, 2), False),
    ],
)
def test_who_may_take_over(
    video: VideoDb, newcomer: Work, *, published: bool, done_already: bool
) -> None:
    fence.take(video, FULL, HELD)
    if published:
        _publish(video, HELD)
    assert fence.take(video, FULL, newcomer) is done_already
    held = (newcomer.queue_id, newcomer.attempt_id, newcomer.job_id, newcomer.round)
    assert _row(video) == (*held, int(done_already))


@pytest.mark.parametrize("older", [Work("q1", 4, 50, 2), Work("q1", 4, 99, 9)])
def test_an_older_attempt_of_the_same_queue_is_refused(video: VideoDb, older: Work) -> None:
    fence.take(video, FULL, HELD)
    with pytest.raises(FenceLost):
        fence.take(video, FULL, older)
    assert _row(video) == ("q1", 5, 50, 2, 0)


def test_targets_have_fences_of_their_own(video: VideoDb) -> None:
    fence.take(video, FULL, HELD)
    assert not fence.take(video, CROPPED, Work("q1", 1, 1, 1))
    with fence.fenced(video, FULL, HELD):
        pass


@pytest.mark.parametrize("other", [Work("q1", 6, 51, 1), Work("q2", 5, 50, 2)])
def test_a_write_after_another_took_over_is_refused(video: VideoDb, other: Work) -> None:
    fence.take(video, FULL, HELD)
    fence.take(video, FULL, other)
    ran = []
    with pytest.raises(FenceLost), fence.fenced(video, FULL, HELD):
        ran.append("the block")
    assert ran == []


def test_a_vanished_fence_is_made_anew(video: VideoDb) -> None:
    fence.take(video, FULL, HELD)
    video.db.execute("DELETE FROM jobd_fence")
    with fence.fenced(video, FULL, HELD):
        pass
    assert _row(video) == ("q1", 5, 50, 2, 0)


def test_a_vanished_fence_table_is_made_anew(video: VideoDb) -> None:
    fence.take(video, FULL, HELD)
    video.db.execute("DROP TABLE jobd_fence")
    with fence.fenced(video, FULL, HELD):
        pass
    assert _row(video) == ("q1", 5, 50, 2, 0)


def test_a_failing_block_leaves_neither_its_writes_nor_the_mark(path: Path) -> None:
    def fail() -> None:
        with open_video_db(path) as video, fence.fenced(video, FULL, HELD):
            fence.mark_published(video, FULL, HELD)
            raise ZeroDivisionError

    with open_video_db(path) as video:
        video.prepare()
        fence.take(video, FULL, HELD)
    with pytest.raises(ZeroDivisionError):
        fail()
    assert read_rows(path, "SELECT attempt_id, published FROM jobd_fence") == [
        {"attempt_id": 5, "published": 0}
    ]


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (Work("q1", 5, 50, 2), True),
        (Work("q1", 9, 50, 2), True),
        (Work("q1", 5, 50, 1), False),
        (Work("q1", 5, 51, 2), False),
        (Work("q2", 5, 50, 2), False),
    ],
)
def test_published_knows_the_work_not_the_attempt(
    video: VideoDb, asked: Work, *, answer: bool
) -> None:
    fence.take(video, FULL, HELD)
    assert not fence.published(video, FULL, HELD)
    _publish(video, HELD)
    assert fence.published(video, FULL, asked) is answer
    assert not fence.published(video, CROPPED, asked)


@pytest.mark.parametrize(
    ("speaker", "heard"),
    [
        (Work("q1", 4, 50, 2), False),
        (Work("q1", 5, 50, 2), True),
        (Work("q1", 6, 1, 1), True),
        (Work("q2", 1, 1, 1), True),
    ],
)
def test_a_notice_speaks_only_up_to_its_own_attempt(
    video: VideoDb, speaker: Work, *, heard: bool
) -> None:
    fence.take(video, FULL, HELD)
    ran = []
    try:
        with fence.notice(video, FULL, speaker):
            ran.append("the block")
    except FenceLost:
        pass
    assert bool(ran) is heard
    assert _row(video) == ("q1", 5, 50, 2, 0)


def test_a_notice_needs_no_fence(video: VideoDb) -> None:
    with fence.notice(video, FULL, HELD):
        video.db.execute("UPDATE processing_status SET status = 'error'")
    assert video.db.execute("SELECT status FROM processing_status").get == "error"
    assert video.db.execute("SELECT count(*) FROM jobd_fence").get == 0
