"""One consistent look at a queue, without leaving a trace beside it."""

from __future__ import annotations

import math
import os
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import apsw

from jobd.errors import NoSuchJob, QueueError
from jobd.queue.file import open_queue
from jobd.queue.lock import holder, trouble
from jobd.report.rows import Attempt, Counts, Daemon, Job, JobHistory, Overview
from jobd.report.text import decoded
from jobd.sqlite import load_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobd.clock import Clock
    from jobd.queue.file import Queue
    from jobd.sqlite import Mode

_STATEMENTS = Path(__file__).with_name("report.sql")
_MAX_ID = 2**53 - 1
_SILENCE_MS = 60_000

Row = dict[str, Any]


def read_overview(path: Path, clock: Clock, newest: int) -> Overview:
    """Read the daemon, the counts and some of the newest jobs.

    Raises:
        QueueError: There is no readable queue at the path.
    """
    now_ms = clock.now_ms()
    with looking(path, clock) as (queue, sql):
        jobs = rows_of(queue, sql["jobs"], first=1, last=_MAX_ID, count=newest)
        return Overview(
            path=path,
            queue_id=queue.queue_id,
            now_ms=now_ms,
            daemon=daemon_of(path, rows_of(queue, sql["daemon"]), now_ms),
            counts=_counts(rows_of(queue, sql["counts"], now_ms=now_ms)[0]),
            newest=tuple(Job(**job) for job in jobs),
        )


def read_job(path: Path, clock: Clock, job_id: int) -> JobHistory:
    """Read one job with its attempts.

    Raises:
        NoSuchJob: There is no row of that id.
        QueueError: There is no readable queue at the path.
    """
    now_ms = clock.now_ms()
    with looking(path, clock) as (queue, sql):
        known = 1 <= job_id <= _MAX_ID
        jobs = rows_of(queue, sql["jobs"], first=job_id, last=job_id, count=1) if known else []
        if not jobs:
            raise NoSuchJob(f"no job {job_id} in {path}")
        attempts = rows_of(queue, sql["attempts"], job_id=job_id)
        return JobHistory(
            queue_id=queue.queue_id,
            now_ms=now_ms,
            job=Job(**jobs[0]),
            attempts=tuple(Attempt(**attempt) for attempt in attempts),
        )


@contextmanager
def looking(
    path: Path, clock: Clock, statements: Path = _STATEMENTS
) -> Iterator[tuple[Queue, Mapping[str, str]]]:
    """A read transaction: everything is of one moment.

    Args:
        path: The queue file; nothing is created beside it.
        clock: What "now" is.
        statements: A .sql file of named blocks.

    Yields:
        The queue, opened to look, and the blocks by name.

    Raises:
        QueueError: There is no readable queue at the path.
    """
    try:
        with closing(open_queue(path, clock, _mode(path))) as queue:
            queue.db.execute("BEGIN")
            yield queue, load_blocks(statements)
    except (apsw.Error, OSError) as error:
        raise QueueError(f"cannot read {path}: {error}") from None


def _mode(path: Path) -> Mode:
    """How to open it so that nothing is created: a mere reader of a queue at rest would make
    its -wal and -shm, and lock the daemon's user out. Without a -wal nobody writes.
    """
    return "ro" if Path(f"{os.path.realpath(path)}-wal").exists() else "immutable"


def rows_of(queue: Queue, sql: str, **binds: int) -> list[Row]:
    """Run one statement; each row by the names of its columns, BLOBs read as text."""
    cursor = queue.db.cursor()
    cursor.row_trace = _named
    rows: list[Any] = cursor.execute(sql, binds).fetchall()
    return rows


def _named(cursor: apsw.Cursor, row: apsw.SQLiteValues) -> Row:
    names = (column[0] for column in cursor.description)
    return dict(zip(names, map(_value, row), strict=True))


def _value(value: apsw.SQLiteValue) -> object:
    if isinstance(value, bytes):
        return decoded(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _counts(row: Mapping[str, int]) -> Counts:
    scheduled = row["ahead"] - row["retrying_ahead"]
    return Counts(
        queued=row["at_once"] + row["dated"] - scheduled - row["retrying"],
        scheduled=scheduled,
        retrying=row["retrying"],
        running=row["running"],
        completed=row["completed"],
        failed=row["failed"],
        cancelled=row["cancelled"],
    )


def daemon_of(path: Path, rows: list[Row], now_ms: int) -> Daemon:
    """What the daemon said of itself, under what its lock says of it."""
    said = rows[0] if rows else {}
    try:
        pid = holder(path)
        told = None if pid is None else trouble(path)
    except OSError:
        beat_at_ms = said.get("beat_at_ms", 0)
        return Daemon(alive=now_ms - beat_at_ms < _SILENCE_MS, **said)
    if pid is None or pid == said.get("pid"):
        daemon = Daemon(alive=pid is not None, **said)
    else:
        daemon = Daemon(alive=True, pid=pid)
    if told is None:
        return daemon
    return replace(daemon, not_leasing=told.reason, not_leasing_since_ms=told.since_ms)
