"""What one job may touch: each path opened once, before anything of a stranger's is read."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobd.errors import PathRefused
from jobd.handlers.beneath import NAME_ONLY, LinkOnTheWayError, open_beneath
from jobd.handlers.paths import below_root

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from jobd.handlers.paths import Root
    from jobd.handlers.payloads import Payload

_FOLDER = NAME_ONLY | os.O_DIRECTORY
_FILE = os.O_RDONLY | os.O_NONBLOCK  # a FIFO would wait for its writer
_NOT_THERE = {errno.ENOENT, errno.ENOTDIR}


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What a child may touch.

    Attributes:
        db_path: The real place of the video's database.
        readable: Descriptors of files to read.
        writable: Descriptors of folders to keep files in.
    """

    db_path: Path
    readable: tuple[int, ...] = ()
    writable: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class JobAccess(Access):
    """What an attempt may touch.

    Attributes:
        video_path: The video's real place.
        video_location: Where a decoder opens it: on Linux the file that was opened here,
            whatever its path may lead to by then.
        output_dir: Where files are wanted; None where they are not.
    """

    video_path: Path
    video_location: str
    output_dir: Path | None


@contextmanager
def access_for(payload: Payload, roots: Sequence[Root], queue_folder: Path) -> Iterator[JobAccess]:
    """Open all that a job names.

    What is not there is left for its user to find missing: the word for it depends on that.

    Args:
        payload: Whose paths are absolute and plain.
        roots: Folders that jobs may use.
        queue_folder: Which no job may write to.

    Raises:
        PathRefused: A path is below no root, leads through a link, or would let the job
            write where the queue lies.
    """
    with ExitStack() as files:
        opener = _Opener(roots, queue_folder, files)
        db_path = opener.kept(payload.db_path, "dbPath")
        video_path, location = opener.read(payload.video_path, "videoPath")
        wanted = payload.output_dir if payload.store != "database" else None
        output_dir = opener.kept(wanted, "outputDir") if wanted else None
        yield JobAccess(
            db_path=db_path,
            readable=tuple(opener.readable),
            writable=tuple(opener.writable),
            video_path=video_path,
            video_location=location,
            output_dir=output_dir,
        )


@contextmanager
def access_for_notice(db_path: str, roots: Sequence[Root], queue_folder: Path) -> Iterator[Access]:
    """Open the one path that a status write needs; raises the same."""
    with ExitStack() as files:
        opener = _Opener(roots, queue_folder, files)
        path = opener.kept(db_path, "dbPath")
        yield Access(db_path=path, writable=tuple(opener.writable))


class _Opener:
    def __init__(self, roots: Sequence[Root], queue_folder: Path, files: ExitStack) -> None:
        self.readable: list[int] = []
        self.writable: list[int] = []
        self._roots = roots
        self._queue_folder = queue_folder
        self._files = files

    def read(self, path: str, key: str) -> tuple[Path, str]:
        """A file's real place, and where it can be opened again."""
        root, relative = below_root(path, self._roots, key)
        fd = self._opened(root, relative, _FILE, path, key)
        if fd is None:
            return root / relative, str(root / relative)
        self.readable.append(fd)
        linux = sys.platform == "linux"  # elsewhere /dev/fd shares one offset among all openers
        return root / relative, f"/proc/self/fd/{fd}" if linux else str(root / relative)

    def kept(self, path: str, key: str) -> Path:
        """The real place of what lies in a folder that the job may write to."""
        root, relative = below_root(path, self._roots, key)
        folder = (root / relative).parent
        if self._queue_folder.is_relative_to(folder):
            raise PathRefused(
                f"{key} {path} lies where the queue lies, which no job may write to:"
                " give the video a folder of its own"
            )
        fd = self._opened(root, relative.parent, _FOLDER, path, key)
        if fd is not None:
            self.writable.append(fd)
        return root / relative

    def _opened(self, root: Path, relative: Path, flags: int, path: str, key: str) -> int | None:
        try:
            fd = open_beneath(root, relative, flags)
        except LinkOnTheWayError as link:
            raise PathRefused(f"{key} {path}: {link} is a link; name the real place") from None
        except OSError as error:
            if error.errno in _NOT_THERE:
                return None
            raise PathRefused(f"{key} {path}: {error.strerror}") from None
        self._files.callback(os.close, fd)
        return fd
