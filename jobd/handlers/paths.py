"""Which paths a job may use: below a root, and through no link."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jobd.errors import PathRefused

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True)
class Root:
    """A folder that jobs may use.

    Attributes:
        spelled: As it was given, absolute; it may be a link.
        real: Where it led when the daemon started.
    """

    spelled: Path
    real: Path


def resolved(folders: Iterable[Path]) -> tuple[Root, ...]:
    """Follow the links of each root once and for all."""
    return tuple(Root(folder, folder.resolve()) for folder in folders)


def within_roots(path: str, roots: Sequence[Root], key: str) -> Path:
    """Check a payload's path and spell it below its root's real place.

    A root itself may be a link; below it none is followed, so that a row cannot lead
    jobd out of what it was given.

    Args:
        path: Absolute and plain (the payload's model saw to that).
        roots: Folders that jobs may use.
        key: The payload's key, for the message.

    Raises:
        PathRefused: The path is below no root, or a part of it is a link.
    """
    wanted = Path(path)
    for root in roots:
        for name in (root.spelled, root.real):
            if wanted.is_relative_to(name) and wanted != name:
                real = root.real / wanted.relative_to(name)
                _refuse_links(real, root.real, key)
                return real
    listed = ", ".join(str(root.spelled) for root in roots)
    raise PathRefused(f"{key} {path} lies outside the roots ({listed}): add its folder to 'roots'")


def _refuse_links(path: Path, root: Path, key: str) -> None:
    for part in _below(path, root):
        try:
            mode = part.lstat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            raise PathRefused(f"{key} {part}: {error.strerror}") from None
        if stat.S_ISLNK(mode):
            raise PathRefused(f"{key} {path}: {part} is a link; name the real place")


def _below(path: Path, root: Path) -> Iterable[Path]:
    parts = path.relative_to(root).parts
    return (root.joinpath(*parts[: n + 1]) for n in range(len(parts)))
