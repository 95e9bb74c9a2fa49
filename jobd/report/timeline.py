"""A job's life as spans: its attempts and the waits between them (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobd.report.rows import Attempt, Job


@dataclass(frozen=True, slots=True)
class Span:
    """One piece of the life.

    Attributes:
        word: What it is.
        start_ms: When it began.
        end_ms: When it ended, or will.
        attempt: The attempt that it is; None: the job waited.
    """

    word: str
    start_ms: int
    end_ms: int
    attempt: Attempt | None = None

    @property
    def took_ms(self) -> int:
        """How long it is; clocks that were set back make nothing negative."""
        return max(0, self.end_ms - self.start_ms)


def spans(job: Job, attempts: Sequence[Attempt], now_ms: int) -> list[Span]:
    """The job's life from its INSERT to its end, or to what is known to come.

    Args:
        job: The job.
        attempts: Some of its last attempts, oldest first.
        now_ms: The moment.
    """
    found: list[Span] = []
    if not attempts or attempts[0].number == 1:
        first_ms = attempts[0].started_at_ms if attempts else _end_of_wait_ms(job, now_ms)
        found += _wait("queued", job.created_at_ms, first_ms)
    for at, attempt in enumerate(attempts):
        found += _gap(attempts[at - 1], attempt) if at else []
        found.append(_tried(attempt, now_ms))
    if attempts and job.status == "queued":
        found += _ahead(job, attempts[-1], now_ms)
    return found


def _tried(attempt: Attempt, now_ms: int) -> Span:
    end_ms = now_ms if attempt.ended_at_ms is None else attempt.ended_at_ms
    word = attempt.outcome or "running"
    return Span(word, attempt.started_at_ms, end_ms, attempt)


def _gap(before: Attempt, after: Attempt) -> Iterator[Span]:
    word = "waited" if after.round == before.round else "at rest"  # a person queued it again
    yield from _wait(word, before.ended_at_ms or after.started_at_ms, after.started_at_ms)


def _ahead(job: Job, last: Attempt, now_ms: int) -> Iterator[Span]:
    word = "waits" if last.round == job.round else "at rest"
    yield from _wait(word, last.ended_at_ms or now_ms, _end_of_wait_ms(job, now_ms))


def _end_of_wait_ms(job: Job, now_ms: int) -> int:
    if job.status != "queued":
        return now_ms if job.finished_at_ms is None else job.finished_at_ms
    return max(now_ms, job.run_at_ms)


def _wait(word: str, start_ms: int, end_ms: int) -> Iterator[Span]:
    if end_ms > start_ms:
        yield Span(word, start_ms, end_ms)
