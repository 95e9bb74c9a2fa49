"""A queue file is made whole or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import apsw

from jobd.errors import QueueError
from jobd.queue.file import closed_on_error, connected, demand_queue
from jobd.queue.kinds import kinds_sql
from jobd.sqlite import connect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobd.queue.kinds import Kind

_SCHEMA = Path(__file__).with_name("schema.sql")


def schema_sql(kinds: Sequence[Kind]) -> str:
    """The whole queue as SQL, for a new file: tables, triggers, and the rows of `kinds`.

    Any SQLite from 3.37 on can run it, jobd or not.
    """
    return f"{_SCHEMA.read_text(encoding='utf-8')}\n{kinds_sql(kinds)}"


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
        demand_queue(db, made)


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
    db = connected(path, "ro", 5000)
    with closed_on_error(db, path):
        demand_queue(db, path)
    db.close()
