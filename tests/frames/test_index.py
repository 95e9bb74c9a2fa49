"""The index of an MP4 tells the same as all its packets, or is not believed."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import asdict
from fractions import Fraction
from itertools import accumulate
from struct import unpack_from
from typing import TYPE_CHECKING, Any

import av
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from jobd.errors import VideoIncomplete
from jobd.frames.boxes import UnclearError
from jobd.frames.file import regular_file
from jobd.frames.index import index_of, read_by_index
from jobd.frames.packets import read_packets
from jobd.frames.source import open_source
from tests.support.video import LIMITS, MILLISECOND, every, media, more_media, run, write_video

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from av.packet import Packet
    from av.video.stream import VideoStream

GOP_FRAMES = 25
STEPS = st.lists(st.sampled_from([1, 40, 40, 41, 700, 9000]), min_size=30, max_size=90)


def options(b_frames: int = 2, *, keyint: int = GOP_FRAMES, open_gop: bool = False) -> Any:
    params = f"keyint={keyint}:min-keyint=1:scenecut=0:bframes={b_frames}"
    return {"x264-params": f"{params}:open-gop={int(open_gop)}:log-level=none"}


def by_index(path: Path) -> dict[str, object] | None:
    """What the index told; None where it was not believed."""
    with regular_file(str(path)) as fd, open_source(fd, LIMITS) as source:
        index = index_of(source, fd)
        if index is not None:
            with suppress(UnclearError):
                return asdict(read_by_index(source, index, lambda _: None))
    return None


def by_packets(path: Path) -> dict[str, object]:
    with regular_file(str(path)) as fd, open_source(fd, LIMITS) as source:
        told = read_packets(source, lambda _: None)
        told.ends = {source.stream.index: told.ends[source.stream.index]}
        return asdict(told)


@pytest.mark.parametrize("name", ["bbb_trailer_720p_h264.mp4", "nasa_h264.mp4", "ocean_h264.mp4"])
def test_real_videos(name: str) -> None:
    assert by_index(media(name)) == by_packets(media(name))


def test_real_videos_that_are_not_shipped() -> None:
    video = more_media("hevc_1080p.mp4")
    assert by_index(video) == by_packets(video)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@example(
    suffix="mp4",
    first=0,
    steps=[1] * 30,
    strange={0: 1},
    b_frames=0,
    keyint=1,
    open_gop=False,
)
@given(
    suffix=st.sampled_from(["mp4", "mov"]),
    first=st.sampled_from([0, 1470, 3]),
    steps=STEPS,
    strange=st.dictionaries(st.integers(0, 89), st.integers(0, 30_000), max_size=3),
    b_frames=st.integers(0, 3),
    keyint=st.sampled_from([1, 4, 12]),
    open_gop=st.booleans(),
)
def test_any_timestamps(
    tmp_path: Path,
    *,
    suffix: str,
    first: int,
    steps: list[int],
    strange: dict[int, int],
    b_frames: int,
    keyint: int,
    open_gop: bool,
) -> None:
    def delay(packet: Packet[VideoStream], index: int) -> None:
        packet.pts = (packet.pts or 0) + strange.get(index, 0)

    video = write_video(
        tmp_path / f"any.{suffix}",
        accumulate(steps, initial=first),
        options=options(b_frames, keyint=keyint, open_gop=open_gop),
        change=delay,
    )
    assert by_index(video) == (by_packets(video) if all_in_index(video) else None)


def all_in_index(path: Path) -> bool:
    """Where a frame is late enough, the muxer writes an edit that leaves another one out."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        shown = sum(not entry.is_discard for entry in stream.index_entries)
        return shown == stream.frames


@pytest.mark.parametrize("flags", ["negative_cts_offsets", "faststart", "use_metadata_tags"])
def test_times_do_not_hang_on_how_they_are_written(tmp_path: Path, flags: str) -> None:
    video = write_video(
        tmp_path / "a.mp4",
        every(40, 60),
        options=options(),
        container_options={"movflags": flags},
    )
    assert by_index(video) == by_packets(video)


def test_times_that_do_not_rise_are_made_up_elsewhere(tmp_path: Path) -> None:
    video = write_video(
        tmp_path / "a.mov", every(40, 60), codec="mjpeg", pix_fmt="yuvj420p", time_base=MILLISECOND
    )
    assert by_index(video) == by_packets(video)
    content = video.read_bytes()
    runs = content.index(b"stts") + 8
    (count,) = unpack_from(">I", content, runs)
    for run_at in range(runs + 4, runs + 4 + 8 * count, 8):
        content = content[: run_at + 4] + bytes(4) + content[run_at + 8 :]
    video.write_bytes(content)
    assert by_index(video) is None


LATE: dict[str, Callable[[int], int]] = {
    "one frame after all others": lambda n: 26_500 if n == 333 else 0,
    "groups of pictures overlap": lambda n: 4020 if n % 50 > 46 else 0,
}


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.parametrize("rate_hz", ["0.1", "0.37", "1"])
@pytest.mark.parametrize("late", LATE)
def test_frames_that_are_shown_late(
    tmp_path: Path, late: str, rate_hz: str, suffix: str, workers: int
) -> None:
    def delay(packet: Packet[VideoStream], index: int) -> None:
        packet.pts = (packet.pts or 0) + LATE[late](index)

    video = write_video(
        tmp_path / f"late.{suffix}", every(40, 750), options=options(b_frames=0), change=delay
    )
    pts_ms = [40 * n + LATE[late](n) for n in range(750)]
    ticks_ms = [k * 1000 / Fraction(rate_hz) for k in range(750)]
    shown = [
        max((pts, n) for n, pts in enumerate(pts_ms) if pts <= tick)[1]
        for tick in ticks_ms
        if tick < max(pts_ms) + 40
    ]
    assert run(video, float(rate_hz), workers=workers).numbers == shown


@pytest.mark.parametrize(
    "flags", ["frag_keyframe", "frag_keyframe+empty_moov", "frag_keyframe+delay_moov"]
)
def test_fragments_are_not_in_the_index(tmp_path: Path, flags: str) -> None:
    video = write_video(
        tmp_path / "a.mp4",
        every(40, 1000),
        options=options(),
        container_options={"movflags": flags},
    )
    assert by_index(video) is None
    assert run(video, 0.1).numbers == [0, 250, 500, 750]


@pytest.mark.parametrize("suffix", ["mkv", "avi", "ts", "flv"])
def test_no_other_index_tells_every_time(tmp_path: Path, suffix: str) -> None:
    video = write_video(
        tmp_path / f"a.{suffix}", range(60), time_base=Fraction(1, 25), options=options(0)
    )
    assert by_index(video) is None


def test_a_file_that_ends_early(tmp_path: Path) -> None:
    video = write_video(
        tmp_path / "a.mp4",
        every(40, 1000),
        options=options(),
        container_options={"movflags": "faststart"},
    )
    os.truncate(video, video.stat().st_size - 2000)
    assert by_index(video) is None
    with pytest.raises(VideoIncomplete):
        run(video, 0.1)
