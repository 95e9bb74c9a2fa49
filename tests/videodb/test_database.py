"""What may be opened, and how a deleted video is noticed."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from jobd.errors import DatabaseRefused, RetryableError, VideoDeleted
from jobd.sqlite import inode_at
from jobd.videodb.database import open_video_db
from tests.support.appdb import make_video_db, read_rows, run_sql
from tests.support.appprocess import beside


def _directory(path: Path) -> None:
    path.mkdir()


def _text(path: Path) -> None:
    path.write_text("not a database, but long enough to be read as one\n" * 100)


def _damaged(path: Path) -> None:
    make_video_db(path)
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 1000)


def _other_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE jobs (id INTEGER PRIMARY KEY)")


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda _: None, "No such file or directory"),
        (_directory, "is no regular file"),
        (os.mkfifo, "is no regular file"),
        (_damaged, "is a damaged database"),
        (_text, "is not an SQLite database"),
        (Path.touch, "is no database of a video"),
        (_other_program, "is no database of a video"),
    ],
)
def test_what_is_no_video_database_is_refused_in_one_line(
    tmp_path: Path, make: object, reason: str
) -> None:
    path = tmp_path / "annotations.db"
    assert callable(make)
    make(path)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(DatabaseRefused) as refusal, open_video_db(path):
        pass
    assert reason in str(refusal.value)
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert sorted(tmp_path.iterdir()) == before


_OPEN_AS_NOBODY = """
import os, sys
from pathlib import Path
from jobd.errors import DatabaseRefused
from jobd.sqlite import inode_at
from jobd.videodb.database import open_video_db
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
try:
    with open_video_db(Path(sys.argv[1])) as video:
        video.prepare()
except DatabaseRefused as error:
    print(error)
"""


@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_read_only_database_is_refused(what: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = make_video_db(folder / "annotations.db")
        path.chmod(0o444 if what == "file" else 0o666)
        folder.chmod(0o555)
        said = subprocess.run(
            [sys.executable, "-c", _OPEN_AS_NOBODY, str(path)],
            capture_output=True,
            text=True,
            check=True,
        )
        folder.chmod(0o755)
    assert "may not be written" in said.stdout
    assert said.stdout.count("\n") == 1


def test_the_journal_mode_stays_as_found(path: Path, journal: str) -> None:
    with open_video_db(path) as video:
        video.prepare()
    assert read_rows(path, "PRAGMA journal_mode") == [{"journal_mode": journal}]


def test_commits_are_forced_to_the_disk(path: Path) -> None:
    with open_video_db(path) as video:
        assert video.db.execute("PRAGMA synchronous").get == 2


def test_another_programs_lock_is_waited_out_then_named(path: Path) -> None:
    with (
        beside("lock", path),
        pytest.raises(RetryableError, match=r"kept locked by another program for 0\.4 s"),
        open_video_db(path, busy_timeout_ms=400) as video,
        video.writing(),
    ):
        pass


def test_a_block_that_fails_writes_nothing(path: Path) -> None:
    def fail() -> None:
        with video.writing():
            video.db.execute("DELETE FROM processing_status")
            raise ZeroDivisionError

    with open_video_db(path) as video:
        with pytest.raises(ZeroDivisionError):
            fail()
        assert video.db.execute("SELECT count(*) FROM processing_status").get == 1


def test_a_video_that_is_there_is_not_gone(path: Path) -> None:
    with open_video_db(path) as video:
        assert not video.gone()


def test_deleted_is_set(path: Path) -> None:
    run_sql(path, "UPDATE processing_status SET deleted = 1")
    with open_video_db(path) as video:
        assert video.gone()
        with pytest.raises(VideoDeleted), video.writing():
            pass


def test_a_database_without_the_column_is_not_deleted(tmp_path: Path) -> None:
    path = make_video_db(tmp_path / "annotations.db", old=True)
    with open_video_db(path) as video:
        assert not video.gone()


def test_the_folder_is_removed(path: Path) -> None:
    with open_video_db(path) as video:
        shutil.rmtree(path.parent)
        assert video.gone()
        with pytest.raises(VideoDeleted), video.writing():
            video.db.execute("DELETE FROM captions")
    assert not path.parent.exists()


def test_another_file_took_its_place(path: Path, tmp_path: Path) -> None:
    other = make_video_db(tmp_path / "other.db")
    with open_video_db(path) as video:
        other.rename(path)
        assert video.gone()
        with pytest.raises(RetryableError, match="was replaced by another file"), video.writing():
            pass


def test_a_link_is_refused_by_name(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.db"
    link.symlink_to(path)
    with pytest.raises(DatabaseRefused, match=f"{link} is a link"), open_video_db(link):
        pass


def test_a_link_that_is_put_there_after_the_look_is_not_followed(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = tmp_path / "link.db"
    link.symlink_to(path)
    monkeypatch.setattr("jobd.videodb.database._regular_file", lambda _: inode_at(path))
    with pytest.raises(DatabaseRefused, match="unable to open"), open_video_db(link):
        pass


def test_an_error_of_sqlite_on_a_removed_file_means_deleted(tmp_path: Path) -> None:
    path = make_video_db(tmp_path / "video" / "annotations.db")

    def write_too_late() -> None:
        with open_video_db(path) as video:
            shutil.rmtree(path.parent)
            video.db.execute("DELETE FROM captions")

    with pytest.raises(VideoDeleted):
        write_too_late()
