"""The write lock, taken so that no reader of the app waits long for it."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import apsw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_TRY_MS = 250
_GAP_MS = 100


@contextmanager
def exclusive(
    db: apsw.Connection, busy_timeout_ms: int, sleep: Callable[[float], None] = time.sleep
) -> Iterator[None]:
    """Run the block in one BEGIN EXCLUSIVE transaction.

    In DELETE mode a COMMIT waits until the last reader is through, and new readers wait
    behind it: one slow reader of the app would stall all others. So the readers are waited
    for at the beginning, where giving up costs nothing: a quarter of a second at a time,
    with gaps that let the others in. In WAL mode EXCLUSIVE locks no reader out.

    Args:
        db: The connection; its busy timeout is `busy_timeout_ms` before and after.
        busy_timeout_ms: How long to try for the lock, about.
        sleep: Waits for so many seconds.

    Raises:
        apsw.BusyError: The lock was not to be had.
    """
    db.set_busy_timeout(_TRY_MS)
    try:
        _begin(db, busy_timeout_ms // (_TRY_MS + _GAP_MS), sleep)
    finally:
        db.set_busy_timeout(busy_timeout_ms)
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _begin(db: apsw.Connection, retries: int, sleep: Callable[[float], None]) -> None:
    for _ in range(retries):
        try:
            db.execute("BEGIN EXCLUSIVE")
        except apsw.BusyError:
            sleep(_GAP_MS / 1000)
        else:
            return
    db.execute("BEGIN EXCLUSIVE")
