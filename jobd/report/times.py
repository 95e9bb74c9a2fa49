"""Unix milliseconds in words, for screens and for documents."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE_S = 60
_TENTHS_BELOW_MS = 10_000
_HOUR_S = 60 * _MINUTE_S
_DAY_S = 24 * _HOUR_S


def iso(at_ms: int | None) -> str | None:
    """ISO 8601 in UTC with milliseconds: "2026-03-01T08:30:00.125Z"."""
    if at_ms is None:
        return None
    return _moment(at_ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds(span_ms: int | None) -> float | None:
    """A span for programs; never below zero, as clocks may be set back."""
    return None if span_ms is None else max(0, span_ms) / 1000


def stamp(at_ms: int) -> str:
    """UTC to the second, for a screen: "2026-03-01 08:30:00"."""
    return _moment(at_ms).strftime("%Y-%m-%d %H:%M:%S")


def _moment(at_ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=at_ms)


def roughly(span_ms: int) -> str:
    """A span by its largest unit: "0s", "59s", "3m", "5h", "12d"; never below zero."""
    seconds = max(0, span_ms) // 1000
    for unit_s, letter in ((_DAY_S, "d"), (_HOUR_S, "h"), (_MINUTE_S, "m")):
        if seconds >= unit_s:
            return f"{seconds // unit_s}{letter}"
    return f"{seconds}s"


def shortly(span_ms: int) -> str:
    """A span in four columns: with tenths below ten seconds, then by its largest unit."""
    return precisely(span_ms) if span_ms < _TENTHS_BELOW_MS else roughly(span_ms)


def precisely(span_ms: int) -> str:
    """A span by two units: "0.4s", "12s", "3m07s", "5h02m", "12d03h"; never below zero."""
    seconds, rest_ms = divmod(max(0, span_ms), 1000)
    if span_ms < _TENTHS_BELOW_MS:
        return f"{seconds}.{rest_ms // 100}s"
    if seconds < _MINUTE_S:
        return f"{seconds}s"
    if seconds < _HOUR_S:
        return f"{seconds // _MINUTE_S}m{seconds % _MINUTE_S:02}s"
    if seconds < _DAY_S:
        return f"{seconds // _HOUR_S}h{seconds % _HOUR_S // _MINUTE_S:02}m"
    return f"{seconds // _DAY_S}d{seconds % _DAY_S // _HOUR_S:02}h"
