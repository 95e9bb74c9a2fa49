"""Boxes on their way in: kept frame by frame, shown at once, under the fence."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from jobd.errors import FenceLost, RetryableError, VideoDeleted
from jobd.sqlite import connect
from jobd.videodb import fence, twin
from jobd.videodb.boxes import BoxStage, Reading, Sums
from jobd.videodb.database import open_video_db
from jobd.videodb.fence import Target
from jobd.videodb.leftovers import drop_leftovers
from jobd.videodb.publish import publish
from jobd.videodb.status import FullFramesStatus
from tests.support.videojob import staged, work

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jobd.videodb.database import VideoDb

FULL = Target.FULL_FRAMES
HELLO = json.dumps([["Hello", 0.9, 0.1, 0.2, 0.3, 0.4], ["好", 1.0, 0.0, 0.0, 1.0, 1.0]])
COUNT = 4
OLD_BOX = """
INSERT INTO full_frame_ocr (frame_index, box_index, text, confidence, x, y, width, height)
VALUES (990, 0, 'old', 1, 0, 0, 1, 1)
"""


@pytest.fixture
def video(path: Path) -> Iterator[VideoDb]:
    """Frames 0 to 3 of attempt 1 are shown, their text still to be read."""
    with open_video_db(path) as video:
        video.prepare()
        fence.take(video, FULL, work(1))
        stage = staged(video, FULL, work(1), COUNT)
        publish(stage, lambda: _show(video))
        yield video


def _show(video: VideoDb) -> None:
    fence.show(video, FULL, work(1), COUNT)


def _nothing() -> None:
    """No status."""


def stage(
    video: VideoDb, attempt_id: int = 1, made_by: str = "one", number: int | None = None
) -> BoxStage:
    fence.take(video, FULL, work(attempt_id))
    return BoxStage(video, work(attempt_id), made_by, number or attempt_id)


def all_read(video: VideoDb) -> BoxStage:
    boxes = stage(video)
    for index in boxes.unread():
        boxes.add(Reading(index, HELLO if index else "[]"))
    boxes.flush()
    return boxes


def shown(video: VideoDb) -> list[tuple[object, ...]]:
    return video.db.execute(
        "SELECT frame_index, box_index, text, timestamp_seconds FROM full_frame_ocr"
        " ORDER BY frame_index, box_index"
    ).fetchall()


def schema(video: VideoDb) -> list[tuple[object, ...]]:
    return video.db.execute(
        "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE tbl_name <> 'jobd_ocr'"
        " ORDER BY type, name"
    ).fetchall()


def as_the_app(path: Path, sql: str) -> None:
    """By another connection, of this process's one library."""
    with closing(connect(path, "rw", 5000)) as app:
        app.execute(sql)


def test_frames_whose_text_is_to_be_read_are_shown_but_not_done(video: VideoDb) -> None:
    assert not fence.published(video, FULL, work(1))
    assert fence.committed(video, FULL, work(1))
    assert fence.shown(video, FULL, work(2)) == COUNT, "the same work, by the next attempt"
    assert fence.shown(video, FULL, work(2, round_=2)) == 0, "a person's retry begins anew"
    assert fence.shown(video, FULL, work(2, job_id=2)) == 0
    assert fence.take(video, FULL, work(2)) is False
    assert fence.shown(video, FULL, work(2)) == COUNT


def test_another_job_begins_anew_and_so_does_who_comes_back(video: VideoDb) -> None:
    fence.take(video, FULL, work(2, job_id=2))
    assert fence.shown(video, FULL, work(2, job_id=2)) == 0, "another job's frames"
    fence.take(video, FULL, work(3))
    assert fence.shown(video, FULL, work(3)) == 0


def test_frames_of_which_some_are_gone_count_no_more(video: VideoDb) -> None:
    video.db.execute("DELETE FROM full_frames WHERE frame_index = 2")
    assert fence.shown(video, FULL, work(1)) == 0
    assert not fence.committed(video, FULL, work(1))


def test_whose_frames_are_not_all_there_is_told(video: VideoDb) -> None:
    boxes = stage(video)
    boxes.demand_frames()
    video.db.execute("DELETE FROM full_frames WHERE frame_index = 2")
    with pytest.raises(RetryableError, match="was changed while the job ran: frames removed"):
        boxes.demand_frames()


def test_all_boxes_are_shown_at_once_with_the_last_word(video: VideoDb) -> None:
    video.db.execute(OLD_BOX)
    before = schema(video)
    boxes = all_read(video)
    assert boxes.sums() == Sums(frames=COUNT, boxes=6, with_text=3, reused=0, unread=0)
    assert [row[0] for row in shown(video)] == [990]
    boxes.publish(lambda: FullFramesStatus(video).complete("processing_complete"))
    assert shown(video) == [
        row for n in range(1, COUNT) for row in ((n, 0, "Hello", n / 10), (n, 1, "好", n / 10))
    ]
    assert video.db.execute("SELECT status FROM processing_status").get == "processing_complete"
    assert fence.take(video, FULL, work(2)), "there is nothing left to do but to settle"
    assert schema(video) == before
    assert video.db.execute("SELECT min(id) FROM full_frame_ocr").get > 1, "no id comes twice"
    assert video.db.execute("PRAGMA integrity_check").get == "ok"


def test_many_boxes_go_in_small_steps(video: VideoDb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twin, "_STEP_BOXES", 3)
    steps: list[tuple[int, int]] = []

    def look() -> None:
        staged = video.db.execute("SELECT count(*) FROM jobd_ocr_twin").get
        steps.append((len(shown(video)), staged))

    all_read(video).publish(_nothing, look)
    assert steps == [(0, 4), (0, 6)]
    assert len(shown(video)) == 6


def test_the_next_attempt_goes_on(video: VideoDb) -> None:
    boxes = stage(video)
    boxes.add(Reading(0, HELLO))
    assert boxes.begin(1, _nothing) == 1
    again = stage(video, 2)
    assert again.unread() == [1, 2, 3]
    assert again.begin(1, _nothing) == 2
    again.add(Reading(1, "[]", error="it hung"))
    again.flush()
    assert again.unread() == [2, 3]
    assert again.faults() == [{"frame": 1, "error": "it hung"}]


def test_an_attempt_that_was_handed_back_does_not_count(video: VideoDb) -> None:
    tries = [
        stage(video, n, number=number).begin(1, _nothing) for n, number in enumerate([1, 1, 2], 1)
    ]
    assert tries == [1, 1, 2]


def test_who_reads_otherwise_begins_anew(video: VideoDb) -> None:
    boxes = stage(video)
    boxes.add(Reading(0, HELLO))
    boxes.flush()
    assert stage(video, 2, "another").unread() == [0, 1, 2, 3]


def test_whose_fence_is_lost_writes_nothing(video: VideoDb) -> None:
    boxes = all_read(video)
    stage(video, 2)
    boxes.add(Reading(0, HELLO))
    with pytest.raises(FenceLost):
        boxes.flush()
    with pytest.raises(FenceLost):
        boxes.begin(1, _nothing)
    with pytest.raises(FenceLost):
        boxes.publish(_nothing)
    assert shown(video) == []


def test_a_deleted_video_gets_no_boxes(video: VideoDb, path: Path) -> None:
    boxes = all_read(video)
    as_the_app(path, "UPDATE processing_status SET deleted = 1")
    with pytest.raises(VideoDeleted):
        boxes.publish(_nothing)
    assert shown(video) == []


def test_a_table_that_the_app_changes_meanwhile_is_tried_again(video: VideoDb, path: Path) -> None:
    boxes = all_read(video)

    def change() -> None:
        as_the_app(path, "ALTER TABLE full_frame_ocr ADD COLUMN colour TEXT")

    with pytest.raises(RetryableError, match="changed the definition of full_frame_ocr"):
        boxes.publish(_nothing, change)
    assert shown(video) == []
    boxes.publish(_nothing)
    assert len(shown(video)) == 6
    assert video.db.execute("PRAGMA integrity_check").get == "ok"


def test_new_frames_take_what_was_read_of_the_old_ones_along(video: VideoDb) -> None:
    all_read(video)
    fence.take(video, FULL, work(2, job_id=2))
    publish(staged(video, FULL, work(2, job_id=2), 2), _nothing)
    assert video.row("table_exists", table="jobd_ocr") is None


@pytest.mark.parametrize(
    ("cleaner", "kept"),
    [(work(1), False), (work(2), False), (None, True), (work(1, queue_id="q2"), True)],
    ids=["the reader itself", "a later one", "anybody", "another queue's"],
)
def test_only_those_who_may_clear_what_was_read(
    video: VideoDb, cleaner: fence.Work | None, *, kept: bool
) -> None:
    all_read(video)
    drop_leftovers(video, FULL, cleaner)
    assert (video.row("table_exists", table="jobd_ocr") is not None) is kept


def test_crops_leave_it_alone(video: VideoDb) -> None:
    all_read(video)
    drop_leftovers(video, Target.CROPPED_FRAMES, work(2))
    assert video.row("table_exists", table="jobd_ocr") is not None
