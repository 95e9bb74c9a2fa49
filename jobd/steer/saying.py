"""What a command says of many jobs: some lines, then counts; and what its exit code is."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from jobd.report.text import encodable, harmless

if TYPE_CHECKING:
    from typing import TextIO

    from jobd.steer.verdict import Answer

LINES = 20
NO_SUCH_JOB = 4
REFUSED = 1
_WORDS = {
    "already": "as asked before",
    "changed": "changed meanwhile",
    "refused": "refused",
    "missing": "not there",
}


class Saying:
    """A line for each job while they are few; of each outcome so many at most.

    Attributes:
        counts: How many jobs ended how.
        were: Of those that were changed, how many had which status.
        kinds: Theirs.
    """

    def __init__(self, out: TextIO) -> None:
        self.counts: Counter[str] = Counter()
        self.were: Counter[str] = Counter()
        self.kinds: set[str] = set()
        self._out = out

    def add(self, answer: Answer) -> None:
        """One job."""
        self.counts[answer.outcome] += 1
        if answer.outcome == "done":
            self.were[answer.was] += 1
            self.kinds.add(answer.kind)
        if self.counts[answer.outcome] <= LINES:
            self.line(str(answer))

    def line(self, text: str) -> None:
        """A line of its own."""
        self._out.write(encodable(harmless(text), self._out) + "\n")

    def total(self, done: str) -> None:
        """How many there were, where the lines alone do not say it.

        Args:
            done: The word for those that were done.
        """
        if self.counts.total() > 1:
            words = {"done": done, **_WORDS}
            counts = (f"{self.counts[o]:,} {word}" for o, word in words.items() if self.counts[o])
            self.line(", ".join(counts))

    @property
    def code(self) -> int:
        """The exit code: an id that is not there weighs more than a refusal."""
        if self.counts["missing"]:
            return NO_SUCH_JOB
        return REFUSED if self.counts["refused"] else 0
