"""Landlock: this process may open only the files that it was given (Linux 5.13 and later).

The packages for it know file rules only, not those for the network and for signals, so the three
system calls are made here (linux/landlock.h; the numbers are the same on all architectures).
"""

from __future__ import annotations

import ctypes
import os
from dataclasses import dataclass
from enum import IntFlag
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_RULE_PATH_BENEATH = 1
_PR_SET_NO_NEW_PRIVS = 38


class Right(IntFlag):
    """What may be done with a file or below a folder."""

    EXECUTE = 1 << 0
    WRITE_FILE = 1 << 1
    READ_FILE = 1 << 2
    READ_DIR = 1 << 3
    REMOVE_DIR = 1 << 4
    REMOVE_FILE = 1 << 5
    MAKE_CHAR = 1 << 6
    MAKE_DIR = 1 << 7
    MAKE_REG = 1 << 8
    MAKE_SOCK = 1 << 9
    MAKE_FIFO = 1 << 10
    MAKE_BLOCK = 1 << 11
    MAKE_SYM = 1 << 12
    REFER = 1 << 13
    TRUNCATE = 1 << 14
    IOCTL_DEV = 1 << 15


KEEP_FILES = (
    Right.READ_FILE
    | Right.READ_DIR
    | Right.WRITE_FILE
    | Right.TRUNCATE
    | Right.MAKE_REG
    | Right.REMOVE_FILE
    | Right.MAKE_DIR
    | Right.REMOVE_DIR
    | Right.REFER
)
# The first version that knows a right; what an older kernel does not know it does not restrict.
_SINCE = {Right.REFER: 2, Right.TRUNCATE: 3, Right.IOCTL_DEV: 5}
_NET_SINCE, _ALL_NET = 4, 0b11  # bind and connect, TCP
_SCOPE_SINCE, _ALL_SCOPES = 6, 0b11  # abstract sockets and signals to processes outside


class _Ruleset(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


@dataclass(frozen=True, slots=True)
class Rule:
    """What may be done with one file, or with all that lies below one folder.

    Attributes:
        fd: Of the file or folder; O_PATH is enough.
        rights: Those allowed.
    """

    fd: int
    rights: Right


def version() -> int:
    """The kernel's version of Landlock, 0 where there is none or it is switched off."""
    found: int = _libc().syscall(_CREATE_RULESET, None, 0, _ASK_VERSION)
    return max(0, found)


def restrict(rules: Iterable[Rule]) -> None:
    """Forbid this thread, and all that it starts, every file but those of the rules.

    Raises:
        OSError: The kernel refused.
    """
    known = version()
    handled = Right(sum(right for right in Right if _SINCE.get(right, 1) <= known))
    attributes = _Ruleset(
        handled,
        _ALL_NET if known >= _NET_SINCE else 0,
        _ALL_SCOPES if known >= _SCOPE_SINCE else 0,
    )
    size = 24 if known >= _SCOPE_SINCE else 16 if known >= _NET_SINCE else 8
    ruleset = _checked(_CREATE_RULESET, ctypes.byref(attributes), size, 0)
    try:
        for rule in rules:
            beneath = _PathBeneath(rule.rights & handled, rule.fd)
            _checked(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, ctypes.byref(beneath), 0)
        _libc().prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        _checked(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _checked(*arguments: object) -> int:
    result: int = _libc().syscall(*arguments)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"Landlock: {os.strerror(code)}")
    return result


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
