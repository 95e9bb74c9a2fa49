"""JPEG files for those who ask for them: written aside, then renamed into place."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from jobd.errors import PermanentError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Folder:
    """A temporary folder beside `final` that takes its place as a whole.

    Attributes:
        final: Where readers look.
        temporary: In the same parent, so that a rename is enough.
    """

    def __init__(self, final: Path, attempt_id: int) -> None:
        self.final = final
        self.temporary = final.parent / f".{final.name}.jobd-{attempt_id}"

    def write(self, frame_index: int, jpeg: bytes) -> None:
        """Write one picture and force it to the disk."""
        path = self.temporary / f"frame_{frame_index:010d}.jpg"
        with path.open("wb") as file:
            file.write(jpeg)
            file.flush()
            os.fsync(file.fileno())

    def take_place(self) -> None:
        """Put the new folder where readers look; the old one steps aside first."""
        _sync(self.temporary)
        aside = self.temporary.with_name(f"{self.temporary.name}-old")
        if self.final.exists():
            self.final.rename(aside)
        self.temporary.rename(self.final)
        _sync(self.final.parent)
        shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def folder_for(final: Path | None, attempt_id: int) -> Iterator[Folder | None]:
    """A folder for one attempt's files, removed again unless it took its place.

    Args:
        final: The payload's outputDir, or None where no files are wanted.
        attempt_id: Makes the temporary name the attempt's own.

    Raises:
        PermanentError: The parent of `final` does not exist: nothing is resurrected.
    """
    if final is None:
        yield None
        return
    if not final.parent.is_dir():
        raise PermanentError(f"outputDir's parent {final.parent} does not exist")
    drop_leftover_files(final)
    folder = Folder(final, attempt_id)
    folder.temporary.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder.temporary, ignore_errors=True)


def drop_leftover_files(final: Path) -> None:
    """Remove what dead attempts left; an old folder that had only stepped aside comes back."""
    for leftover in list(final.parent.iterdir()):
        if not leftover.name.startswith(f".{final.name}.jobd-"):
            continue
        if leftover.name.endswith("-old") and not final.exists():
            leftover.rename(final)
        else:
            shutil.rmtree(leftover, ignore_errors=True)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
