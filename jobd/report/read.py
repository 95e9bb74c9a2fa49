"""One consistent look at a queue, without leaving a trace beside it."""

from __future__ import annotations

import json
import math
import os
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import apsw

from jobd.errors import QueueError
from jobd.queue.file import open_queue
from jobd.queue.lock import holder, trouble
from jobd.report.access import hindrance
from jobd.report.find import find
from jobd.report.rows import Counts, Daemon, Job, JobsInTurn, Oldest, Overview
from jobd.report.text import decoded
from jobd.report.video_ids import whole_id
from jobd.report.wanted import Wanted
from jobd.sqlite import load_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jobd.clock import Clock
    from jobd.queue.file import Queue
    from jobd.sqlite import Mode

_STATEMENTS = Path(__file__).with_name("report.sql")
ALL = Wanted()
MAX_ID = 2**53 - 1
SILENCE_MS = 60_000  # a daemon beats every ten seconds
_BATCH = 500  # rows that are held at a time

Row = dict[str, Any]


def read_overview(path: Path, clock: Clock, count: int | None, wanted: Wanted = ALL) -> Overview:
    """Read the daemon, the counts and some jobs.

    Args:
        path: The queue file.
        clock: What "now" is.
        count: At most so many jobs; None: all that are meant.
        wanted: Which jobs are meant; its video may be the first characters of an id.

    Raises:
        NoSuchJob: No video's id begins so.
        QueueError: There is no readable queue at the path.
        UsageError: Several do, or the queue knows no such kind.
    """
    now_ms = clock.now_ms()
    with looking(path, clock) as (queue, sql):
        if wanted.video is not None:
            wanted = replace(wanted, video=whole_id(queue, wanted.video))
        found = find(queue, wanted, now_ms, None if count is None else count + 1)
        shown = found if count is None else found.cut(count)
        return Overview(
            path=path,
            queue_id=queue.queue_id,
            now_ms=now_ms,
            daemon=daemon_of(path, rows_of(queue, sql["daemon"]), now_ms),
            counts=_counts(rows_of(queue, sql["counts"], now_ms=now_ms)[0]),
            oldest=_oldest(queue, sql, now_ms),
            paused=tuple(row["kind"] for row in rows_of(queue, sql["paused"])),
            found=shown,
            more=len(shown.ids) < len(found.ids),
            jobs=jobs_of(queue, sql, shown.ids),
        )


@contextmanager
def reading_jobs(
    path: Path, clock: Clock, count: int | None, wanted: Wanted = ALL
) -> Iterator[JobsInTurn]:
    """Read jobs alone, however many there are.

    Yields:
        The jobs that are meant, read while they are taken; all of one moment.

    Raises:
        QueueError: There is no readable queue at the path.
        UsageError: The queue knows no such kind.
    """
    now_ms = clock.now_ms()
    with looking(path, clock) as (queue, sql):
        found = find(queue, wanted, now_ms, None if count is None else count + 1).ids
        shown = found if count is None else found[:count]
        batches = (shown[at : at + _BATCH] for at in range(0, len(shown), _BATCH))
        jobs = (job for batch in batches for job in jobs_of(queue, sql, batch))
        yield JobsInTurn(now_ms, more=len(shown) < len(found), jobs=jobs)


def jobs_of(queue: Queue, sql: Mapping[str, str], ids: Sequence[int]) -> tuple[Job, ...]:
    """The rows of these ids that are there, in this order."""
    rows = rows_of(queue, sql["jobs"], ids=json.dumps(ids))
    jobs = {row["id"]: Job(**row) for row in rows}
    return tuple(jobs[job_id] for job_id in ids if job_id in jobs)


def _oldest(queue: Queue, sql: Mapping[str, str], now_ms: int) -> Oldest | None:
    first = rows_of(queue, sql["first_in_line"]) + rows_of(queue, sql["first_due"], now_ms=now_ms)
    ids = [row["id"] for row in first if row["id"] is not None]
    waiting = [Oldest(**rows_of(queue, sql["waits"], id=job_id)[0]) for job_id in ids]
    return min(waiting, key=lambda job: (job.since_ms, job.id), default=None)


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
        opened = open_queue(path, clock, _mode(path))
    except (apsw.Error, OSError, QueueError) as error:
        raise _unreadable(path, error) from None
    with closing(opened) as queue:
        try:
            queue.db.execute("BEGIN")
            yield queue, load_blocks(statements)
        except (apsw.Error, QueueError) as error:  # an OSError is one of whoever prints meanwhile
            raise _unreadable(path, error) from None


def _unreadable(path: Path, error: Exception) -> QueueError:
    if why := hindrance(path):
        return QueueError(why)
    return error if isinstance(error, QueueError) else QueueError(f"cannot read {path}: {error}")


def _mode(path: Path) -> Mode:
    """How to open it so that nothing is created: a mere reader of a queue at rest would make
    its -wal and -shm, and lock the daemon's user out. Without a -wal nobody writes.
    """
    return "ro" if Path(f"{os.path.realpath(path)}-wal").exists() else "immutable"


def rows_of(queue: Queue, sql: str, **binds: str | int | None) -> list[Row]:
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
        completed=row["ended"] - row["failed"] - row["cancelled"] - row["not_ended"],
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
        return Daemon(alive=now_ms - beat_at_ms < SILENCE_MS, **said)
    if pid is None or pid == said.get("pid"):
        daemon = Daemon(alive=pid is not None, **said)
    else:
        daemon = Daemon(alive=True, pid=pid)
    if told is None:
        return daemon
    return replace(daemon, not_leasing=told.reason, not_leasing_since_ms=told.since_ms)
