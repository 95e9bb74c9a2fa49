"""The -wal file beside other programs: a reader that does not end, a writer that goes on and on."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from jobd.queue.heartbeat import Identity, beat
from jobd.queue.readers import reading
from jobd.queue.wal import MAX_WAL_BYTES, Wal
from tests.support.house import until
from tests.support.queuefile import Writer, rows

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
    with another(queue) as first, another(queue) as second:
        for program in (first, second):
            program.run("BEGIN")
            program.run("SELECT count(*) FROM jobs")
        write(writer, 20)
        tend(wal, queue, 1)
        first.run("COMMIT")
        tend(wal, queue, 2)
        kept = wal.kept(100)
        assert kept is not None
        assert kept.pids == (second.pid,)
        second.run("COMMIT")


def test_a_writer_that_holds_the_queue_is_not_waited_for(queue: Queue, writer: Writer) -> None:
    wal = Wal(queue)
    write(writer, 20)
    commit(queue, 0)
    writer.run("BEGIN IMMEDIATE")
    wal.tend(1)  # the busy time-out of 5 s would be felt, not seen
    assert wal.is_large
    writer.run("COMMIT")
    assert rows(queue, "PRAGMA busy_timeout") == [(5000,)]
    wal.tend(2)
    assert not wal.is_large


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


LOCKS = """\
1: POSIX  ADVISORY  READ  100 fe:00:77 124 124
2: POSIX  ADVISORY  READ  101 fe:00:77 128 128
3: POSIX  ADVISORY  WRITE 102 fe:00:77 120 120
4: POSIX  ADVISORY  READ  103 fe:00:78 124 124
5: FLOCK  ADVISORY  WRITE 104 fe:00:77 0 EOF
6: POSIX  ADVISORY  READ  105 fe:00:77 123 123
7: POSIX  ADVISORY  READ  0 fe:00:77 127 127
8: OFDLCK ADVISORY  READ  -1 fe:00:77 125 125
9: -> POSIX  ADVISORY  WRITE 106 fe:00:77 124 124
"""


def test_who_reads_stands_in_the_list_of_locks() -> None:
    assert reading(LOCKS, "fe:00:77") == {100, 105}
    assert reading("", "fe:00:77") == set()
