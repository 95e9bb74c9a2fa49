"""A stranger's file: opened once, never waited for."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from jobd.errors import RetryableError, VideoIncomplete, VideoRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

_HOPELESS = {
    errno.ENOENT,
    errno.ENOTDIR,
    errno.EACCES,
    errno.EPERM,
    errno.ELOOP,
    errno.ENAMETOOLONG,
    errno.ENXIO,
}
# How the files of known containers begin: at which byte, with which words.
_BEGINNINGS = (
    (4, (b"ftyp", b"moov", b"mdat", b"moof", b"wide", b"free", b"skip")),
    (0, (b"\x1aE\xdf\xa3", b"RIFF", b"OggS", b"FLV\x01", b"0&\xb2u\x8ef\xcf\x11")),
    (0, (b"\x00\x00\x01\xba", b"DKIF", b".RMF", b"\x06\x0e+4\x02\x05\x01\x01")),
)


@contextmanager
def regular_file(location: str) -> Iterator[int]:
    """Open a file for reading; a FIFO would hang any decoder for ever.

    Yields:
        A descriptor of a regular file that is not empty.

    Raises:
        VideoRefused: There is no such file, or it is not a regular one.
        VideoIncomplete: The file is empty.
        RetryableError: The machine could not open it now.
    """
    fd = _opened(location)
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            raise VideoRefused("the video is no regular file")
        if status.st_size == 0:
            raise VideoIncomplete("the video is empty: perhaps it is still being written")
        yield fd
    finally:
        os.close(fd)


def _opened(location: str) -> int:
    try:
        return os.open(location, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except ValueError as error:
        raise VideoRefused(f"the video's path cannot be used: {error}") from None
    except OSError as error:
        kind = VideoRefused if error.errno in _HOPELESS else RetryableError
        raise kind(f"the video cannot be opened: {error.strerror}") from None


def path_of(fd: int) -> str:
    """A path under which this process can open the very file of a descriptor again."""
    own = Path("/proc/self/fd")
    return str((own if own.is_dir() else Path("/dev/fd")) / str(fd))


def begins_like_video(fd: int) -> bool:
    """Whether the file's first bytes are those of a known container."""
    head = os.pread(fd, 16, 0)
    return any(head[at:].startswith(words) for at, words in _BEGINNINGS)
