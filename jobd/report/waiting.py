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
        failed: Jobs that have failed and are still there.
    """

    kind: str
    paused: bool
    count: int
    oldest: Oldest | None
    failed: int


def waits(queue: Queue, now_ms: int, failed_since_ms: int) -> tuple[KindWaits, ...]:
    """All kinds that the queue knows, in a transaction of the caller's.

    Args:
        queue: Open to look.
        now_ms: What "now" is.
        failed_since_ms: Failed jobs count that ended then or later.
    """
    sql = load_blocks(STATEMENTS)
    given = {"now_ms": now_ms, "since_ms": failed_since_ms}

    def value(name: str, kind: bytes) -> int:
        # The name as text of the queue's own, whatever bytes it has.
        return int(_rows(queue, sql[name], {**given, "kind": decoded(kind)})[0][0])

    return tuple(
        KindWaits(
            kind=decoded(kind),
            paused=bool(paused),
            count=value("count_waiting", kind),
            oldest=None if paused else _oldest(queue, sql, {**given, "kind": decoded(kind)}),
            failed=value("count_failed", kind),
        )
        for kind, paused in _rows(queue, sql["kinds"], given)
    )


def _oldest(queue: Queue, sql: dict[str, str], binds: dict[str, Any]) -> Oldest | None:
    rows = _rows(queue, sql["ready"], binds) + _rows(queue, sql["due"], binds)
    found = [Oldest(job_id, since_ms) for job_id, since_ms in rows if job_id is not None]
    return min(found, key=lambda oldest: (oldest.since_ms, oldest.job_id), default=None)


def _rows(queue: Queue, sql: str, binds: dict[str, Any]) -> list[tuple[Any, ...]]:
    return queue.db.execute(sql, binds).fetchall()
