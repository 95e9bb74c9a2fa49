"""The queue file: made whole or not at all, and opened only when it is one."""

from __future__ import annotations

import ctypes
import os
import tempfile
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import apsw

from jobd.errors import QueueBroken, QueueError, QueueTooNew
from jobd.queue import kinds as kinds_
from jobd.queue.failures import failure, unusable
from jobd.queue.migrate import bring_up_to_date, newest_version
from jobd.queue.wal import MAX_WAL_BYTES
from jobd.sqlite import Mode, connect, immediate, load_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jobd.clock import Clock
    from jobd.queue.kinds import Kind

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


def schema_sql(kinds: Sequence[Kind]) -> str:
    """The whole queue as SQL, for a new file: tables, triggers, and the rows of `kinds`.

    Any SQLite from 3.37 on can run it, jobd or not.
    """
    schema = (_HERE / "schema.sql").read_text(encoding="utf-8")
    return f"{schema}\n{kinds_.kinds_sql(kinds)}"


def create(path: Path, kinds: Sequence[Kind]) -> None:
    """Make a queue file, unless there is one already.

    It is built elsewhere in the same folder and then linked to its name, complete: a crash
    leaves nothing that opens as half a queue. Its mode is 0660 before SQLite sees it, as
    SQLite gives -wal and -shm the mode of the file.

    Raises:
        QueueError: The path holds something else, or the folder cannot be written.
    """
    path = Path(os.path.realpath(path))
    if path.exists():
        _refuse_other(path)
        return
    _refuse_leftover_wal(path)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
            made = Path(folder) / path.name
            _build(made, kinds)
            _link(made, path)
    except (OSError, apsw.Error) as error:
        raise QueueError(f"cannot make {path}: {error}") from None


def _refuse_leftover_wal(path: Path) -> None:
    wal = path.with_name(f"{path.name}-wal")
    if wal.exists() and not path.exists():  # in this order: another process may be making it
        raise QueueError(
            f"{wal} is left of an earlier queue and would be played into a new one:"
            " move that queue back beside it, or delete it"
        )


def _build(made: Path, kinds: Sequence[Kind]) -> None:
    descriptor = os.open(made, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o660)
    os.fchmod(descriptor, 0o660)
    os.close(descriptor)
    with closing(connect(made, "rw")) as db:
        db.execute(schema_sql(kinds)).fetchall()
        _check_is_queue(db, made)


def _link(made: Path, path: Path) -> None:
    try:
        path.hardlink_to(made)
    except FileExistsError:
        _refuse_other(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _refuse_other(path: Path) -> None:
    db = _connect(path, "ro", 5000)
    with _closed_on_error(db, path):
        _check_is_queue(db, path)
    db.close()


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
    db = _connect(path, mode, busy_timeout_ms)
    with _closed_on_error(db, path):
        _check_is_queue(db, path)
        if mode == "rw":
            _prepare_to_write(db, path)
            bring_up_to_date(db)
        _refuse_older(db, path)
        sql = load_blocks(_HERE / "queries.sql") | load_blocks(_HERE / "prune.sql")
        queue_id = _queue_id(db, sql, path)
        return Queue(db, sql, queue_id, clock, given, path, busy_timeout_ms)


def _connect(path: Path, mode: Mode, busy_timeout_ms: int) -> apsw.Connection:
    if not path.exists():
        raise QueueError(f"no queue at {path}: `python -m jobd init --db {path}` makes one")
    if not path.is_file():
        raise QueueError(f"{path} is no file")
    try:
        return connect(path, mode, busy_timeout_ms)
    except apsw.Error as error:
        raise unusable("open", path, error) from None


@contextmanager
def _closed_on_error(db: apsw.Connection, path: Path) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        db.close()
        if isinstance(error, apsw.Error):
            raise unusable("read", path, error) from None
        raise


def _check_is_queue(db: apsw.Connection, path: Path) -> None:
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
