"""What an older database gets before work begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobd.videodb.database import open_video_db
from tests.support.appdb import make_video_db, read_rows, run_sql

if TYPE_CHECKING:
    from pathlib import Path

TABLES = {
    "full_frames",
    "cropped_frames",
    "processing_status",
    "crop_frames_status",
    "full_frame_ocr",
    "video_layout_config",
    "jobd_fence",
}


def _schema(path: Path) -> dict[str, str]:
    rows = read_rows(path, "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
    return {row["name"]: row["sql"] for row in rows}


def _columns(path: Path, table: str) -> dict[str, tuple[str, int, str | None]]:
    rows = read_rows(
        path, f"SELECT name, type, \"notnull\", dflt_value FROM pragma_table_info('{table}')"
    )
    return {row["name"]: (row["type"], row["notnull"], row["dflt_value"]) for row in rows}


def _prepare(path: Path) -> None:
    with open_video_db(path) as video:
        video.prepare()


def test_a_new_database_gets_the_two_tables_that_the_apps_schema_lacks(path: Path) -> None:
    before = _schema(path)
    _prepare(path)
    after = _schema(path)
    assert set(after) - set(before) == {"jobd_fence", "crop_frames_status"}
    assert {name: after[name] for name in before} == before


def test_an_old_database_gets_what_it_lacks(tmp_path: Path) -> None:
    new = make_video_db(tmp_path / "new.db")
    old = make_video_db(tmp_path / "old.db", old=True)
    assert "deleted" not in _columns(old, "processing_status")
    _prepare(new)
    _prepare(old)
    for table in TABLES | {"video_metadata"}:
        assert _columns(old, table) == _columns(new, table), table


def test_rows_of_an_old_table_take_the_defaults(tmp_path: Path) -> None:
    path = make_video_db(tmp_path / "annotations.db", old=True)
    run_sql(path, "INSERT INTO crop_frames_status (id, status) VALUES (1, 'complete')")
    run_sql(path, "INSERT INTO cropped_frames VALUES (0, x'00', 1, 1, 1, 0, 0, 1, 1, 'then')")
    _prepare(path)
    assert read_rows(path, "SELECT status, retry_count FROM crop_frames_status") == [
        {"status": "complete", "retry_count": 0}
    ]
    assert read_rows(path, "SELECT crop_bounds_version FROM cropped_frames") == [
        {"crop_bounds_version": 1}
    ]


@pytest.mark.parametrize("table", sorted(TABLES - {"jobd_fence", "crop_frames_status"}))
def test_a_missing_table_is_made_as_the_app_makes_it(tmp_path: Path, table: str) -> None:
    path = make_video_db(tmp_path / "annotations.db")
    wanted = _columns(path, table)
    run_sql(path, f"DROP TABLE {table}")
    _prepare(path)
    made = _columns(path, table)
    assert {name: wanted[name] for name in made} == made


def test_cropped_frames_are_made_with_their_index(tmp_path: Path) -> None:
    path = make_video_db(tmp_path / "annotations.db")
    wanted = _schema(path)["idx_cropped_frames_crop_version"]
    run_sql(path, "DROP TABLE cropped_frames")
    _prepare(path)
    assert _schema(path)["idx_cropped_frames_crop_version"] == wanted


def test_video_metadata_is_never_made(tmp_path: Path) -> None:
    path = make_video_db(tmp_path / "annotations.db")
    run_sql(path, "DROP TABLE video_metadata")
    _prepare(path)
    assert "video_metadata" not in _schema(path)


def test_a_complete_database_is_not_written(path: Path) -> None:
    _prepare(path)
    before = path.read_bytes()
    _prepare(path)
    assert path.read_bytes() == before
