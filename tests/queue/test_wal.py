"""The -wal file beside other programs: a reader that does not end, a writer that goes on and on."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import apsw
import pytest

from jobd.queue.file import open_queue
from jobd.queue.heartbeat import Identity, beat
from jobd.queue.wal import MAX_WAL_BYTES, Wal
from tests.support.house import until
from tests.support.queuefile import HandClock, Writer, rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jobd.queue.file import Queue

MB = 1024 * 1024
LARGE_ROW = (
    "INSERT INTO jobs (kind, payload) VALUES ('full_frames',"
    " json_object('videoId', 'v', 'dbPath', '/d', 'more', hex(zeroblob(30000))))"
)


@pytest.fixture
def writer(queue: Queue) -> Iterator[Writer]:
    with another(queue, "synchronous = OFF", "wal_autocheckpoint = 0") as writer:
        yield writer


@contextmanager
def another(queue: Queue, *pragmas: str) -> Iterator[Writer]:
    program = Writer()
    yield program.open(queue.path, *pragmas)
    program.close()


def write(writer: Writer, megabytes: int) -> None:
    writer.run(
        "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT ?)"
        " INSERT INTO jobs (kind, payload) SELECT 'full_frames',"
        " json_object('videoId', 'v', 'dbPath', '/d', 'more', hex(zeroblob(32000))) FROM c",
        megabytes * 16,
    )


def wal_of(queue: Queue) -> Path:
    return queue.path.with_name("jobs.db-wal")


def size_of(queue: Queue) -> int:
    return wal_of(queue).stat().st_size


def commit(queue: Queue, now_s: float) -> None:
    """As the daemon's beat: it tells how much there is. An equal row would not be written."""
    beat(queue, Identity(1, "", "0.1.0", round(now_s), 2))


def tend(wal: Wal, queue: Queue, now_s: float) -> None:
    commit(queue, now_s)
    wal.tend(now_s)


def test_a_large_file_is_brought_home_and_given_back(queue: Queue, writer: Writer) -> None:
    wal = Wal(queue)
    write(writer, 20)
    assert size_of(queue) > MAX_WAL_BYTES
    tend(wal, queue, 1)
    assert size_of(queue) == 0
    assert queue.path.stat().st_size > 20 * MB
    assert not wal.is_large
    assert writer.run("SELECT count(*) FROM jobs") == [[320]]


def test_a_small_one_is_brought_home_and_stays(queue: Queue, writer: Writer) -> None:
    wal = Wal(queue)
    write(writer, 6)
    before = size_of(queue)
    tend(wal, queue, 1)
    assert size_of(queue) >= before
    assert queue.path.stat().st_size > 6 * MB
    tend(wal, queue, 2)  # from the start of the file
    assert size_of(queue) < before + 64 * 1024


def test_no_commit_of_ours_moves_anything(queue: Queue) -> None:
    Wal(queue)
    before = queue.path.read_bytes()
    while size_of(queue) < 6 * MB:
        rows(queue, LARGE_ROW)
    assert queue.path.read_bytes() == before


def test_a_reader_that_stays_is_named_until_it_ends(queue: Queue, writer: Writer) -> None:
    wal = Wal(queue)
    with another(queue) as reader:
        reader.run("BEGIN")
        reader.run("SELECT count(*) FROM jobs")
        write(writer, 20)
        tend(wal, queue, 100)
        assert wal.is_large
        assert wal.kept(159.9) is None
        tend(wal, queue, 160)
        kept = wal.kept(160)
        assert kept is not None
        assert kept.size_bytes == size_of(queue) > 20 * MB
        assert kept.pids == (reader.pid,)
        assert str(kept) == (
            f"a transaction of another program (pid {reader.pid}) has kept {wal_of(queue)} "
            f"at {size_of(queue) // MB} MB for 1 min: end it"
        )
        assert wal.kept(400) != kept
        reader.run("COMMIT")
    tend(wal, queue, 401)
    assert wal.kept(401) is None
    assert size_of(queue) == 0
    assert writer.run("SELECT count(*) FROM jobs") == [[320]]


def test_a_reader_of_the_newest_state_hinders_too(queue: Queue, writer: Writer) -> None:
    wal = Wal(queue)
    write(writer, 20)
    commit(queue, 0)
    with another(queue) as reader:
        reader.run("BEGIN")
        reader.run("SELECT count(*) FROM jobs")
        wal.tend(1)
        assert wal.is_large
        assert queue.path.stat().st_size > 20 * MB  # all is home, but the file is in use
        reader.run("COMMIT")
    wal.tend(2)
    assert size_of(queue) == 0


def test_a_file_that_a_writer_has_begun_anew_is_given_back_too(queue: Queue) -> None:
    wal = Wal(queue)
    with another(queue) as writer, another(queue) as reader:
        reader.run("BEGIN")
        reader.run("SELECT count(*) FROM jobs")
        write(writer, 20)
        tend(wal, queue, 1)
        reader.run("COMMIT")
        for _ in range(3):
            writer.insert()  # moves all, then writes from the start: few frames in a large file
        assert size_of(queue) > MAX_WAL_BYTES
        tend(wal, queue, 2)
    assert size_of(queue) == 0
    assert not wal.is_large


def test_readers_who_come_and_go_are_not_named(queue: Queue, writer: Writer) -> None:
    wal = Wal(queue)
    with another(queue) as first, another(queue) as second, another(queue) as third:
        for program in (first, second):
            program.run("BEGIN")
            program.run("SELECT count(*) FROM jobs")
        write(writer, 20)
        tend(wal, queue, 1)
        first.run("COMMIT")
        third.run("BEGIN")
        third.run("SELECT count(*) FROM jobs")
        tend(wal, queue, 2)
        kept = wal.kept(100)
        assert kept is not None
        assert kept.pids == (second.pid,)
        second.run("COMMIT")


def test_a_writer_that_holds_the_queue_is_not_waited_for(
    queue: Queue, clock: HandClock, writer: Writer
) -> None:
    with closing(open_queue(queue.path, clock, busy_timeout_ms=600_000)) as patient:
        wal = Wal(patient)
        write(writer, 20)
        commit(patient, 0)
        writer.run("BEGIN IMMEDIATE")
        wal.tend(1)
        assert wal.is_large
        writer.run("COMMIT")
        assert rows(patient, "PRAGMA busy_timeout") == [(600_000,)]
        wal.tend(2)
        assert not wal.is_large


class Noted:
    """A connection whose checkpoints are noted."""

    def __init__(self, db: apsw.Connection) -> None:
        self.db = db
        self.modes: list[int] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.db, name)

    def wal_checkpoint(self, mode: int) -> tuple[int, int]:
        self.modes.append(mode)
        return self.db.wal_checkpoint(mode=mode)


def test_no_lock_is_taken_while_a_reader_holds_an_old_state(queue: Queue, writer: Writer) -> None:
    """Moving what is left would hold the write lock for long, and in vain."""
    noted = Noted(queue.db)
    wal = Wal(replace(queue, db=cast("apsw.Connection", noted)))
    with another(queue) as reader:
        reader.run("BEGIN")
        reader.run("SELECT count(*) FROM jobs")
        write(writer, 20)
        tend(wal, queue, 1)
        assert noted.modes == [apsw.SQLITE_CHECKPOINT_PASSIVE]
        reader.run("COMMIT")
    tend(wal, queue, 2)
    assert noted.modes[2:] == [apsw.SQLITE_CHECKPOINT_TRUNCATE]


HAMMER = """
import select, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=5)
for pragma in ("synchronous = OFF", "wal_autocheckpoint = 0"):
    db.execute("PRAGMA " + pragma)
print("ready", flush=True)
times = 0
while not select.select([sys.stdin], [], [], 0.001)[0]:
    db.execute(sys.argv[2])
    db.execute("DELETE FROM jobs")
    times += 1
print(times)
"""


def test_a_writer_that_goes_on_and_on_does_not_let_it_grow(queue: Queue) -> None:
    rows(queue, "DROP TRIGGER jobs_deleted")
    wal = Wal(queue)
    with subprocess.Popen(
        [sys.executable, "-S", "-E", "-c", HAMMER, queue.path, LARGE_ROW],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as hammer:
        assert hammer.stdout is not None
        assert hammer.stdout.readline() == "ready\n"
        now_s = 0.0
        for _ in range(3):
            until(lambda: size_of(queue) > MAX_WAL_BYTES + MB)
            while size_of(queue) > MAX_WAL_BYTES:  # TRUNCATE may find the lock taken
                now_s += 2
                tend(wal, queue, now_s)
        out, _ = hammer.communicate(input="stop")
        assert hammer.returncode == 0
    assert int(out) > 0
    assert rows(queue, "PRAGMA integrity_check") == [("ok",)]
