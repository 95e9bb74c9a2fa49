"""Settings taken in again while the daemon runs (SIGHUP): what may change, and what is said."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple

from jobd.errors import JobdError

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobd.daemon.house import Terms
    from jobd.settings import Settings

log = logging.getLogger("jobd")

# The lock and the open queue; the folders that a service's own walls were built around.
FIXED = frozenset({"db", "roots"})


class Change(NamedTuple):
    """From old settings to new ones.

    Attributes:
        settings: The new ones, as far as they may change.
        taken: Names of those that are different now.
        left: Names of those that would need a restart.
    """

    settings: Settings
    taken: tuple[str, ...]
    left: tuple[str, ...]


def change(old: Settings, new: Settings) -> Change:
    """What becomes of new settings in a daemon that runs (pure)."""
    names = [name for name in type(old).model_fields if getattr(old, name) != getattr(new, name)]
    taken = tuple(name for name in names if name not in FIXED)
    left = tuple(name for name in names if name in FIXED)
    return Change(old.model_copy(update={n: getattr(new, n) for n in taken}), taken, left)


class Reload:
    """Reads the settings again, and says what came of it."""

    def __init__(self, read: Callable[[], Settings], agree: Callable[[Settings], Terms]) -> None:
        self._read = read
        self._agree = agree

    def __call__(self, terms: Terms) -> Terms:
        """The new terms; the old ones where the new settings cannot be taken as a whole."""
        try:
            settings, taken, left = change(terms.settings, self._read())
            new = self._agree(settings) if taken else terms
        except JobdError as error:
            log.error("settings not reloaded, the old ones stay in force: %s", error)  # noqa: TRY400 - a line for people
            return terms
        logging.getLogger().setLevel(settings.log_level.upper())
        log.info("settings reloaded: %s", ", ".join(taken) or "nothing to change")
        if left:
            log.warning("not changed, needs a restart: %s", ", ".join(left))
        return new
