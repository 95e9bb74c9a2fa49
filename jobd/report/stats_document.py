"""The same as a JSON document; docs/inspect-json.md describes it field by field (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobd.report.times import iso

if TYPE_CHECKING:
    from jobd.report.document import Document
    from jobd.report.stats import KindStats, Slow, Stats
    from jobd.report.tally import Fault, Spans

VERSION = 1
OUTCOMES = ("completed", "failed", "retry", "crashed", "handed_back", "cancelled")


def stats_document(stats: Stats) -> Document:
    """What `inspect stats --json` prints."""
    return {
        "version": VERSION,
        "at": iso(stats.now_ms),
        "queue": {"path": str(stats.path), "queue_id": stats.queue_id},
        "since": iso(stats.since_ms),
        "window_s": stats.window_ms / 1000,
        "kinds": [_kind(kind) for kind in stats.kinds],
        "slowest": [_slow(slow) for slow in stats.slowest],
        "errors": [_error(fault) for fault in stats.faults],
    }


def _kind(kind: KindStats) -> Document:
    return {
        "kind": kind.kind,
        "jobs": kind.jobs,
        "failed_share": kind.failed_share,
        "completed_per_hour": round(kind.per_hour, 3),
        "attempts": {outcome: kind.attempts.get(outcome, 0) for outcome in OUTCOMES},
        "retries": kind.retries,
        "images": kind.images,
        "cpu_s": round(kind.cpu_s, 3),
        "waited_s": _spans(kind.waited),
        "ran_s": _spans(kind.ran),
    }


def _spans(spans: Spans | None) -> Document | None:
    if spans is None:
        return None
    named = {"p50": spans.p50_ms, "p95": spans.p95_ms, "p99": spans.p99_ms, "max": spans.max_ms}
    return {"count": spans.count, **{name: ms / 1000 for name, ms in named.items()}}


def _slow(slow: Slow) -> Document:
    attempt = slow.attempt
    return {
        "job_id": attempt.job_id,
        "kind": attempt.kind,
        "video_id": slow.video_id,
        "took_s": max(0, attempt.took_ms) / 1000,
        "images": attempt.images,
        "ended_at": iso(attempt.ended_at_ms),
    }


def _error(fault: Fault) -> Document:
    return {
        "kind": fault.kind,
        "error_class": fault.error_class or None,
        "text": fault.text,
        "count": fault.count,
        "last_job_id": fault.job_id,
        "last_at": iso(fault.at_ms),
        "example": fault.example,
    }
