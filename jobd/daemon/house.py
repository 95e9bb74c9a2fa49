"""What every slot of a daemon needs, passed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobd.attempt.start import Nursery
    from jobd.clock import Clock
    from jobd.daemon.verdicts import Settler
    from jobd.handlers.context import Options
    from jobd.queue.file import Queue
    from jobd.queue.heartbeat import Identity
    from jobd.settings import Settings


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """How long an attempt may take.

    Attributes:
        default_s: For kinds that have no limit of their own.
        by_kind_s: Those that have one.
    """

    default_s: float
    by_kind_s: Mapping[str, float]

    def of(self, kind: str) -> float:
        """The limit of a kind in seconds."""
        return self.by_kind_s.get(kind, self.default_s)


@dataclass(frozen=True, slots=True)
class House:
    """The queue, the way to start children, and the rules for them."""

    queue: Queue
    nursery: Nursery
    settler: Settler
    options: Options
    clock: Clock
    no_progress_s: float
    time_limits: TimeLimits

    @property
    def lease_ms(self) -> int:
        """How long a lease runs for those who look; nothing is decided by it."""
        return int(self.no_progress_s * 1000)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a daemon goes by until its settings are taken in again.

    Attributes:
        settings: As they are in force.
        house: Made by them, for slots that are filled from now on.
        identity: What the daemon says of itself.
    """

    settings: Settings
    house: House
    identity: Identity
