from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import apsw
import pytest

from jobd.errors import QueueBusy, QueueError, QueueTooNew
from jobd.queue.create import create
from jobd.queue.file import VERSION, open_queue
from jobd.queue.lease import take_lease
from tests.support.house import House, jobd, run_sql
from tests.support.queuefile import KINDS, LEASE_MS, HandClock, Writer, insert, rows

if TYPE_CHECKING:
    from pathlib import Path

    from jobd.queue.file import Queue


def test_the_file_is_set_up_for_its_life(queue: Queue) -> None:
    pragmas = ("journal_mode", "auto_vacuum", "user_version", "synchronous", "busy_timeout")
    values = [queue.db.execute(f"PRAGMA {name}").fetchall()[0][0] for name in pragmas]
    assert values == ["wal", 2, VERSION, 2, 5000]
    assert rows(queue, "PRAGMA integrity_check") == [("ok",)]


def test_a_missing_queue_is_not_made_by_opening_it(tmp_path: Path) -> None:
    with pytest.raises(
        QueueError, match=r"no queue at .*: `python -m jobd init --db .*` makes one"
    ):
        open_queue(tmp_path / "jobs.db", HandClock())
    assert list(tmp_path.iterdir()) == []


def test_a_newer_version_is_refused_and_untouched(queue: Queue) -> None:
    rows(queue, f"PRAGMA user_version = {VERSION + 1}")
    queue.close()
    before = queue.path.read_bytes()
    with pytest.raises(QueueTooNew, match=f"has version {VERSION + 1}, this jobd knows {VERSION}"):
        open_queue(queue.path, HandClock())
    with pytest.raises(QueueTooNew):
        create(queue.path, KINDS)
    assert queue.path.read_bytes() == before


def test_a_link_leads_to_the_queue_itself(queue: Queue) -> None:
    link = queue.path.with_name("link.db")
    link.symlink_to(queue.path)
    create(link, KINDS)
    with closing(open_queue(link, HandClock())) as again:
        assert (again.path, again.queue_id) == (queue.path, queue.queue_id)


def test_the_wal_file_stays_for_readers_who_may_not_write(queue: Queue) -> None:
    insert(queue)
    queue.close()
    assert queue.path.with_name("jobs.db-wal").exists()
    with closing(open_queue(queue.path, HandClock(), mode="ro")) as looking:
        assert rows(looking, "SELECT count(*) FROM jobs") == [(1,)]
        with pytest.raises(apsw.ReadOnlyError):
            insert(looking)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_file_that_may_not_be_written_is_named(queue: Queue) -> None:
    queue.close()
    queue.path.chmod(0o440)
    with pytest.raises(QueueError, match=r"jobs\.db may not be written by this user"):
        open_queue(queue.path, HandClock())


def test_wal_mode_comes_back_when_another_program_left_it(queue: Queue) -> None:
    queue.close()
    with closing(Writer()) as writer:
        assert writer.open(queue.path).run("PRAGMA journal_mode = DELETE") == [["delete"]]
    with closing(open_queue(queue.path, HandClock())) as again:
        assert rows(again, "PRAGMA journal_mode") == [("wal",)]


def test_a_lock_that_is_not_let_go_is_an_error_of_one_line(queue: Queue) -> None:
    insert(queue)
    with closing(open_queue(queue.path, HandClock(), busy_timeout_ms=50)) as waiting:
        with closing(Writer()) as writer:
            writer.open(queue.path).run("BEGIN IMMEDIATE")
            with pytest.raises(QueueBusy, match=r"jobs\.db is locked by another program"):
                take_lease(waiting, LEASE_MS)
            writer.run("ROLLBACK")
        assert take_lease(waiting, LEASE_MS) is not None


def test_a_lock_that_is_let_go_in_time_is_waited_for(queue: Queue) -> None:
    insert(queue)
    with closing(Writer()) as writer:
        writer.open(queue.path).run("BEGIN IMMEDIATE")
        later = threading.Timer(0.2, writer.run, ("ROLLBACK",))
        later.start()
        assert take_lease(queue, LEASE_MS) is not None
        later.join()


@pytest.mark.parametrize("command", ["inspect", "doctor", "serve"])
def test_a_queue_that_has_lost_its_id_is_said_in_a_line(house: House, command: str) -> None:
    jobd("init", "--db", house.db)
    run_sql(house.db, "DELETE FROM meta")
    done = jobd(command, "--db", house.db)
    assert "has lost its queue_id: the one row of meta is gone" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["inspect", "serve"])
def test_a_queue_that_is_kept_locked_is_said_in_a_line(house: House, command: str) -> None:
    jobd("init", "--db", house.db)
    with closing(sqlite3.connect(house.db, isolation_level=None)) as db:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("UPDATE job_kinds SET priority = 1")
        done = jobd(command, "--db", house.db)
    assert done.returncode == 5
    assert "another program keeps it locked: end that first" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["inspect", "serve"])
def test_a_damaged_queue_is_said_with_its_mend(house: House, command: str) -> None:
    jobd("init", "--db", house.db)
    with house.db.open("r+b") as file:
        file.seek(2 * 4096)
        file.write(b"\xff" * 4 * 4096)
    done = jobd(command, "--db", house.db)
    assert done.returncode == 5
    assert "is damaged (database disk image is malformed): stop every program" in done.stderr
    assert "Traceback" not in done.stderr
