"""A service by its choices; those that cannot work are refused (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jobd.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_PERSON = re.compile(r"[a-z_][a-z0-9_-]{0,30}")
_HIDDEN = (Path("/tmp"), Path("/var/tmp"))  # noqa: S108 - a service has its own in their place
_HOMES = (Path("/home"), Path("/root"), Path("/run/user"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One queue's service.

    Attributes:
        name: Of several queues; None: the only one.
        user: Whose processes they are: the app's user, if it is to stop a job by its pid.
        group: Whose members may queue jobs.
        db: The queue file.
        roots: Folders that jobs may use.
        python: The interpreter that has jobd.
        code: Folders that it loads programs from.
        manager_version: Of systemd.
        keeps_folder: The queue's folder was there before, and is not ours to change.
    """

    name: str | None
    user: str
    group: str
    db: Path
    roots: tuple[Path, ...]
    python: Path
    code: tuple[Path, ...]
    manager_version: int
    keeps_folder: bool = False

    def __post_init__(self) -> None:
        for fault in self._faults():
            raise UsageError(fault)

    def _faults(self) -> Iterator[str]:
        if self.name is not None and not _NAME.fullmatch(self.name):
            yield f"--name {self.name}: small letters, digits, - and _ only"
        for flag, person in (("--user", self.user), ("--group", self.group)):
            if not _PERSON.fullmatch(person):
                yield f"{flag} {person}: no name that a user or group can have"
        for path in (self.db, *self.roots, self.python):
            yield from _faults_of(path)

    @property
    def unit(self) -> str:
        """The service by its full name."""
        return f"jobd@{self.name}.service" if self.name else "jobd.service"

    @property
    def writable(self) -> tuple[Path, ...]:
        """Folders that it may write to."""
        return tuple(dict.fromkeys((self.db.parent, *self.roots)))

    @property
    def homely(self) -> tuple[Path, ...]:
        """Those that it needs from people's homes, which it does not see otherwise."""
        return tuple(path for path in (*self.writable, *self.code) if _lies_in(path, _HOMES))


def _faults_of(path: Path) -> Iterator[str]:
    if not path.is_absolute():
        yield f"{path}: must be an absolute path"
    if ":" in str(path) or not str(path).isprintable():
        yield f"{path!s:.200}: a path with a colon or a control character cannot stand in a unit"
    if _lies_in(path, _HIDDEN):
        yield f"{path} lies where a service has a folder of its own: put it elsewhere"
    if path.parent == path:
        yield f"{path}: the whole machine is no folder for jobs"


def _lies_in(path: Path, folders: tuple[Path, ...]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)
