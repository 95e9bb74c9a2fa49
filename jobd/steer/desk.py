"""The queue opened for a person's command: to write, or to say what would be written."""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import apsw

from jobd.errors import QueueError
from jobd.queue.file import open_queue
from jobd.queue.lock import holder
from jobd.report.access import write_hindrance
from jobd.report.read import looking
from jobd.report.text import decoded
from jobd.sqlite import load_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobd.clock import Clock
    from jobd.queue.file import Queue

STATEMENTS = Path(__file__).with_name("steer.sql")


@contextmanager
def writable(path: Path, clock: Clock) -> Iterator[Queue]:
    """The queue, with the statements of steer.sql among its own.

    Raises:
        QueueError: It is missing, is no queue, or cannot be written.
    """
    try:
        with closing(open_queue(path, clock)) as queue:
            yield replace(queue, sql={**queue.sql, **load_blocks(STATEMENTS)})
    except (apsw.Error, QueueError) as error:
        if why := write_hindrance(path):
            raise QueueError(why) from None
        if isinstance(error, QueueError):
            raise
        raise QueueError(f"cannot write {path}: {error}") from None


@contextmanager
def readable(path: Path, clock: Clock) -> Iterator[Queue]:
    """The same to look, all of one moment; nothing is created beside it.

    Raises:
        QueueError: There is no readable queue at the path.
    """
    with looking(path, clock, STATEMENTS) as (queue, sql):
        yield replace(queue, sql={**queue.sql, **sql})


def daemon_of(path: Path) -> int | None:
    """The pid of the queue's living daemon; None where there is none, or nobody may know."""
    try:
        return holder(path)
    except OSError:
        return None


def paused_kinds(queue: Queue) -> set[str]:
    """The kinds of which none is started now."""
    return {decoded(kind) for kind, paused, *_ in queue.run("kinds") if paused}
