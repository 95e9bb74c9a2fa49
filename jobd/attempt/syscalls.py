"""seccomp: system calls that neither a decoder nor SQLite needs are refused (Linux)."""

from __future__ import annotations

import errno
import os
from typing import Any

# What reaches other processes and programs, the network, or the kernel itself. Each fails with
# EPERM, as for a user who may not: a library then says so, or goes another way.
_REFUSED = (
    *("execve", "execveat", "fork", "vfork", "ptrace", "process_vm_readv", "process_vm_writev"),
    *("process_madvise", "kcmp", "pidfd_open", "pidfd_getfd", "pidfd_send_signal", "tkill"),
    *("rt_sigqueueinfo", "rt_tgsigqueueinfo", "setpgid", "setsid", "setrlimit"),
    *("socket", "socketpair", "connect", "bind", "listen", "accept", "accept4"),
    *("mount", "umount2", "pivot_root", "chroot", "unshare", "setns", "open_tree", "move_mount"),
    *("fsopen", "fsmount", "fsconfig", "fspick", "mount_setattr", "swapon", "swapoff", "reboot"),
    *("kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "bpf"),
    *("perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register"),
    *("keyctl", "add_key", "request_key", "open_by_handle_at", "quotactl", "acct", "syslog"),
    *("mknod", "mknodat", "symlink", "symlinkat", "link", "linkat", "memfd_create"),
    *("setxattr", "lsetxattr", "fsetxattr", "personality", "settimeofday", "clock_settime"),
)
_CLONE_THREAD = 0x10000


def missing() -> str | None:
    """What keeps calls from being refused here; None where nothing does."""
    return None if _library() else "libseccomp is missing (Debian, Ubuntu: libseccomp2)"


def refuse_calls() -> None:
    """Refuse them to this thread and all that it starts.

    Raises:
        OSError: The kernel did not take the filter.
    """
    seccomp = _library()
    if seccomp is None:
        return
    calls = seccomp.SyscallFilter(seccomp.ALLOW)
    eperm = seccomp.ERRNO(errno.EPERM)
    for name in _REFUSED:
        if seccomp.resolve_syscall(seccomp.Arch.NATIVE, name) != -1:
            calls.add_rule(eperm, name)
    not_a_thread = seccomp.Arg(0, seccomp.MASKED_EQ, _CLONE_THREAD, 0)
    calls.add_rule(eperm, "clone", not_a_thread)
    calls.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")  # the C library then takes clone
    for name in ("kill", "tgkill"):
        calls.add_rule(eperm, name, seccomp.Arg(0, seccomp.NE, os.getpid()))
    calls.add_rule(eperm, "prlimit64", seccomp.Arg(2, seccomp.NE, 0))  # to ask is allowed
    calls.load()


def _library() -> Any:
    try:
        import pyseccomp  # noqa: PLC0415 - raises where the C library is missing
    except (ImportError, RuntimeError, OSError):
        return None
    return pyseccomp
