"""sd_notify(3) by hand: datagrams of KEY=VALUE lines to the socket that the manager named."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import MutableMapping

_VARIABLES = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")
_PATIENCE_S = 1.0


@dataclass(frozen=True, slots=True)
class Manager:
    """Who wants to know how this service does.

    Attributes:
        address: Its socket; None: nobody.
        watchdog_s: It takes us for hung after so long without a word; None: never.
    """

    address: str | None = None
    watchdog_s: float | None = None

    @classmethod
    def from_environ(cls, environ: MutableMapping[str, str]) -> Self:
        """Take what concerns us out of the environment: children are not to speak for us."""
        address, watchdog_us, pid = (environ.pop(name, "") for name in _VARIABLES)
        ours = watchdog_us.isdecimal() and pid in {"", str(os.getpid())}
        return cls(address or None, int(watchdog_us) / 1e6 if ours else None)

    @property
    def listens(self) -> bool:
        """Whether there is one."""
        return self.address is not None

    def tell(self, **values: str | int) -> None:
        """Say it, in one datagram; a manager that cannot hear it is no reason to end."""
        if self.address is None:
            return
        place = f"\0{self.address[1:]}" if self.address.startswith("@") else self.address
        text = "\n".join(f"{key}={' '.join(str(value).split())}" for key, value in values.items())
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.settimeout(_PATIENCE_S)
            line.sendto(text.encode(errors="replace"), place)
