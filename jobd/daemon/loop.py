"""The daemon: wake, lease, attempt, settle; and the signals that it answers."""

from __future__ import annotations

import logging
import os
import signal
from typing import TYPE_CHECKING

from jobd.daemon.attempt_slot import AttemptSlot
from jobd.daemon.hearing import Hearing
from jobd.daemon.housekeeping import Housekeeping
from jobd.daemon.joblog import AttemptLog
from jobd.daemon.looks import Looks
from jobd.daemon.notices import AfterNotice, CancellationNotice
from jobd.daemon.signals import listening
from jobd.daemon.standstill import Standstill
from jobd.daemon.stopping import Stopping
from jobd.daemon.telling import Telling
from jobd.daemon.verdicts import Verdict, figures_of
from jobd.errors import NoChildren, QueueStuck
from jobd.queue.lease import has_work, is_idle, leased_attempts, next_due_ms, take_lease
from jobd.queue.lifecycle import Outcome
from jobd.queue.prune import Retention
from jobd.queue.recover import orphans, strays

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobd.daemon.house import Terms
    from jobd.daemon.slot import Slot
    from jobd.daemon.watched import Watched
    from jobd.queue.lease import Lease
    from jobd.queue.lock import DaemonLock
    from jobd.queue.wake import Waker
    from jobd.settings import Settings

log = logging.getLogger("jobd")

_NO_CHILD = (OSError, EOFError)  # out of processes or memory, or the forkserver died


class Daemon:
    """One queue's daemon; whoever makes it holds the queue's lock."""

    def __init__(
        self,
        terms: Terms,
        waker: Waker,
        lock: DaemonLock,
        watched: Watched,
        reload: Callable[[Terms], Terms],
    ) -> None:
        self._terms = terms
        self._house = terms.house
        self._waker = waker
        self._watched = watched
        self._reload = reload
        self._hearing = Hearing(self._house.clock)
        self._slots: set[Slot] = set()
        self._ended: list[Slot] = []  # among them, those whose child is over
        self._looks = Looks(waker)
        self._unstarted: list[tuple[AttemptLog, Verdict]] = []
        self._orphans: list[Lease] | None = None  # not yet looked for
        self._standstill = Standstill(lock, self._house.clock)
        self._housekeeping = Housekeeping(
            self._house.queue, terms.identity, _retention(terms.settings)
        )
        self._stopping = Stopping(self._house.clock)
        self._reload_asked = False
        self._telling = Telling()

    def run(self, *, exit_when_idle: bool) -> int:
        """Work until a signal, or until nothing is left to do.

        Returns:
            The process's exit code.
        """
        ocr = self._house.options.ocr
        with listening(self._hearing.selector, self._answers()):
            self._hearing.wake_by(self._waker, self._looks.woken)
            log.info(
                "jobd %s ready on %s: %d slots, OCR: %s, the last word of full_frames is %s",
                self._terms.identity.version,
                self._settings.db,
                self._settings.concurrency,
                ocr.engine if ocr else "none",
                "processing_complete" if ocr else self._settings.final_status,
            )
            self._watched.ready()
            while not self._turn(exit_when_idle=exit_when_idle):
                pass
        log.info("stopped")
        return 0

    def _answers(self) -> dict[signal.Signals, Callable[[], None]]:
        """A terminal that closes ends its daemon, as ever; elsewhere SIGHUP means: reload."""
        answers = {signal.SIGTERM: self.stop, signal.SIGINT: self.stop}
        return answers if os.isatty(0) else answers | {signal.SIGHUP: self._ask_reload}

    def _ask_reload(self) -> None:
        self._reload_asked = True

    def _turn(self, *, exit_when_idle: bool) -> bool:
        """One round of the loop; True when it is over."""
        timeout_s = self._settings.poll_ms / 1000
        try:
            self._work()
            if self._over(exit_when_idle=exit_when_idle):
                return True
            timeout_s = self._timeout_s()
            self._standstill.ends()
        except (QueueStuck, *_NO_CHILD) as error:
            self._standstill.goes_on(error)
            if self._gives_up():
                return True
        self._watch()
        self._listen(min(timeout_s, self._watched.wait_s()))
        return False

    def _watch(self) -> None:
        """Done in every turn, whether the queue can be used or not."""
        if self._reload_asked:
            self._reload_asked = False
            with self._watched.reloading():
                self._go_by(self._reload(self._terms))
        self._watched.turn(len(self._slots), self._standstill.reason, stopping=bool(self._stopping))

    def _go_by(self, terms: Terms) -> None:
        """What runs ends as it began; slots that are filled from now on are the new house's."""
        self._terms, self._house = terms, terms.house
        self._housekeeping.change(terms.identity, _retention(terms.settings))

    @property
    def _settings(self) -> Settings:
        return self._terms.settings

    def _work(self) -> None:
        self._housekeeping.demand_files()
        self._recover()
        self._settle()
        self._check()
        for slot in self._slots.difference(self._ended):
            slot.renew()
        if self._standstill.lasts and not self._stopping:
            self._housekeeping.probe()  # nothing is leased before a write has passed
        self._fill()
        self._tell()
        self._housekeeping.turn()

    def stop(self) -> None:
        """Lease no more; running attempts have the drain time to end. A second call ends it."""
        drain_s = self._stopping.ask(self._settings.drain_s)
        self._housekeeping.stop()
        self._watched.stopping()
        log.info("stopping: %d running, %g s to end", len(self._slots), drain_s)

    # ── the steps of the loop ──

    def _recover(self) -> None:
        """Every running row is an orphan: the lock proves that no other daemon lives."""
        if self._orphans is None:
            self._orphans = orphans(self._house.queue)
        self._take_back(self._orphans, "the daemon died while this attempt ran")

    def _take_back(self, leases: list[Lease], reason: str) -> None:
        while leases:
            verdict = Verdict(Outcome.CRASHED, reason, at_once=True)
            attempt_log = AttemptLog(leases[0], self._house.clock)
            self._add(AfterNotice(self._house, attempt_log, verdict))
            leases.pop(0)

    def _settle(self) -> None:
        while self._unstarted:
            attempt_log, verdict = self._unstarted[0]
            self._house.settler.settle(attempt_log, verdict, figures_of(None))
            self._unstarted.pop(0)
        while self._ended:
            self._finish(self._ended[0])
            self._ended.pop(0)

    def _finish(self, slot: Slot) -> None:
        if isinstance(slot, AttemptSlot) and self._stopping:
            slot.hand_back()  # a stop that reached the whole group is no crash
        follower = slot.finish()
        self._slots.discard(slot)
        if follower:
            self._add(follower)
        if isinstance(slot, CancellationNotice):
            self._telling.over(slot)

    def _fill(self) -> None:
        while self._may_start() and has_work(self._house.queue):
            lease = take_lease(self._house.queue, self._house.lease_ms)
            if lease is None:
                break
            self._start(lease)

    def _start(self, lease: Lease) -> None:
        try:
            self._add(AttemptSlot(self._house, lease))
        except (*_NO_CHILD, NoChildren) as error:
            verdict = Verdict(Outcome.HANDED_BACK, f"no child started: {error}", wait_ms=1000)
            self._unstarted.append((AttemptLog(lease, self._house.clock), verdict))
            if isinstance(error, NoChildren):  # nor will one later
                self._settle()
                raise

    def _may_start(self) -> bool:
        busy = sum(not isinstance(slot, CancellationNotice) for slot in self._slots)
        return not self._stopping and busy < self._settings.concurrency

    def _tell(self) -> None:
        notice = None if self._stopping else self._telling.next(self._house)
        if notice:
            self._add(notice)

    def _listen(self, timeout_s: float) -> None:
        alive = self._slots.difference(self._ended)
        self._ended += self._hearing.listen(alive, timeout_s, self._settings.poll_ms / 1000)

    def _check(self) -> None:
        leased = leased_attempts(self._house.queue)
        for slot in self._slots.difference(self._ended):
            slot.check(leased)
            if self._stopping.left_s <= 0 and isinstance(slot, AttemptSlot):
                slot.hand_back()
        held = {slot.lease.attempt_id for slot in self._slots if slot.lease}
        if leased - held:
            self._take_back(strays(self._house.queue, held), "its attempt_id was changed by hand")

    def _over(self, *, exit_when_idle: bool) -> bool:
        if self._slots or self._unstarted:
            return False
        return bool(self._stopping) or (exit_when_idle and is_idle(self._house.queue))

    def _gives_up(self) -> bool:
        """Whether a stop must leave rows running: the next start recovers them."""
        if not self._stopping.is_overdue or self._slots.difference(self._ended):
            return False
        left = len(self._slots) + len(self._unstarted)
        are = "attempt is" if left == 1 else "attempts are"
        log.warning("%d %s left to the next start", left, are)
        return True

    def _add(self, slot: Slot) -> None:
        self._slots.add(slot)
        self._hearing.add(slot)

    def _timeout_s(self) -> float:
        if (look_s := self._looks.next_s()) is not None:
            return look_s
        waits_s = [self._settings.poll_ms / 1000, self._housekeeping.wait_s()]
        if self._stopping:
            waits_s.append(self._stopping.left_s)
        elif (due_ms := next_due_ms(self._house.queue)) is not None:
            waits_s.append((due_ms - self._house.clock.now_ms()) / 1000)
        return min(wait_s for wait_s in waits_s if wait_s > 0)  # what is past has been looked at


def _retention(settings: Settings) -> Retention:
    return Retention(settings.keep_days, settings.keep_failed_days)
