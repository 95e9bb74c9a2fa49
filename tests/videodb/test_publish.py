"""Publish: frames, status and fence all at once, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobd.errors import FenceLost, VideoDeleted
from jobd.videodb import fence
from jobd.videodb.database import open_video_db
from jobd.videodb.fence import Target
from jobd.videodb.publish import publish, publish_without_frames
from jobd.videodb.stage import Image
from tests.support.appdb import add_ocr_box, make_video_db, read_row, read_rows, run_sql
from tests.support.published import assert_whole, run_of, shown, staged_by
from tests.support.videojob import complete, run_attempt, work

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jobd.videodb.database import VideoDb

FULL, CROPPED = Target.FULL_FRAMES, Target.CROPPED_FRAMES


@pytest.mark.parametrize("target", list(Target))
def test_one_run_replaces_the_other(path: Path, target: Target) -> None:
    for attempt_id, count in ((1, 30), (2, 20), (3, 40)):
        run_attempt(path, target, work(attempt_id, job_id=attempt_id), count)
        assert shown(path, target) == run_of(attempt_id, count)
        assert_whole(path)


def test_the_app_can_go_on_writing(path: Path) -> None:
    run_attempt(path, FULL, work(1), 5)
    insert = "INSERT INTO full_frames (frame_index, image_data, width, height, file_size)"
    run_sql(path, f"{insert} VALUES (99, x'00', 1, 1, 1)")
    assert shown(path, "full_frames")[0]["n"] == 6
    assert_whole(path)


def test_boxes_of_the_old_frames_go_with_them(path: Path) -> None:
    add_ocr_box(path)
    run_attempt(path, CROPPED, work(1), 5)
    assert len(read_rows(path, "SELECT * FROM full_frame_ocr")) == 1
    run_attempt(path, FULL, work(2), 5)
    assert read_rows(path, "SELECT * FROM full_frame_ocr") == []


def test_frames_status_and_fence_come_together_or_not_at_all(path: Path) -> None:
    add_ocr_box(path)
    run_attempt(path, FULL, work(1, job_id=1), 10)
    add_ocr_box(path)
    before = read_row(path, "processing_status")

    def finish(video: VideoDb) -> None:
        complete(video, FULL)
        assert video.db.execute("SELECT max(width) FROM full_frames").get == 2
        raise ZeroDivisionError

    with open_video_db(path) as video:
        stage = staged_by(video, FULL, 2, 20)
        with pytest.raises(ZeroDivisionError):
            publish(stage, lambda: finish(video))
        assert not fence.published(video, FULL, stage.work)
    assert shown(path, "full_frames") == run_of(1, 10)
    assert read_row(path, "processing_status") == before
    assert len(read_rows(path, "SELECT * FROM full_frame_ocr")) == 1
    with open_video_db(path) as video:
        publish(staged_by(video, FULL, 2, 20), lambda: complete(video, FULL))
        assert fence.published(video, FULL, work(2, job_id=2))
    assert shown(path, "full_frames") == run_of(2, 20)
    assert_whole(path)


def test_what_is_not_yet_committed_is_published_too(path: Path) -> None:
    with open_video_db(path) as video:
        stage = staged_by(video, CROPPED, 1, 5)
        stage.add(Image(5, b"late", 1, 1))
        publish(stage, lambda: None)
    assert shown(path)[0]["n"] == 6


def _newer(video: VideoDb) -> None:
    fence.take(video, CROPPED, work(9, job_id=9))


def _deleted(video: VideoDb) -> None:
    video.db.execute("UPDATE processing_status SET deleted = 1")


def _removed(video: VideoDb) -> None:
    video.path.rename(video.path.with_name("elsewhere.db"))


@pytest.mark.parametrize(
    ("event", "error"), [(_newer, FenceLost), (_deleted, VideoDeleted), (_removed, VideoDeleted)]
)
def test_nothing_is_published_over_a_newer_attempt_or_a_deleted_video(
    tmp_path: Path, event: Callable[[VideoDb], None], error: type[Exception]
) -> None:
    path = make_video_db(tmp_path / "annotations.db")
    finished = []
    with open_video_db(path) as video:
        stage = staged_by(video, CROPPED, 2, 20)
        event(video)
        with pytest.raises(error):
            publish(stage, lambda: finished.append("finish"))
        assert video.db.execute("SELECT count(*) FROM cropped_frames").get == 0
    assert finished == []


def test_the_commit_outlives_a_power_loss(path: Path) -> None:
    asked: list[int] = []
    with open_video_db(path) as video:
        stage = staged_by(video, CROPPED, 1, 3)
        publish(stage, lambda: asked.append(video.db.execute("PRAGMA synchronous").get))
        asked.append(video.db.execute("PRAGMA synchronous").get)
    extra, full = 3, 2
    assert asked == [extra, full]


def test_work_whose_result_lies_elsewhere(path: Path) -> None:
    add_ocr_box(path)
    run_attempt(path, FULL, work(1, job_id=1), 10)
    add_ocr_box(path)
    with open_video_db(path) as video:
        stage = staged_by(video, FULL, 2, 3)
        publish_without_frames(video, FULL, stage.work, lambda: complete(video, FULL))
        assert fence.published(video, FULL, stage.work)
        assert fence.take(video, FULL, work(3, job_id=2))
    assert shown(path, "full_frames") == run_of(1, 10)
    assert read_row(path, "processing_status")["status"] == "processing_complete"
    assert len(read_rows(path, "SELECT * FROM full_frame_ocr")) == 1
    assert_whole(path)


def test_work_elsewhere_needs_the_fence_too(path: Path) -> None:
    finished = []
    with open_video_db(path) as video:
        stage = staged_by(video, CROPPED, 1, 1)
        _newer(video)
        with pytest.raises(FenceLost):
            publish_without_frames(video, CROPPED, stage.work, lambda: finished.append("finish"))
    assert finished == []
