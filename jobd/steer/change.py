"""Cancel and retry: each row by the contract's own statement, so that its triggers speak."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import apsw

from jobd.report.read import MAX_ID
from jobd.report.text import decoded
from jobd.steer import verdict
from jobd.steer.verdict import Before

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobd.queue.file import Queue
    from jobd.report.wanted import Wanted
    from jobd.steer.pace import Pace
    from jobd.steer.verdict import Answer, Verb

_IN_SILENCE = "stays as it is: a trigger of another program would have it so"


@dataclass(frozen=True, slots=True)
class Change:
    """One command on one queue.

    Attributes:
        queue: Opened by `desk`.
        verb: What is to be done.
        wanted: What a job must still be when its turn comes.
        now_ms: When the jobs were found.
        dry_run: Only say what would be done.
    """

    queue: Queue
    verb: Verb
    wanted: Wanted
    now_ms: int
    dry_run: bool = False

    def all_of(self, ids: Sequence[int], pace: Pace) -> Iterator[Answer]:
        """Each of them in its turn, in steps; an answer comes when its change is committed.

        Raises:
            QueueStuck: The queue cannot be written now; what was answered is done.
        """
        at = 0
        while at < len(ids):
            with pace.step():
                step = ids[at : at + pace.size]
                answers = [self.one(job_id) for job_id in step]
            at += len(step)
            yield from answers

    def one(self, job_id: int) -> Answer:
        """One of them, inside a transaction of the caller's."""
        job = self._before(job_id)
        if job is None:
            return verdict.missing(job_id, named=self.wanted.is_all)
        if not verdict.is_meant(job, self.wanted, self.now_ms):
            return verdict.changed(job, self.now_ms)
        hindrance = verdict.hindrance(self.verb, job, self.now_ms)
        return hindrance or (
            verdict.done(self.verb, job, dry_run=True) if self.dry_run else self._write(job)
        )

    def _before(self, job_id: int) -> Before | None:
        if not 1 <= job_id <= MAX_ID:
            return None
        rows = self.queue.run("before", {"id": job_id, "video": self.wanted.video})
        return Before(rows[0][0], decoded(rows[0][1]), *rows[0][2:]) if rows else None

    def _write(self, job: Before) -> Answer:
        try:
            rows = self.queue.run(self.verb, {"id": job.id})
        except apsw.ConstraintError as error:  # the statement alone is undone
            return verdict.of(job, "refused", f"refused: {error}")
        if not rows:
            return verdict.of(job, "refused", _IN_SILENCE)
        return verdict.done(self.verb, job)
