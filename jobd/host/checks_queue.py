"""The queue's file and its daemon: from what was seen to what to do (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobd import __version__
from jobd.host.check import Check, fail, ok, warn
from jobd.host.look import LOOKED_AT
from jobd.report.screen import daemon_line
from jobd.report.times import roughly

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobd.host.look import Look

_MIB, _GIB = 2**20, 2**30
_LARGE_WAL_BYTES = 64 * _MIB  # the daemon's own journal_size_limit
_FULL, _INCREMENTAL = 2, 2
_SILENCE_MS = 60_000  # six beats


def queue_checks(look: Look) -> Iterator[Check]:
    """All of them."""
    yield daemon(look)
    yield schema(look)
    yield journal(look)
    yield wal_size(look)
    yield integrity(look)


def daemon(look: Look) -> Check:
    """Whether one serves this queue, is ours, and starts jobs."""
    name, said = "daemon", look.daemon
    line = daemon_line(said, look.now_ms)
    if not said.alive:
        return warn(name, line, f"start it: python -m jobd serve --db {look.path}")
    if said.beat_at_ms is not None and look.now_ms - said.beat_at_ms > _SILENCE_MS:
        mend = f"look at its log; if it says nothing, end pid {said.pid} and start it again"
        return fail(name, f"{line}: it hangs, or cannot write to the queue", mend)
    if said.not_leasing is not None:
        mend = "a daemon that stops is to be started again; else mend the reason, it then goes on"
        return warn(name, f"{line}; starts no job now: {said.not_leasing}", mend)
    if said.version is not None and said.version != __version__:
        mend = "start the daemon again, so that it is the jobd that is installed"
        return warn(name, f"{line}, but this is jobd {__version__}", mend)
    return ok(name, line)


def schema(look: Look) -> Check:
    """Whether serve would take the file's tables, indexes, triggers and views."""
    if look.refusal is None:
        return ok("schema", "tables, indexes and triggers are jobd's own")
    text, _, mend = look.refusal.partition("; ")
    return fail("schema", f"serve would not start: {text}", mend)


def journal(look: Look) -> Check:
    """How the file keeps what was committed."""
    name = "journal"
    if not look.wal:
        mend = "start serve, which sets WAL again, and let no other program set journal_mode"
        return warn(name, "the queue is not in WAL mode: readers and writers wait in turns", mend)
    if look.synchronous != _FULL:
        mend = "install jobd again: its connections set synchronous = FULL"
        return fail(name, "jobd's connections do not survive power loss", mend)
    if look.auto_vacuum != _INCREMENTAL:
        mend = "with all programs stopped: PRAGMA auto_vacuum = INCREMENTAL; VACUUM"
        return warn(name, "auto_vacuum is not incremental: the file never shrinks", mend)
    return ok(name, "WAL; synchronous is FULL in jobd, and each other program's own affair")


def wal_size(look: Look) -> Check:
    """A -wal that grows is held by a reader that does not end."""
    if look.wal_bytes <= _LARGE_WAL_BYTES:
        return ok("wal", f"{look.wal_bytes / _MIB:.1f} MiB")
    text = f"{look.path}-wal has {look.wal_bytes / _MIB:,.0f} MiB: a reader holds it"
    mend = (
        "end the program that keeps a read transaction open, then PRAGMA wal_checkpoint(TRUNCATE)"
    )
    return warn("wal", text, mend)


def integrity(look: Look) -> Check:
    """Whether the file is whole."""
    name, size = "integrity", f"{look.size_bytes / _GIB:,.1f} GiB"
    if look.faults is None:
        return ok(name, f"not checked: {size} would take long (--full does it all the same)")
    if look.faults == ("ok",):
        return ok(name, "quick_check found nothing")
    mend = f"stop all programs, copy the file, then: sqlite3 {look.path} .recover"
    return fail(name, f"the queue is damaged: {'; '.join(look.faults)}", mend)


def row_checks(look: Look, handled: frozenset[str]) -> Iterator[Check]:
    """The rows that do not go on.

    Args:
        look: The queue.
        handled: The kinds that this jobd runs.
    """
    yield orphans(look)
    yield kinds(look, handled)
    yield waiting(look)
    yield cancellations(look)


def orphans(look: Look) -> Check:
    """What runs must have a daemon."""
    name = "orphans"
    if look.daemon.alive or not (look.running or look.open_attempts):
        return ok(name, "no job runs without a daemon")
    text = f"running jobs: {look.running}, open attempts: {look.open_attempts}, and no daemon"
    mend = f"start it: python -m jobd serve --db {look.path} takes them up, as crashed attempts"
    return warn(name, text, mend)


def kinds(look: Look, handled: frozenset[str]) -> Check:
    """What waits must have a handler, and not be paused by someone who forgot."""
    name = "kinds"
    foreign = {kind: jobs for kind, jobs in look.waiting.items() if kind not in handled}
    if foreign:
        listed = ", ".join(f"{jobs} {kind}" for kind, jobs in foreign.items())
        mend = "update jobd, or cancel them: UPDATE jobs SET status = 'cancelled' WHERE kind = …"
        return warn(name, f"this jobd has no handler for waiting jobs: {listed}", mend)
    paused = sorted(kind for kind, is_paused in look.kinds.items() if is_paused)
    if paused:
        mend = "to go on: `python -m jobd resume`"
        return warn(name, f"paused: {', '.join(paused)}", mend)
    return ok(name, f"{', '.join(sorted(look.kinds)) or 'none yet'}, none paused")


def waiting(look: Look) -> Check:
    """What could start must start some day."""
    name, left = "waiting", look.left_waiting
    if left.oldest_ms is None:
        total = sum(look.waiting.values())
        return ok(name, f"waiting jobs: {total}, none of which could have started a day ago")
    since = roughly(look.now_ms - left.oldest_ms)
    mend = "see whether the daemon runs, and whether a job of their unique_key or dbPath never ends"
    text = f"jobs that could have started a day ago: {_counted(left.count)}, one waits {since}"
    return warn(name, text, mend)


def cancellations(look: Look) -> Check:
    """What was cancelled must be told."""
    name, owed = "cancellations", look.owed
    if owed.oldest_ms is None:
        return ok(name, "no video waits to be told of a cancellation")
    since = roughly(look.now_ms - owed.oldest_ms)
    mend = "see that the daemon runs and that their databases can be written; its log names them"
    text = f"videos that wait to be told of one: {owed.count}, the first since {since}"
    return warn(name, text, mend)


def _counted(jobs: int) -> str:
    return f"{jobs:,}" if jobs < LOOKED_AT else f"{LOOKED_AT:,} or more"
