"""`cancel` and `retry`: from what a person asks to what is said of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jobd.steer.asking import agreed, show
from jobd.steer.change import Change, meant
from jobd.steer.desk import daemon_of, paused_kinds, readable, writable
from jobd.steer.notes import notes
from jobd.steer.pace import Pace
from jobd.steer.saying import Saying
from jobd.steer.verdict import BY_ITSELF, DONE

if TYPE_CHECKING:
    from pathlib import Path

    from jobd.clock import Clock
    from jobd.report.wanted import Wanted
    from jobd.steer.asking import Terminal
    from jobd.steer.chosen import Chosen
    from jobd.steer.verdict import Verb

DECLINED = 1
INTERRUPTED = 130
_WHAT = {"cancel": "cancel", "retry": "queue again"}

Found = dict[str, tuple[int, ...]]


def steer(verb: Verb, path: Path, chosen: Chosen, clock: Clock, terminal: Terminal) -> int:
    """Cancel or retry jobs.

    Returns:
        The exit code: 0, 1 where something was refused, 4 where an id is not there.

    Raises:
        UsageError: The filters cannot mean that, or nobody is there to say yes.
        QueueError: The queue cannot be used; what has been said of jobs is done.
    """
    return _Command(verb, path, chosen, clock, terminal, clock.now_ms()).run()


@dataclass(frozen=True, slots=True)
class _Command:
    verb: Verb
    path: Path
    chosen: Chosen
    clock: Clock
    terminal: Terminal
    now_ms: int

    def run(self) -> int:
        if self.chosen.ids:
            return self._by_id()
        found = self._found()
        if not found:
            self.terminal.say("no such job: nothing is to be done")
            return 0
        if self.chosen.dry_run:
            return 0
        if not self.chosen.yes and not agreed(self.terminal, found, _WHAT[self.verb]):
            self.terminal.say("nothing was done")
            return DECLINED
        return self._write(tuple(job_id for group in found.values() for job_id in group))

    def _found(self) -> Found:
        """By the filters; shown, unless a yes was given before."""
        with readable(self.path, self.clock) as queue:
            found = meant(queue, self.verb, self.chosen.wanted, self.now_ms)
            if found and (self.chosen.dry_run or not self.chosen.yes):
                show(self.terminal, queue, found, _WHAT[self.verb])
        return found

    def _by_id(self) -> int:
        if not self.chosen.dry_run:
            return self._write(self.chosen.ids)
        saying = Saying(self.terminal.out)
        with readable(self.path, self.clock) as queue:
            change = Change(queue, self.verb, self.chosen.wanted, self.now_ms, dry_run=True)
            for job_id in self.chosen.ids:
                saying.add(change.one(job_id))
        saying.total(f"would be {DONE[self.verb]}")
        return saying.code

    def _write(self, ids: tuple[int, ...]) -> int:
        saying = Saying(self.terminal.out)
        try:
            with writable(self.path, self.clock) as queue:
                change = Change(queue, self.verb, self._wanted(), self.now_ms)
                for answer in change.all_of(ids, Pace(queue, self.terminal.sleep)):
                    saying.add(answer)
                paused = paused_kinds(queue) & saying.kinds
        except KeyboardInterrupt:
            self.terminal.say(f"interrupted: {len(ids) - saying.counts.total():,} jobs were not reached")
            return INTERRUPTED
        finally:
            saying.total(DONE[self.verb])
        for note in notes(self.verb, saying.were, daemon_of(self.path), paused):
            self.terminal.say(note)
        return saying.code

    def _wanted(self) -> Wanted:
        """What a job must still be when its turn comes: named by its id, nothing."""
        wanted = self.chosen.wanted
        if self.chosen.ids or wanted.states:
            return wanted
        return replace(wanted, states=BY_ITSELF[self.verb])
