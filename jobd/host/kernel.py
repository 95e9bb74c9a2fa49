"""What this kernel offers: walls around decoders, safe paths, being woken."""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from jobd.attempt import landlock, syscalls
from jobd.handlers.beneath import has_openat2
from jobd.host.check import Check, fail, ok, warn

if TYPE_CHECKING:
    from collections.abc import Iterator

_LANDLOCK_NET, _LANDLOCK_SCOPES = 4, 6  # the versions that first know them
_SECCOMP = Path("/proc/sys/kernel/seccomp/actions_avail")


def kernel_checks(sandbox: str) -> Iterator[Check]:
    """Judge each feature.

    Args:
        sandbox: The setting: where "require" stands, serve refuses to start without a wall.
    """
    if sys.platform != "linux":
        yield judge_elsewhere(sys.platform, sandbox)
        return
    yield judge_landlock(landlock.version(), sandbox)
    yield judge_seccomp(syscalls.missing(), sandbox, known=_SECCOMP.exists())
    yield judge_openat2(there=has_openat2())
    yield judge_inotify(_inotify_error())


def judge_elsewhere(platform: str, sandbox: str) -> Check:
    """A system that is not Linux has none of it."""
    text = f"{platform} has no Landlock, seccomp, openat2 or inotify"
    slower = "children are not sandboxed, paths are checked by steps, watchfiles wakes the daemon"
    return _wall_missing("kernel", f"{text}: {slower}", "run jobd on Linux", sandbox)


def judge_landlock(version: int, sandbox: str) -> Check:
    """The kernel's version of Landlock, 0 for none."""
    if not version:
        mend = "Linux 5.13 or newer, with landlock in the kernel's lsm= list"
        return _wall_missing("landlock", "the kernel has no Landlock", mend, sandbox)
    lacking = [
        what
        for since, what in ((_LANDLOCK_NET, "network"), (_LANDLOCK_SCOPES, "signals"))
        if version < since
    ]
    more = f"; without rules for {' and '.join(lacking)}, which seccomp covers" if lacking else ""
    return ok("landlock", f"version {version}{more}")


def judge_seccomp(missing: str | None, sandbox: str, *, known: bool) -> Check:
    """What keeps the library away, and whether the kernel knows filters."""
    if missing:
        return _wall_missing("seccomp", missing, "install it: apt-get install libseccomp2", sandbox)
    if not known:
        mend = "a kernel with CONFIG_SECCOMP_FILTER"
        return _wall_missing("seccomp", "the kernel shows no seccomp filters", mend, sandbox)
    return ok("seccomp", "libseccomp is there, the kernel takes filters")


def judge_openat2(*, there: bool) -> Check:
    """Whether one call can open a path so that no link leads away."""
    if there:
        return ok("openat2", "paths are opened so that no link leads out of the roots")
    text = "no openat2: a link swapped into a path at the right moment is followed"
    return warn("openat2", text, "Linux 5.6 or newer, and a container that allows the call")


def judge_inotify(error: str | None) -> Check:
    """Whether a write to the queue can wake the daemon."""
    if error is None:
        return ok("inotify", "a write to the queue wakes the daemon at once")
    mend = "raise the limit: sysctl fs.inotify.max_user_instances=512"
    return fail("inotify", f"serve cannot watch the queue: {error}", mend)


def _wall_missing(name: str, text: str, mend: str, sandbox: str) -> Check:
    if sandbox == "require":
        return fail(name, f"{text}, and sandbox = require: serve does not start", mend)
    if sandbox == "off":
        return ok(name, f"{text}; sandbox = off does without")
    return warn(name, text, mend)


def _inotify_error() -> str | None:
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = libc.inotify_init1(os.O_CLOEXEC)
    if descriptor < 0:
        return os.strerror(ctypes.get_errno())
    with suppress(OSError):
        os.close(descriptor)
    return None
