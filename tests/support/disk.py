"""Disks that misbehave: a small one that is full, and one whose system calls fail."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CLONE_NEWNS = 0x20000
_MS_PRIVATE_BELOW = 0x40000 | 0x4000
_MNT_DETACH = 2
_BLOCK = 4096


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """Mount a disk in memory at a folder, for this process and its children alone."""
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() != 0 or libc.unshare(_CLONE_NEWNS) != 0:
        pytest.skip("only root may mount a disk of its own")
    place = os.fsencode(folder)
    assert libc.mount(None, b"/", None, ctypes.c_ulong(_MS_PRIVATE_BELOW), None) == 0
    assert libc.mount(b"none", place, b"tmpfs", ctypes.c_ulong(0), f"size={size}".encode()) == 0
    try:
        yield
    finally:
        assert libc.umount2(place, _MNT_DETACH) == 0


@contextmanager
def filled(folder: Path) -> Iterator[None]:
    """Leave no block free on the disk of a folder."""
    filler = folder / "filler"
    descriptor = os.open(filler, os.O_WRONLY | os.O_CREAT)
    try:
        while os.write(descriptor, b"x" * _BLOCK):
            pass
    except OSError:
        pass
    finally:
        os.close(descriptor)
    yield
    filler.unlink()


@contextmanager
def failing(pid: int, path: Path, fault: str) -> Iterator[None]:
    """Inject a fault into a running process's system calls on one file.

    Args:
        pid: The process; its children are spared.
        path: The file.
        fault: As strace's `inject` takes it: "pwrite64:error=EIO".
    """
    if not shutil.which("strace"):
        pytest.skip("needs strace to inject faults")
    command = [
        "strace",
        "-e",
        f"inject={fault}",
        "-P",
        str(path),
        "-o",
        "/dev/null",
        "-p",
        str(pid),
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:
        assert tracer.stderr is not None
        said = ""
        while " attached" not in said:
            said = tracer.stderr.readline()
            if not said or "not permitted" in said:
                tracer.kill()
                pytest.skip("strace may not trace here")
        yield
        tracer.terminate()
