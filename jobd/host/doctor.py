"""`python -m jobd doctor`: look at the machine, the settings and the queue; change nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from jobd.errors import QueueError, QueueTooNew
from jobd.handlers.registry import handlers
from jobd.host import checks_queue, screen
from jobd.host.check import Check, State, fail, ok, warn, worst
from jobd.host.checks_roots import root_checks
from jobd.host.given import given
from jobd.host.kernel import kernel_checks
from jobd.host.libraries import decoders, packages
from jobd.host.look import look_at
from jobd.host.modes import mode_checks
from jobd.host.ocr import ocr
from jobd.host.people import people_checks
from jobd.host.space import file_system, space
from jobd.host.sqlite_versions import sqlite_checks
from jobd.report.text import encodable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from jobd.clock import Clock
    from jobd.host.given import Given
    from jobd.host.look import Look
    from jobd.settings import Settings

_CHECKED_UP_TO_BYTES = 2 * 2**30  # more takes quick_check longer than a person waits


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line said.

    Attributes:
        flags: Settings, as serve takes them.
        environ: The process's environment.
        app: The app's folder, to find its SQLite; None: not named.
        quick: Leave out what takes long: the decoders, the OCR engine, and quick_check.
        full: quick_check a queue of any size.
        as_json: A document for programs.
    """

    flags: Mapping[str, Any]
    environ: Mapping[str, str]
    app: Path | None = None
    quick: bool = False
    full: bool = False
    as_json: bool = False

    @property
    def check_up_to_bytes(self) -> float:
        """The largest queue that is checked page by page."""
        return -1 if self.quick else math.inf if self.full else _CHECKED_UP_TO_BYTES


def doctor(asked: Asked, clock: Clock, out: TextIO) -> int:
    """Print every check.

    Returns:
        The exit code: 1 where a check fails, else 0.
    """
    checks = tuple(examine(asked, clock))
    coloured = screen.wants_colour(out, asked.environ)
    text = screen.document(checks) if asked.as_json else screen.screen(checks, coloured=coloured)
    out.write(encodable(text, out))
    return 1 if worst(checks) is State.FAIL else 0


def examine(asked: Asked, clock: Clock) -> Iterator[Check]:
    """Make every check; those that need what an earlier one found missing are left out."""
    found = given(asked.flags, asked.environ)
    yield found.check
    yield from _queue(asked, found, clock)
    yield from _folders(found)
    yield from kernel_checks(found.settings.sandbox if found.settings else "auto")
    yield from sqlite_checks(asked.app)
    yield packages()
    if not asked.quick:
        yield decoders()
    yield ocr(found.settings, quick=asked.quick)


def _queue(asked: Asked, found: Given, clock: Clock) -> Iterator[Check]:
    if found.db is None:
        yield fail("queue", "no queue is named", "give --db or JOBD_DB")
        return
    if _is_absent(found.db):
        yield absent(found.db)
        return
    try:
        allowed = found.settings.allow_triggers if found.settings else ()
        look = look_at(found.db, clock, asked.check_up_to_bytes, allowed)
    except QueueError as error:
        yield unreadable(error)
        return
    yield ok("queue", f"{look.path}, {look.size_bytes / 2**20:,.1f} MiB")
    yield from checks_queue.queue_checks(look)
    yield from checks_queue.row_checks(look, frozenset(h.kind for h in handlers()))
    yield from _around(look, found.settings)


def _is_absent(db: Path) -> bool:
    """False also where it may not be seen: opening it then says why."""
    try:
        db.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def absent(db: Path) -> Check:
    """A queue that is not there: serve makes one, unless its folder is missing too."""
    if db.absolute().parent.is_dir():
        mend = "serve makes it at its start; without serve: python -m jobd init"
        return warn("queue", f"no queue at {db}", mend)
    return fail("queue", f"no folder for {db}", f"mkdir {db.absolute().parent}")


def unreadable(error: QueueError) -> Check:
    """Why a file that is there cannot be read as a queue."""
    if isinstance(error, QueueTooNew):
        return fail("queue", str(error), "update jobd here, or name another file with --db")
    mend = "see that --db names a jobd queue, that this user may read it, and that it is whole"
    return fail("queue", str(error), mend)


def _around(look: Look, settings: Settings | None) -> Iterator[Check]:
    daemon_pid = look.daemon.pid if look.daemon.alive else None
    yield from mode_checks(look.path, served=look.daemon.alive)
    yield from people_checks(look.path, look.newest_jobs, daemon_pid)
    if settings:
        yield from root_checks(settings.allowed_roots, look.path, look.open_jobs)


def _folders(found: Given) -> Iterator[Check]:
    if found.db is None:
        return
    folder = found.db.resolve().parent
    roots = found.settings.allowed_roots if found.settings else ()
    yield space((folder, *roots))
    if kind := file_system(folder):
        yield kind
