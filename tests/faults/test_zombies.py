"""An attempt that sleeps past its lease, and wakes when its successor has taken over."""

from __future__ import annotations

import os
import signal
import subprocess
from itertools import count
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
PUBLISH = 5  # of its transactions: prepare, fence, stage, pictures, publish, removal
PATIENCE_S = 30.0


def asleep(pid: int) -> bool:
    return ") T" in Path(f"/proc/{pid}/stat").read_text()


def zombie_at(path: Path, target: Target, transaction: int) -> str | None:
    """What the zombie said in the end; None where it had no such transaction."""
    first = subprocess.Popen(
        command(path, target, ZOMBIE, FRAMES, stop_at=transaction),
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    until(lambda: not alive(first.pid) or asleep(first.pid))
    if not alive(first.pid):
        first.communicate()
        return None
    subprocess.run(command(path, target, SUCCESSOR, FRAMES), cwd=ROOT, check=True)
    os.kill(first.pid, signal.SIGCONT)
    return first.communicate(timeout=PATIENCE_S)[1]


def try_all(folder: Path, journal: Journal, target: Target) -> int:
    """Asleep before each transaction in turn; how many there were."""
    for transaction in count(1):
        path = make_video_db(folder / str(transaction) / "annotations.db", journal)
        said = zombie_at(path, target, transaction)
        if said is None:
            return transaction - 1
        asleep_at = f"asleep before transaction {transaction}"
        assert shown(path, target) == run_of(SUCCESSOR, FRAMES), f"the zombie's show, {asleep_at}"
        assert_whole(path)
        assert "FenceLost" in said or transaction > PUBLISH, f"it noticed nothing, {asleep_at}"
    raise AssertionError


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_a_woken_zombie_publishes_nothing(tmp_path: Path, tally: Tally, journal: Journal) -> None:
    trials = try_all(tmp_path, journal, Target.CROPPED_FRAMES)
    assert trials > PUBLISH
    tally.add(f"zombies, {journal}", trials, 0)


@pytest.mark.long
@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_a_woken_zombie_of_the_other_kind(tmp_path: Path, tally: Tally, journal: Journal) -> None:
    tally.add(f"zombies, {journal}", try_all(tmp_path, journal, Target.FULL_FRAMES), 0)
