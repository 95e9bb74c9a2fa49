"""`python -m jobd adopt ROOT [--dry-run]`: queue what no row of the queue covers."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from jobd.adopt.decide import decide
from jobd.adopt.job import job_of, put
from jobd.adopt.look import DATABASE, SQL_FILE, databases, look_at
from jobd.errors import AttemptError, NotReadable, PathRefused, UsageError
from jobd.handlers.paths import below_root, resolved
from jobd.queue.file import open_queue
from jobd.report.read import looking, rows_of
from jobd.report.text import encodable, harmless

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jobd.adopt.job import Job
    from jobd.clock import Clock
    from jobd.settings import Settings

    Put = Callable[[Job], int | None]


@dataclass(slots=True)
class _Said:
    """What people are told, and the sums of it."""

    out: TextIO
    err: TextIO
    dry_run: bool
    queued: int = 0
    skipped: int = 0

    def job(self, job: Job, job_id: int | None) -> None:
        self.queued += 1
        does = "would queue" if self.dry_run else f"job {job_id}:"
        self._line(self.out, f"{does} {job.kind} of {job.database.parent} ({job.reason})")

    def skip(self, why: Exception) -> None:
        self.skipped += 1
        self._line(self.err, f"jobd: skipped: {why}")

    def end(self) -> int:
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        done = "would queue" if self.dry_run else "queued"
        self._line(self.out, f"{done} {self.queued or 'nothing'}{skipped}")
        return 1 if self.skipped else 0

    def _line(self, stream: TextIO, text: str) -> None:
        stream.write(encodable(f"{harmless(text)}\n", stream))


def adopt(
    root: Path, settings: Settings, clock: Clock, out: TextIO, err: TextIO, *, dry_run: bool
) -> int:
    """Queue the work that the videos below a folder lack.

    Args:
        root: The folder, spelled as the app spells it in its payloads.
        settings: The queue, and the roots that its jobs may use.
        clock: Where the times in rows come from.
        out: One line for each job.
        err: One line for each video that cannot be judged.
        dry_run: Say it all, and write nothing.

    Returns:
        The exit code: 1 where a video was skipped.

    Raises:
        UsageError: No job may use this folder, or it cannot be read.
        QueueError: There is no usable queue.
    """
    root = Path(os.path.abspath(root))  # noqa: PTH100 - a root may be a link: not resolved here
    _refuse_outside(root, settings)
    said = _Said(out, err, dry_run)
    live = _live(settings.db, clock)
    if dry_run:
        _go_over(root, live, lambda _: 0, said)
    else:
        with closing(open_queue(settings.db, clock)) as queue:
            _go_over(root, live, lambda job: put(queue, job, settings.allow_triggers), said)
    return said.end()


def _refuse_outside(root: Path, settings: Settings) -> None:
    try:
        below_root(str(root / DATABASE), resolved(settings.allowed_roots), "ROOT")
        os.scandir(root).close()
    except PathRefused as error:
        raise UsageError(str(error)) from None
    except OSError as error:
        raise UsageError(f"ROOT {root}: {error.strerror}") from None


def _live(queue: Path, clock: Clock) -> frozenset[tuple[str, str]]:
    """Kind and database of all that waits or runs, however the app spelled its path."""
    with looking(queue, clock, SQL_FILE) as (file, sql):
        rows = rows_of(file, sql["live"])
    named = [(row["kind"], row["target"]) for row in rows if "\0" not in row["target"]]
    return frozenset((kind, os.path.realpath(target)) for kind, target in named)


def _go_over(root: Path, live: frozenset[tuple[str, str]], put: Put, said: _Said) -> None:
    for database in databases(root, said.skip):
        try:
            for job in _lacking(database, live):
                job_id = put(job)
                if job_id is not None:
                    said.job(job, job_id)
        except (NotReadable, AttemptError) as error:
            said.skip(error)


def _lacking(database: Path, live: frozenset[tuple[str, str]]) -> Iterator[Job]:
    video = look_at(database)
    for wish in decide(video.state):
        if (wish.kind, os.path.realpath(database)) not in live:
            yield job_of(video, wish)
