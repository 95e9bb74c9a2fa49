"""What would need all of history, as gauges of the last hour (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobd.report.exposition import Family
from jobd.report.stats_document import OUTCOMES
from jobd.report.wanted import ENDED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jobd.report.exposition import Sample
    from jobd.report.gauges import Gauges
    from jobd.report.stats import KindStats
    from jobd.report.tally import Spans

    Labelled = Iterator[tuple[dict[str, str], float]]

_ATTEMPTS = "attempts that ended in the last hour, of jobs that are still there"


def last_hour(gauges: Gauges) -> Iterator[Family]:
    """One family for each figure; a kind of which nothing ended has zeros, and no percentiles."""
    found = {stats.kind: stats for stats in gauges.hour.kinds}
    known = {kind.kind for kind in gauges.kinds}
    kinds = {name: found.get(name) for name in sorted(known | found.keys())}

    def family(name: str, text: str, samples: Callable[[KindStats | None], Labelled]) -> Family:
        every: list[Sample] = [
            ({"kind": kind, **labels}, value)
            for kind, stats in kinds.items()
            for labels, value in samples(stats)
        ]
        return Family(name, "gauge", text, tuple(every))

    ended = "Jobs that ended in the last hour and are still there."
    yield family("jobd_jobs_ended_last_hour", ended, _ended)
    yield family("jobd_attempts_last_hour", f"By outcome: {_ATTEMPTS}.", _outcomes)
    yield family("jobd_images_last_hour", f"Images of completed {_ATTEMPTS}.", _images)
    yield family("jobd_cpu_seconds_last_hour", f"Processor time of {_ATTEMPTS}.", _cpu)
    waited = "From the INSERT to the start of a job's first attempt: percentiles of"
    yield family("jobd_wait_seconds_last_hour", f"{waited} {_ATTEMPTS}.", _waited)
    ran = "From start to end: percentiles of completed"
    yield family("jobd_run_seconds_last_hour", f"{ran} {_ATTEMPTS}.", _ran)


def _ended(stats: KindStats | None) -> Labelled:
    for status in ENDED:
        yield {"status": status}, stats.jobs[status] if stats else 0


def _outcomes(stats: KindStats | None) -> Labelled:
    for outcome in OUTCOMES:
        yield {"outcome": outcome}, stats.attempts.get(outcome, 0) if stats else 0


def _images(stats: KindStats | None) -> Labelled:
    yield {}, stats.images if stats else 0


def _cpu(stats: KindStats | None) -> Labelled:
    yield {}, stats.cpu_s if stats else 0


def _waited(stats: KindStats | None) -> Labelled:
    yield from _percentiles(stats.waited if stats else None)


def _ran(stats: KindStats | None) -> Labelled:
    yield from _percentiles(stats.ran if stats else None)


def _percentiles(spans: Spans | None) -> Labelled:
    """Not "quantile": that label belongs to summaries, whose sums would have to grow for ever."""
    if spans is None:
        return
    named = {"50": spans.p50_ms, "95": spans.p95_ms, "99": spans.p99_ms, "100": spans.max_ms}
    for percentile, span_ms in named.items():
        yield {"percentile": percentile}, span_ms / 1000
