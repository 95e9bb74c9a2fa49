"""A running child, and what its end will mean."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from jobd.attempt.messages import Ended, Line
from jobd.attempt.starved import Turns, own_share, turns_of

if TYPE_CHECKING:
    from jobd.attempt.task import Task
    from jobd.daemon.house import House
    from jobd.daemon.joblog import JobLog
    from jobd.queue.lease import Lease

_LIMIT_S = 30.0
_PATIENCE_S = 0.6  # a child at work speaks a little more often


class Slot(ABC):
    """A running child and what its end will mean.

    Attributes:
        lease: What it will settle, if anything.
        silence_s: How long it has said nothing while we listened and it could have got on.
        got_on: Whether it said more than log when it was heard last.
        ended: Its last word, once spoken.
    """

    limit_s = _LIMIT_S
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
