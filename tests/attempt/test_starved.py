from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from jobd.attempt.starved import Turns, own_share, turns_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
BUSY = "\nwhile True: pass"


@pytest.mark.parametrize(
    ("now", "share"),
    [
        pytest.param(Turns(100, 100), 1.0, id="asleep"),
        pytest.param(Turns(100, 100, ready=True), 0.0, id="waiting all the time"),
        pytest.param(Turns(110, 100, ready=True), 1.0, id="running"),
        pytest.param(Turns(100, 110), 0.0, id="waited"),
        pytest.param(Turns(110, 130), 0.25, id="waited and ran"),
        pytest.param(Turns(95, 100), 1.0, id="a thread has ended"),
    ],
)
def test_only_waiting_for_a_processor_is_forgiven(now: Turns, share: float) -> None:
    assert own_share(Turns(100, 100), now) == share


def test_a_process_that_gets_no_turn_is_seen_to_wait() -> None:
    core = min(os.sched_getaffinity(0))
    pin = f"import os; os.sched_setaffinity(0, {{{core}}}); "
    starve = pin + "os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0)); "
    processes = [
        subprocess.Popen([sys.executable, "-c", pin + BUSY]),
        subprocess.Popen([sys.executable, "-c", starve + BUSY]),
    ]
    try:
        time.sleep(0.5)
        before = [turns_of(process.pid) for process in processes]
        time.sleep(0.5)
        now = [turns_of(process.pid) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()
    assert own_share(before[1], now[1]) < 0.2
    assert own_share(before[0], now[0]) > own_share(before[1], now[1])


def test_a_sleeper_is_not_starved() -> None:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        time.sleep(0.5)
        before = turns_of(process.pid)
        time.sleep(0.3)
        assert own_share(before, turns_of(process.pid)) == 1.0
    finally:
        process.kill()
        process.wait()
    assert turns_of(process.pid) == Turns()
