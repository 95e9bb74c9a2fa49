"""A person's commands on a queue of the test's own, with what they say."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jobd.queue.lifecycle import Outcome
from jobd.report.wanted import Wanted
from jobd.steer.asking import Terminal
from jobd.steer.chosen import chosen
from jobd.steer.which import Asked

if TYPE_CHECKING:
    from pathlib import Path

    from jobd.steer.which import Verb
    from tests.support.desk import Desk
    from tests.support.queuefile import HandClock


@dataclass
class Person:
    """Somebody who types commands.

    Attributes:
        answer: To every question; None: nobody is at the terminal.
        asked: The questions.
        slept_s: Every pause of the commands.
    """

    path: Path
    clock: HandClock
    answer: str | None = None
    asked: list[str] = field(default_factory=list)
    slept_s: list[float] = field(default_factory=list)
    out: io.StringIO = field(default_factory=io.StringIO)

    def asks(
        self,
        verb: Verb,
        *ids: int,
        yes: bool = False,
        dry_run: bool = False,
        by_time: bool | None = None,
        **filters: object,
    ) -> Asked:
        """One command."""
        wanted = Wanted(**filters)  # type: ignore[arg-type]
        jobs = chosen(ids, wanted, yes=yes, dry_run=dry_run, by_time=by_time)
        return Asked(verb, self.path, jobs, self.clock, self.terminal(), self.clock.at_ms)

    def terminal(self) -> Terminal:
        """Theirs."""

        def ask(question: str) -> str:
            self.asked.append(question)
            return self.answer or ""

        ask_or_not = None if self.answer is None else ask
        return Terminal(self.out, ask_or_not, self.slept_s.append)

    def said(self) -> list[str]:
        """All lines since the last time."""
        lines = self.out.getvalue().splitlines()
        self.out.seek(0)
        self.out.truncate()
        return lines


def statuses(desk: Desk) -> dict[int, str]:
    """Of every job."""
    return dict(desk.sql("SELECT id, status FROM jobs ORDER BY id"))


def one_of_each(desk: Desk) -> dict[str, int]:
    """A job in each state."""
    named = {}
    for outcome in (Outcome.COMPLETED, Outcome.FAILED, Outcome.RETRY):
        named[str(outcome)] = desk.add()
        desk.run(outcome, error=None if outcome == Outcome.COMPLETED else "no")
    named["cancelled"] = desk.add()
    desk.sql("UPDATE jobs SET status = 'cancelled' WHERE id = ?", named["cancelled"])
    named["running"] = desk.add()
    assert desk.lease().job_id == named["running"]
    named["queued"] = desk.add()
    named["scheduled"] = desk.add(run_at=desk.clock.at_ms + 60_000)
    return named
