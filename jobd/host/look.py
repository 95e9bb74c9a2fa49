"""What doctor reads of a queue: opened to look only, beside a daemon or without one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import apsw

from jobd.errors import QueueError
from jobd.queue.strangers import refuse_gaps, refuse_strangers
from jobd.report.read import daemon_of, looking, rows_of
from jobd.report.rows import json_value
from jobd.report.text import is_utf8
from jobd.sqlite import load_blocks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jobd.clock import Clock
    from jobd.queue.file import Queue
    from jobd.report.rows import Daemon

_STATEMENTS = Path(__file__).with_name("doctor.sql")
LOOKED_AT = 10_000  # rows of one sort, as the .sql says
_NEWEST = 200
_DAY_MS, _HOUR_MS = 86_400_000, 3_600_000
_JOURNAL_AT = 18  # sqlite.org/fileformat.html: 1 for a rollback journal, 2 for WAL
_PATH_KEYS = ("dbPath", "videoPath", "outputDir")


@dataclass(frozen=True, slots=True)
class Sums:
    """Rows of one sort: how many, and since when the oldest is one of them."""

    count: int
    oldest_ms: int | None = None


@dataclass(frozen=True, slots=True)
class JobPaths:
    """The paths that one row's payload names, by their keys; what is no path is left out."""

    job_id: int
    paths: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A queue as doctor saw it.

    Attributes:
        path: The file, links resolved.
        now_ms: When.
        daemon: The daemon, by its lock and by its own words.
        wal: Whether the file is in WAL mode.
        synchronous: Of jobd's connections.
        auto_vacuum: As PRAGMA auto_vacuum counts it.
        size_bytes: Of the file.
        wal_bytes: Of its -wal; 0 where there is none.
        kinds: That the queue takes: whether each is paused.
        waiting: Queued rows by kind.
        running: How many rows run.
        open_attempts: How many attempts have not ended.
        left_waiting: Rows that might have started more than a day ago.
        owed: Videos that were to be told of a cancellation more than an hour ago.
        open_jobs: What the newest waiting and running rows name.
        newest_jobs: What the newest rows name, whatever their status.
        refusal: Why serve would not start on its tables and triggers; None: it would.
        faults: What quick_check found, "ok" where nothing; None where it was not asked.
    """

    path: Path
    now_ms: int
    daemon: Daemon
    wal: bool
    synchronous: int
    auto_vacuum: int
    size_bytes: int
    wal_bytes: int
    kinds: Mapping[str, bool]
    waiting: Mapping[str, int]
    running: int
    open_attempts: int
    left_waiting: Sums
    owed: Sums
    open_jobs: tuple[JobPaths, ...]
    newest_jobs: tuple[JobPaths, ...]
    refusal: str | None
    faults: tuple[str, ...] | None


def look_at(
    path: Path, clock: Clock, check_up_to_bytes: float, allowed_triggers: Sequence[str] = ()
) -> Look:
    """Read a queue.

    Args:
        path: The queue file.
        clock: What "now" is.
        check_up_to_bytes: A larger file is not checked page by page.
        allowed_triggers: As serve would be told.

    Raises:
        QueueError: There is no readable queue at the path.
    """
    now_ms, sql = clock.now_ms(), load_blocks(_STATEMENTS)
    with looking(path, clock) as (queue, report):
        wal_path = Path(f"{queue.path}-wal")
        (open_attempts,) = rows_of(queue, sql["open_attempts"])
        size_bytes = queue.path.stat().st_size
        return Look(
            path=queue.path,
            now_ms=now_ms,
            daemon=daemon_of(path, rows_of(queue, report["daemon"]), now_ms),
            wal=_is_wal(queue),
            synchronous=_number(queue, sql["synchronous"]),
            auto_vacuum=_number(queue, sql["auto_vacuum"]),
            size_bytes=size_bytes,
            wal_bytes=wal_path.stat().st_size if wal_path.exists() else 0,
            kinds={row["kind"]: bool(row["paused"]) for row in rows_of(queue, sql["kinds"])},
            waiting={row["kind"]: row["jobs"] for row in rows_of(queue, sql["waiting"])},
            running=_number(queue, sql["running"]),
            open_attempts=open_attempts["attempts"],
            left_waiting=_sums(queue, sql["left_waiting"], now_ms - _DAY_MS),
            owed=_sums(queue, sql["cancellations"], now_ms - _HOUR_MS),
            open_jobs=_paths(queue, sql["open_payloads"]),
            newest_jobs=_paths(queue, sql["newest_payloads"]),
            refusal=_refusal(queue, allowed_triggers),
            faults=_faults(queue, sql["quick_check"]) if size_bytes <= check_up_to_bytes else None,
        )


def _refusal(queue: Queue, allowed: Sequence[str]) -> str | None:
    """By what does not depend on the kinds: their triggers serve makes anew."""
    of_kinds = [name for name, _ in queue.run("kind_triggers")]
    try:
        refuse_gaps(queue)
        refuse_strangers(queue, (), (*allowed, *of_kinds, "kinds_known"))
    except QueueError as error:
        return str(error)
    return None


def _is_wal(queue: Queue) -> bool:
    """From the file's header: PRAGMA journal_mode does not see it in a file at rest."""
    _, header = queue.db.read("main", 0, _JOURNAL_AT, 1)
    return header == b"\x02"


def _number(queue: Queue, pragma: str) -> int:
    ((value,),) = queue.db.execute(pragma).fetchall()
    return int(str(value))


def _sums(queue: Queue, sql: str, before_ms: int) -> Sums:
    (row,) = rows_of(queue, sql, before_ms=before_ms)
    count, oldest_ms = row.values()
    return Sums(count, oldest_ms)


def _paths(queue: Queue, sql: str) -> tuple[JobPaths, ...]:
    rows = rows_of(queue, sql, count=_NEWEST)
    return tuple(JobPaths(row["id"], named_paths(row["payload"])) for row in rows)


def named_paths(payload: str) -> dict[str, str]:
    """The absolute paths that a payload's job uses; any other fails in its own attempt."""
    value = json_value(payload)
    if not isinstance(value, dict):
        return {}
    writes_files = value.get("store", "database") != "database"
    found = {key: value.get(key) for key in _PATH_KEYS if key != "outputDir" or writes_files}
    return {k: v for k, v in found.items() if isinstance(v, str) and _is_path(v)}


def _is_path(text: str) -> bool:
    plain = text.startswith("/") and "\0" not in text and os.path.normpath(text) == text
    return plain and is_utf8(text)


def _faults(queue: Queue, sql: str) -> tuple[str, ...]:
    try:
        return tuple(str(value) for (value,) in queue.db.execute(sql).fetchall())
    except apsw.CorruptError as error:  # some damage ends the check itself
        return (str(error),)
