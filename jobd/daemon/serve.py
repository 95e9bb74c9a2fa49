"""Put a daemon together: the lock, the queue, the forkserver, the wake-up."""

from __future__ import annotations

import logging
import os
import random
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import apsw

from jobd.attempt.sandbox import missing_walls
from jobd.attempt.start import Nursery
from jobd.daemon.house import House, Terms, TimeLimits
from jobd.daemon.loop import Daemon
from jobd.daemon.reload import Reload
from jobd.daemon.verdicts import Settler
from jobd.daemon.watched import Watched
from jobd.errors import QueueError, QueueStuck, UsageError
from jobd.handlers.context import Options, Walls
from jobd.handlers.paths import resolved
from jobd.ocr.terms import Terms as OcrTerms
from jobd.ocr.terms import chosen
from jobd.queue.create import create
from jobd.queue.file import open_queue
from jobd.queue.heartbeat import identify
from jobd.queue.kinds import register
from jobd.queue.lifecycle import Backoff
from jobd.queue.lock import DaemonLock
from jobd.queue.strangers import refuse_gaps, refuse_strangers
from jobd.queue.wake import waker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from jobd.clock import Clock
    from jobd.queue.file import Queue
    from jobd.queue.heartbeat import Identity
    from jobd.queue.kinds import Kind
    from jobd.settings import Settings
    from jobd.systemd.notify import Manager

log = logging.getLogger("jobd")

_MB = 1024 * 1024
_PATIENCE = 24  # times the busy time-out: about two minutes


def serve(
    read_settings: Callable[[], Settings],
    kinds: Sequence[Kind],
    clock: Clock,
    manager: Manager,
    *,
    exit_when_idle: bool,
) -> int:
    """Serve the queue until a signal, or until nothing is left to do.

    Args:
        read_settings: Called at the start, and again at a reload.
        kinds: All kinds there are handlers for.
        clock: Passed on.
        manager: Of services; it is told how this one does.
        exit_when_idle: Stop when nothing waits or runs.

    Raises:
        UsageError: A setting is wrong.
        QueueHeld: Another daemon serves this queue.
        QueueError: The queue file cannot be used.
    """
    settings = read_settings()
    _speak_of_walls(settings)
    _time_limits(settings, kinds)
    _ocr_terms(settings)
    with DaemonLock(settings.db) as lock, _clear_errors(settings.db):
        create(settings.db, kinds)
        queue = open_queue(settings.db, clock)
        refuse_gaps(queue)
        ground = _Ground(queue, Nursery(), identify(clock, settings.concurrency), kinds)
        _register(queue, kinds, settings.concurrency)
        terms = ground.terms(settings)
        ground.nursery.warm_up()
        with waker(settings.db) as wake:
            reload = Reload(read_settings, ground.renewed)
            daemon = Daemon(terms, wake, lock, Watched(manager, queue), reload)
            return daemon.run(exit_when_idle=exit_when_idle)


@dataclass(frozen=True, slots=True)
class _Ground:
    """What stays while settings change."""

    queue: Queue
    nursery: Nursery
    identity: Identity
    kinds: Sequence[Kind]

    def terms(self, settings: Settings) -> Terms:
        """Agree with the queue on these settings.

        Raises:
            UsageError: One is wrong.
            QueueError: The queue has rules that they do not allow, or could not be written.
        """
        time_limits = _time_limits(settings, self.kinds)
        register(self.queue, self.kinds, settings.concurrency)
        refuse_strangers(self.queue, self.kinds, settings.allow_triggers)
        identity = replace(self.identity, concurrency=settings.concurrency)
        return Terms(settings, _house(self.queue, self.nursery, settings, time_limits), identity)

    def renewed(self, settings: Settings) -> Terms:
        """The same for a daemon that runs."""
        _speak_of_walls(settings)
        return self.terms(settings)


def _speak_of_walls(settings: Settings) -> None:
    missing = [] if settings.sandbox == "off" else missing_walls()
    if missing and settings.sandbox == "require":
        raise UsageError(f"sandbox = require, but {'; '.join(missing)}")
    for reason in missing:
        log.warning("a wall around decoders is missing: %s", reason)


def _time_limits(settings: Settings, kinds: Sequence[Kind]) -> TimeLimits:
    known = [kind.name for kind in kinds]
    for name in settings.time_limits:
        if name not in known:
            raise UsageError(f"time_limits: unknown kind '{name}'; known: {', '.join(known)}")
    return TimeLimits(settings.time_limit_s, settings.time_limits)


def _ocr_terms(settings: Settings) -> OcrTerms | None:
    elsewhere = settings.final_status == "running_ocr"
    engine = chosen(settings.ocr_engine, elsewhere=elsewhere)
    if engine is None:
        return None
    threads = settings.ocr_threads or max(1, _cores() // settings.concurrency)
    return OcrTerms(engine, settings.ocr_boxes, settings.ocr_languages, threads)


def _register(queue: Queue, kinds: Sequence[Kind], concurrency: int) -> None:
    """Make the queue know our kinds, with patience for a program that holds it."""
    for _ in range(_PATIENCE):
        try:
            return register(queue, kinds, concurrency)
        except QueueStuck as error:
            log.warning("%s; trying again", error)
    raise QueueError(f"{queue.path} could not be written for too long")


@contextmanager
def _clear_errors(db: Path) -> Iterator[None]:
    """What SQLite cannot do any more ends the daemon with a line; the next start recovers."""
    try:
        yield
    except apsw.Error as error:
        raise QueueError(f"{db}: {error}") from None


def _cores() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _house(queue: Queue, nursery: Nursery, settings: Settings, time_limits: TimeLimits) -> House:
    backoff = Backoff(settings.backoff_s, settings.backoff_jitter)
    return House(
        queue=queue,
        nursery=nursery,
        settler=Settler(queue, backoff, random.SystemRandom().random),
        options=Options(
            roots=resolved(settings.allowed_roots),
            final_status=settings.final_status,
            max_pixels=settings.max_pixels,
            max_images=settings.max_images,
            decode_threads=settings.decode_threads or _cores(),
            queue_folder=queue.path.parent,
            walls=Walls(
                settings.sandbox, settings.max_memory_mb * _MB, settings.max_growth_mb * _MB
            ),
            allowed_triggers=settings.allow_triggers,
            log_level=settings.log_level,
            ocr=_ocr_terms(settings),
        ),
        clock=queue.clock,
        no_progress_s=settings.no_progress_s,
        time_limits=time_limits,
    )
