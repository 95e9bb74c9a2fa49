"""A queue on a desk: real rows, driven by the queue's own functions, under a clock set by hand."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from jobd.queue.kinds import Kind
from jobd.queue.lease import renew, set_pid, take_lease
from jobd.queue.lifecycle import Backoff, Outcome, settlement
from jobd.queue.said import Said
from jobd.queue.settle import Figures, settle
from jobd.report.inspect import Asked, inspect
from jobd.report.view import View
from jobd.report.wanted import Wanted
from tests.support.queuefile import NOW_MS, HandClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jobd.queue.file import Queue
    from jobd.queue.lease import Lease

START_MS = NOW_MS
VIDEO = "0f8c2a5e-3a51-4d0e-9e11-8a4a0e1f2b3c"
KINDS = (
    Kind("full_frames", ("videoId",), "{}"),
    Kind("crop_frames", ("videoId",), "{}", priority=10),
)
FIGURES = Figures(
    frames_wanted=6,
    frames_decoded=1323,
    frames_concealed=2,
    cpu_s=3.25,
    peak_rss_bytes=212 * 1024 * 1024,
)


@dataclass
class Desk:
    """A real queue file, its rows driven by the queue's own functions."""

    queue: Queue
    clock: HandClock
    targets: Iterator[int] = field(default_factory=lambda: iter(range(1000)))

    @property
    def path(self) -> Path:
        return self.queue.path

    def add(self, kind: str = "full_frames", *, payload: object = None, **columns: Any) -> int:
        text = payload if isinstance(payload, str) else json.dumps(payload or self.payload())
        values = {"kind": kind, "payload": text, "created_at": self.clock.at_ms, **columns}
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        sql = f"INSERT INTO jobs ({names}) VALUES ({marks}) RETURNING id"
        (job_id,) = self.sql(sql, *values.values())[0]
        return int(job_id)

    def payload(self) -> dict[str, str]:
        return {"videoId": VIDEO, "dbPath": f"/data/{next(self.targets)}/annotations.db"}

    def lease(self, pid: int = 4712) -> Lease:
        lease = take_lease(self.queue, 30_000)
        assert lease is not None
        set_pid(self.queue, lease, pid)
        return lease

    def run(self, outcome: Outcome, took_s: float = 1.2, **how: Any) -> int:
        """One attempt from lease to settle; the job's id."""
        lease = self.lease()
        self.clock.pass_s(took_s)
        settled = settlement(
            outcome,
            lease,
            now_ms=self.clock.at_ms,
            backoff=Backoff(),
            unit_random=0.5,
            **how,
        )
        error_class = "VideoIncomplete" if settled.error else None
        settle(self.queue, lease, outcome, settled, FIGURES, error_class)
        return lease.job_id

    def progress(self, lease: Lease, share: float) -> None:
        renew(self.queue, lease, share, 30_000)

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.queue.db.execute(statement, values).fetchall()

    def see(self, job_id: int | None = None) -> str:
        """What inspect prints."""
        return shown(self.path, self.clock, job_id)

    def document(self, job_id: int | None = None) -> dict[str, Any]:
        """What inspect prints for programs."""
        document: dict[str, Any] = json.loads(
            shown(self.path, self.clock, job_id, as_json=True), parse_constant=pytest.fail
        )
        return document

    def see_video(self, video_id: str, width: int = 80) -> str:
        """What inspect prints of a video."""
        out = io.StringIO()
        inspect(self.path, Asked(wanted=Wanted(video=video_id)), self.clock, out, View(width))
        return out.getvalue()

    def video(self, video_id: str) -> dict[str, Any]:
        """What inspect prints for programs of a video."""
        out = io.StringIO()
        asked = Asked(wanted=Wanted(video=video_id), as_json=True)
        inspect(self.path, asked, self.clock, out, None)
        document: dict[str, Any] = json.loads(out.getvalue(), parse_constant=pytest.fail)
        return document

    def say(self, lease: Lease, level: str, message: str) -> None:
        """A line in the log of an attempt."""
        said = Said(lease.attempt_id)
        said.add(self.clock.at_ms, level, message)
        said.write(self.queue)


def shown(path: Path, clock: HandClock, job_id: int | None = None, *, as_json: bool = False) -> str:
    out = io.StringIO()
    inspect(path, Asked(job_id, as_json=as_json), clock, out, View())
    return out.getvalue()
