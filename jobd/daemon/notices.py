"""What fills a slot where the app must be told: after an attempt that died, of a cancellation."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from jobd.attempt.messages import End, Ended
from jobd.attempt.task import Notice
from jobd.daemon.joblog import AttemptLog, JobLog
from jobd.daemon.slot import Slot
from jobd.daemon.tasks import cancelled_task, task_of
from jobd.daemon.verdicts import Verdict, figures_of, verdict_on
from jobd.queue.cancellations import close_cancellation, postpone_cancellation
from jobd.queue.lifecycle import Outcome

if TYPE_CHECKING:
    from jobd.daemon.house import House
    from jobd.daemon.joblog import Extra
    from jobd.queue.cancellations import Cancellation
    from jobd.queue.lease import Lease
    from jobd.queue.settle import Figures

log = logging.getLogger("jobd")


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
