"""Pauses between steps that hold locks."""

from __future__ import annotations

import pytest

from jobd.videodb.pace import Pace
from tests.support.handclock import HandClock


def _step(pace: Pace, clock: HandClock, took_s: float) -> None:
    with pace.step():
        clock.now_s += took_s


@pytest.mark.parametrize(
    ("took_s", "other_work_s", "slept_s"),
    [
        (0.200, 0.0, [0.200]),
        (0.200, 0.150, [0.050]),
        (0.200, 0.300, []),
        (0.001, 0.0, [0.030]),
        (0.001, 0.031, []),
    ],
)
def test_the_pause_is_as_long_as_the_step(
    took_s: float, other_work_s: float, slept_s: list[float]
) -> None:
    clock = HandClock()
    pace = Pace(clock.sleep, clock.monotonic_s)
    _step(pace, clock, took_s)
    assert clock.slept_s == []
    clock.now_s += other_work_s
    _step(pace, clock, 0)
    assert clock.slept_s == pytest.approx(slept_s)


def test_a_step_that_failed_is_paused_after_too() -> None:
    clock = HandClock()
    pace = Pace(clock.sleep, clock.monotonic_s)

    def fail() -> None:
        with pace.step():
            clock.now_s += 0.5
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    _step(pace, clock, 0)
    assert clock.slept_s == pytest.approx([0.5])
