"""Layout, metadata, labels: what is written over and what is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jobd.videodb.database import open_video_db
from jobd.videodb.video_facts import crop_bounds_version, fill_metadata, user_labels, write_layout
from tests.support.appdb import (
    add_layout_config,
    add_user_label,
    make_video_db,
    read_row,
    read_rows,
    run_sql,
)

if TYPE_CHECKING:
    from pathlib import Path

FACTS: dict[str, Any] = {
    "duration_s": 12.5,
    "width_px": 640,
    "height_px": 360,
    "fps": 25.0,
    "codec": "h264",
}


def _fill(path: Path) -> None:
    with open_video_db(path) as video:
        video.prepare()
        with video.writing():
            fill_metadata(video, **FACTS)


def _write_layout(path: Path) -> None:
    with open_video_db(path) as video:
        video.prepare()
        with video.writing():
            write_layout(video, 640, 360)


def test_the_first_layout_is_the_whole_picture(path: Path) -> None:
    _write_layout(path)
    row = read_row(path, "video_layout_config")
    names = "frame_width frame_height crop_left crop_top crop_right crop_bottom crop_bounds_version"
    assert [row[name] for name in names.split()] == [640, 360, 0, 0, 640, 360, 1]


def test_a_persons_layout_keeps_everything_but_the_size(path: Path) -> None:
    add_layout_config(path, (10, 20, 300, 90), version=4)
    run_sql(path, "UPDATE video_layout_config SET anchor_type = 'left', updated_at = 'then'")
    before = read_row(path, "video_layout_config")
    _write_layout(path)
    assert read_row(path, "video_layout_config") == before | {
        "frame_width": 640,
        "frame_height": 360,
    }


@pytest.mark.parametrize("old", [False, True])
def test_metadata_that_is_missing_is_filled(tmp_path: Path, *, old: bool) -> None:
    path = make_video_db(tmp_path / "annotations.db", old=old)
    before = read_row(path, "video_metadata")
    _fill(path)
    assert read_row(path, "video_metadata") == before | {
        "duration_seconds": 12.5,
        "width": 640,
        "height": 360,
        "fps": 25.0,
        "codec": "h264",
    }


@pytest.mark.parametrize(
    ("column", "value"),
    [("duration_seconds", 1.0), ("width", 2), ("height", 3), ("fps", 4.0), ("codec", "vp8")],
)
def test_metadata_that_is_there_stays(tmp_path: Path, column: str, value: object) -> None:
    path = make_video_db(tmp_path / "annotations.db")
    run_sql(path, f"UPDATE video_metadata SET {column} = ?", (value,))
    _fill(path)
    row = read_row(path, "video_metadata")
    assert row[column] == value
    assert None not in {row[name] for name in ("duration_seconds", "width", "height", "fps")}


def test_no_metadata_row_is_made(tmp_path: Path) -> None:
    path = make_video_db(tmp_path / "annotations.db")
    run_sql(path, "DELETE FROM video_metadata")
    _fill(path)
    assert read_rows(path, "SELECT * FROM video_metadata") == []


def test_no_metadata_table_is_made(tmp_path: Path) -> None:
    path = make_video_db(tmp_path / "annotations.db")
    run_sql(path, "DROP TABLE video_metadata")
    _fill(path)
    assert read_rows(path, "SELECT 1 FROM sqlite_schema WHERE name = 'video_metadata'") == []


@pytest.mark.parametrize(
    ("asked", "version"),
    [
        ((10, 20, 300, 90), 4),
        ((11, 20, 300, 90), 0),
        ((10, 21, 300, 90), 0),
        ((10, 20, 301, 90), 0),
        ((10, 20, 300, 91), 0),
    ],
)
def test_the_version_belongs_to_its_bounds(
    tmp_path: Path, asked: tuple[int, int, int, int], version: int
) -> None:
    path = make_video_db(tmp_path / "annotations.db")
    add_layout_config(path, (10, 20, 300, 90), version=4)
    with open_video_db(path) as video:
        assert crop_bounds_version(video, *asked) == version


def test_without_a_layout_the_version_is_0(tmp_path: Path) -> None:
    with open_video_db(make_video_db(tmp_path / "annotations.db")) as video:
        assert crop_bounds_version(video, 0, 0, 1, 1) == 0


@pytest.mark.parametrize(("source", "labelled"), [("user", True), ("model", False)])
def test_only_a_persons_labels_count(tmp_path: Path, source: str, *, labelled: bool) -> None:
    path = make_video_db(tmp_path / "annotations.db")
    add_user_label(path, source)
    with open_video_db(path) as video:
        assert user_labels(video) is labelled


def test_no_labels_and_no_table_of_labels(tmp_path: Path) -> None:
    path = make_video_db(tmp_path / "annotations.db")
    with open_video_db(path) as video:
        assert not user_labels(video)
    run_sql(path, "DROP TABLE full_frame_box_labels")
    with open_video_db(path) as video:
        assert not user_labels(video)
