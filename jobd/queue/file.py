"""The queue file, opened only when it is one."""

from __future__ import annotations

import ctypes
import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import apsw

from jobd.errors import QueueBroken, QueueError, QueueTooNew
from jobd.queue.failures import failure, unusable
from jobd.queue.migrate import bring_up_to_date, newest_version
from jobd.queue.wal import MAX_WAL_BYTES
from jobd.sqlite import Mode, connect, immediate, load_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobd.clock import Clock

Binds = dict[str, str | int | float | None]

VERSION = newest_version()
_APPLICATION_ID = 0x6A6F6264  # "jobd"
_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Queue:
    """An open queue.

    Attributes:
        db: The connection.
        sql: The statements of queries.sql and prune.sql by name.
        queue_id: The queue's UUID.
        given: The file as it was named; a link may lead elsewhere one day.
        path: The same with all links resolved: SQLite puts -wal and -shm beside that.
        busy_timeout_ms: How long a statement waits for another program's lock.
    """

    db: apsw.Connection
    sql: Mapping[str, str]
    queue_id: str
    clock: Clock
    given: Path
    path: Path
    busy_timeout_ms: int = 5000

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction that holds the write lock.

        Raises:
            QueueStuck: It cannot be written now.
            QueueBroken: This process must not go on with it.
        """
        try:
            with immediate(self.db):
                yield
        except apsw.Error as error:
            raise self.named(error) from None

    def run(self, name: str, binds: Binds | None = None) -> list[tuple[Any, ...]]:
        """Run one statement to its end.

        Args:
            name: Its block.
            binds: Its parameters.

        Raises:
            QueueStuck: It cannot be read or written now.
            QueueBroken: This process must not go on with it.
        """
        try:
            return self.db.execute(self.sql[name], binds).fetchall()
        except apsw.Error as error:
            raise self.named(error) from None

    @contextmanager
    def patience(self, busy_timeout_ms: int) -> Iterator[None]:
        """Wait for other programs' locks no longer than this inside the block."""
        self.db.set_busy_timeout(busy_timeout_ms)
        try:
            yield
        finally:
            self.db.set_busy_timeout(self.busy_timeout_ms)

    def named(self, error: apsw.Error) -> Exception:
        """An error of this connection as what is to be done about it; others as they are."""
        named = failure(error, self.path, self.db.system_errno)
        if isinstance(named, QueueBroken):  # closing would carry the doubtful pages on
            self.db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        return named or error

    def close(self) -> None:
        """Close the file."""
        self.db.close()


def open_queue(path: Path, clock: Clock, mode: Mode = "rw", busy_timeout_ms: int = 5000) -> Queue:
    """Open a queue file.

    Args:
        path: The file; it is never created here.
        clock: Where the times in rows come from.
        mode: "ro" to look, "rw" to write.
        busy_timeout_ms: How long a statement waits for another program's lock.

    Raises:
        QueueTooNew: A newer jobd made it.
        QueueError: It is missing, cannot be read, or is no queue.
    """
    given, path = path, Path(os.path.realpath(path))
    db = connected(path, mode, busy_timeout_ms)
    with closed_on_error(db, path):
        demand_queue(db, path)
        if mode == "rw":
            _prepare_to_write(db, path)
            bring_up_to_date(db)
        _refuse_older(db, path)
        sql = load_blocks(_HERE / "queries.sql") | load_blocks(_HERE / "prune.sql")
        queue_id = _queue_id(db, sql, path)
        return Queue(db, sql, queue_id, clock, given, path, busy_timeout_ms)


def connected(path: Path, mode: Mode, busy_timeout_ms: int) -> apsw.Connection:
    """A connection to a file that is there, whatever it holds.

    Raises:
        QueueError: There is none, or it cannot be opened.
    """
    if not path.exists():
        raise QueueError(f"no queue at {path}: `python -m jobd init --db {path}` makes one")
    if not path.is_file():
        raise QueueError(f"{path} is no file")
    try:
        return connect(path, mode, busy_timeout_ms)
    except apsw.Error as error:
        raise unusable("open", path, error) from None


@contextmanager
def closed_on_error(db: apsw.Connection, path: Path) -> Iterator[None]:
    """Leave no connection behind that could not be used.

    Raises:
        QueueError: SQLite could not read it.
    """
    try:
        yield
    except BaseException as error:
        db.close()
        if isinstance(error, apsw.Error):
            raise unusable("read", path, error) from None
        raise


def demand_queue(db: apsw.Connection, path: Path) -> None:
    """Look whether it is a queue that this jobd knows.

    Raises:
        QueueTooNew: A newer jobd made it.
        QueueError: It is none.
    """
    version = _value(db, "PRAGMA user_version")
    if _value(db, "PRAGMA application_id") != _APPLICATION_ID or version < 1:
        raise QueueError(f"{path} is no jobd queue")
    if version > VERSION:
        raise QueueTooNew(f"{path} has version {version}, this jobd knows {VERSION}: update jobd")


def _refuse_older(db: apsw.Connection, path: Path) -> None:
    version = _value(db, "PRAGMA user_version")
    if version < VERSION:
        raise QueueError(
            f"{path} has version {version}, this jobd reads {VERSION}: `python -m jobd serve`"
            " brings it up to date"
        )


def _queue_id(db: apsw.Connection, sql: Mapping[str, str], path: Path) -> str:
    rows = db.execute(sql["queue_id"]).fetchall()
    if not rows:
        raise QueueError(f"{path} has lost its queue_id: the one row of meta is gone")
    return str(rows[0][0])


def _value(db: apsw.Connection, sql: str) -> Any:
    return db.execute(sql).fetchall()[0][0]


def _prepare_to_write(db: apsw.Connection, path: Path) -> None:
    """WAL, and a -wal file that stays: a reader who may not write needs it."""
    if db.readonly("main"):  # SQLite opens what may not be written without a word
        raise QueueError(f"{path} may not be written by this user")
    db.execute("PRAGMA journal_mode = WAL").fetchall()
    db.execute(f"PRAGMA journal_size_limit = {MAX_WAL_BYTES}").fetchall()
    on = ctypes.c_int(1)
    db.file_control("main", apsw.SQLITE_FCNTL_PERSIST_WAL, ctypes.addressof(on))
