"""From what a person asks to the ids of the jobs, in the order in which they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import merge
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobd.report.text import decoded
from jobd.report.wanted import ENDED, WAITING, Wanted, refuse_unknown_kinds, shares, shown_state
from jobd.sqlite import load_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobd.queue.file import Queue

_STATEMENTS = Path(__file__).with_name("find.sql")
_ALL = -1


@dataclass(frozen=True, slots=True)
class Found:
    """Ids of jobs: what runs, then what starts next, then what ended last."""

    running: tuple[int, ...]
    waiting: tuple[int, ...]
    ended: tuple[int, ...]

    @property
    def ids(self) -> tuple[int, ...]:
        """All of them, in this order."""
        return self.running + self.waiting + self.ended

    def cut(self, room: int) -> Found:
        """So many of them, some of each group."""
        groups = (self.running, self.waiting, self.ended)
        counts = shares(room, *map(len, groups))
        return Found(*(group[:count] for group, count in zip(groups, counts, strict=True)))


def find(queue: Queue, wanted: Wanted, now_ms: int, count: int | None = None) -> Found:
    """The jobs that are meant.

    Args:
        queue: Open, in a transaction of the caller's.
        wanted: Which.
        now_ms: What "now" is: it parts the scheduled ones from those that may start.
        count: At most so many; None: all.

    Raises:
        UsageError: The queue knows no such kind.
    """
    look = _Look(queue, wanted, now_ms, _ALL if count is None else count)
    found = look.of_video() if wanted.video is not None else look.of_queue()
    return found if count is None else found.cut(count)


class _Look:
    """One search; its methods are the groups."""

    def __init__(self, queue: Queue, wanted: Wanted, now_ms: int, count: int) -> None:
        self._queue = queue
        self._sql = load_blocks(_STATEMENTS)
        self._wanted = wanted
        self._now_ms = now_ms
        self._count = count
        self._kinds = [decoded(kind) for (kind,) in queue.db.execute(self._sql["kinds"])]
        refuse_unknown_kinds([wanted.kind] if wanted.kind is not None else [], self._kinds)

    def of_queue(self) -> Found:
        """Each state from its index."""
        shown = self._wanted.shown
        running = self._rows("running") if "running" in shown else []
        waiting = [row for state in WAITING if state in shown for row in self._waiting(state)]
        return Found(_ids(running), self._first(waiting), self._first(self._ended()))

    def of_video(self) -> Found:
        """A video's jobs are few: they are sorted out here."""
        groups: dict[str, list[int]] = {"running": [], "waiting": [], "ended": []}
        for job_id, status, run_at_ms, attempts in self._rows("of_video"):
            state = shown_state(status, run_at_ms, attempts, self._now_ms)
            if state in self._wanted.shown:
                group = "waiting" if state in WAITING else "ended" if state in ENDED else state
                groups[group].append(job_id)
        return Found(*map(tuple, groups.values()))

    def _waiting(self, state: str) -> Iterator[tuple[Any, ...]]:
        if state != "queued":
            yield from self._rows(state)
            return
        kinds = self._kinds if self._wanted.kind is None else [self._wanted.kind]
        ready = [self._rows("queued", kind=kind) for kind in kinds]
        yield from merge(*ready, self._rows("due"), key=lambda row: (-row[1], row[0]))

    def _ended(self) -> Iterator[tuple[Any, ...]]:
        states = [state for state in ENDED if state in self._wanted.shown]
        groups = [self._rows("ended", status=state) for state in states]
        return merge(*groups, key=lambda row: (row[1], row[0]), reverse=True)

    def _first(self, rows: Any) -> tuple[int, ...]:
        return _ids(rows if self._count == _ALL else islice(rows, self._count))

    def _rows(self, name: str, **binds: str) -> list[tuple[Any, ...]]:
        given: dict[str, str | int | None] = {
            "kind": self._wanted.kind,
            "video": self._wanted.video,
            "since_ms": self._wanted.since_ms or 0,
            "now_ms": self._now_ms,
            "count": self._count,
        }
        return self._queue.db.execute(self._sql[name], {**given, **binds}).fetchall()


def _ids(rows: Any) -> tuple[int, ...]:
    return tuple(row[0] for row in rows)
