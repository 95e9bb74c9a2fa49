"""Notices every opening of a file, by anyone (inotify)."""

from __future__ import annotations

import ctypes
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_IN_ACCESS, _IN_MODIFY, _IN_OPEN = 0x1, 0x2, 0x20


@contextmanager
def watched(path: Path) -> Iterator[Callable[[], bool]]:
    """Yields a question: has anyone opened, read or changed it since?"""
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = libc.inotify_init1(os.O_NONBLOCK)
    assert (
        libc.inotify_add_watch(descriptor, os.fsencode(path), _IN_ACCESS | _IN_MODIFY | _IN_OPEN)
        > 0
    )

    def touched() -> bool:
        try:
            return bool(os.read(descriptor, 4096))
        except BlockingIOError:
            return False

    try:
        yield touched
    finally:
        os.close(descriptor)
