"""Planted faults in copies of the package: each breaks one promise, and one test must say so."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_LIMIT_S = 600


@dataclass(frozen=True, slots=True)
class Mutant:
    """A change of the text, and the test that catches it.

    Attributes:
        name: What is wrong with it.
        test: By pytest's name.
        patches: (file in the package, text as it is, text in its place).
    """

    name: str
    test: str
    patches: tuple[tuple[str, str, str], ...]


_ZOMBIES = "tests/faults/test_zombies.py::test_a_woken_zombie_publishes_nothing"
_POWER = "tests/faults/test_power.py::test_power_may_go_at_any_moment"
_CALLS = "tests/faults/test_syscalls.py::test_some_calls_fail"
_ENDINGS = "tests/daemon/test_endings.py"
_NO_HOLD = (
    "videodb/fence.py",
    'if video.row("fence_hold", target=target, **asdict(work)) is None:',
    'if video.row("fence_hold", target=target, **asdict(work)) == ():',
)
_NO_MARK = (
    "videodb/fence.py",
    'if video.row("fence_publish", **_holder(target, work)) is None:',
    'if video.row("fence_publish", **_holder(target, work)) == ():',
)
_GUARD = "WHERE id = :job_id AND status = 'running' AND attempt_id = :attempt_id\nRETURNING status;"
_NO_GUARD = "WHERE id = :job_id AND status = 'running'\nRETURNING status;"
_ORPHANS = 'return [Lease(queue.queue_id, *row) for row in sorted(queue.run("running"))]'
_AT_ONCE = """queue.db.execute(
        "UPDATE jobs SET status = 'queued', attempt_id = NULL WHERE status = 'running'")
    with queue.writing():
        queue.run("close_abandoned", {"now": queue.clock.now_ms()})
    return []"""
_SPEAKS = "    ended = _write_status(task, task.notice, report) if task"
_SPOKEN_FIRST = """    if not task.notice:
        pipe.send_bytes(encode(Ended(End.PUBLISHED, result="{}")))
"""

MUTANTS = (
    Mutant("no fence", f"{_ZOMBIES}[delete]", (_NO_HOLD, _NO_MARK)),
    Mutant("the fence is looked at by the publish alone", f"{_ZOMBIES}[delete]", (_NO_HOLD,)),
    Mutant(
        "settled by the job's id alone",
        "tests/queue/test_settle.py::test_a_later_lease_is_not_settled_by_the_first",
        (("queue/queries.sql", _GUARD, _NO_GUARD),),
    ),
    Mutant(
        "one attempt too many",
        "tests/queue/test_lifecycle.py",
        (("queue/lifecycle.py", "if lease.attempt < lease", "if lease.attempt <= lease"),),
    ),
    Mutant(
        "a child that is alive counts as one that gets on",
        f"{_ENDINGS}::test_a_hung_child_is_killed_after_the_no_progress_time",
        (("slots.py", "self.silence_s += since_s", "self.silence_s *= since_s"),),
    ),
    Mutant(
        "settled before it is published",
        _CALLS,
        (
            (
                "attempt/child.py",
                _SPEAKS,
                _SPOKEN_FIRST + _SPEAKS,
            ),
        ),
    ),
    Mutant(
        "a retry by hand passes for work that is done",
        "tests/videodb/test_fence.py",
        (
            (
                "videodb/video.sql",
                "AND job_id = excluded.job_id AND round = excluded.round",
                "AND job_id = excluded.job_id",
            ),
        ),
    ),
    Mutant(
        "recovery in one statement",
        "tests/daemon/test_stuck.py::test_a_last_crash_that_cannot_be_told_now_is_told_later",
        (("queue/recover.py", _ORPHANS, _AT_ONCE),),
    ),
    Mutant(
        "a publish whose commit may not outlive the power",
        f"{_POWER}[delete]",
        (("videodb/publish.py", "synchronous = EXTRA", "synchronous = FULL"),),
    ),
    Mutant(
        "a queue whose commits may not outlive the power",
        f"{_POWER}[wal]",
        (("sqlite.py", '"PRAGMA synchronous = FULL"', '"PRAGMA synchronous = NORMAL"'),),
    ),
    Mutant(
        "the last pictures stay behind",
        _CALLS,
        (("videodb/publish.py", "    stage.flush()\n    video = stage", "    video = stage"),),
    ),
    Mutant(
        "children outlive the daemon",
        "tests/faults/test_surroundings.py::test_a_child_that_says_nothing_dies_with_its_daemon",
        (("attempt/parent.py", 'if sys.platform == "linux":', 'if sys.platform == "none":'),),
    ),
)


def copy_into(folder: Path) -> Path:
    """The package and its tests, to be changed; its media are the same files."""
    for name in ("jobd", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("media", "__py*"))
    (folder / "tests" / "media").symlink_to(ROOT / "tests" / "media")
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def plant(mutant: Mutant, folder: Path) -> None:
    """Change the copy; the text must stand there."""
    for name, old, new in mutant.patches:
        path = folder / "jobd" / name
        text = path.read_text()
        assert old in text, f"{mutant.name}: {name} has changed, the mutant must follow"
        path.write_text(text.replace(old, new))


def run_tests(folder: Path, *tests: str) -> subprocess.CompletedProcess[str]:
    """Run tests of the copy upon the copy."""
    command = [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", "-m", "not long"]
    return subprocess.run(
        [*command, "--basetemp", str(folder / "tmp"), *tests],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=_LIMIT_S,
    )
