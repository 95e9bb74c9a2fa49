"""What fills a slot while a job runs: the child of its attempt."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from jobd.attempt.messages import End
from jobd.daemon.joblog import AttemptLog
from jobd.daemon.notices import AfterNotice
from jobd.daemon.slot import Slot
from jobd.daemon.tasks import task_of
from jobd.daemon.verdicts import Verdict, figures_of, verdict_on
from jobd.errors import LeaseLost, QueueStuck
from jobd.queue.lease import renew, set_pid
from jobd.queue.lifecycle import Outcome

if TYPE_CHECKING:
    from jobd.daemon.house import House
    from jobd.queue.lease import Lease

_RENEW_EVERY_S = 1.0


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
