"""Which paths a job may use: below a root (pure but for the roots' own links)."""

from __future__ import annotations

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


def below_root(path: str, roots: Sequence[Root], key: str) -> tuple[Path, Path]:
    """Find the root that a payload's path lies below.

    Args:
        path: Absolute and plain (the payload's model saw to that).
        roots: Folders that jobs may use.
        key: The payload's key, for the message.

    Returns:
        The root's real place, and the rest of the path.

    Raises:
        PathRefused: The path is below no root.
    """
    wanted = Path(path)
    for root in roots:
        for name in (root.spelled, root.real):
            if wanted.is_relative_to(name) and wanted != name:
                return root.real, wanted.relative_to(name)
    listed = ", ".join(str(root.spelled) for root in roots)
    raise PathRefused(f"{key} {path} lies outside the roots ({listed}): add its folder to 'roots'")
