"""What can fill a slot: an attempt, the notice after one that died, a cancellation's notice.

Each knows what its child's end means and what, if anything, follows in the same slot.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from jobd.attempt.messages import End, Ended, Line
from jobd.attempt.starved import Turns, own_share, turns_of
from jobd.attempt.task import Notice
from jobd.errors import LeaseLost, QueueStuck
from jobd.joblog import AttemptLog, JobLog
from jobd.queue.cancellations import close_cancellation, postpone_cancellation
from jobd.queue.lease import renew, set_pid
from jobd.queue.lifecycle import Outcome
from jobd.tasks import cancelled_task, task_of
from jobd.verdicts import Verdict, figures_of, verdict_on

if TYPE_CHECKING:
    from jobd.attempt.task import Task
    from jobd.house import House
    from jobd.joblog import Extra
    from jobd.queue.cancellations import Cancellation
    from jobd.queue.lease import Lease
    from jobd.queue.settle import Figures

log = logging.getLogger("jobd")

_NOTICE_LIMIT_S = 30.0
_RENEW_EVERY_S = 1.0
_PATIENCE_S = 0.6  # a child at work speaks a little more often


class Slot(ABC):
    """A running child and what its end will mean.

    Attributes:
        lease: What it will settle, if anything.
        silence_s: How long it has said nothing while we listened and it could have got on.
        got_on: Whether it said more than log when it was heard last.
        ended: Its last word, once spoken.
    """

    limit_s = _NOTICE_LIMIT_S
    lease: Lease | None = None

    def __init__(self, house: House, task: Task, log: JobLog) -> None:
        self.house = house
        self._heard = log
        self._missing = 0  # lines that the child has left out
        self.child = house.nursery.start(task)
        self.silence_s = 0.0
        self.got_on = False
        self._turns: Turns | None = None
        self.ended: Ended | None = None
        self._exit_text = ""

    def hear(self, since_s: float) -> bool:
        """Take in what the child has said; True when it is over.

        Args:
            since_s: For how long we have listened since the last call.
        """
        self._count_silence(since_s)
        self.got_on = False
        try:
            for message in self.child.messages():
                if isinstance(message, Line):  # no progress: a loop can say that it tries again
                    self._heard.heard(message)
                    continue
                self.silence_s, self.got_on = 0.0, True
                self._count_missing(message.lines_dropped)
                if isinstance(message, Ended):
                    self.ended = message
                    return True
                self.progress(message.share)
        except EOFError:
            return True
        return False

    def _count_silence(self, since_s: float) -> None:
        """A child that waits in vain for a processor is not to blame (nobody looks at once)."""
        before, self._turns = self._turns, None
        if self.silence_s > _PATIENCE_S:
            self._turns = turns_of(self.child.pid)
            since_s *= own_share(before, self._turns) if before else 1
        self.silence_s += since_s

    def progress(self, share: float) -> None:  # noqa: B027 - a notice has none
        """The child has got on."""

    def _count_missing(self, lines: int) -> None:
        before, self._missing = self._missing, max(self._missing, lines)
        self._heard.missing(self._missing - before)

    def renew(self) -> None:  # noqa: B027 - a notice has no lease
        """Show the progress in the row."""

    def check(self, leased: set[int]) -> None:  # noqa: ARG002 - a notice has no lease
        """End the child if it must end; `leased` holds the leases that still stand."""
        if self.silence_s > self.limit_s:
            self.child.kill()

    def exit_text(self) -> str:
        """Reap the child, once, and say how its process ended."""
        self._exit_text = self._exit_text or self.child.reap()
        return self._exit_text

    @abstractmethod
    def finish(self) -> Slot | None:
        """Settle what the child did; may be called again if the queue was stuck.

        Returns:
            The slot that follows in its place, if any.

        Raises:
            QueueStuck: The queue cannot be written now.
        """


class AttemptSlot(Slot):
    """A leased job's child at work."""

    def __init__(self, house: House, lease: Lease) -> None:
        self.log = AttemptLog(lease, house.clock)
        super().__init__(house, task_of(lease, house.options), self.log)
        self.lease: Lease = lease
        self.limit_s = house.no_progress_s
        self.verdict: Verdict | None = None
        self._share: float | None = None
        self._renewed_s = self._begun_s = house.clock.monotonic_s()
        self.log.say("info", f"started, pid {self.child.pid}")
        with suppress(LeaseLost, QueueStuck):  # a pid is for people; check() sees the rest
            set_pid(house.queue, lease, self.child.pid, self.log.said)

    def progress(self, share: float) -> None:
        """Remember how far it is."""
        self.log.tell("debug", f"at work, {100 * share:.1f} % done")
        self._share = share

    def renew(self) -> None:
        """Show the progress in the row, and write the log, at most once a second."""
        now_s = self.house.clock.monotonic_s()
        nothing = self._share is None and not self.log.said
        if nothing or now_s - self._renewed_s < _RENEW_EVERY_S:
            return
        self._renewed_s = now_s
        queue, said = self.house.queue, self.log.said
        if self._share is None:
            said.write(queue)
            return
        with suppress(LeaseLost):  # check() sees it
            renew(queue, self.lease, self._share, self.house.lease_ms, said)
        self._share = None

    def check(self, leased: set[int]) -> None:
        """Stop a cancelled attempt, and one that makes no progress."""
        if self.lease.attempt_id not in leased:
            self.stop(Verdict(Outcome.CANCELLED))
        elif self.silence_s > self.limit_s:
            self.stop(Verdict(Outcome.CRASHED, f"no progress for {self.limit_s:g} s: killed"))
        elif self._age_s() > (longest_s := self.house.time_limits.of(self.lease.kind)):
            self.stop(Verdict(Outcome.CRASHED, f"not done after {longest_s:g} s: killed"))

    def _age_s(self) -> float:
        return self.house.clock.monotonic_s() - self._begun_s

    def stop(self, verdict: Verdict) -> None:
        """Kill the child for this reason; only the first reason counts."""
        if self.verdict is None and self.ended is None:
            self.verdict = verdict
            self.child.kill()

    def hand_back(self) -> None:
        """Give the job back unharmed, because the daemon stops."""
        self.stop(Verdict(Outcome.HANDED_BACK, "handed back: the daemon stopped"))

    def finish(self) -> Slot | None:
        """Settle by the child's last word; where it had none, a notice comes first."""
        exit_text = self.exit_text()
        spoken = self.ended is not None and self.ended.end is not End.FULL
        verdict = None if spoken else self.verdict
        verdict = verdict or verdict_on(self.ended, exit_text, self.house.clock.now_ms())
        if not spoken and verdict.outcome is not Outcome.CANCELLED:
            return AfterNotice(self.house, self.log, verdict, figures_of(self.ended))
        self.house.settler.settle(self.log, verdict, figures_of(self.ended))
        return None


class AfterNotice(Slot):
    """Tells the app how an attempt ended that could not tell it, then settles."""

    def __init__(
        self, house: House, log: AttemptLog, verdict: Verdict, figures: Figures | None = None
    ) -> None:
        lease = log.lease
        final = verdict.outcome is Outcome.CRASHED and lease.attempt >= lease.max_attempts
        notice = Notice("failed" if final else "waiting", verdict.error or "")
        super().__init__(house, replace(task_of(lease, house.options), notice=notice), log)
        self.log = log
        self.lease: Lease = lease
        self.verdict = verdict
        self.figures = figures or figures_of(None)
        self._warned = False

    def finish(self) -> Slot | None:
        """Completed if the work turns out to be published; else by the verdict."""
        exit_text = self.exit_text()
        told = self.ended is not None and self.ended.told
        if not told and not self._warned:
            why = self.ended.error if self.ended else exit_text
            self.log.say("warning", f"the app could not be told: {why}")
            self._warned = True
        verdict = replace(self.verdict, told=told)
        if self.ended and self.ended.end in {End.PUBLISHED, End.CANCELLED}:
            verdict = verdict_on(self.ended, exit_text, self.house.clock.now_ms())
        self.house.settler.settle(self.log, verdict, self.figures)
        return None


class CancellationNotice(Slot):
    """Tells the app that a waiting or stopped job was cancelled."""

    def __init__(self, house: House, cancellation: Cancellation) -> None:
        super().__init__(
            house,
            cancelled_task(cancellation, house.queue.queue_id, house.options),
            JobLog(f"job {cancellation.job_id}", _about(cancellation)),
        )
        self.cancellation = cancellation

    def told(self) -> bool:
        """Whether the app knows, or never can; else it is told later."""
        return self.ended is not None and self.ended.told

    def finish(self) -> Slot | None:
        """Said, or never to be said; else it stays owed and waits behind the others."""
        exit_text = self.exit_text()
        job_id, extra = self.cancellation.job_id, _about(self.cancellation)
        if self.ended and self.told():
            close_cancellation(self.house.queue, self.cancellation.id)
            said, how = self.cancellation.message, _how_told(self.ended)
            log.info("job %d: %s: %s", job_id, said, how, extra=extra)
        else:
            why = self.ended.error if self.ended else exit_text
            postpone_cancellation(self.house.queue, self.cancellation.id)
            log.warning("job %d: the app could not be told yet: %s", job_id, why, extra=extra)
        return None


def _how_told(ended: Ended) -> str:
    return f"not told, {ended.error}" if ended.error else "the app was told"


def _about(cancellation: Cancellation) -> Extra:
    return {"fields": {"JOBD_JOB_ID": cancellation.job_id, "JOBD_KIND": cancellation.kind}}
