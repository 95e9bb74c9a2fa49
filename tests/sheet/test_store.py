"""The app's file is only looked at: whatever its journal mode, nothing beside it comes or goes."""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import jobd.sheet.store as store_module
from jobd.errors import NoFrames
from jobd.sheet.frame import Box
from jobd.sheet.store import Fence, Folder, mode_of, open_video_file
from jobd.sqlite import connect, load_blocks

if TYPE_CHECKING:
    from collections.abc import Callable

SQL = load_blocks(Path(store_module.__file__).with_name("frames.sql"))


def made(path: Path, journal: str) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None)
    db.execute(f"PRAGMA journal_mode = {journal}")
    db.execute("CREATE TABLE full_frames (frame_index INTEGER PRIMARY KEY, image_data BLOB)")
    db.executemany(
        "INSERT INTO full_frames VALUES (?, ?)", [(100 * n, b"%d" % n) for n in range(3)]
    )
    db.execute("CREATE TABLE jobd_fence (target, queue_id, job_id, published)")
    db.execute("INSERT INTO jobd_fence VALUES ('full_frames', 'q', 7, 1)")
    return db


def look(path: Path) -> tuple[tuple[int, int, int] | None, tuple[int, bytes], Fence | None]:
    with open_video_file(path) as video:
        table = video.table("full_frames")
        assert table is not None
        return table.extent(), table.at(101), video.fence("full_frames")


@pytest.mark.parametrize(("journal", "mode"), [("DELETE", "ro"), ("WAL", "immutable")])
def test_a_file_at_rest_is_left_as_it_is(tmp_path: Path, journal: str, mode: str) -> None:
    path = tmp_path / "annotations.db"
    made(path, journal).close()
    before = path.read_bytes(), path.stat().st_mtime_ns
    assert mode_of(path) == mode
    assert look(path) == ((0, 200, 3), (200, b"2"), Fence("q", 7, shown=True))
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["annotations.db"]


@pytest.mark.parametrize("journal", ["DELETE", "WAL"])
def test_what_the_app_has_open_is_read_as_committed(tmp_path: Path, journal: str) -> None:
    path = tmp_path / "annotations.db"
    with closing(made(path, journal)) as app:
        app.execute("INSERT INTO full_frames VALUES (300, 'last')")
        app.execute("BEGIN IMMEDIATE")
        app.execute("DELETE FROM full_frames")
        assert mode_of(path) == "ro"
        assert look(path)[0] == (0, 300, 4)


def test_a_file_that_is_opened_while_it_is_read_as_at_rest_is_doubted(tmp_path: Path) -> None:
    path = tmp_path / "annotations.db"
    made(path, "WAL").close()
    doubt = pytest.raises(NoFrames, match="just been opened by another program: try again")
    with doubt, open_video_file(path):
        path.with_name("annotations.db-wal").touch()


def nothing(_: Path) -> None:
    pass


def text(path: Path) -> None:
    path.write_bytes(b"no database" * 100)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (nothing, "no database at .*: the video was moved or deleted"),
        (Path.mkdir, "is no file"),
        (os.mkfifo, "is no file"),
        (text, "cannot read .*"),
    ],
)
def test_what_is_no_database_is_named(
    tmp_path: Path, make: Callable[[Path], None], words: str
) -> None:
    path = tmp_path / "annotations.db"
    make(path)
    with pytest.raises(NoFrames, match=words):
        look(path)


def test_a_database_without_our_tables_has_neither(tmp_path: Path) -> None:
    path = tmp_path / "annotations.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE notes (text)")
    with open_video_file(path) as video:
        assert (video.table("full_frames"), video.fence("full_frames")) == (None, None)
        assert video.table("notes") is None


def test_boxes_of_full_frames_alone_and_only_what_has_sides(tmp_path: Path) -> None:
    path = tmp_path / "annotations.db"
    with closing(made(path, "DELETE")) as db:
        with open_video_file(path) as video:
            assert video.boxes("full_frames", [0]) == {}
        db.execute("CREATE TABLE full_frame_ocr (frame_index, x, y, width, height)")
        rows = [(0, 0.1, 0.2, 0.3, 0.4), (0, 0.5, 0.2, 0.3, 0.4), (100, None, "y", 1, 1)]
        rows += [(200, 0.1, 0.2, 0.3, 0.4), (300, 0.1, 0.2, 0.3, 0.4)]
        db.executemany("INSERT INTO full_frame_ocr VALUES (?, ?, ?, ?, ?)", rows)
    with open_video_file(path) as video:
        found = video.boxes("full_frames", [0, 100, 200])
        assert {index: len(boxes) for index, boxes in found.items()} == {0: 2, 200: 1}
        assert found[200] == [Box(0.1, 0.2, 0.3, 0.4)]
        assert video.boxes("cropped_frames", [0]) == {}


def test_files_by_their_names(tmp_path: Path) -> None:
    assert Folder(tmp_path).extent() is None
    for index in (0, 100, 300):
        (tmp_path / f"frame_{index:010d}.jpg").write_bytes(b"%d" % index)
    (tmp_path / "notes.txt").touch()
    folder = Folder(tmp_path)
    assert folder.extent() == (0, 300, 3)
    assert (folder.at(100), folder.at(101)) == ((100, b"100"), (300, b"300"))


@pytest.mark.parametrize("name", ["frame", "extent", "fence"])
def test_frames_are_found_by_seeks(tmp_path: Path, name: str) -> None:
    path = tmp_path / "annotations.db"
    made(path, "DELETE").close()
    sql = SQL[name].replace("{table}", "full_frames")
    binds = dict.fromkeys(re.findall(r":(\w+)", sql))
    with closing(connect(path, "ro")) as db:
        plan = [str(row[-1]) for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", binds)]
    scans = [step for step in plan if step.startswith("SCAN full_frames")]
    assert len(scans) <= (1 if name == "extent" else 0), plan  # the count, by its pages' headers
