"""Open a path below a folder so that no link, not even one swapped in, leads elsewhere."""

from __future__ import annotations

import ctypes
import errno
import os
import stat
from pathlib import Path

# linux/openat2.h; the number is the same on all architectures.
_OPENAT2 = 437
# A descriptor that only names a file, which a sandbox does not mind; elsewhere one that reads.
NAME_ONLY = getattr(os, "O_PATH", os.O_RDONLY)
_NO_MAGICLINKS, _NO_SYMLINKS, _BENEATH = 0x02, 0x04, 0x08


class _OpenHow(ctypes.Structure):
    _fields_ = (("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64))


class LinkOnTheWayError(Exception):
    """A part of the path is a link; `str(error)` names it."""


def open_beneath(folder: Path, relative: Path, flags: int) -> int:
    """Open what lies below a folder, following no link below it.

    Args:
        folder: Where to begin; it may itself be reached through links.
        relative: The rest of the path, without "..".
        flags: As of os.open; never creates anything.

    Returns:
        A descriptor, closed on exec.

    Raises:
        LinkOnTheWayError: A part of `relative` is a link.
        OSError: It cannot be opened.
    """
    start = os.open(folder, NAME_ONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        return _openat2(start, relative, flags | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.EXDEV}:
            raise LinkOnTheWayError(_link_in(folder, relative)) from None
        if error.errno not in {errno.ENOSYS, errno.EPERM}:  # old kernels, old containers
            raise
    finally:
        os.close(start)
    return _looked_at(folder, relative, flags)


def has_openat2() -> bool:
    """Whether one call opens a path safely here; elsewhere each part of it is looked at."""
    start = os.open("/", NAME_ONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.close(_openat2(start, Path(), NAME_ONLY | os.O_CLOEXEC))
    except OSError:
        return False
    finally:
        os.close(start)
    return True


def _openat2(start: int, relative: Path, flags: int) -> int:
    how = _OpenHow(flags, 0, _BENEATH | _NO_SYMLINKS | _NO_MAGICLINKS)
    libc = ctypes.CDLL(None, use_errno=True)
    name = os.fsencode(relative)
    fd: int = libc.syscall(_OPENAT2, start, name, ctypes.byref(how), ctypes.sizeof(how))
    if fd < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), str(relative))
    return fd


def _looked_at(folder: Path, relative: Path, flags: int) -> int:
    """The same where the system has no such call (macOS): a link swapped in meanwhile wins."""
    link = _link_in(folder, relative)
    if link:
        raise LinkOnTheWayError(link)
    return os.open(folder / relative, flags | os.O_CLOEXEC | os.O_NOFOLLOW)


def _link_in(folder: Path, relative: Path) -> str:
    parts = relative.parts
    for path in (folder.joinpath(*parts[: n + 1]) for n in range(len(parts))):
        try:
            if stat.S_ISLNK(path.lstat().st_mode):
                return str(path)
        except OSError:
            break
    return ""
