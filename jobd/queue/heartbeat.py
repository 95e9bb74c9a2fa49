"""What the daemon says of itself, for people: whether it lives, the lock alone decides."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jobd import __version__

if TYPE_CHECKING:
    from jobd.clock import Clock
    from jobd.queue.file import Queue

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Identity:
    """A daemon's description of itself.

    Attributes:
        boot_id: Of the machine, "" where it has none: a pid means nothing after a reboot.
        started_at: Unix milliseconds.
        concurrency: How many attempts it runs at once.
    """

    pid: int
    boot_id: str
    version: str
    started_at: int
    concurrency: int


def identify(clock: Clock, concurrency: int) -> Identity:
    """Describe this process; to be called once, when it starts."""
    boot_id = ""
    with suppress(OSError):  # not Linux
        boot_id = _BOOT_ID.read_text(encoding="ascii").strip()
    return Identity(os.getpid(), boot_id, __version__, clock.now_ms(), concurrency)


def beat(
    queue: Queue, identity: Identity, not_leasing: str | None = None, warning: str | None = None
) -> None:
    """Write the daemon's row anew.

    Args:
        queue: The queue.
        identity: Who speaks.
        not_leasing: Why it starts no job now ("stopping"); None: it does.
        warning: What a person should mend; None: nothing.

    Raises:
        QueueBusy: Another program held the write lock for too long.
    """
    binds = {
        **asdict(identity),
        "now": queue.clock.now_ms(),
        "not_leasing": not_leasing,
        "warning": warning,
    }
    with queue.writing():
        queue.run("beat", binds)
