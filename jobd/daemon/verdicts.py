"""From a child's end to the row's next state."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from jobd.attempt.messages import End, Ended
from jobd.errors import LeaseLost
from jobd.queue.cancellations import owe
from jobd.queue.lifecycle import Backoff, Outcome, settlement
from jobd.queue.settle import Figures, close_lost, settle

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobd.daemon.joblog import AttemptLog
    from jobd.queue.file import Queue

FULL_DISK_WAIT_MS = 60_000

_HINTS = {"SIGKILL": " (perhaps the system ran out of memory)"}  # we had no reason to kill it
_OUTCOMES = {
    End.PUBLISHED: Outcome.COMPLETED,
    End.FAILED: Outcome.FAILED,
    End.RETRY: Outcome.RETRY,
    End.CANCELLED: Outcome.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of an attempt.

    Attributes:
        outcome: How it ended.
        error: One line for people, where there is one.
        error_class: The exception's name, where there was one.
        result: The handler's JSON, where it completed.
        wait_ms: For HANDED_BACK: how long the job waits before it is leased again.
        at_once: The next attempt, if there is one, follows without a backoff.
        told: Whether the app knows already, if this is the job's end.
    """

    outcome: Outcome
    error: str | None = None
    error_class: str | None = None
    result: str | None = None
    wait_ms: int = 0
    at_once: bool = False
    told: bool = True


def verdict_on(ended: Ended | None, exit_text: str, at_ms: int) -> Verdict:
    """Judge a child by its last word, or by how its process ended (pure)."""
    if ended is None:
        at = datetime.fromtimestamp(at_ms / 1000).astimezone().strftime("%H:%M:%S")
        why = _HINTS.get(exit_text, "")
        return Verdict(Outcome.CRASHED, f"the attempt crashed: {exit_text} at {at}{why}")
    if ended.end is End.FULL:
        return Verdict(Outcome.HANDED_BACK, ended.error, ended.error_class, None, FULL_DISK_WAIT_MS)
    return Verdict(
        _OUTCOMES[ended.end], ended.error, ended.error_class, ended.result, told=ended.told
    )


def figures_of(ended: Ended | None) -> Figures:
    """The attempt's figures; a child that died without a word has none."""
    if ended is None:
        return Figures()
    return Figures(
        frames_wanted=ended.frames_wanted,
        frames_decoded=ended.frames_decoded,
        frames_concealed=ended.frames_concealed,
        cpu_s=ended.cpu_s,
        peak_rss_bytes=ended.peak_rss_bytes,
    )


@dataclass(frozen=True, slots=True)
class Settler:
    """Writes verdicts into the queue."""

    queue: Queue
    backoff: Backoff
    unit_random: Callable[[], float]

    def settle(self, attempt_log: AttemptLog, verdict: Verdict, figures: Figures) -> None:
        """Settle the job; where its row is no longer ours, only the history is closed."""
        lease, said = attempt_log.lease, attempt_log.said
        what = settlement(
            verdict.outcome,
            lease,
            now_ms=self.queue.clock.now_ms(),
            error=verdict.error,
            result=verdict.result,
            backoff=self.backoff,
            unit_random=self.unit_random(),
            wait_ms=verdict.wait_ms,
        )
        if verdict.at_once:
            what = replace(what, run_at_ms=0)
        if what.status == "failed" and not verdict.told:
            owe(self.queue, lease, verdict.error or "failed")
        try:
            status = settle(
                self.queue, lease, verdict.outcome, what, figures, verdict.error_class, said
            )
        except LeaseLost:
            close_lost(self.queue, lease, figures, said)
            status = "cancelled by its row"
        why = f": {verdict.error}" if verdict.error else ""
        attempt_log.tell("info", f"{status}{why}")
