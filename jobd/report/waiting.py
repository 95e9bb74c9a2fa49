"""Since when jobs wait that could start now, and how many there are, kind by kind."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobd.report.text import decoded
from jobd.sqlite import load_blocks

if TYPE_CHECKING:
    from jobd.queue.file import Queue

STATEMENTS = Path(__file__).with_name("waiting.sql")


@dataclass(frozen=True, slots=True)
class Oldest:
    """The job that waits longest although it could start now."""

    job_id: int
    since_ms: int


@dataclass(frozen=True, slots=True)
class KindWaits:
    """What waits of one kind.

    Attributes:
        paused: Then nothing of it can start.
        count: Jobs whose time has come.
        oldest: Of those that could start now; None: there is none, or its kind is paused.
    """

    kind: str
    paused: bool
    count: int
    oldest: Oldest | None


def waits(queue: Queue, now_ms: int) -> tuple[KindWaits, ...]:
    """All kinds that the queue knows, in a transaction of the caller's."""
    sql = load_blocks(STATEMENTS)
    found = []
    for raw, paused in _rows(queue, sql["kinds"], {}):
        binds = {"kind": decoded(raw), "now_ms": now_ms}
        found.append(
            KindWaits(
                kind=decoded(raw),
                paused=bool(paused),
                count=_rows(queue, sql["count_waiting"], binds)[0][0],
                oldest=None if paused else _oldest(queue, sql, binds),
            )
        )
    return tuple(found)


def count_failed(queue: Queue, since_ms: int) -> int:
    """How many jobs have failed since then and are still there."""
    sql = load_blocks(STATEMENTS)["count_failed"]
    return int(_rows(queue, sql, {"since_ms": since_ms})[0][0])


def _oldest(queue: Queue, sql: dict[str, str], binds: dict[str, Any]) -> Oldest | None:
    rows = _rows(queue, sql["ready"], binds) + _rows(queue, sql["due"], binds)
    found = [Oldest(job_id, since_ms) for job_id, since_ms in rows if job_id is not None]
    return min(found, key=lambda oldest: (oldest.since_ms, oldest.job_id), default=None)


def _rows(queue: Queue, sql: str, binds: dict[str, Any]) -> list[tuple[Any, ...]]:
    return queue.db.execute(sql, binds).fetchall()
