"""An attempt that sleeps past its lease, and wakes when its successor has taken over."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobd.videodb.fence import Target
from tests.support.appdb import make_video_db
from tests.support.house import alive, until
from tests.support.published import assert_whole, run_of, shown
from tests.support.videojob import command

if TYPE_CHECKING:
    from typing import Literal

    from tests.support.tally import Tally

    Journal = Literal["delete", "wal"]

ROOT = Path(__file__).parents[2]
ZOMBIE, SUCCESSOR = 7, 8
FRAMES = 3
PATIENCE_S = 30.0


def asleep(pid: int) -> bool:
    return ") T" in Path(f"/proc/{pid}/stat").read_text()


def zombie_at(path: Path, target: Target, statement: int) -> bool:
    """Whether there was such a statement; a zombie in a transaction is woken: it has the lock."""
    first = subprocess.Popen(
        command(path, target, ZOMBIE, FRAMES, stop_at=statement), cwd=ROOT, stderr=subprocess.PIPE
    )
    until(lambda: not alive(first.pid) or asleep(first.pid))
    if not alive(first.pid):
        first.communicate()
        return False
    second = subprocess.Popen(command(path, target, SUCCESSOR, FRAMES), cwd=ROOT)
    end_s = time.monotonic() + 1.0
    while second.poll() is None and time.monotonic() < end_s:
        time.sleep(0.01)
    late = second.poll() is not None
    os.kill(first.pid, signal.SIGCONT)
    _, said = first.communicate(timeout=PATIENCE_S)
    assert second.wait(PATIENCE_S) == 0
    if late and first.returncode:
        assert b"FenceLost" in said, said.decode()
    return True


def try_all(folder: Path, journal: Journal, target: Target, *, start: int, every: int) -> int:
    statement, trials = start, 0
    while True:
        path = make_video_db(folder / str(statement) / "annotations.db", journal)
        if not zombie_at(path, target, statement):
            return trials
        assert shown(path, target) == run_of(SUCCESSOR, FRAMES), f"statement {statement}"
        assert_whole(path)
        trials += 1
        statement += every


@pytest.mark.parametrize(("journal", "start"), [("delete", 9), ("wal", 17)])
def test_a_woken_zombie_publishes_nothing(
    tmp_path: Path, tally: Tally, journal: Journal, start: int
) -> None:
    trials = try_all(tmp_path, journal, Target.CROPPED_FRAMES, start=start, every=24)
    assert trials >= 2
    tally.add(f"zombies, {journal}", trials, 0)


@pytest.mark.long
@pytest.mark.parametrize("target", list(Target))
@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_a_zombie_asleep_at_every_statement(
    tmp_path: Path, tally: Tally, journal: Journal, target: Target
) -> None:
    trials = try_all(tmp_path, journal, target, start=1, every=1)
    assert trials > 30
    tally.add(f"zombies at every statement, {target}, {journal}", trials, 0)
