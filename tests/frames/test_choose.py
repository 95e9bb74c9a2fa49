from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from jobd.frames.choose import REORDER_PACKETS, Chooser
from jobd.frames.plan import plan
from jobd.frames.timeline import Timeline

Fed = tuple[int, int, int]  # which frame, its timestamp, packets fed when it came out


def chosen(outputs: list[Fed], pts_by_packet: list[int], step: int) -> dict[int, tuple[int, bool]]:
    """For each k: the frame it shows and whether that is its own; a tick every `step`."""
    timeline = Timeline(
        time_base=Fraction(1, 1000),
        pts=pts_by_packet,
        settled=range(1, len(pts_by_packet) + 1),
        start_pts=outputs[0][1],
        end_pts=Fraction(max(pts_by_packet) + 1),
        packets=len(pts_by_packet),
    )
    made = plan(timeline, outputs[0][1], Fraction(1000, step), 10_000)
    chooser: Chooser[int] = Chooser(made)
    kept = [k for frame, pts, fed in outputs for k in chooser.put(frame, pts, fed)]
    kept += chooser.end()
    found = {k: (one.display.picture, one.own) for one in kept for k in one.ks}
    assert sorted(found) == list(range(made.wanted))
    assert sum(len(one.ks) for one in kept) == made.wanted
    return found


def literally(display: list[int], step: int) -> list[int]:
    """Which of the frames, given by their timestamps in order of output, each k shows."""
    ticks = range(display[0], max(display) + 1, step)
    return [max((pts, n) for n, pts in enumerate(display) if pts <= at)[1] for at in ticks]


def through_decoder(display: list[int], delay: int) -> list[Fed]:
    """Packets in order of display that come out `delay` packets after they went in."""
    count = len(display)
    return [(n, pts, min(n + 1 + delay, count)) for n, pts in enumerate(display)]


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 60), min_size=1, max_size=40),
    st.integers(1, 7),
)
def test_any_timestamps_from_a_decoder_without_delay(display: list[int], step: int) -> None:
    found = chosen(through_decoder(display, 0), display, step)
    assert [found[k][0] for k in sorted(found)] == literally(display, step)
    assert all(own for _, own in found.values())


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 60), min_size=1, max_size=40, unique=True),
    st.integers(1, 7),
    st.integers(0, REORDER_PACKETS - 1),
)
def test_timestamps_that_jump_back_inside_a_delay(
    display: list[int], step: int, delay: int
) -> None:
    found = chosen(through_decoder(display, delay), display, step)
    assert [found[k][0] for k in sorted(found)] == literally(display, step)


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 60), min_size=2, max_size=40, unique=True),
    st.integers(1, 7),
    st.data(),
)
def test_a_lost_frame_is_stood_in_for_by_the_one_before(
    times: list[int], step: int, data: st.DataObject
) -> None:
    display = sorted(times)
    lost = data.draw(st.sets(st.integers(1, len(display) - 1)))
    outputs = [fed for fed in through_decoder(display, 0) if fed[0] not in lost]
    found = chosen(outputs, display, step)
    for k, named in enumerate(literally(display, step)):
        best = max(n for n in range(named + 1) if n not in lost)
        assert found[k] == (best, named not in lost)


def test_frames_lost_at_the_start_show_the_first_that_comes() -> None:
    timeline = Timeline(Fraction(1, 1000), [0, 40, 80], [1, 2, 3], 0, Fraction(120), 3)
    chooser: Chooser[str] = Chooser(plan(timeline, 0, Fraction(25), 100))
    kept = [*chooser.put("third", 80, 3), *chooser.end()]
    assert [(one.display.picture, list(one.ks), one.own) for one in kept] == [
        ("third", [0], False),
        ("third", [1], False),
        ("third", [2], True),
    ]


def test_no_frame_at_all_yields_nothing() -> None:
    timeline = Timeline(Fraction(1, 1000), [0], [1], 0, Fraction(40), 1)
    assert list(Chooser(plan(timeline, 0, Fraction(25), 100)).end()) == []
