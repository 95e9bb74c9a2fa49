"""Faults at the system calls of a daemon and all its children: the other side of shim.c.

The calls are counted over all processes of a run, so that the n-th is one call, once, whoever
makes it. (A tracer counts for each process: a fault in a child would hit its successors too.)
"""

from __future__ import annotations

import mmap
import shutil
import struct
import subprocess
import sys
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import Self

import pytest

from tests.support.scratch import fresh

_SOURCE = Path(__file__).with_name("shim.c")
_COMPILERS = ("cc", "gcc", "clang", "tcc")
_FIELDS = ("calls", "broken", "action", "error", "hits", "clock_s", "alike")
_WHICH_AT = 8 * len(_FIELDS)
_NAME_BYTES, _NAMES = 48, 4096
_LAYOUT = struct.Struct(f"=5QqQ{_NAME_BYTES}s")


class Action(IntEnum):
    """What happens at a call; TORN kills in the middle of a write, after its first half."""

    KILL = 1
    ERROR = 2
    TORN = 3


@cache
def _library() -> Path:
    compiler = next(filter(None, map(shutil.which, _COMPILERS)), None)
    if compiler is None or sys.platform != "linux":
        pytest.skip("LOUD: faults at system calls need Linux and a C compiler (cc)")
    path = fresh("shim") / "shim.so"
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(path), str(_SOURCE), "-ldl"]
    subprocess.run(command, check=True)
    return path


class Shim:
    """The control file of one run; every process of it maps the same file."""

    def __init__(self, folder: Path) -> None:
        path = folder / "control"
        path.write_bytes(bytes(_LAYOUT.size + _NAMES * _NAME_BYTES))
        self.environ = {"LD_PRELOAD": str(_library()), "FAULT_CONTROL": str(path)}
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._map.close()

    def break_at(self, call: int, action: Action, error: int = 0, *, which: str = "") -> None:
        """Break one call.

        Args:
            call: Its number, among all or among those of a name.
            action: What happens there.
            error: The errno, for ERROR.
            which: The name, as in `names`; empty: all.
        """
        self._set("broken", 0)
        self._map[_WHICH_AT : _WHICH_AT + _NAME_BYTES] = which.encode().ljust(_NAME_BYTES, b"\0")
        self._set("action", action)
        self._set("error", error)
        self._set("broken", call)

    def step_clock(self, seconds: int) -> None:
        """Set the wall clock of all processes off by so much."""
        self._set("clock_s", seconds)

    @property
    def calls(self) -> int:
        """How many calls there were."""
        return self._get("calls")

    @property
    def hits(self) -> int:
        """How many of them were broken."""
        return self._get("hits")

    @property
    def names(self) -> list[str]:
        """Every call so far and its file's own name, in order: "pwrite jobs.db-wal"."""
        found = self._map[_LAYOUT.size : _LAYOUT.size + min(self.calls, _NAMES) * _NAME_BYTES]
        names = struct.iter_unpack(f"{_NAME_BYTES}s", found)
        return [name.partition(b"\0")[0].decode() for (name,) in names]

    def _get(self, name: str) -> int:
        return int(_LAYOUT.unpack_from(self._map)[_FIELDS.index(name)])

    def _set(self, name: str, value: int) -> None:
        kind = "=q" if name == "clock_s" else "=Q"
        struct.pack_into(kind, self._map, 8 * _FIELDS.index(name), value)
