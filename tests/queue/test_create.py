from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobd.errors import QueueError
from jobd.queue.create import create, schema_sql
from jobd.queue.file import open_queue
from jobd.queue.lease import take_lease
from tests.support.queuefile import KINDS, LEASE_MS, HandClock, insert, rows

if TYPE_CHECKING:
    from jobd.queue.file import Queue

CREATE = """
import sys
from pathlib import Path
from jobd.queue.create import create
from tests.support.queuefile import KINDS
create(Path(sys.argv[1]), KINDS)
"""


def creating(path: Path, *before: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*before, sys.executable, "-c", CREATE, str(path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o000])
def test_owner_and_group_may_write_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    path = tmp_path / "jobs.db"
    before = os.umask(umask)
    try:
        create(path, KINDS)
        with closing(open_queue(path, HandClock())) as queue:
            insert(queue)
            found = {p.name: mode_of(p) for p in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert found == dict.fromkeys(["jobs.db", "jobs.db-wal", "jobs.db-shm"], 0o660)


def test_nothing_else_is_left_in_the_folder(tmp_path: Path) -> None:
    create(tmp_path / "jobs.db", KINDS)
    assert [p.name for p in tmp_path.iterdir()] == ["jobs.db"]


def test_a_queue_that_is_there_stays(queue: Queue) -> None:
    insert(queue)
    create(queue.path, KINDS)
    with closing(open_queue(queue.path, HandClock())) as again:
        assert again.queue_id == queue.queue_id
        assert rows(again, "SELECT count(*) FROM jobs") == [(1,)]


def test_every_queue_has_an_id_of_its_own(tmp_path: Path) -> None:
    ids = set()
    for name in ("a.db", "b.db"):
        create(tmp_path / name, KINDS)
        with closing(open_queue(tmp_path / name, HandClock())) as queue:
            ids.add(queue.queue_id)
    assert len(ids) == 2
    for queue_id in ids:
        assert [len(part) for part in queue_id.split("-")] == [8, 4, 4, 4, 12]
        assert queue_id[14] == "4"
        assert queue_id[19] in "89ab"


@pytest.mark.parametrize("content", [b"", b"some text, certainly no database" * 10])
def test_a_file_that_is_no_queue_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "jobs.db"
    path.write_bytes(content)
    for use in (lambda: create(path, KINDS), lambda: open_queue(path, HandClock())):
        with pytest.raises(QueueError, match=r"jobs\.db"):
            use()
    assert path.read_bytes() == content
    assert [p.name for p in tmp_path.iterdir()] == ["jobs.db"]


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE jobs (id)")
        db.execute("PRAGMA user_version = 1")
    before = path.read_bytes()
    for use in (lambda: create(path, KINDS), lambda: open_queue(path, HandClock())):
        with pytest.raises(QueueError, match="is no jobd queue"):
            use()
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["", "missing/jobs.db"])
def test_a_place_where_none_can_be_made_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(QueueError, match=str(tmp_path)):
        create(tmp_path / name, KINDS)


def test_a_wal_file_of_a_removed_queue_is_not_played_into_a_new_one(queue: Queue) -> None:
    insert(queue)
    os.link(queue.path.with_name("jobs.db-wal"), queue.path.with_name("kept-wal"))
    queue.close()
    queue.path.unlink()
    queue.path.with_name("jobs.db-wal").unlink()
    os.link(queue.path.with_name("kept-wal"), queue.path.with_name("jobs.db-wal"))
    with pytest.raises(QueueError, match="is left of an earlier queue"):
        create(queue.path, KINDS)
    assert not queue.path.exists()


def test_two_that_create_at_once_share_one_queue(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    results: list[int] = []
    threads = [
        threading.Thread(target=lambda: results.append(creating(path).returncode)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [0] * 4
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []
    with closing(open_queue(path, HandClock())) as queue:
        assert rows(queue, "SELECT count(*) FROM meta") == [(1,)]


KILLED_AT = [
    *[f"pwrite64:signal=KILL:when={n}" for n in (1, 2, 5, 20, 40)],
    *[f"pwrite64:error=ENOSPC:when={n}" for n in (1, 5, 20)],
    "fdatasync:signal=KILL:when=1",
    "fdatasync:error=EIO:when=1",
    "unlink:signal=KILL:when=1",
    "link,linkat:signal=KILL:when=1",
    "link,linkat:error=EPERM:when=1",
    "fsync:signal=KILL:when=1",
    "fchmod:signal=KILL:when=1",
]


@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace to inject faults")
@pytest.mark.parametrize("fault", KILLED_AT)
def test_a_crash_leaves_a_whole_queue_or_none(tmp_path: Path, fault: str) -> None:
    path = tmp_path / "jobs.db"
    hit = creating(path, "strace", "-f", "-qq", "-o", "/dev/null", "-e", f"inject={fault}")
    if "error=" in fault:
        assert f"QueueError: cannot make {path}" in hit.stderr
        assert list(tmp_path.iterdir()) == []
    else:
        assert hit.returncode == -signal.SIGKILL
    create(path, KINDS)
    with closing(open_queue(path, HandClock())) as queue:
        insert(queue)
        assert rows(queue, "PRAGMA integrity_check") == [("ok",)]


def test_the_schema_alone_makes_the_same_queue(tmp_path: Path, queue: Queue) -> None:
    """As the app would run it, with an older SQLite."""
    path = tmp_path / "by_hand.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.executescript(schema_sql(KINDS))
    with closing(open_queue(path, HandClock())) as by_hand:
        for sql in ("SELECT type, name, sql FROM sqlite_schema", "SELECT * FROM job_kinds"):
            assert rows(by_hand, sql) == rows(queue, sql)
        assert by_hand.queue_id != queue.queue_id
        insert(by_hand)
        assert take_lease(by_hand, LEASE_MS) is not None


def test_the_schema_works_where_a_schemas_functions_are_not_trusted(queue: Queue) -> None:
    rows(queue, "PRAGMA trusted_schema = OFF")
    insert(queue, unique_key="k")
    rows(queue, "UPDATE jobs SET status = 'cancelled'")
    assert rows(queue, "SELECT status, error FROM jobs") == [("cancelled", "Cancelled")]
