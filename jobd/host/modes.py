"""Who may open the queue: this user, and a second one beside it."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jobd.host.check import Check, fail, ok, warn
from jobd.queue.lock import lock_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_BESIDE = ("-wal", "-shm")
_FOR_TWO_FOLDER, _FOR_TWO_FILE = 0o2770, 0o660


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or folder: its permission bits, and whose it is."""

    path: Path
    mode: int
    uid: int
    gid: int


def mode_checks(queue: Path, *, served: bool) -> Iterator[Check]:
    """Judge the queue's folder and files.

    Args:
        queue: The file, links resolved.
        served: Whether a daemon lives: then this user need not be able to.
    """
    named = [queue, *(Path(f"{queue}{end}") for end in _BESIDE)]
    files = [entry for path in named if (entry := entry_of(path))]
    folder = entry_of(queue.parent)
    if folder and files:
        yield judge_modes(folder, files)
    yield judge_access(_refused(queue), os.geteuid(), served=served)


def entry_of(path: Path) -> Entry | None:
    """A path's mode and owners; None where it is not there or not to be seen."""
    try:
        found = path.stat()
    except OSError:
        return None
    return Entry(path, stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid)


def judge_modes(folder: Entry, files: Sequence[Entry]) -> Check:
    """The modes of the folder, and of the queue and the files beside it, the queue first."""
    name, queue = "modes", files[0]
    all_said = f"folder {folder.mode:04o}, queue {queue.mode:04o}, uid {queue.uid} gid {queue.gid}"
    if queue.mode & stat.S_IWOTH:
        return warn(name, f"{all_said}: anyone may write jobs", f"chmod 0660 {queue.path}*")
    if folder.mode & stat.S_IWOTH:
        mend = "a folder of its own for the queue: 0700 for one user, 2770 for two of one group"
        return warn(name, f"{all_said}: anyone may write into the folder", mend)
    shared = bool(folder.mode & stat.S_ISGID) or len({e.uid for e in (folder, *files)}) > 1
    if shared and (faults := list(_faults_for_two(folder, queue))):
        return fail(name, f"{all_said}: {faults[0][0]}", "; ".join(mend for _, mend in faults))
    if strange := _strange(files, shared=shared):
        mend = f"with all programs stopped: chown {queue.uid}:{queue.gid}, chmod {queue.mode:04o}"
        return warn(name, f"{strange.path} has another owner or mode than the queue", mend)
    whom = "for two users of one group" if shared else "for one user (two: 2770 and 0660)"
    return ok(name, f"{all_said}: {whom}")


def _strange(files: Sequence[Entry], *, shared: bool) -> Entry | None:
    """A file beside the queue that is not like it; of two users either may have made one."""
    queue = files[0]
    for file in files[1:]:
        if (file.gid, file.mode) != (queue.gid, queue.mode):
            return file
        if file.uid != queue.uid and not shared:
            return file
    return None


def _faults_for_two(folder: Entry, queue: Entry) -> Iterator[tuple[str, str]]:
    if folder.mode & _FOR_TWO_FOLDER != _FOR_TWO_FOLDER:
        text = "a second user could not make the files beside the queue, or not for the first"
        yield text, f"chmod 2770 {folder.path}"
    if queue.mode & _FOR_TWO_FILE != _FOR_TWO_FILE:
        text = "the folder is for two users, the queue for one (a umask alone is not enough)"
        yield text, f"chmod 0660 {queue.path}* (-wal and -shm copy the queue's mode)"
    if queue.gid != folder.gid:
        text = f"the queue's group is not the folder's ({folder.gid})"
        yield text, f"chgrp {folder.gid} {queue.path}*"


def _refused(queue: Path) -> list[Path]:
    """What serve needs to write, and this user may not."""
    needed = [queue.parent, queue, lock_path(queue), *(Path(f"{queue}{end}") for end in _BESIDE)]
    return [path for path in needed if path.exists() and not os.access(path, os.R_OK | os.W_OK)]


def judge_access(refused: Sequence[Path], uid: int, *, served: bool) -> Check:
    """Whether this user could serve the queue."""
    if not refused:
        return ok("access", f"this user (uid {uid}) may read and write the queue")
    listed = ", ".join(path.name or str(path) for path in refused)
    text = f"this user (uid {uid}) may not write {listed}"
    if served:
        return ok("access", f"{text}; the daemon, another user, does")
    mend = "run doctor as the user that serves; for that one: chown or chgrp what is named here"
    return warn("access", f"{text}: it could not serve", mend)
