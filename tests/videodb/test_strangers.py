"""A video's database is another program's file: what it says of itself is not trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import apsw
import pytest

from jobd.errors import DatabaseRefused
from jobd.videodb.database import open_video_db
from jobd.videodb.fence import Target
from tests.support.appdb import make_video_db, read_rows, run_sql
from tests.support.videojob import run_attempt, work

if TYPE_CHECKING:
    from pathlib import Path

WRITTEN = ["full_frames", "cropped_frames", "processing_status", "full_frame_ocr", "Jobd_Fence"]
TRIGGER = "CREATE TRIGGER sly AFTER INSERT ON {} BEGIN DELETE FROM captions; END"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = make_video_db(tmp_path / "annotations.db")
    run_attempt(path, Target.FULL_FRAMES, work(1), 1)
    return path


@pytest.mark.parametrize("table", WRITTEN)
def test_a_trigger_on_what_we_write_is_refused_by_name(path: Path, table: str) -> None:
    run_sql(path, TRIGGER.format(table))
    sentence = r"has a trigger of its own on \w+: sly; drop it, or name it in 'allow_triggers'"
    with pytest.raises(DatabaseRefused, match=sentence), open_video_db(path):
        pass


def test_one_that_is_allowed_may_stay(path: Path) -> None:
    run_sql(path, TRIGGER.format("full_frames"))
    with open_video_db(path, allowed_triggers=["sly"]) as video:
        assert not video.gone()


def test_a_trigger_on_another_table_is_the_apps_own_business(path: Path) -> None:
    run_sql(path, "CREATE TRIGGER other AFTER INSERT ON captions BEGIN SELECT 1; END")
    with open_video_db(path) as video:
        assert not video.gone()


def test_a_view_in_the_place_of_a_table_is_refused(path: Path) -> None:
    run_sql(path, "DROP TABLE cropped_frames")
    run_sql(path, "CREATE VIEW cropped_frames AS SELECT 1 AS frame_index")
    with (
        pytest.raises(DatabaseRefused, match="has a view of its own on cropped_frames"),
        open_video_db(path),
    ):
        pass


def test_nothing_reaches_out_of_the_file(path: Path, tmp_path: Path) -> None:
    with open_video_db(path) as video:
        with pytest.raises(apsw.Error, match="too many attached"):
            video.db.execute("ATTACH ? AS other", (str(tmp_path / "other.db"),))
        with pytest.raises(apsw.Error, match="may not be modified"):
            video.db.execute("PRAGMA writable_schema = ON; DELETE FROM sqlite_schema")
        assert video.db.execute("PRAGMA trusted_schema").get == 0
    assert not (tmp_path / "other.db").exists()


def test_publishing_leaves_the_schema_as_guarded_as_before(path: Path) -> None:
    run_attempt(path, Target.FULL_FRAMES, work(2, job_id=2), 3)
    assert read_rows(path, "SELECT count(*) AS n FROM full_frames") == [{"n": 3}]
