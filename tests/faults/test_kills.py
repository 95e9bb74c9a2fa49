"""kill -9 and SIGSTOP at random, of anybody, while an app writes and reads all the time."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.appprocess import beside
from tests.support.hammer import hammering
from tests.support.killer import Killer
from tests.support.tinyjobs import clean, tiny_house

if TYPE_CHECKING:
    from tests.support.appprocess import Role
    from tests.support.appprocess import Told as Seen
    from tests.support.tally import Tally
    from tests.support.tinyjobs import Tiny

# What a reader of cropped_frames may see: nothing yet, or one whole run.
WHOLE = [[0, None, None], [10, 32, 32], [10, 48, 48]]
WATCHERS: tuple[Role, ...] = ("watch_cropped", "save_captions")


def campaign(tiny: Tiny, seed: int, blows: int) -> tuple[Killer, list[Seen]]:
    """Two videos in each journal mode, struck at so many times."""
    payloads = [tiny.video(f"v{n}", "wal" if n % 2 else "delete") for n in range(4)]
    with ExitStack() as stack:
        seen = [
            stack.enter_context(beside(role, Path(payload["dbPath"])))
            for role, payload in zip(WATCHERS, payloads, strict=False)
        ]
        told = stack.enter_context(hammering(tiny.house.db, seed, payloads))
        killer = Killer(tiny.house, seed)
        # A blow may come when the work is just done: only those count that ended an attempt.
        while killer.blows.total() < blows or crashed(tiny) < blows / 3:
            killer.round()
    killer.end()
    assert told.failures == []
    assert len(told.acknowledged) > blows / 20
    for job, (kind, database) in told.acknowledged.items():
        tiny.acknowledge(job, kind, database, "completed", "cancelled")
    return killer, seen


def crashed(tiny: Tiny) -> int:
    query = "SELECT count(*) FROM job_attempts WHERE outcome = 'crashed'"
    return int(tiny.house.sql(query)[0][0])


def strike(folder: Path, tally: Tally, seed: int, blows: int) -> None:
    clean()
    tiny = tiny_house(folder)
    try:
        killer, seen = campaign(tiny, seed, blows)
        tiny.house.work_off()
        wrong = tiny.violations()
    finally:
        tiny.house.close()
    what = ", ".join(f"{n} x {how}" for how, n in sorted(killer.blows.items()))
    tally.add(
        f"random signals, seed {seed} ({what})", killer.blows.total(), len(wrong), killer.recovery_s
    )
    assert wrong == [], "\n".join([*wrong, tiny.house.log()])
    for watcher in seen:
        assert watcher.failures == []
        assert watcher.times > 0
        assert all(answer in WHOLE for answer in watcher.seen if answer), watcher.seen


def test_a_hundred_blows_lose_nothing(tmp_path: Path, tally: Tally) -> None:
    strike(tmp_path, tally, 1, 100)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 7))
def test_a_thousand_blows_lose_nothing(tmp_path: Path, tally: Tally, seed: int) -> None:
    strike(tmp_path, tally, seed, 200)
