"""Publish: new rows, the same table, all at once or not at all."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import apsw
import pytest

from jobd.errors import FenceLost, RetryableError, VideoDeleted
from jobd.videodb import fence
from jobd.videodb.database import open_video_db
from jobd.videodb.fence import Target
from jobd.videodb.publish import publish, publish_without_frames
from jobd.videodb.stage import Image
from tests.support.appdb import add_ocr_box, make_video_db, read_row, read_rows, run_sql
from tests.support.videojob import complete, run_attempt, staged, work

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jobd.videodb.database import VideoDb
    from jobd.videodb.stage import Stage

FULL, CROPPED = Target.FULL_FRAMES, Target.CROPPED_FRAMES
ODD_SCHEMA = """
DROP TABLE cropped_frames;
CREATE TABLE IF NOT EXISTS  [cropped_frames]  (frame_index INTEGER PRIMARY KEY,
    image_data BLOB NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,
    file_size INTEGER NOT NULL, crop_left INTEGER, crop_top INTEGER, crop_right INTEGER,
    crop_bottom INTEGER, crop_bounds_version INTEGER, created_at TEXT, extra TEXT DEFAULT 'x',
    UNIQUE (frame_index, width), CHECK (width > 0));
CREATE UNIQUE INDEX "odd ""name"" here" ON cropped_frames (frame_index, height);
CREATE INDEX IF NOT EXISTS partly on [cropped_frames](width) WHERE width > 3;
CREATE INDEX computed ON cropped_frames(width * height)
"""


def _count(path: Path, table: str = "cropped_frames") -> list[dict[str, Any]]:
    return read_rows(
        path, f"SELECT count(*) AS n, min(width) AS low, max(width) AS high FROM {table}"
    )


def _rows_of(attempt_id: int, count: int) -> list[dict[str, Any]]:
    return [{"n": count, "low": attempt_id, "high": attempt_id}]


def _schema(path: Path) -> list[dict[str, Any]]:
    return read_rows(path, "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid")


def _assert_whole(path: Path) -> None:
    assert read_rows(path, "PRAGMA integrity_check") == [{"integrity_check": "ok"}]
    assert read_rows(path, "SELECT name FROM sqlite_schema WHERE name GLOB 'jobd_stage*'") == []


def _staged(video: VideoDb, target: Target, attempt_id: int, count: int) -> Stage:
    video.prepare()
    fence.take(video, target, work(attempt_id, job_id=attempt_id))
    return staged(video, target, work(attempt_id, job_id=attempt_id), count)


@pytest.mark.parametrize("target", list(Target))
def test_one_run_replaces_the_other(path: Path, target: Target) -> None:
    for attempt_id, count in ((1, 30), (2, 20), (3, 40)):
        run_attempt(path, target, work(attempt_id, job_id=attempt_id), count)
        assert _count(path, target) == _rows_of(attempt_id, count)
        _assert_whole(path)


@pytest.mark.parametrize("odd", [False, True])
def test_the_schema_stays_as_the_app_made_it(path: Path, *, odd: bool) -> None:
    for statement in ODD_SCHEMA.split(";") if odd else ():
        run_sql(path, statement)
    with open_video_db(path) as video:
        video.prepare()
    before = _schema(path)
    run_attempt(path, CROPPED, work(1, job_id=1), 20)
    run_attempt(path, CROPPED, work(2, job_id=2), 20)
    assert _schema(path) == before
    assert _count(path) == _rows_of(2, 20)
    _assert_whole(path)


def test_a_database_that_moves_its_root_pages(path: Path) -> None:
    """With auto_vacuum, dropping a table moves other tables' root pages."""
    run_sql(path, "PRAGMA journal_mode = DELETE")
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA auto_vacuum = FULL")
        db.execute("VACUUM")
    assert read_rows(path, "PRAGMA auto_vacuum") == [{"auto_vacuum": 1}]
    for attempt_id in (1, 2, 3):
        run_attempt(path, CROPPED, work(attempt_id, job_id=attempt_id), 100)
        assert _count(path) == _rows_of(attempt_id, 100)
        _assert_whole(path)


def test_the_apps_index_finds_the_new_rows(path: Path) -> None:
    run_attempt(path, CROPPED, work(1, job_id=1), 10)
    run_attempt(path, CROPPED, work(2, job_id=2), 20)
    by_index = (
        "SELECT count(*) AS n FROM cropped_frames INDEXED BY idx_cropped_frames_crop_version"
        " WHERE crop_bounds_version = ?"
    )
    assert read_rows(path, by_index, (2,)) == [{"n": 20}]
    assert read_rows(path, by_index, (1,)) == [{"n": 0}]


def test_the_apps_triggers_and_views_see_the_new_rows(path: Path) -> None:
    run_sql(path, "CREATE TABLE seen (frame_index, width)")
    run_sql(
        path,
        "CREATE TRIGGER seeing AFTER DELETE ON cropped_frames BEGIN"
        " INSERT INTO seen VALUES (old.frame_index, old.width); END",
    )
    run_sql(path, "CREATE VIEW shown AS SELECT frame_index, width FROM cropped_frames")
    run_attempt(path, CROPPED, work(1, job_id=1), 10)
    run_attempt(path, CROPPED, work(2, job_id=2), 20)
    assert read_rows(path, "SELECT count(*) AS n, min(width) AS w FROM shown") == [
        {"n": 20, "w": 2}
    ]
    assert read_rows(path, "SELECT * FROM seen") == [], "old rows are removed behind its back"
    run_sql(path, "DELETE FROM cropped_frames WHERE frame_index = 5")
    assert read_rows(path, "SELECT * FROM seen") == [{"frame_index": 5, "width": 2}]


def test_the_app_can_go_on_writing(path: Path) -> None:
    run_attempt(path, FULL, work(1), 5)
    insert = "INSERT INTO full_frames (frame_index, image_data, width, height, file_size)"
    run_sql(path, f"{insert} VALUES (99, x'00', 1, 1, 1)")
    assert _count(path, "full_frames")[0]["n"] == 6
    _assert_whole(path)


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
        stage = _staged(video, FULL, 2, 20)
        with pytest.raises(ZeroDivisionError):
            publish(stage, lambda: finish(video))
        assert not fence.published(video, FULL, stage.work)
    assert _count(path, "full_frames") == _rows_of(1, 10)
    assert read_row(path, "processing_status") == before
    assert len(read_rows(path, "SELECT * FROM full_frame_ocr")) == 1
    with open_video_db(path) as video:
        publish(_staged(video, FULL, 2, 20), lambda: complete(video, FULL))
        assert fence.published(video, FULL, work(2, job_id=2))
    assert _count(path, "full_frames") == _rows_of(2, 20)
    _assert_whole(path)


_ONE_SCHEMA_CHANGE = """
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as db:
    db.execute("CREATE TABLE another (a)")
"""


def test_a_publish_rolled_back_leaves_no_memory_of_the_new_rows(path: Path) -> None:
    """Another program raises the schema version to the very one that was rolled back."""

    def finish(video: VideoDb) -> None:
        complete(video, CROPPED)  # makes the connection read the schema as it is then
        raise ZeroDivisionError

    run_attempt(path, CROPPED, work(1, job_id=1), 10)
    with open_video_db(path) as video:
        stage = _staged(video, CROPPED, 2, 20)
        with pytest.raises(ZeroDivisionError):
            publish(stage, lambda: finish(video))
        subprocess.run([sys.executable, "-c", _ONE_SCHEMA_CHANGE, str(path)], check=True)
        found = video.db.execute("SELECT count(*), max(width) FROM cropped_frames").get
    assert found == (10, 1)


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE cropped_frames ADD COLUMN sharpness REAL",
        "CREATE INDEX another ON cropped_frames(width)",
        "DROP INDEX idx_cropped_frames_crop_version",
        "DROP TABLE cropped_frames",
        "DROP TABLE jobd_stage_cropped_frames_2",
    ],
)
def test_a_definition_changed_meanwhile_is_tried_again(path: Path, change: str) -> None:
    run_attempt(path, CROPPED, work(1, job_id=1), 10)
    with open_video_db(path) as video:
        stage = _staged(video, CROPPED, 2, 20)
        video.db.execute(change)
        with pytest.raises(RetryableError, match="changed the definition"):
            publish(stage, lambda: None)
        assert not fence.published(video, CROPPED, stage.work)
    run_attempt(path, CROPPED, work(3, job_id=2), 20)
    assert _count(path) == _rows_of(3, 20)
    _assert_whole(path)


def test_the_schema_stays_closed_to_writing(path: Path) -> None:
    run_attempt(path, CROPPED, work(1), 3)
    with open_video_db(path) as video:
        publish(_staged(video, CROPPED, 2, 3), lambda: None)
        with pytest.raises(apsw.SQLError, match="may not be modified"):
            video.db.execute("UPDATE sqlite_schema SET rootpage = rootpage")


def test_what_is_not_yet_committed_is_published_too(path: Path) -> None:
    with open_video_db(path) as video:
        stage = _staged(video, CROPPED, 1, 5)
        stage.add(Image(5, b"late", 1, 1))
        publish(stage, lambda: None)
    assert _count(path)[0]["n"] == 6


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
        stage = _staged(video, CROPPED, 2, 20)
        event(video)
        with pytest.raises(error):
            publish(stage, lambda: finished.append("finish"))
        assert video.db.execute("SELECT count(*) FROM cropped_frames").get == 0
    assert finished == []


def test_the_commit_outlives_a_power_loss(path: Path) -> None:
    asked: list[int] = []
    with open_video_db(path) as video:
        stage = _staged(video, CROPPED, 1, 3)
        publish(stage, lambda: asked.append(video.db.execute("PRAGMA synchronous").get))
        asked.append(video.db.execute("PRAGMA synchronous").get)
    extra, full = 3, 2
    assert asked == [extra, full]


def test_no_picture_is_touched_while_the_app_must_wait(path: Path) -> None:
    """What publishing reads does not grow with the rows, index or none."""
    few, many = _pages_read(path, 1, 10), _pages_read(path, 2, 3000)
    assert many < few + 50


def _pages_read(path: Path, attempt_id: int, count: int) -> int:
    """Pages that the publishing transaction reads before it calls `finish`."""
    read: list[int] = []
    with open_video_db(path) as video:
        stage = _staged(video, CROPPED, attempt_id, count)

        def look() -> None:
            read.append(video.db.status(apsw.SQLITE_DBSTATUS_CACHE_MISS)[0])

        look()
        publish(stage, look)
    return read[1] - read[0]


def test_work_whose_result_lies_elsewhere(path: Path) -> None:
    add_ocr_box(path)
    run_attempt(path, FULL, work(1, job_id=1), 10)
    add_ocr_box(path)
    with open_video_db(path) as video:
        stage = _staged(video, FULL, 2, 3)
        publish_without_frames(video, FULL, stage.work, lambda: complete(video, FULL))
        assert fence.published(video, FULL, stage.work)
        assert fence.take(video, FULL, work(3, job_id=2))
    assert _count(path, "full_frames") == _rows_of(1, 10)
    assert read_row(path, "processing_status")["status"] == "processing_complete"
    assert len(read_rows(path, "SELECT * FROM full_frame_ocr")) == 1
    _assert_whole(path)


def test_work_elsewhere_needs_the_fence_too(path: Path) -> None:
    finished = []
    with open_video_db(path) as video:
        stage = _staged(video, CROPPED, 1, 1)
        _newer(video)
        with pytest.raises(FenceLost):
            publish_without_frames(video, CROPPED, stage.work, lambda: finished.append("finish"))
    assert finished == []
