"""One user, one pid namespace: what the app reads as current_job_id is the pid of jobd's child."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jobd.host.check import Check, fail, ok, warn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from jobd.host.look import JobPaths

_PROC = Path("/proc")
_FIRST_NAMESPACE = 0xEFFFFFFC  # linux/proc_ns.h: that of the machine itself
_CONTAINER_MARKS = (Path("/.dockerenv"), Path("/run/.containerenv"))


@dataclass(frozen=True, slots=True)
class Program:
    """A process, as far as it can be seen.

    Attributes:
        pid: In our namespace.
        uid: Whose it is.
        name: As the kernel shows it.
        namespace: The number of its pid namespace; None where it may not be seen.
    """

    pid: int
    uid: int
    name: str
    namespace: int | None


@dataclass(frozen=True, slots=True)
class Owners:
    """Whose the videos' databases are: the uids, and how many could not be looked at."""

    uids: frozenset[int]
    unseen: int


def people_checks(queue: Path, jobs: Iterable[JobPaths], daemon_pid: int | None) -> Iterator[Check]:
    """Judge both.

    Args:
        queue: The file, links resolved.
        jobs: What the newest rows name.
        daemon_pid: Of the living daemon; None: there is none.
    """
    daemon = program(daemon_pid) if daemon_pid else None
    others = [p for p in holding(queue) if p.pid not in {os.getpid(), daemon_pid}]
    yield judge_user(owners(jobs), daemon, os.geteuid())
    if sys.platform == "linux":
        me = program(os.getpid())
        marked = any(mark.exists() for mark in _CONTAINER_MARKS)
        unseen = bool(daemon_pid) and daemon is None
        yield judge_namespace(me, others, daemon_unseen=unseen, marked=marked)


def judge_user(found: Owners, daemon: Program | None, own_uid: int) -> Check:
    """The user who works must be the one who owns the videos' databases."""
    name = "user"
    uid = own_uid if daemon is None else daemon.uid
    who = f"uid {uid} ({'doctor; no daemon seen' if daemon is None else 'the daemon'})"
    unseen = f"; {found.unseen} databases are not there or not to be seen" if found.unseen else ""
    strangers = sorted(found.uids - {uid})
    if not strangers:
        owns = "owns the videos' databases" if found.uids else "no video's database to compare with"
        return ok(name, f"{who}, {owns}{unseen}")
    whose = ", ".join(f"uid {stranger}" for stranger in strangers)
    if daemon is None and uid == 0:
        text = f"doctor runs as root, the videos' databases are {whose}'s: serve's user is not seen"
        return warn(name, f"{text}{unseen}", "run doctor as the user that serves")
    text = f"{who}, but videos' databases are {whose}'s: the app cannot watch current_job_id, a pid"
    return fail(name, f"{text}{unseen}", "run serve as the app's user")


def judge_namespace(
    me: Program | None, others: Sequence[Program], *, daemon_unseen: bool, marked: bool
) -> Check:
    """The pids that we write must mean the same to the app."""
    name = "pid_namespace"
    if me is None or me.namespace is None:
        mend = "mount /proc for this user, or make sure by hand: app and jobd in one container"
        return warn(name, "/proc does not show in which pid namespace this is", mend)
    if daemon_unseen:
        text = "the daemon's pid is not seen here: it runs in another pid namespace than doctor"
        return warn(name, text, "run doctor where the daemon runs")
    return _beside(me, others) or _alone(me, marked=marked)


def _beside(me: Program, others: Sequence[Program]) -> Check | None:
    """Judge by the programs that have the queue open; None where none is seen."""
    elsewhere = [p for p in others if p.namespace not in {None, me.namespace}]
    if elsewhere:
        text = f"{elsewhere[0].name} (pid {elsewhere[0].pid}) uses the queue from another namespace"
        return warn("pid_namespace", text, f"if it is the app: {_SHARE}")
    if others:
        listed = ", ".join(f"{p.name} (pid {p.pid})" for p in others[:3])
        return ok("pid_namespace", f"shared with {listed}, which has the queue open")
    return None


_SHARE = "run both in one container, or let them share: docker run --pid=container:APP"


def _alone(me: Program, *, marked: bool) -> Check:
    if me.namespace != _FIRST_NAMESPACE:
        text = "a container's own: whether the app runs in it cannot be seen from here"
        return warn("pid_namespace", text, f"{_SHARE}; queue a job from the app and look again")
    where = "the machine's, shared with this container" if marked else "the machine's own"
    return ok("pid_namespace", f"{where}; an app in a container of its own would not be seen")


def owners(jobs: Iterable[JobPaths]) -> Owners:
    """Look whose the databases are."""
    uids, unseen = set(), 0
    for path in {job.paths["dbPath"] for job in jobs if "dbPath" in job.paths}:
        try:
            uids.add(os.stat(path).st_uid)  # noqa: PTH116 - two hundred of them
        except OSError:
            unseen += 1
    return Owners(frozenset(uids), unseen)


def program(pid: int) -> Program | None:
    """A process of our own namespace; None where there is none of that pid."""
    folder = _PROC / str(pid)
    try:
        status = (folder / "status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    said = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    if "Uid" not in said:  # it ended meanwhile
        return None
    return Program(pid, int(said["Uid"].split()[1]), said["Name"], _namespace(folder))


def _namespace(folder: Path) -> int | None:
    try:
        link = (folder / "ns" / "pid").readlink().name
    except OSError:  # another user's
        return None
    return int(link.removeprefix("pid:[").removesuffix("]"))


def holding(path: Path) -> list[Program]:
    """The processes that have a file open; those of other users are seen by root alone."""
    try:
        found = path.stat()
        pids = [int(entry.name) for entry in os.scandir(_PROC) if entry.name.isdigit()]
    except OSError:
        return []
    wanted = found.st_dev, found.st_ino
    return [p for pid in pids if _has_open(pid, wanted) and (p := program(pid))]


def _has_open(pid: int, wanted: tuple[int, int]) -> bool:
    with suppress(OSError), os.scandir(f"{_PROC}/{pid}/fd") as descriptors:
        for descriptor in descriptors:
            with suppress(OSError):
                found = descriptor.stat()
                if (found.st_dev, found.st_ino) == wanted:
                    return True
    return False
