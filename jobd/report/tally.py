"""Attempts counted up in one pass: spans, outcomes, the slowest, and errors of one cause (pure)."""

from __future__ import annotations

import heapq
import math
from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from jobd.report.fold import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

_FAILURES = ("retry", "failed", "crashed")


class Ended(NamedTuple):
    """One attempt that has ended, with what its job adds.

    Attributes:
        took_ms: From its start to its end.
        waited_ms: From the INSERT to its start, of a job's first attempt; else None.
        number: 1 for the first attempt of the job.
        error: Why it ended otherwise than completed; may be cut.
    """

    kind: str
    outcome: str
    took_ms: int
    waited_ms: int | None
    number: int
    images: int
    cpu_s: float
    error_class: str | None
    error: str | None
    job_id: int
    ended_at_ms: int


@dataclass(frozen=True, slots=True)
class Spans:
    """Of how many, and below which span so many per cent of them lie (nearest rank)."""

    count: int
    p50_ms: int
    p95_ms: int
    p99_ms: int
    max_ms: int


@dataclass(slots=True)
class KindTally:
    """One kind; the spans are kept whole, in eight bytes each."""

    outcomes: Counter[str] = field(default_factory=Counter)
    waited_ms: array[int] = field(default_factory=lambda: array("q"))
    ran_ms: array[int] = field(default_factory=lambda: array("q"))
    retries: int = 0
    images: int = 0
    cpu_s: float = 0.0

    def add(self, attempt: Ended) -> None:
        """One attempt."""
        self.outcomes[attempt.outcome] += 1
        self.retries += attempt.number > 1
        if math.isfinite(attempt.cpu_s):
            self.cpu_s += attempt.cpu_s
        if attempt.waited_ms is not None:
            self.waited_ms.append(max(0, attempt.waited_ms))
        if attempt.outcome == "completed":
            self.ran_ms.append(max(0, attempt.took_ms))
            self.images += attempt.images


@dataclass(slots=True)
class Fault:
    """Errors of one cause.

    Attributes:
        text: The error, folded.
        error_class: Its type's name.
        count: How many attempts it ended.
        job_id: The last of their jobs, and its error as it was.
    """

    text: str
    error_class: str
    kind: str
    count: int
    job_id: int
    at_ms: int
    example: str


class Tally:
    """All of it.

    Attributes:
        kinds: By their names.
    """

    def __init__(self, slowest: int) -> None:
        self.kinds: dict[str, KindTally] = {}
        self._most = slowest
        self._slowest: list[tuple[int, int, Ended]] = []
        self._faults: dict[tuple[str, str, str], Fault] = {}

    def add(self, attempts: Iterable[Ended]) -> None:
        """Count them."""
        for attempt in attempts:
            kind = self.kinds.get(attempt.kind)
            if kind is None:
                kind = self.kinds[attempt.kind] = KindTally()
            kind.add(attempt)
            if attempt.outcome == "completed":
                self._rank(attempt)
            elif attempt.error and attempt.outcome in _FAILURES:
                self._blame(attempt, attempt.error)

    def _rank(self, attempt: Ended) -> None:
        entry = (attempt.took_ms, attempt.job_id, attempt)
        if len(self._slowest) < self._most:
            heapq.heappush(self._slowest, entry)
        elif entry[0] > self._slowest[0][0]:
            heapq.heapreplace(self._slowest, entry)

    def _blame(self, attempt: Ended, error: str) -> None:
        text, error_class = fold(error), attempt.error_class or ""
        key = (attempt.kind, error_class, text)
        fault = self._faults.get(key)
        if fault is None:
            fault = self._faults[key] = Fault(text, error_class, attempt.kind, 0, 0, 0, "")
        fault.count += 1
        if attempt.ended_at_ms >= fault.at_ms:
            fault.job_id, fault.at_ms, fault.example = attempt.job_id, attempt.ended_at_ms, error

    def slowest(self) -> tuple[Ended, ...]:
        """Of those that completed, the slowest first."""
        return tuple(entry[2] for entry in sorted(self._slowest, reverse=True))

    def faults(self, most: int) -> tuple[Fault, ...]:
        """The most common first."""
        ranked = sorted(self._faults.values(), key=lambda f: (-f.count, -f.at_ms, f.text))
        return tuple(ranked[:most])


def spans(values_ms: array[int]) -> Spans | None:
    """Their percentiles; None: there are none."""
    if not values_ms:
        return None
    ordered = sorted(values_ms)
    at = [ordered[math.ceil(len(ordered) * share / 100) - 1] for share in (50, 95, 99, 100)]
    return Spans(len(ordered), *at)
