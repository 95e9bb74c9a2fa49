"""What the daemon hands to a child: an attempt to make, or a notice to write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from jobd.handlers.context import Options

Word = Literal["waiting", "failed"]


@dataclass(frozen=True, slots=True)
class Notice:
    """A status write for an attempt that can write none itself.

    Attributes:
        word: "waiting" between two attempts, "failed" at the end.
        message: One line for the app's screen.
    """

    word: Word
    message: str


@dataclass(frozen=True, slots=True)
class Task:
    """One child's whole job; picklable.

    Attributes:
        attempt_id: The lease; a notice writes only while no larger one holds the fence.
        payload: The row's bytes as they are, decoded by the child alone.
        number: Attempts so far in this round, this one included.
        max_attempts: After so many the job has failed.
        notice: None for an attempt.
    """

    queue_id: str
    attempt_id: int
    job_id: int
    round: int
    kind: str
    payload: bytes
    number: int
    max_attempts: int
    options: Options
    notice: Notice | None = None

    @property
    def last(self) -> bool:
        """Whether no attempt may follow this one."""
        return self.number >= self.max_attempts
