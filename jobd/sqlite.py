"""The one door to SQLite: connections, transactions, and SQL kept in .sql files."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import apsw

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Mode = Literal["ro", "rw", "immutable"]

_FLAGS: Mapping[Mode, int] = {
    "ro": apsw.SQLITE_OPEN_READONLY,
    "rw": apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_NOFOLLOW,
    "immutable": apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI,
}
_TRIGGER_DEPTH = 10  # ours nest two deep
_BLOCK = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


def connect(path: Path, mode: Mode, busy_timeout_ms: int = 5000) -> apsw.Connection:
    """Open an existing database file; never creates one.

    Args:
        path: The database file.
        mode: "ro" to look, "rw" to write, "immutable" to look at a file at rest: nothing
            is locked or created, and what another program writes meanwhile reads as garbage.
        busy_timeout_ms: How long a statement waits for another program's lock.

    Returns:
        A connection with synchronous=FULL, so that a commit survives power loss. What the
        file itself says is not trusted: its triggers and views reach no function that could
        do harm, no statement writes the schema by hand, no other file is attached.

    Raises:
        apsw.CantOpenError: There is no such file, or it may not be opened; to be written, it
            must be named without any link on the way.
        apsw.NotADBError: The file is not an SQLite database.
    """
    name = f"{path.absolute().as_uri()}?immutable=1" if mode == "immutable" else str(path)
    connection = apsw.Connection(name, flags=_FLAGS[mode])
    connection.set_busy_timeout(busy_timeout_ms)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA temp_store = MEMORY")  # a sandboxed child may write nowhere else
    connection.config(apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
    connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)
    connection.limit(apsw.SQLITE_LIMIT_ATTACHED, 0)
    connection.limit(apsw.SQLITE_LIMIT_TRIGGER_DEPTH, _TRIGGER_DEPTH)
    return connection


@contextmanager
def immediate(connection: apsw.Connection) -> Iterator[None]:
    """Run the block in one BEGIN IMMEDIATE transaction.

    A deferred one that reads first could not wait for the write lock (SQLITE_BUSY_SNAPSHOT).
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def inode_at(path: Path) -> tuple[int, int] | None:
    """(device, inode) of the file at a path, None where there is none."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_dev, found.st_ino


def load_blocks(path: Path) -> dict[str, str]:
    """Read a .sql file of blocks, each headed by a line `-- name: WORD`.

    Returns:
        The SQL text of each block by its name, comments included.
    """
    parts = _BLOCK.split(path.read_text(encoding="utf-8"))
    return dict(zip(parts[1::2], parts[2::2], strict=True))
