"""`inspect --check`: one line and an exit code, for whatever looks after services."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobd.errors import QueueError
from jobd.report.read import SILENCE_MS, daemon_of, looking, rows_of
from jobd.report.text import harmless
from jobd.report.times import precisely, roughly
from jobd.report.waiting import count_failed, waits

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from jobd.clock import Clock
    from jobd.report.rows import Daemon
    from jobd.report.waiting import KindWaits

OK = 0
NOT_MET = 1
NO_DAEMON = 3


@dataclass(frozen=True, slots=True)
class Demands:
    """What must hold; None: that is not looked at.

    Attributes:
        max_age_ms: No job waits longer than this that could start now.
        max_failed: No more jobs than this have failed,
        failed_within_ms: in this time; None: of all that are still there.
        max_waiting: No more jobs than this wait whose time has come.
        daemon: A daemon lives, says so, and starts jobs.
    """

    max_age_ms: int | None = None
    max_failed: int | None = None
    failed_within_ms: int | None = None
    max_waiting: int | None = None
    daemon: bool = False


@dataclass(frozen=True, slots=True)
class Health:
    """What was found at one moment; kinds that are paused do not count as waiting."""

    now_ms: int
    daemon: Daemon
    kinds: tuple[KindWaits, ...]
    failed: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One demand, compared with what was found."""

    code: int
    text: str


def check(path: Path, demands: Demands, clock: Clock) -> tuple[int, str]:
    """Look, and judge.

    Returns:
        The exit code and the line: 0 all is met, 1 something is not, 3 no daemon runs, 5 the
        queue cannot be read.
    """
    try:
        health = read_health(path, clock, demands.failed_within_ms)
    except QueueError as error:
        return error.exit_code, f"not ok: {harmless(str(error))}"
    return verdict(findings(demands, health))


def read_health(path: Path, clock: Clock, failed_within_ms: int | None) -> Health:
    """What the demands are compared with.

    Raises:
        QueueError: There is no readable queue at the path.
    """
    now_ms = clock.now_ms()
    since_ms = 0 if failed_within_ms is None else now_ms - failed_within_ms
    with looking(path, clock) as (queue, sql):
        return Health(
            now_ms=now_ms,
            daemon=daemon_of(path, rows_of(queue, sql["daemon"]), now_ms),
            kinds=waits(queue, now_ms),
            failed=count_failed(queue, since_ms),
        )


def verdict(found: Sequence[Finding]) -> tuple[int, str]:
    """The worst code, and what is amiss before what is well (pure)."""
    code = max((finding.code for finding in found), default=OK)
    amiss = [finding.text for finding in found if finding.code]
    well = [finding.text for finding in found if not finding.code]
    if not amiss:
        return code, f"ok: {', '.join(well) or 'the queue can be read'}"
    also = f" (ok: {', '.join(well)})" if well else ""
    return code, f"not ok: {', '.join(amiss)}{also}"


def findings(demands: Demands, health: Health) -> list[Finding]:
    """Each demand compared (pure)."""
    found = []
    if demands.daemon:
        found.append(_daemon(health.daemon, health.now_ms))
    if demands.max_age_ms is not None:
        found.append(_age(health, demands.max_age_ms))
    if demands.max_failed is not None:
        found.append(_failed(health, demands.max_failed, demands.failed_within_ms))
    if demands.max_waiting is not None:
        found.append(_waiting(health, demands.max_waiting))
    return found


def _daemon(daemon: Daemon, now_ms: int) -> Finding:
    if not daemon.alive:
        return Finding(NO_DAEMON, "no daemon runs")
    if daemon.not_leasing:
        return Finding(NOT_MET, f"the daemon starts no job: {harmless(daemon.not_leasing)}")
    silent_ms = 0 if daemon.beat_at_ms is None else now_ms - daemon.beat_at_ms
    if silent_ms > SILENCE_MS:
        return Finding(NOT_MET, f"the daemon has said nothing for {roughly(silent_ms)}")
    return Finding(OK, f"daemon runs (pid {daemon.pid})")


def _age(health: Health, limit_ms: int) -> Finding:
    oldest = min(
        ((kind.oldest.since_ms, kind) for kind in health.kinds if kind.oldest),
        key=lambda found: found[0],
        default=None,
    )
    if oldest is None:
        return Finding(OK, "nothing waits that could start")
    since_ms, kind = oldest
    age_ms = max(0, health.now_ms - since_ms)
    job = f"job {kind.oldest.job_id} ({harmless(kind.kind)})" if kind.oldest else ""
    if age_ms > limit_ms:
        what = f"{job} has waited for {precisely(age_ms)}, more than {precisely(limit_ms)}"
        return Finding(NOT_MET, what)
    return Finding(OK, f"the oldest has waited for {precisely(age_ms)}")


def _failed(health: Health, limit: int, within_ms: int | None) -> Finding:
    words = f"{health.failed:,} failed" + ("" if within_ms is None else f" in {roughly(within_ms)}")
    return _counted(words, health.failed, limit)


def _waiting(health: Health, limit: int) -> Finding:
    count = sum(kind.count for kind in health.kinds if not kind.paused)
    return _counted(f"{count:,} waiting", count, limit)


def _counted(words: str, count: int, limit: int) -> Finding:
    if count > limit:
        return Finding(NOT_MET, f"{words}, more than {limit:,}")
    return Finding(OK, words)
