"""What is said of an attempt: to the daemon's own log at once, to the queue in batches."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from jobd.queue.said import Said

if TYPE_CHECKING:
    from jobd.attempt.messages import Level, Line
    from jobd.clock import Clock
    from jobd.queue.lease import Lease

    Extra = dict[str, dict[str, str | int]]

log = logging.getLogger("jobd")

_NUMBERS: dict[Level, int] = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


class JobLog:
    """What the children of a job say, passed on as it comes.

    Args:
        who: How a line begins.
        fields: What it is about, for a journal.
    """

    def __init__(self, who: str, fields: Extra) -> None:
        self._who = who
        self._fields = fields

    def heard(self, line: Line) -> None:
        """A child said something."""
        log.log(_NUMBERS[line.level], "%s: %s", self._who, line.text, extra=self._fields)

    def tell(self, level: Level, text: str) -> None:
        """What jobd itself has to say, to the daemon's own log alone."""
        log.log(_NUMBERS[level], "%s %s", self._who, text, extra=self._fields)

    def missing(self, lines: int) -> None:
        """A child has left out so many more."""


class AttemptLog(JobLog):
    """The log of one attempt, from its lease to its settlement.

    Attributes:
        lease: The attempt.
        said: What is still to be written to the queue.
    """

    def __init__(self, lease: Lease, clock: Clock) -> None:
        super().__init__(_name(lease), _about(lease))
        self.lease = lease
        self.said = Said(lease.attempt_id)
        self._clock = clock
        self._begun_ms = clock.now_ms()

    def say(self, level: Level, text: str) -> None:
        """What jobd itself has to say."""
        self.tell(level, text)
        if log.isEnabledFor(_NUMBERS[level]):
            self.said.add(self._clock.now_ms(), level, text)

    def heard(self, line: Line) -> None:
        """It is kept; that it was said before the attempt began, or is to come, is not believed."""
        super().heard(line)
        at_ms = min(max(line.at_ms, self._begun_ms), self._clock.now_ms())
        self.said.add(at_ms, line.level, line.text)

    def missing(self, lines: int) -> None:
        """They are counted in the end."""
        self.said.dropped += lines


def _name(lease: Lease) -> str:
    """How the log speaks of an attempt."""
    return f"job {lease.job_id} {lease.kind} attempt {lease.attempt}/{lease.max_attempts}"


def _about(lease: Lease) -> Extra:
    """The same for a journal with fields."""
    return {
        "fields": {
            "JOBD_JOB_ID": lease.job_id,
            "JOBD_KIND": lease.kind,
            "JOBD_ATTEMPT": lease.attempt,
            "JOBD_ATTEMPT_ID": lease.attempt_id,
        }
    }
