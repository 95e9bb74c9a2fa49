"""A queue whose files are moved away under its daemon: noticed, and nothing committed is lost."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import pytest

from jobd.errors import QueueError
from jobd.queue.create import create
from jobd.queue.file import open_queue
from jobd.queue.still import Files
from tests.support.house import House, jobd, run_sql
from tests.support.queuefile import KINDS, HandClock, insert

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jobd.queue.file import Queue

AROUND = ("", "-wal", "-shm", ".lock")
LATER = 4_102_444_800_000


@pytest.fixture
def lock(queue: Queue) -> Path:
    path = queue.path.with_name("jobs.db.lock")
    path.touch()
    return path


def kept(path: Path) -> list[tuple[int]]:
    """The jobs in the database alone, without any -wal."""
    with closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as db:
        return db.execute("SELECT id FROM jobs").fetchall()


@pytest.mark.usefixtures("lock")
def test_files_that_stay_are_demanded_in_vain(queue: Queue) -> None:
    files = Files(queue)
    insert(queue)
    files.demand()


@pytest.mark.usefixtures("lock")
@pytest.mark.parametrize("end", AROUND)
def test_what_is_moved_is_named_and_nothing_committed_is_lost(queue: Queue, end: str) -> None:
    files = Files(queue)
    insert(queue)
    moved = queue.path.with_name(f"jobs.db{end}")
    moved.rename(queue.path.with_name(f"moved{end}"))
    with pytest.raises(QueueError, match=f"{moved.name} was moved, removed or replaced"):
        files.demand()
    assert kept(queue.path.with_name("jobs.db" if end else "moved")) == [(1,)]


@pytest.mark.usefixtures("lock")
def test_a_wal_file_that_others_have_begun_anew_is_not_spoilt(queue: Queue) -> None:
    files = Files(queue)
    insert(queue)
    for end in ("-wal", "-shm"):
        queue.path.with_name(f"jobs.db{end}").unlink()
    before = queue.path.read_bytes()
    queue.path.with_name("jobs.db-wal").write_bytes(b"x")
    with pytest.raises(QueueError, match="was moved, removed or replaced"):
        files.demand()
    queue.close()
    assert queue.path.read_bytes() == before


def test_a_link_that_leads_to_another_queue_is_named(queue: Queue, tmp_path: Path) -> None:
    link = tmp_path / "link.db"
    link.symlink_to(queue.path)
    create(tmp_path / "other.db", KINDS)
    with closing(open_queue(link, HandClock())) as served:
        files = Files(served)
        files.demand()
        link.unlink()
        link.symlink_to(tmp_path / "other.db")
        with pytest.raises(QueueError, match=f"{link} was moved, removed or replaced"):
            files.demand()


def removed(queue: Path) -> None:
    queue.unlink()


def renamed(queue: Path) -> None:
    queue.rename(queue.with_name("old.db"))


def replaced(queue: Path) -> None:
    """By a whole copy: what stands in the old -wal must not be played into it."""
    run_sql(queue, "VACUUM INTO ?", str(queue.with_name("new.db")))
    queue.with_name("new.db").replace(queue)


def without_wal(queue: Path) -> None:
    queue.with_name(f"{queue.name}-wal").unlink()


def without_lock(queue: Path) -> None:
    queue.with_name(f"{queue.name}.lock").unlink()


def folder_removed(queue: Path) -> None:
    shutil.rmtree(queue.parent)


@pytest.mark.parametrize(
    "change", [removed, renamed, replaced, without_wal, without_lock, folder_removed]
)
def test_a_daemon_ends_at_once_and_the_next_one_has_every_job(
    house: House, change: Callable[[Path], None]
) -> None:
    outside = House(house.folder / "queue")
    outside.folder.mkdir()
    house.daemons = outside.daemons
    daemon = outside.ready()
    payload = {"videoId": "v", "videoPath": "/v", "dbPath": "/d"}
    job = outside.insert("full_frames", payload, run_at=LATER)
    log = (outside.folder / "daemon.log").open()
    change(outside.db)
    assert daemon.wait(60) == 5
    with log:
        assert "was moved, removed or replaced while the queue was served" in log.read()
    if change is removed:
        assert "is left of an earlier queue" in jobd("serve", "--db", outside.db).stderr
    with suppress(FileNotFoundError):
        (outside.folder / "old.db").rename(outside.db)
    if outside.db.exists():
        outside.ready()
        assert outside.job(job, "status") == "queued"
        assert outside.sql("PRAGMA integrity_check") == [("ok",)]
