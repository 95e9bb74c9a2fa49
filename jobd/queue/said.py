"""What was said of an attempt, on its way into job_logs: in transactions that are made anyway."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobd.queue.file import Queue


def writing(queue: Queue, said: Said | None) -> AbstractContextManager[None]:
    """A transaction of the queue, which also writes what was said, if anything can have been."""
    return queue.writing() if said is None else said.writing(queue)


class Said:
    """Lines of one attempt that are still to be written; whoever adds them keeps them few.

    Attributes:
        dropped: How many were not kept.
    """

    def __init__(self, attempt_id: int) -> None:
        self.dropped = 0
        self._attempt_id = attempt_id
        self._lines: list[tuple[int, str, str]] = []

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._lines)

    def add(self, at_ms: int, level: str, message: str) -> None:
        """Add a line.

        Args:
            at_ms: Wall time, Unix milliseconds.
            level: "debug", "info", "warning" or "error".
            message: UTF-8 that is already harmless.
        """
        self._lines.append((at_ms, level, message))

    def close(self, at_ms: int, level: str, message: str) -> None:
        """Add the last line, and before it, if so, how many are missing."""
        if self.dropped:
            self.add(at_ms, "warning", f"{self.dropped} more lines were not kept")
        self.add(at_ms, level, message)

    def write(self, queue: Queue) -> None:
        """Write the lines in a transaction of their own.

        Raises:
            QueueStuck: It cannot be written now; the lines are kept.
        """
        with self.writing(queue):
            pass

    @contextmanager
    def writing(self, queue: Queue) -> Iterator[None]:
        """A transaction of the queue that also writes the lines, as its last statement.

        Raises:
            QueueStuck: It cannot be written now; the lines from before it are kept.
        """
        before = len(self._lines)
        try:
            with queue.writing():
                yield
                self._insert(queue)
        except BaseException:
            del self._lines[before:]  # it will be made again
            raise
        self._lines.clear()

    def _insert(self, queue: Queue) -> None:
        if self._lines:
            lines = json.dumps(self._lines)
            queue.run("add_lines", {"attempt_id": self._attempt_id, "lines": lines})
