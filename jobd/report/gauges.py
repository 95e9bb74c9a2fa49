"""What the metrics are made of: one consistent look at a queue."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobd.report import stats
from jobd.report.read import daemon_of, looking, rows_of
from jobd.report.text import decoded
from jobd.report.waiting import waits
from jobd.report.wanted import ENDED
from jobd.sqlite import load_blocks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobd.clock import Clock
    from jobd.queue.file import Queue
    from jobd.report.rows import Daemon
    from jobd.report.stats import Stats
    from jobd.report.waiting import KindWaits

STATEMENTS = Path(__file__).with_name("metrics.sql")


@dataclass(frozen=True, slots=True)
class Sizes:
    """Of the queue's files, in bytes."""

    queue: int
    free: int
    wal: int


@dataclass(frozen=True, slots=True)
class Gauges:
    """All that is measured.

    Attributes:
        jobs: How many, by kind and by the state that inspect shows.
        running_since_ms: The longest running job of a kind.
        made: How many jobs, and how many attempts, there ever were.
        untold: Videos that are still to be told how their job ended.
        hour: What ended in the last hour.
    """

    now_ms: int
    path: Path
    daemon: Daemon
    kinds: tuple[KindWaits, ...]
    jobs: Mapping[tuple[str, str], int]
    running_since_ms: Mapping[str, int]
    made: tuple[int, int]
    untold: int
    sizes: Sizes
    hour: Stats


def read_gauges(path: Path, clock: Clock) -> Gauges:
    """Measure it.

    Raises:
        QueueError: There is no readable queue at the path.
    """
    now_ms = clock.now_ms()
    with looking(path, clock) as (queue, sql):
        counts = _Counts(queue, load_blocks(STATEMENTS), now_ms)
        kinds = waits(queue, now_ms)
        window = stats.Reading(queue, load_blocks(stats.STATEMENTS), now_ms - stats.HOUR_MS, None)
        return Gauges(
            now_ms=now_ms,
            path=queue.path,
            daemon=daemon_of(path, rows_of(queue, sql["daemon"]), now_ms),
            kinds=kinds,
            jobs=counts.jobs([kind.kind for kind in kinds]),
            running_since_ms={decoded(kind): at for kind, _, at in counts.rows("running") if at},
            made=counts.rows("ids")[0],
            untold=counts.rows("untold")[0][0],
            sizes=_sizes(queue, counts.rows("pages")[0]),
            hour=stats.stats_of(window, path, now_ms),
        )


@dataclass(frozen=True, slots=True)
class _Counts:
    queue: Queue
    sql: Mapping[str, str]
    now_ms: int

    def jobs(self, kinds: list[str]) -> Counter[tuple[str, str]]:
        found: Counter[tuple[str, str]] = Counter()
        for kind, count in self.rows("ready"):
            found[decoded(kind), "queued"] += count
        for kind, count in self.rows("ready_again"):
            found[decoded(kind), "queued"] -= count
            found[decoded(kind), "retrying"] += count
        for kind, again, ahead, count in self.rows("dated"):
            state = "retrying" if again else "scheduled" if ahead else "queued"
            found[decoded(kind), state] += count
        for kind, count, _ in self.rows("running"):
            found[decoded(kind), "running"] += count
        for kind in kinds:
            for status in ENDED:
                found[kind, status] = self.rows("ended", kind=kind, status=status)[0][0]
        return found

    def rows(self, name: str, **binds: Any) -> list[tuple[Any, ...]]:
        given = {"now_ms": self.now_ms, **binds}
        return self.queue.db.execute(self.sql[name], given).fetchall()


def _sizes(queue: Queue, pages: tuple[int, int, int]) -> Sizes:
    count, free, page_bytes = pages
    try:
        wal_bytes = os.stat(f"{queue.path}-wal").st_size  # noqa: PTH116 - a name made from another
    except FileNotFoundError:
        wal_bytes = 0
    return Sizes(count * page_bytes, free * page_bytes, wal_bytes)
