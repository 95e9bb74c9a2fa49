"""What cancel and retry make of one job, and the sentence that says so (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from jobd.report.times import roughly
from jobd.report.wanted import shown_state

if TYPE_CHECKING:
    from jobd.report.wanted import Wanted

Verb = Literal["cancel", "retry"]
Outcome = Literal["done", "already", "changed", "refused", "missing"]

DONE = {"cancel": "cancelled", "retry": "queued again"}
_WAS = {
    "queued": "it waited",
    "running": "it ran",
    "completed": "it had completed",
    "failed": "it had failed",
    "cancelled": "it had been cancelled",
}


@dataclass(frozen=True, slots=True)
class Before:
    """A job before it is changed.

    Attributes:
        rival: Another job that waits for the same unique_key.
        of_video: Whether it is of the video that is meant; true where none is.
    """

    id: int
    kind: str
    status: str
    run_at_ms: int
    attempts: int
    finished_at_ms: int | None
    rival: int | None
    of_video: int

    def state(self, now_ms: int) -> str:
        """As inspect shows it."""
        return shown_state(self.status, self.run_at_ms, self.attempts, now_ms)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one job.

    Attributes:
        job_id: Which.
        outcome: "already": it was so before; "changed": the filters no longer mean it.
        sentence: For a person, without the id.
        was: Its status before; "" where it is not there.
        kind: Its kind, the same.
    """

    job_id: int
    outcome: Outcome
    sentence: str
    was: str = ""
    kind: str = ""

    def __str__(self) -> str:
        return f"job {self.job_id}: {self.sentence}"


def is_meant(job: Before, wanted: Wanted, now_ms: int) -> bool:
    """Whether the filters still mean it: it may have gone on since it was found."""
    recent = wanted.since_ms is None or (job.finished_at_ms or now_ms) >= wanted.since_ms
    return job.state(now_ms) in wanted.shown and bool(job.of_video) and recent


def of(job: Before, outcome: Outcome, sentence: str) -> Answer:
    """An answer about a job that is there."""
    return Answer(job.id, outcome, sentence, was=job.status, kind=job.kind)


def hindrance(verb: Verb, job: Before, now_ms: int) -> Answer | None:
    """Why nothing is to be done; None: it can be done."""
    found = _no_cancel(job) if verb == "cancel" else _no_retry(job, now_ms)
    return None if found is None else of(job, *found)


def done(verb: Verb, job: Before, *, dry_run: bool = False) -> Answer:
    """It was done, or would be."""
    would = "would be " if dry_run else ""
    return of(job, "done", f"{would}{DONE[verb]} ({_WAS[job.status]})")


def missing(job_id: int, *, named: bool) -> Answer:
    """There is none of that id: it was named, or found a moment ago."""
    if named:
        return Answer(job_id, "missing", "there is none")
    return Answer(job_id, "changed", "is gone by now")


def changed(job: Before, now_ms: int) -> Answer:
    """It has gone on since it was found."""
    return of(job, "changed", f"is {job.state(now_ms)} by now: left alone")


def _no_cancel(job: Before) -> tuple[Outcome, str] | None:
    match job.status:
        case "cancelled":
            return "already", "is cancelled already"
        case "completed" | "failed":
            return "refused", f"has {job.status}: nothing is left to cancel"
        case _:
            return None


def _no_retry(job: Before, now_ms: int) -> tuple[Outcome, str] | None:
    if job.status == "running":
        return "refused", "runs now: let it end, or cancel it first"
    if job.status == "queued":
        return "already", f"waits already{_when(job, now_ms)}"
    if job.rival is not None:
        return "refused", f"job {job.rival} of its unique_key waits already: cancel that one first"
    return None


def _when(job: Before, now_ms: int) -> str:
    if job.run_at_ms <= now_ms:
        return ""
    what = "next try" if job.attempts else "time"
    return f"; its {what} comes in {roughly(job.run_at_ms - now_ms)}"
