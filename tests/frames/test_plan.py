from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobd.errors import VideoRefused
from jobd.frames.plan import Plan, exact_rate, plan, tick_count
from jobd.frames.timeline import Timeline

MS = Fraction(1, 1000)
RATES = st.sampled_from([0.1, 0.3, 1.0, 2.5, 7.0, 10.0, 23.976, 240.0])


def timeline(pts: list[int], last_duration: int = 40, time_base: Fraction = MS) -> Timeline:
    return Timeline(
        time_base=time_base,
        pts=pts,
        settled=range(1, len(pts) + 1),
        start_pts=pts[0],
        end_pts=Fraction(max(pts) + last_duration),
        packets=len(pts),
    )


def planned(pts: list[int], rate_hz: float, last_duration: int = 40) -> Plan:
    return plan(timeline(pts, last_duration), pts[0], exact_rate(rate_hz), 10_000)


def shown(made: Plan) -> list[int]:
    """For k = 0, 1, 2 …: the timestamp of the frame that the plan names."""
    by_k = {k: shot.pts for shot in made.shots for k in shot.ks}
    return [by_k[k] for k in range(made.wanted)]


@pytest.mark.parametrize(
    ("duration_s", "rate_hz", "count"),
    [
        ("1", 0.1, 1),
        ("10", 0.1, 1),
        ("10.001", 0.1, 2),
        ("60", 0.1, 6),  # Fraction(0.1) is a little more than 1/10 and would say 7
        ("300", 0.1, 30),
        ("55.125", 10, 552),
        ("2", 0.7, 2),
        ("0.001", 10, 1),
        ("0", 10, 1),
        ("1", 240, 240),
    ],
)
def test_k_runs_while_k_over_rate_is_less_than_the_duration(
    duration_s: str, rate_hz: float, count: int
) -> None:
    assert tick_count(Fraction(duration_s), exact_rate(rate_hz)) == count


def test_a_rate_is_taken_as_written() -> None:
    assert exact_rate(0.1) == Fraction(1, 10)
    assert exact_rate(1e-3) == Fraction(1, 1000)


@pytest.mark.parametrize(
    ("pts", "rate_hz", "expected"),
    [
        pytest.param([0, 40, 80, 120], 10, [0, 80], id="last not later"),
        pytest.param([0, 100, 200], 10, [0, 100, 200], id="exactly on time counts"),
        pytest.param([0, 101, 199], 10, [0, 0, 199], id="one unit late does not"),
        pytest.param([1470, 1510, 1550, 1590], 10, [1470, 1550], id="first timestamp not 0"),
        pytest.param([-80, -40, 0, 40], 10, [-80, 0], id="negative timestamps"),
        pytest.param([0, 40, 1040], 2, [0, 40, 40], id="a gap is filled by the frame before"),
        pytest.param([0, 200, 100, 300], 10, [0, 100, 200, 300], id="timestamps that jump back"),
        pytest.param([500, 0, 100, 600], 10, [500, 600], id="back to before the first"),
        pytest.param([0, 0, 0], 10, [0], id="repeated timestamps"),
        pytest.param([7], 0.1, [7], id="single frame"),
    ],
)
def test_the_frame_on_display_is_chosen(
    pts: list[int], rate_hz: float, expected: list[int]
) -> None:
    assert shown(planned(pts, rate_hz)) == expected


def test_of_equal_timestamps_the_last_in_the_stream_is_named() -> None:
    (only,) = planned([0, 40, 40, 0], 10).shots
    assert (only.pts, only.settled) == (0, 4)


def test_the_last_frame_stays_for_its_own_duration() -> None:
    assert shown(planned([0, 40], 1, last_duration=2961)) == [0, 40, 40, 40]
    assert shown(planned([0, 40], 1, last_duration=2960)) == [0, 40, 40]


def test_other_time_bases_are_exact() -> None:
    ntsc = timeline([n * 1001 for n in range(300)], 1001, Fraction(1, 30_000))
    made = plan(ntsc, 0, exact_rate(1.0), 100)
    assert made.wanted == 11
    assert shown(made) == [(k * 30_000) // 1001 * 1001 for k in range(10)] + [299 * 1001]


def test_too_many_images_are_refused_by_number() -> None:
    day = timeline([0, 86_400_000])
    with pytest.raises(VideoRefused, match="make 864001 images: more than 100000"):
        plan(day, 0, exact_rate(10.0), 100_000)


def test_a_bomb_of_timestamps_is_refused_before_it_costs_anything() -> None:
    with pytest.raises(VideoRefused, match="images"):
        plan(timeline([0, 2**62]), 0, exact_rate(240.0), 100_000)


@settings(deadline=None)
@given(
    st.lists(st.integers(-2000, 4000), min_size=1, max_size=40),
    RATES,
    st.integers(1, 500),
    st.sampled_from([MS, Fraction(1, 90_000), Fraction(1001, 24_000)]),
)
def test_a_plan_is_the_rule_taken_literally(
    pts: list[int], rate_hz: float, last_duration: int, time_base: Fraction
) -> None:
    made = plan(timeline(pts, last_duration, time_base), pts[0], exact_rate(rate_hz), 2**62)
    assert shown(made)[:300] == literally(pts, rate_hz, last_duration, time_base)[:300]
    assert [k for shot in made.shots for k in shot.ks] == list(range(made.wanted))
    assert all(pts[shot.settled - 1] == shot.pts for shot in made.shots)
    assert all(shot.pts not in pts[shot.settled :] for shot in made.shots)


def literally(pts: list[int], rate_hz: float, last_duration: int, time_base: Fraction) -> list[int]:
    end = (max(pts) + last_duration - pts[0]) * time_base
    step = 1 / Fraction(str(rate_hz))
    found: list[int] = []
    while not found or (len(found) * step < end and len(found) < 300):
        at = pts[0] + len(found) * step / time_base
        found.append(max(p for p in pts if p <= at))
    return found
