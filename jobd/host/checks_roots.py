"""The folders that jobs may use, and the rows whose paths lie elsewhere."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from jobd.errors import PathRefused
from jobd.handlers.paths import below_root, resolved
from jobd.host.check import Check, fail, ok, warn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from jobd.handlers.paths import Root
    from jobd.host.look import JobPaths

_TOP = Path("/")
_SHOWN = 3


def root_checks(folders: Sequence[Path], queue: Path, jobs: Sequence[JobPaths]) -> Iterator[Check]:
    """Judge the roots, and what rows name.

    Args:
        folders: The roots as they are set.
        queue: The queue file, links resolved.
        jobs: What the newest waiting and running rows name.
    """
    roots = resolved(folders)
    yield judge_roots({folder: _lacks(folder) for folder in folders})
    yield judge_paths(roots, jobs)
    yield judge_queue_folder(roots, queue, jobs)


def _lacks(folder: Path) -> str:
    """What this user cannot do with a root; "" for nothing."""
    try:
        if not stat.S_ISDIR(folder.stat().st_mode):
            return "is no folder"
    except OSError as error:
        return f"cannot be used ({error.strerror})"
    if not os.access(folder, os.R_OK | os.X_OK):
        return "may not be read"
    return "" if os.access(folder, os.W_OK) else "may not be written"


def judge_roots(lacks: dict[Path, str]) -> Check:
    """What each root lacks, "" for nothing."""
    faulty = {folder: lack for folder, lack in lacks.items() if lack}
    if not faulty:
        return ok("roots", os.pathsep.join(map(str, lacks)))
    text = "; ".join(f"{folder} {lack}" for folder, lack in faulty.items())
    if set(faulty.values()) == {"may not be written"}:
        mend = "chgrp and chmod g+rwxs it for jobd's user, unless jobs write only deeper below"
        return warn("roots", f"{text} by this user", mend)
    mend = "make the folder, let jobd's user into it, or take it out of 'roots'"
    return fail("roots", text, mend)


def judge_paths(roots: Sequence[Root], jobs: Iterable[JobPaths]) -> Check:
    """Every path of a waiting or running row must lie below a root."""
    outside = {
        path: job.job_id
        for job in jobs
        for key, path in job.paths.items()
        if not _is_below(path, roots, key)
    }
    if not outside:
        return ok("paths", "all paths of waiting and running jobs lie below the roots")
    listed = ", ".join(f"{path} (job {job_id})" for path, job_id in _some(outside))
    more = f" and {len(outside) - _SHOWN} more" if len(outside) > _SHOWN else ""
    wanted = [root.spelled for root in roots] + roots_to_add(map(Path, outside))
    mend = f"add the root, or a folder above it: --roots {os.pathsep.join(map(str, wanted))}"
    return fail("paths", f"outside the roots: {listed}{more}", mend)


def _some(outside: dict[str, int]) -> list[tuple[str, int]]:
    return list(outside.items())[:_SHOWN]


def roots_to_add(paths: Iterable[Path]) -> list[Path]:
    """The narrowest folders above all paths, one below each top folder, never "/" itself."""
    by_top: dict[str, set[Path]] = {}
    for path in paths:
        if path.parent != _TOP:
            by_top.setdefault(path.parts[1], set()).add(path.parent)
    return [Path(os.path.commonpath(folders)) for _, folders in sorted(by_top.items())]


def judge_queue_folder(roots: Sequence[Root], queue: Path, jobs: Iterable[JobPaths]) -> Check:
    """A job writes into its database's folder: the queue must not lie in or below it."""
    name, folder = "queue_folder", queue.parent
    beside = [job for job in jobs if _is_kept_over(job, roots, folder)]
    if not beside:
        return ok(name, f"no job may write into {folder}")
    text = f"job {beside[0].job_id} keeps files where the queue lies ({folder}): it is refused"
    return fail(
        name, text, "give each video a folder of its own beside the queue, or move the queue"
    )


def _is_kept_over(job: JobPaths, roots: Sequence[Root], queue_folder: Path) -> bool:
    kept = {key: path for key, path in job.paths.items() if key != "videoPath"}
    for key, path in kept.items():
        if _is_below(path, roots, key):
            root, relative = below_root(path, roots, key)
            if queue_folder.is_relative_to((root / relative).parent):
                return True
    return False


def _is_below(path: str, roots: Sequence[Root], key: str) -> bool:
    try:
        below_root(path, roots, key)
    except PathRefused:
        return False
    return True
