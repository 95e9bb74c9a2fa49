"""New rows under the app's own table, indexes, triggers and views."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import apsw
import pytest

from jobd.errors import RetryableError
from jobd.videodb import fence
from jobd.videodb.database import open_video_db
from jobd.videodb.fence import Target
from jobd.videodb.publish import publish
from tests.support.appdb import read_rows, run_sql
from tests.support.published import assert_whole, run_of, schema_of, shown, staged_by
from tests.support.videojob import complete, run_attempt, work

if TYPE_CHECKING:
    from pathlib import Path

    from jobd.videodb.database import VideoDb

CROPPED = Target.CROPPED_FRAMES
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


@pytest.mark.parametrize("odd", [False, True])
def test_the_schema_stays_as_the_app_made_it(path: Path, *, odd: bool) -> None:
    for statement in ODD_SCHEMA.split(";") if odd else ():
        run_sql(path, statement)
    with open_video_db(path) as video:
        video.prepare()
    before = schema_of(path)
    run_attempt(path, CROPPED, work(1, job_id=1), 20)
    run_attempt(path, CROPPED, work(2, job_id=2), 20)
    assert schema_of(path) == before
    assert shown(path) == run_of(2, 20)
    assert_whole(path)


def test_a_database_that_moves_its_root_pages(path: Path) -> None:
    """With auto_vacuum, dropping a table moves other tables' root pages."""
    run_sql(path, "PRAGMA journal_mode = DELETE")
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA auto_vacuum = FULL")
        db.execute("VACUUM")
    assert read_rows(path, "PRAGMA auto_vacuum") == [{"auto_vacuum": 1}]
    for attempt_id in (1, 2, 3):
        run_attempt(path, CROPPED, work(attempt_id, job_id=attempt_id), 100)
        assert shown(path) == run_of(attempt_id, 100)
        assert_whole(path)


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
    run_attempt(path, CROPPED, work(1, job_id=1), 10, allowed_triggers=["seeing"])
    run_attempt(path, CROPPED, work(2, job_id=2), 20, allowed_triggers=["seeing"])
    assert read_rows(path, "SELECT count(*) AS n, min(width) AS w FROM shown") == [
        {"n": 20, "w": 2}
    ]
    assert read_rows(path, "SELECT * FROM seen") == [], "old rows are removed behind its back"
    run_sql(path, "DELETE FROM cropped_frames WHERE frame_index = 5")
    assert read_rows(path, "SELECT * FROM seen") == [{"frame_index": 5, "width": 2}]


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
        stage = staged_by(video, CROPPED, 2, 20)
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
        stage = staged_by(video, CROPPED, 2, 20)
        video.db.execute(change)
        with pytest.raises(RetryableError, match="changed the definition"):
            publish(stage, lambda: None)
        assert not fence.published(video, CROPPED, stage.work)
    run_attempt(path, CROPPED, work(3, job_id=2), 20)
    assert shown(path) == run_of(3, 20)
    assert_whole(path)


def test_the_schema_stays_closed_to_writing(path: Path) -> None:
    run_attempt(path, CROPPED, work(1), 3)
    with open_video_db(path) as video:
        publish(staged_by(video, CROPPED, 2, 3), lambda: None)
        with pytest.raises(apsw.SQLError, match="may not be modified"):
            video.db.execute("UPDATE sqlite_schema SET rootpage = rootpage")


def test_no_picture_is_touched_while_the_app_must_wait(path: Path) -> None:
    """What publishing reads does not grow with the rows, index or none."""
    few, many = _pages_read(path, 1, 10), _pages_read(path, 2, 3000)
    assert many < few + 50


def _pages_read(path: Path, attempt_id: int, count: int) -> int:
    """Pages that the publishing transaction reads before it calls `finish`."""
    read: list[int] = []
    with open_video_db(path) as video:
        stage = staged_by(video, CROPPED, attempt_id, count)

        def look() -> None:
            read.append(video.db.status(apsw.SQLITE_DBSTATUS_CACHE_MISS)[0])

        look()
        publish(stage, look)
    return read[1] - read[0]
