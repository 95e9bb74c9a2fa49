"""JPEG files for those who ask for them: written aside, then renamed into place."""

from __future__ import annotations

import os
import re
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from jobd.errors import PathRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_PICTURE = re.compile(r"frame_\d{10}\.jpg")


class Folder:
    """A temporary folder beside `final` that takes its place as a whole.

    `swap_in` runs inside the publishing transaction; `swap_back` follows where that failed,
    `clear_old` where it was committed.

    Attributes:
        final: Where readers look.
        temporary: In the same parent, so that a rename is enough.
        aside: Where the old folder steps until the commit.
    """

    def __init__(
        self, final: Path, target: str, attempt_id: int, protected: Sequence[Path]
    ) -> None:
        self.final = final
        self.temporary = final.parent / f"{_prefix(final, target)}{attempt_id}"
        self.aside = self.temporary.with_name(f"{self.temporary.name}-old")
        self._protected = protected
        self._in_place = False

    def write(self, frame_index: int, jpeg: bytes) -> None:
        """Write one picture and force it to the disk."""
        path = self.temporary / f"frame_{frame_index:010d}.jpg"
        with path.open("wb") as file:
            file.write(jpeg)
            file.flush()
            os.fsync(file.fileno())

    def seal(self) -> None:
        """Force the names of all pictures to the disk: slow, so before the transaction."""
        _sync(self.temporary)

    def swap_in(self) -> None:
        """Put the new folder where readers look; the old one steps aside.

        Raises:
            PathRefused: `final` has meanwhile become something that may not be replaced.
        """
        refuse_unsafe(self.final, self._protected)
        if self.final.exists():
            self.final.rename(self.aside)
        self.temporary.rename(self.final)
        self._in_place = True
        _sync(self.final.parent)

    def swap_back(self) -> None:
        """Undo `swap_in`, however far it came."""
        if self._in_place:
            self.final.rename(self.temporary)
            self._in_place = False
        if self.aside.exists() and not self.final.exists():
            self.aside.rename(self.final)
        _sync(self.final.parent)

    def clear_old(self, tick: Callable[[], None]) -> None:
        """Remove the folder that stepped aside; ticks after every file."""
        _remove(self.aside, tick)


@contextmanager
def folder_for(
    final: Path | None,
    target: str,
    attempt_id: int,
    *,
    protected: Sequence[Path] = (),
    tick: Callable[[], None] = lambda: None,
) -> Iterator[Folder | None]:
    """A folder for one attempt's files, removed again unless it took its place.

    Args:
        final: The payload's outputDir, or None where no files are wanted.
        target: What the pictures are; keeps two kinds of job with one outputDir apart.
        attempt_id: Makes the temporary name the attempt's own.
        protected: Files that must outlive the job.
        tick: Called while files are removed: that can take a minute.

    Raises:
        PathRefused: `final` may not be replaced, or its parent does not exist: nothing is
            resurrected.
    """
    if final is None:
        yield None
        return
    refuse_unsafe(final, protected)
    _bring_back(final, target)
    clear_leftovers(final, target, tick)
    folder = Folder(final, target, attempt_id, protected)
    folder.temporary.mkdir()
    try:
        yield folder
    finally:
        _remove(folder.temporary, tick)


def refuse_unsafe(final: Path, protected: Sequence[Path]) -> None:
    """Demand that replacing a folder destroys nothing but pictures of an earlier run.

    Args:
        final: The payload's outputDir; it need not exist.
        protected: Files that must outlive the job.

    Raises:
        PathRefused: It is or holds a protected file or anything that is no picture, would
            pass for one of SQLite's files beside a database, is no folder, or has no parent.
    """
    for path in protected:
        if path.is_relative_to(final):
            raise PathRefused(f"outputDir {final} holds {path}: name a folder of its own")
        if final.parent == path.parent and final.name.startswith(f"{path.name}-"):
            raise PathRefused(f"outputDir {final} is kept for SQLite: name a folder of its own")
    if not final.parent.is_dir():
        raise PathRefused(f"outputDir's parent {final.parent} does not exist")
    try:
        _refuse_strangers(final)
    except FileNotFoundError:
        return
    except OSError as error:
        raise PathRefused(f"outputDir {final}: {error.strerror}") from None


def _refuse_strangers(final: Path) -> None:
    if not stat.S_ISDIR(final.lstat().st_mode):
        raise PathRefused(f"outputDir {final} is no folder")
    with os.scandir(final) as entries:
        if not all(_is_picture(entry) for entry in entries):
            raise PathRefused(f"outputDir {final} holds other files: name an empty or new folder")


def _is_picture(entry: os.DirEntry[str]) -> bool:
    return bool(_PICTURE.fullmatch(entry.name)) and entry.is_file(follow_symlinks=False)


def clear_leftovers(final: Path, target: str, tick: Callable[[], None]) -> None:
    """Remove what dead attempts at this target left beside `final`."""
    for leftover in _leftovers(final, target):
        _remove(leftover, tick)


def _bring_back(final: Path, target: str) -> None:
    """An old folder that had only stepped aside when its attempt died comes back."""
    for leftover in _leftovers(final, target):
        if leftover.name.endswith("-old") and not final.exists():
            leftover.rename(final)


def _leftovers(final: Path, target: str) -> list[Path]:
    pattern = re.compile(rf"{re.escape(_prefix(final, target))}\d+(-old)?")
    with suppress(FileNotFoundError, NotADirectoryError):
        return [path for path in final.parent.iterdir() if pattern.fullmatch(path.name)]
    return []


def _prefix(final: Path, target: str) -> str:
    return f".{final.name}.jobd-{target}-"


def _remove(folder: Path, tick: Callable[[], None]) -> None:
    """Remove a folder of pictures; whatever else somebody put into it stays, and so does it."""
    for path in _pictures(folder):
        with suppress(OSError):
            path.unlink()
        tick()
    with suppress(OSError):
        folder.rmdir()


def _pictures(folder: Path) -> list[Path]:
    with suppress(OSError), os.scandir(folder) as entries:
        return [Path(entry.path) for entry in entries if _is_picture(entry)]
    return []


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
