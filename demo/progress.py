"""One line per job: redrawn on a terminal, a line now and then into a pipe."""

from __future__ import annotations

import shutil
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app import Job

_BAR = 24
_STEP = 0.25


class Line:
    """The progress of one job."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._began_s = time.monotonic()
        self._last = ("", 0)

    def show(self, job: Job) -> None:
        """Bring the line up to date."""
        text = f"  {self._title:<13}{_bar(job.progress)}  {self._words(job)}"
        if sys.stdout.isatty():
            columns = shutil.get_terminal_size().columns - 1
            sys.stdout.write(f"\r{text[:columns]}\x1b[K" + ("\n" if job.ended else ""))
        elif (step := (job.status, int(job.progress / _STEP))) != self._last:
            self._last = step
            sys.stdout.write(f"{text}\n")
        sys.stdout.flush()

    def _words(self, job: Job) -> str:
        status = job.status
        if status == "queued" and job.attempts:
            status = f"waits for attempt {job.attempts + 1}: {job.error}"
        return f"{job.progress:4.0%}  {time.monotonic() - self._began_s:5.1f} s  {status}"


def _bar(share: float) -> str:
    done = int(share * _BAR)
    return "[" + "#" * done + "." * (_BAR - done) + "]"
