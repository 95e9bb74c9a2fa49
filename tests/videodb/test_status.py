"""Every column of both status rows, after every event."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from jobd.errors import DatabaseRefused
from jobd.videodb.database import open_video_db
from jobd.videodb.status import CropFramesStatus, FullFramesStatus
from tests.support.appdb import make_video_db, read_row, read_rows, run_sql
from tests.support.statuses import CROP_BEFORE, CROP_EVENTS, FULL_BEFORE, FULL_EVENTS, NOW

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jobd.videodb.database import VideoDb


def _put(path: Path, table: str, row: dict[str, Any]) -> None:
    with open_video_db(path) as video:
        video.prepare()
    names = ", ".join(row)
    marks = ", ".join("?" * len(row))
    run_sql(path, f"INSERT OR REPLACE INTO {table} ({names}) VALUES ({marks})", tuple(row.values()))


def _assert_row(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    now = datetime.now(UTC)
    for column, value in wanted.items():
        if value is NOW:
            then = datetime.strptime(found[column], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
            assert now - timedelta(seconds=60) < then <= now, column
        else:
            assert found[column] == value, column
    assert set(found) == set(wanted)


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize(
    ("tell", "changes"),
    [event[1:] for event in FULL_EVENTS],
    ids=[event[0] for event in FULL_EVENTS],
)
def test_full_frames(
    tmp_path: Path,
    tell: Callable[[FullFramesStatus], None],
    changes: dict[str, Any],
    *,
    old: bool,
) -> None:
    path = make_video_db(tmp_path / "annotations.db", old=old)
    _put(path, "processing_status", FULL_BEFORE)
    with open_video_db(path) as video, video.writing():
        tell(FullFramesStatus(video))
    _assert_row(read_row(path, "processing_status"), FULL_BEFORE | changes)


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize(
    ("tell", "changes"),
    [event[1:] for event in CROP_EVENTS],
    ids=[event[0] for event in CROP_EVENTS],
)
def test_crop_frames(
    tmp_path: Path,
    tell: Callable[[CropFramesStatus], None],
    changes: dict[str, Any],
    *,
    old: bool,
) -> None:
    path = make_video_db(tmp_path / "annotations.db", old=old)
    _put(path, "crop_frames_status", CROP_BEFORE)
    with open_video_db(path) as video, video.writing():
        tell(CropFramesStatus(video))
    _assert_row(read_row(path, "crop_frames_status"), CROP_BEFORE | changes)


def _tell_full(video: VideoDb) -> None:
    FullFramesStatus(video).started(99, 1)


def _tell_crop(video: VideoDb) -> None:
    CropFramesStatus(video).started(99, 1)


@pytest.mark.parametrize(
    ("table", "tell", "word"),
    [
        ("processing_status", _tell_full, "extracting_frames"),
        ("crop_frames_status", _tell_crop, "processing"),
    ],
)
def test_a_missing_row_is_made(
    path: Path, table: str, tell: Callable[[VideoDb], None], word: str
) -> None:
    with open_video_db(path) as video:
        video.prepare()
        video.db.execute(f"DELETE FROM {table}")
        with video.writing():
            tell(video)
    row = read_row(path, table)
    assert (row["status"], row["current_job_id"]) == (word, "99")


def test_the_pid_is_text(path: Path) -> None:
    with open_video_db(path) as video, video.writing():
        FullFramesStatus(video).started(99, 1)
    assert read_rows(path, "SELECT typeof(current_job_id) AS kind FROM processing_status") == [
        {"kind": "text"}
    ]


def test_a_message_that_is_no_text_still_arrives(path: Path) -> None:
    with open_video_db(path) as video, video.writing():
        FullFramesStatus(video).failed("no file \ud800.mp4", {"file": "\ud800.mp4"})
    row = read_row(path, "processing_status")
    assert row["error_message"] == "no file ?.mp4"
    assert json.loads(row["error_details"]) == {"file": "\ud800.mp4"}


def test_a_row_that_the_apps_trigger_removes_is_an_error_not_a_silence(path: Path) -> None:
    run_sql(
        path,
        "CREATE TRIGGER t BEFORE UPDATE ON processing_status BEGIN SELECT RAISE(IGNORE); END",
    )
    with (
        pytest.raises(DatabaseRefused, match="no status row"),
        open_video_db(path, allowed_triggers=["t"]) as video,
        video.writing(),
    ):
        FullFramesStatus(video).waiting()
