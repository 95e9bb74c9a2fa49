"""What is measured, as Prometheus' families (pure).

Counters are made from ids alone, which no retention takes back. What is counted from rows that are
deleted some day is a gauge, and what would need all of history (a histogram) is told of the last
hour instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobd import __version__
from jobd.report.exposition import Family, exposition
from jobd.report.last_hour import last_hour
from jobd.report.wanted import STATES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobd.report.exposition import Sample
    from jobd.report.gauges import Gauges


def text(gauges: Gauges) -> str:
    """The whole page; every sample names its queue, so that several may share a collector."""
    families = [*_daemon(gauges), *_jobs(gauges), *_files(gauges), *last_hour(gauges)]
    return exposition(families, {"queue": str(gauges.path)})


def _one(name: str, help_text: str, value: float | None, **labels: str) -> Family:
    samples: tuple[Sample, ...] = () if value is None else ((labels, value),)
    return Family(name, "gauge", help_text, samples)


def _seconds(at_ms: int | None) -> float | None:
    return None if at_ms is None else at_ms / 1000


def _daemon(gauges: Gauges) -> Iterator[Family]:
    daemon = gauges.daemon
    yield _one("jobd_build_info", "The jobd that measured.", 1, version=__version__)
    yield _one("jobd_collected_timestamp_seconds", "When it was measured.", gauges.now_ms / 1000)
    yield _one("jobd_up", "1 while a daemon holds the queue's lock.", daemon.alive)
    yield _one(
        "jobd_daemon_leasing",
        "1 while the daemon starts jobs; 0 when it stops, cannot write the queue, or is not there.",
        daemon.alive and daemon.not_leasing is None,
    )
    if daemon.version is not None:
        said = "The daemon as it last described itself, alive or not."
        yield _one("jobd_daemon_info", said, 1, version=daemon.version)
    yield _one(
        "jobd_daemon_start_timestamp_seconds",
        "When the daemon started, or the last one did.",
        _seconds(daemon.started_at_ms),
    )
    yield _one(
        "jobd_daemon_beat_timestamp_seconds",
        "When it last said that it lives; it does every ten seconds.",
        _seconds(daemon.beat_at_ms),
    )
    yield _one("jobd_daemon_slots", "How many attempts it runs at once.", daemon.concurrency)


def _jobs(gauges: Gauges) -> Iterator[Family]:
    names = sorted({kind.kind for kind in gauges.kinds} | {kind for kind, _ in gauges.jobs})
    yield Family(
        "jobd_jobs",
        "gauge",
        "Jobs by the state that inspect shows; ended ones only until retention deletes them.",
        tuple(
            ({"kind": name, "state": state}, gauges.jobs.get((name, state), 0))
            for name in names
            for state in STATES
        ),
    )
    jobs, attempts = gauges.made
    made = "ever: the last id, which is never given twice"
    yield Family("jobd_jobs_created_total", "counter", f"Jobs {made}.", (({}, jobs),))
    yield Family("jobd_attempts_started_total", "counter", f"Attempts {made}.", (({}, attempts),))
    yield from _waits(gauges)
    yield _one("jobd_videos_untold", "Videos still to be told how their job ended.", gauges.untold)


def _waits(gauges: Gauges) -> Iterator[Family]:
    now_ms = gauges.now_ms
    yield Family(
        "jobd_oldest_waiting_seconds",
        "gauge",
        "How long the oldest job waits that could start now; 0: none, or its kind is paused.",
        tuple(
            ({"kind": k.kind}, max(0, now_ms - k.oldest.since_ms) / 1000 if k.oldest else 0)
            for k in gauges.kinds
        ),
    )
    yield Family(
        "jobd_oldest_running_seconds",
        "gauge",
        "How long the longest running job has run; 0: none runs.",
        tuple(
            ({"kind": k.kind}, _age_s(gauges.running_since_ms.get(k.kind), now_ms))
            for k in gauges.kinds
        ),
    )
    yield Family(
        "jobd_kind_paused",
        "gauge",
        "1 while a person lets no job of this kind start.",
        tuple(({"kind": k.kind}, int(k.paused)) for k in gauges.kinds),
    )


def _age_s(since_ms: int | None, now_ms: int) -> float:
    return 0 if since_ms is None else max(0, now_ms - since_ms) / 1000


def _files(gauges: Gauges) -> Iterator[Family]:
    sizes = gauges.sizes
    yield _one("jobd_queue_bytes", "Size of the queue file.", sizes.queue)
    yield _one("jobd_queue_free_bytes", "Of them, in pages that hold nothing.", sizes.free)
    yield _one(
        "jobd_wal_bytes", "Size of its -wal file; the daemon keeps it below 16 MiB.", sizes.wal
    )
