"""Retention: what it gives back, and what a writer beside notices of it."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import apsw
import pytest

from jobd.errors import QueueBusy
from jobd.queue.file import open_queue
from jobd.queue.prune import Pruning
from tests.support.queuefile import Writer
from tests.support.retention import DAY_S, KEEP, ids, many, prune

if TYPE_CHECKING:
    from tests.support.desk import Desk


def test_the_file_gives_its_space_back(desk: Desk) -> None:
    many(desk, 8000)
    last = desk.add()
    desk.sql("PRAGMA wal_checkpoint(TRUNCATE)")
    before = desk.path.stat().st_size
    assert before > 8_000_000
    desk.clock.pass_s(30 * DAY_S)
    assert prune(desk).jobs == 8000
    desk.sql("PRAGMA wal_checkpoint(TRUNCATE)")
    assert ids(desk) == [last]
    assert desk.path.stat().st_size < before / 4
    assert desk.sql("PRAGMA freelist_count")[0][0] <= 256
    assert desk.sql("PRAGMA integrity_check") == [("ok",)]


def test_a_file_that_cannot_give_back_is_let_be(desk: Desk) -> None:
    desk.queue.db.limit(apsw.SQLITE_LIMIT_ATTACHED, 1)  # VACUUM attaches a file of its own
    for sql in ("PRAGMA journal_mode = DELETE", "PRAGMA auto_vacuum = NONE", "VACUUM"):
        desk.sql(sql)
    desk.sql("PRAGMA journal_mode = WAL")
    many(desk, 4000)
    desk.clock.pass_s(31 * DAY_S)
    assert prune(desk).jobs == 4000
    assert desk.sql("PRAGMA freelist_count")[0][0] > 256


def test_a_lock_is_not_waited_for_and_nothing_is_half_done(desk: Desk) -> None:
    many(desk, 1)
    desk.clock.pass_s(31 * DAY_S)
    patient = open_queue(desk.path, desk.clock, busy_timeout_ms=600_000)
    pruning = Pruning(patient, KEEP)
    writer = Writer().open(desk.path)
    writer.run("BEGIN IMMEDIATE")
    with pytest.raises(QueueBusy):
        pruning.step()
    assert ids(desk) == ids(desk, "job_attempts") == [1]
    assert patient.db.execute("PRAGMA busy_timeout").fetchall() == [(600_000,)]
    writer.run("COMMIT")
    writer.close()
    assert pruning.step()
    assert ids(desk) == []
    patient.close()


BESIDE = """
import select, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=5)
print("ready", flush=True)
times = 0
while not select.select([sys.stdin], [], [], 0.0005)[0]:
    db.execute("BEGIN IMMEDIATE")
    db.execute(
        "INSERT INTO jobs (kind, payload) VALUES ('full_frames',"
        " json_object('videoId', 'v', 'dbPath', '/app/' || ?))", (times,)
    )
    db.execute("COMMIT")
    times += 1
print(times)
"""


def test_a_writer_beside_is_never_refused(desk: Desk) -> None:
    many(desk, 5000)
    desk.clock.pass_s(31 * DAY_S)
    with subprocess.Popen(
        [sys.executable, "-S", "-E", "-c", BESIDE, desk.path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        pruning, more = Pruning(desk.queue, KEEP), True
        while more:
            with suppress(QueueBusy):
                more = pruning.step()
            time.sleep(0.005)
        out, _ = writer.communicate(input="stop")
        assert writer.returncode == 0
    assert pruning.jobs == 5000
    assert len(ids(desk)) == int(out) > 10
    assert desk.sql("SELECT DISTINCT status FROM jobs") == [("queued",)]
