from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from jobd.frames.timeline import Timeline, end_of, in_order_of_output

GUESS = Fraction(42)


@pytest.mark.parametrize(
    ("pts", "last_duration", "latest_end", "expected"),
    [
        pytest.param([0, 40, 80], 35, None, 115, id="its own duration"),
        pytest.param([80, 0, 40], 35, None, 115, id="of the largest timestamp, not the last"),
        pytest.param([0, 40, 80], 0, None, 120, id="missing: the mean distance"),
        pytest.param([0, 40, 81], -5, None, Fraction(243, 2), id="negative: the same, exactly"),
        pytest.param([0, 40, 40, 80], 0, None, 120, id="repeated timestamps count once"),
        pytest.param([7], 0, None, 49, id="single frame: the guessed rate"),
        pytest.param([0, 40, 80], 9000, Fraction(1120), 120, id="outlasts its container: wrong"),
        pytest.param([0, 40, 80], 1040, Fraction(1120), 1120, id="just does not"),
        pytest.param([0, 4000], 60_000, Fraction(120), 64_000, id="a wrong header proves nothing"),
    ],
)
def test_the_end_of_the_last_frame(
    pts: list[int], last_duration: int, latest_end: Fraction | None, expected: Fraction
) -> None:
    assert end_of(pts, last_duration, GUESS, latest_end) == expected


def test_frames_out_of_order_take_the_timestamps_in_order() -> None:
    assert in_order_of_output([1, 4, 3, 5, 2], 1) == [1, 2, 3, 4, 5]


def test_frames_without_timestamps_follow_the_ones_before() -> None:
    assert in_order_of_output([None, 10, None, None, 40], 10) == [0, 10, 20, 30, 40]


@pytest.mark.parametrize(
    ("start_pts", "first_pts", "damaged_pts", "broadcast", "origin"),
    [
        pytest.param(100, 100, None, False, 100, id="a whole video"),
        pytest.param(100, 400, None, False, 100, id="the first keyframe comes out late"),
        pytest.param(100, 60, None, False, 60, id="leading pictures come out"),
        pytest.param(None, 60, None, False, 60, id="no keyframe at all"),
        pytest.param(400, 400, 20, False, 20, id="damaged beyond being a keyframe"),
        pytest.param(400, 400, 20, True, 400, id="joined in the middle of a packet"),
    ],
)
def test_time_begins_with_the_first_frame(
    start_pts: int | None,
    first_pts: int,
    damaged_pts: int | None,
    broadcast: bool,  # noqa: FBT001 - a table's column
    origin: int,
) -> None:
    whole = Timeline(Fraction(1, 1000), [100], [1], 100, Fraction(140), 1)
    timeline = replace(whole, start_pts=start_pts, broadcast=broadcast)
    assert timeline.origin_pts(first_pts, damaged_pts) == origin
