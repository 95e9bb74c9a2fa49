from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobd.frames.regions import Region, regions_of, share_of

MS = Fraction(1, 1000)


@pytest.mark.parametrize(
    ("key_times", "origin_pts", "end_pts", "rate_hz", "expected"),
    [
        pytest.param([0, 4000, 8000], 0, 9000, 1, [(0, 3000), (4000, 7000), (8000, 8000)], id="1"),
        pytest.param(
            [0, 4000, 8000], 0, 9000, "0.1", [(0, 0)], id="the others hold no wanted time"
        ),
        pytest.param([0, 4000], 0, 10_001, "0.1", [(0, 0), (4000, 10_000)], id="just in time"),
        pytest.param([0, 4000], 0, 10_000, "0.1", [(0, 0)], id="the end itself is not wanted"),
        pytest.param([0, 1000], 0, 2000, 1, [(0, 0), (1000, 1000)], id="on the keyframe"),
        pytest.param([-80, 920], 0, 2000, 1, [(-80, 0), (920, 1000)], id="shown after decoding"),
        pytest.param([-80, 921], 0, 2000, 1, [(-80, 1000)], id="shown just too late"),
        pytest.param([500, 1500], 500, 2500, 1, [(500, 500), (1500, 1500)], id="begins late"),
    ],
)
def test_a_region_ends_with_the_last_wanted_time_before_the_next_keyframe(
    key_times: list[int],
    origin_pts: int,
    end_pts: int,
    rate_hz: int | str,
    expected: list[tuple[int, int]],
) -> None:
    regions = regions_of(key_times, origin_pts, end_pts, MS * Fraction(rate_hz))
    assert [(region.key_time, region.until_pts) for region in regions] == expected


@given(
    gaps=st.lists(st.integers(1, 500), min_size=1, max_size=20),
    origin_pts=st.integers(-100, 100),
    delay=st.integers(0, 50),
    rate=st.fractions(Fraction(1, 1000), Fraction(1, 3), max_denominator=1000),
)
def test_every_wanted_time_lies_in_the_region_of_the_last_keyframe_shown_by_then(
    gaps: list[int], origin_pts: int, delay: int, rate: Fraction
) -> None:
    begins = [origin_pts]
    for gap in gaps:
        begins.append(begins[-1] + gap)
    end_pts = begins.pop()
    regions = list(regions_of([b - delay for b in begins], origin_pts, end_pts, rate))
    held: set[Region] = set()
    k = 0
    while origin_pts + k / rate < end_pts:
        at = origin_pts + k / rate
        key = max(begin for begin in begins if begin <= at)
        (region,) = (r for r in regions if r.begin_pts == key)
        assert region.key_time == key - delay
        assert at < region.until_pts + 1
        held.add(region)
        k += 1
    assert held == set(regions)


def test_the_share_is_that_of_the_time_covered() -> None:
    regions = [Region(0, 10, 20), Region(50, 60, 75)]
    assert share_of(regions, 10, 110) == Fraction(25, 100)
