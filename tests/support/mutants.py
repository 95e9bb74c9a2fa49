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
        says: What the test must find wrong, in its own words: it might fail for another reason.
        patches: (file in the package, text as it is, text in its place).
    """

    name: str
    test: str
    says: str
    patches: tuple[tuple[str, str, str], ...]


_ZOMBIES = "tests/faults/test_zombies.py::test_a_woken_zombie_publishes_nothing"
_POWER = "tests/faults/test_power.py::test_power_may_go_at_any_moment"
_CALLS = "tests/faults/test_syscalls.py::test_some_calls_fail"
_AROUND = "tests/faults/test_surroundings.py"
_NOT_SYNCED = ("sqlite.py", '"PRAGMA synchronous = FULL"', '"PRAGMA synchronous = NORMAL"')
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
_GUARD = """WHERE id = :job_id AND status = 'running' AND attempt_id = :attempt_id
RETURNING status, error;"""
_NO_GUARD = """WHERE id = :job_id AND status = 'running'
RETURNING status, error;"""
_ORPHANS = 'return [Lease(queue.queue_id, *row) for row in sorted(queue.run("running"))]'
_AT_ONCE = """queue.db.execute(
        "UPDATE jobs SET status = 'queued', attempt_id = NULL WHERE status = 'running'")
    with queue.writing():
        queue.run("close_abandoned", {"now": queue.clock.now_ms()})
    return []"""
_SPEAKS = "    voice.end(_write_status(task, task.notice, report) if task"
_SPOKEN_FIRST = """    if not task.notice:
        from jobd.attempt.messages import encode
        pipe.send_bytes(encode(Ended(End.PUBLISHED, result="{}")))
"""
_DROPS = "drop_leftovers(self.video, self.target, self.work, tick="
_KEEPS = "(lambda *_, tick, boxes: None)(self.video, self.target, self.work, tick="
_KILLED_READING = (
    "tests/ocr/test_faults.py"
    "::test_who_is_killed_while_he_reads_is_followed_by_one_who_goes_on[kill_child-wal]"
)
_OWN_FRAMES = """    shown = shown * (queue_id = excluded.queue_id
        AND job_id = excluded.job_id AND round = excluded.round)"""
_LISTENED = "since_s = min(now_s - self._heard_s, longest_s + _AWAY_S)"

MUTANTS = (
    Mutant("no fence", f"{_ZOMBIES}[delete]", "the zombie's show", (_NO_HOLD, _NO_MARK)),
    Mutant(
        "the fence is looked at by the publish alone",
        f"{_ZOMBIES}[delete]",
        "stages left",
        (_NO_HOLD,),
    ),
    Mutant(
        "settled by the job's id alone",
        "tests/queue/test_settle.py::test_a_later_lease_is_not_settled_by_the_first",
        "DID NOT RAISE LeaseLost",
        (("queue/queries.sql", _GUARD, _NO_GUARD),),
    ),
    Mutant(
        "one attempt too many",
        "tests/queue/test_lifecycle.py",
        "status: 'queued' != 'failed'",
        (("queue/lifecycle.py", "if lease.attempt < lease", "if lease.attempt <= lease"),),
    ),
    Mutant(
        "a child that is alive counts as one that gets on",
        "tests/daemon/test_endings.py::test_a_hung_child_is_killed_after_the_no_progress_time",
        "not failed",
        (("daemon/slot.py", "self.silence_s += since_s", "self.silence_s *= since_s"),),
    ),
    Mutant(
        "settled before it is published",
        _CALLS,
        "job completed, and cropped_frames is empty",
        (("attempt/child.py", _SPEAKS, _SPOKEN_FIRST + _SPEAKS),),
    ),
    Mutant(
        "a retry by hand passes for work that is done",
        "tests/videodb/test_fence.py::test_who_may_take_over",
        "assert True is False",
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
        "is queued, not failed",
        (("queue/recover.py", _ORPHANS, _AT_ONCE),),
    ),
    Mutant(
        "a publish whose commit may not outlive the power",
        f"{_POWER}[delete]",
        "completed, but the fence says",
        (("videodb/publish.py", "synchronous = EXTRA", "synchronous = FULL"),),
    ),
    Mutant(
        "a queue whose commits may not outlive the power",
        f"{_POWER}[wal]",
        "is not completed",
        (_NOT_SYNCED,),
    ),
    Mutant(
        "stages of dead attempts stay",
        "tests/faults/test_kills.py::test_a_hundred_blows_lose_nothing",
        "jobd_stage_",
        (("handlers/sampling.py", _DROPS, _KEEPS),),
    ),
    Mutant(
        "silence is measured by the wall clock",
        f"{_AROUND}::test_a_clock_that_jumps_by_two_hours_stops_nothing",
        "tried again",
        (
            ("clock.py", "return time.monotonic()", "return time.time()"),
            ("daemon/hearing.py", _LISTENED, "since_s = now_s - self._heard_s"),
        ),
    ),
    Mutant(
        "the daemon waits for readers with the write lock in its hand",
        f"{_AROUND}::test_a_reader_that_stays_in_the_queue_delays_nobody",
        "database is locked",
        (
            ("queue/wal.py", "_MOVED_FROM_FRAMES = 1000", "_MOVED_FROM_FRAMES = 0"),
            ("queue/wal.py", "MAX_WAL_BYTES = 16 * _MB", "MAX_WAL_BYTES = 0"),
            ("queue/wal.py", "_REST_FRAMES = 250", "_REST_FRAMES = 10**9"),
            ("queue/wal.py", "_LOCK_WAIT_MS = 25", "_LOCK_WAIT_MS = 600_000"),
        ),
    ),
    Mutant(
        "a child that the kernel kills is its job's fault",
        f"{_AROUND}::test_a_child_that_the_kernel_kills_for_memory_is_tried_again",
        "never again",
        (
            (
                "daemon/verdicts.py",
                "return Verdict(Outcome.CRASHED, f",
                "return Verdict(Outcome.FAILED, f",
            ),
        ),
    ),
    Mutant(
        "children outlive the daemon",
        f"{_AROUND}::test_a_child_that_says_nothing_dies_with_its_daemon",
        "the child outlives its daemon",
        (("attempt/parent.py", 'if sys.platform == "linux":', 'if sys.platform == "none":'),),
    ),
    Mutant(
        "frames whose text is still to be read count as done",
        _KILLED_READING,
        "not all boxes are shown",
        (("videodb/video.sql", "SET shown = :frames, published = 0", "SET shown = :frames"),),
    ),
    Mutant(
        "what was read is dropped at every start",
        _KILLED_READING,
        "frames were read again",
        (("handlers/full_frames.py", "clear_up(boxes=False)", "clear_up()"),),
    ),
    Mutant(
        "the frames of another job are taken for one's own",
        "tests/videodb/test_boxes.py::test_another_job_begins_anew_and_so_does_who_comes_back[wal]",
        "another job's frames",
        (("videodb/video.sql", _OWN_FRAMES, "    shown = shown"),),
    ),
    Mutant(
        "a frame that takes the engine's life is tried for ever",
        "tests/ocr/test_failing_engines.py"
        "::test_a_frame_that_an_engine_dies_of_twice_is_left_out[dying-flags0-SIGSEGV]",
        "('failed', 3) == ('completed', 3)",
        (("handlers/reading.py", "> _TRIES:", "> 99:"),),
    ),
    Mutant(
        "boxes stand on their heads",
        "tests/ocr/test_captions.py::test_captions_are_read_and_stand_where_they_were_drawn",
        "nothing stands where",
        (("ocr/boxes.py", "1 - float(y) / height_px", "float(y) / height_px"),),
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
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-vv",
        "-p",
        "no:cacheprovider",
        "-m",
        "not long",
    ]
    return subprocess.run(
        [*command, "--basetemp", str(folder / "tmp"), *tests],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=_LIMIT_S,
    )
