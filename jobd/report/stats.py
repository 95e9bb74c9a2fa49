"""What a queue did in the last hours, read in one pass."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobd.report.read import looking
from jobd.report.tally import Ended, KindTally, Spans, Tally, spans
from jobd.report.text import decoded
from jobd.report.wanted import ENDED, refuse_unknown_kinds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobd.clock import Clock
    from jobd.queue.file import Queue
    from jobd.report.tally import Fault

STATEMENTS = Path(__file__).with_name("stats.sql")
LONGEST_MS = 24 * 3_600_000  # an attempt that ran longer than this may be left out
HOUR_MS = 3_600_000
_SLOWEST = 5
_FAULTS = 8


@dataclass(frozen=True, slots=True)
class KindStats:
    """One kind.

    Attributes:
        jobs: How many ended how.
        per_hour: Completed jobs.
        attempts: How many ended how.
        retries: Attempts that were not their job's first.
        images: Of completed attempts.
        cpu_s: Of all attempts.
        waited: From the INSERT to the start of a job's first attempt.
        ran: Of attempts that completed.
    """

    kind: str
    jobs: dict[str, int]
    per_hour: float
    attempts: dict[str, int]
    retries: int
    images: int
    cpu_s: float
    waited: Spans | None
    ran: Spans | None

    @property
    def failed_share(self) -> float | None:
        """Of the jobs that completed or failed, those that failed; None: there were none."""
        total = self.jobs["completed"] + self.jobs["failed"]
        return self.jobs["failed"] / total if total else None


@dataclass(frozen=True, slots=True)
class Slow:
    """One of the slowest attempts."""

    attempt: Ended
    video_id: str | None


@dataclass(frozen=True, slots=True)
class Stats:
    """A window that ends now.

    Attributes:
        window_ms: How much of it the queue has existed.
        slowest: Attempts that completed, the slowest first.
        faults: The most common errors.
    """

    path: Path
    queue_id: str
    now_ms: int
    since_ms: int
    window_ms: int
    kinds: tuple[KindStats, ...]
    slowest: tuple[Slow, ...]
    faults: tuple[Fault, ...]


def read_stats(path: Path, clock: Clock, span_ms: int, kind: str | None = None) -> Stats:
    """What ended in the last `span_ms`.

    Args:
        path: The queue file.
        clock: What "now" is.
        span_ms: How far to look back.
        kind: Of this kind; None: of all.

    Raises:
        UsageError: The queue knows no such kind.
        QueueError: There is no readable queue at the path.
    """
    now_ms = clock.now_ms()
    with looking(path, clock, STATEMENTS) as (queue, sql):
        return stats_of(Reading(queue, sql, max(0, now_ms - span_ms), kind), path, now_ms)


def stats_of(reading: Reading, path: Path, now_ms: int) -> Stats:
    """The same in a transaction of the caller's.

    Raises:
        UsageError: The queue knows no such kind.
    """
    reading.refuse_unknown_kind()
    tally = Tally(_SLOWEST)
    tally.add(reading.attempts())
    window_ms = max(1, now_ms - max(reading.since_ms, reading.value("since_when")))
    return Stats(
        path=path,
        queue_id=reading.queue.queue_id,
        now_ms=now_ms,
        since_ms=reading.since_ms,
        window_ms=window_ms,
        kinds=tuple(kinds(tally.kinds, reading.jobs(), window_ms)),
        slowest=tuple(Slow(a, reading.video(a.job_id)) for a in tally.slowest()),
        faults=tally.faults(_FAULTS),
    )


def kinds(
    tallies: Mapping[str, KindTally], jobs: Mapping[str, Mapping[str, int]], window_ms: int
) -> Iterator[KindStats]:
    """Attempts and jobs of each kind put together (pure)."""
    for kind in sorted(tallies.keys() | jobs.keys()):
        tally = tallies.get(kind) or KindTally()
        ended = {status: jobs.get(kind, {}).get(status, 0) for status in ENDED}
        yield KindStats(
            kind=kind,
            jobs=ended,
            per_hour=ended["completed"] * HOUR_MS / window_ms,
            attempts=dict(sorted(tally.outcomes.items())),
            retries=tally.retries,
            images=tally.images,
            cpu_s=tally.cpu_s,
            waited=spans(tally.waited_ms),
            ran=spans(tally.ran_ms),
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """The statements of one window."""

    queue: Queue
    sql: Mapping[str, str]
    since_ms: int
    kind: str | None

    def attempts(self) -> Iterator[Ended]:
        """Those that ended in the window, streamed."""
        binds: Any = {"first": self._first(), "since_ms": self.since_ms, "kind": self.kind}
        names: dict[bytes, str] = {}
        for kind, outcome, *figures, error_class, error, job_id, at_ms in self._rows(
            "attempts", **binds
        ):
            name = names.get(kind) or names.setdefault(kind, decoded(kind))
            words = (_text(error_class), _text(error))
            yield Ended._make((name, outcome, *figures, *words, job_id, at_ms))

    def _first(self) -> int:
        """Where attempts begin that can have ended in the window: by halves."""
        low, high = 1, 1 + (self.value("last_attempt") or 0)
        while low < high:
            middle = (low + high) // 2
            for found, started_at_ms in self._rows("next_attempt", id=middle):
                if started_at_ms < self.since_ms - LONGEST_MS:
                    low = found + 1
                else:
                    high = middle
        return low

    def jobs(self) -> dict[str, dict[str, int]]:
        """How many jobs of each kind ended how."""
        found: dict[str, dict[str, int]] = {}
        for status in ENDED:
            binds: Any = {"status": status, "since_ms": self.since_ms, "kind": self.kind}
            for kind, count in self._rows("ended_jobs", **binds):
                found.setdefault(decoded(kind), {})[status] = count
        return found

    def video(self, job_id: int) -> str | None:
        """Whose job it is."""
        return next((_text(raw) for (raw,) in self._rows("video", id=job_id)), None)

    def refuse_unknown_kind(self) -> None:
        """It must be one of the queue's."""
        known = [decoded(kind) for (kind,) in self._rows("known")]
        refuse_unknown_kinds([self.kind] if self.kind is not None else [], known)

    def value(self, name: str) -> Any:
        """The one value of a statement."""
        return next(self._rows(name))[0]

    def _rows(self, name: str, **binds: int | str | None) -> Iterator[tuple[Any, ...]]:
        rows: Any = self.queue.db.execute(self.sql[name], binds)
        return iter(rows)


def _text(raw: bytes | None) -> str | None:
    return None if raw is None else decoded(raw)
