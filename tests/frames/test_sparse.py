"""Reading only around the wanted times tells the same as reading everything."""

from __future__ import annotations

import os
from fractions import Fraction
from itertools import accumulate
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from jobd.errors import VideoIncomplete, VideoRefused
from jobd.frames.choose import REORDER_PACKETS
from jobd.frames.file import regular_file
from jobd.frames.plan import exact_rate, plan
from jobd.frames.scan import read_timeline
from tests.support.video import LIMITS, every, media, more_media, run, write_video

if TYPE_CHECKING:
    from pathlib import Path

    from av.packet import Packet
    from av.video.stream import VideoStream

    from jobd.frames.timeline import Timeline


def gop_of_25(b_frames: int = 2) -> dict[str, str]:
    params = f"keyint=25:min-keyint=25:scenecut=0:bframes={b_frames}:log-level=none"
    return {"x264-params": params}


def timeline(path: Path, rate_hz: float | None) -> Timeline:
    rate = None if rate_hz is None else exact_rate(rate_hz)
    with regular_file(str(path)) as fd:
        return read_timeline(fd, LIMITS, lambda _: None, rate)


def planned(told: Timeline, rate_hz: float) -> tuple[list[tuple[int, range]], int, Fraction, int]:
    """All of a plan but what only plain decoding needs."""
    made = plan(told, told.origin_pts(told.pts[0], None), exact_rate(rate_hz), 100_000)
    shots = [(shot.pts, shot.ks) for shot in made.shots]
    return shots, made.wanted, made.duration_s, made.last_pts


def assert_same(path: Path, rate_hz: float, *, partial: bool) -> int:
    sparse, whole = timeline(path, rate_hz), timeline(path, None)
    assert (sparse.partial, whole.partial) == (partial, False)
    assert planned(sparse, rate_hz) == planned(whole, rate_hz)
    assert sparse.order is not None
    assert sparse.order.orderly()
    return sparse.packets


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv", "avi"])
def test_only_what_lies_around_the_wanted_times_is_read(tmp_path: Path, suffix: str) -> None:
    options = gop_of_25(b_frames=0 if suffix == "avi" else 2)
    video = write_video(
        tmp_path / f"long.{suffix}", range(1000), time_base=Fraction(1, 25), options=options
    )
    read = assert_same(video, 0.1, partial=True)
    assert read <= 25 + 4 * (1 + REORDER_PACKETS)
    assert_same(video, 10, partial=False)
    assert run(video, 0.1).numbers == [0, 250, 500, 750]


@pytest.mark.parametrize(
    ("name", "rate_hz"),
    [
        ("bbb_trailer_720p_h264.mp4", 0.1),
        ("demo_60s_h264.mkv", 0.1),
        ("nasa_h264.mp4", 0.1),
        ("ocean_vp8.webm", 0.1),
    ],
)
def test_real_videos(name: str, rate_hz: float) -> None:
    assert_same(media(name), rate_hz, partial=True)


def test_a_real_video_that_is_not_shipped() -> None:
    assert_same(more_media("vtest_msmpeg4.avi"), 0.1, partial=True)
    assert_same(more_media("demo_60s_vp9.webm"), 0.1, partial=True)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    suffix=st.sampled_from(["mp4", "mkv"]),
    first=st.sampled_from([0, 1470, 3]),
    steps=st.lists(st.sampled_from([1, 40, 40, 41, 700, 9000]), min_size=30, max_size=90),
    b_frames=st.integers(0, 3),
    keyint=st.sampled_from([1, 4, 12]),
    open_gop=st.booleans(),
)
@example(suffix="mp4", first=0, steps=[1] * 33 + [40] * 3, b_frames=1, keyint=4, open_gop=False)
@example(
    suffix="mp4",
    first=0,
    steps=[1] * 26 + [9000] * 5 + [1, 9000, 1, 1, 1],
    b_frames=3,
    keyint=4,
    open_gop=True,
)
def test_any_timestamps(
    tmp_path: Path,
    *,
    suffix: str,
    first: int,
    steps: list[int],
    b_frames: int,
    keyint: int,
    open_gop: bool,
) -> None:
    pts = list(accumulate(steps, initial=first))
    params = f"keyint={keyint}:min-keyint=1:bframes={b_frames}:open-gop={int(open_gop)}"
    options = {"x264-params": f"{params}:log-level=none"}
    video = write_video(tmp_path / f"any.{suffix}", pts, options=options)
    whole = timeline(video, None)
    for rate_hz in (0.02, 0.3, 1, 7):
        sparse = timeline(video, rate_hz)
        assert planned(sparse, rate_hz) == planned(whole, rate_hz)


@pytest.mark.parametrize(
    "fragmented", [{"movflags": "frag_keyframe"}, {"movflags": "frag_keyframe+empty_moov"}]
)
def test_a_fragmented_file_is_read_whole(tmp_path: Path, fragmented: dict[str, str]) -> None:
    video = write_video(
        tmp_path / "a.mp4", every(40, 1000), options=gop_of_25(), container_options=fragmented
    )
    assert not timeline(video, 0.1).partial
    assert run(video, 0.1).numbers == [0, 250, 500, 750]


def test_a_file_that_ends_early_is_noticed(tmp_path: Path) -> None:
    video = write_video(
        tmp_path / "a.mp4",
        every(40, 1000),
        options=gop_of_25(),
        container_options={"movflags": "faststart"},
    )
    os.truncate(video, video.stat().st_size - 2000)
    with pytest.raises(VideoIncomplete):
        timeline(video, 0.1)


def test_one_strange_timestamp_in_the_middle_is_no_missing_end(tmp_path: Path) -> None:
    def late(packet: Packet[VideoStream], index: int) -> None:
        if index == 345:
            packet.pts = (packet.pts or 0) + 100_000

    options = gop_of_25(b_frames=0)
    video = write_video(tmp_path / "a.mkv", every(40, 1000), options=options, change=late)
    assert run(video, 0.1).facts.wanted == timeline_images(timeline(video, None))


def timeline_images(told: Timeline) -> int:
    return planned(told, 0.1)[1]


def test_too_many_images_are_refused_before_their_packets_are_read(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mp4", every(40, 1000), options=gop_of_25())
    limits = type(LIMITS)(LIMITS.max_pixels, 3)
    with regular_file(str(video)) as fd:
        told = read_timeline(fd, limits, lambda _: None, exact_rate(0.1))
    assert told.packets < 4 * 25
    with pytest.raises(VideoRefused, match="make 4 images: more than 3"):
        run(video, 0.1, limits=limits)
