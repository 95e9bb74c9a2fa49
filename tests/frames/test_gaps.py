"""Packets that never came are noticed by the numbers of those that did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av
import pytest

from jobd.frames.gaps import Gaps
from tests.frames.test_skip import assert_same, write
from tests.support.paff import write_paff
from tests.support.video import media, more_media, run

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

# In order of decoding: I P B b b P B b b …, a keyframe every 20 frames.
PYRAMID = "scenecut=0:keyint=20:b-adapt=0:bframes=3:b-pyramid=normal:log-level=none"
KEYFRAME, REFERENCE, SHOWN_ONLY = 20, 21, 23


def missing(video: Path) -> list[bool]:
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        gaps = Gaps(context.codec.canonical_name, context.extradata)
        packets = (packet for packet in container.demux(stream) if packet.size)
        return [gaps.before(packet, first=n == 0) for n, packet in enumerate(packets)]


def without(video: Path, lost: Collection[int]) -> Path:
    """A copy that lacks some packets, by their place in order of decoding."""
    copy = video.with_stem("lossy")
    with av.open(str(video)) as given, av.open(str(copy), "w") as out:
        stream = out.add_stream_from_template(given.streams.video[0])
        packets = (packet for packet in given.demux(video=0) if packet.size)
        for ordinal, packet in enumerate(packets):
            if ordinal not in lost:
                packet.stream = stream
                out.mux(packet)
    return copy


def pyramid(folder: Path, suffix: str) -> Path:
    return write(folder / f"video.{suffix}", "libx264", {"x264-params": PYRAMID})


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_a_lost_reference_is_missed_by_the_next_packet(tmp_path: Path, suffix: str) -> None:
    video = pyramid(tmp_path, suffix)
    told = missing(without(video, {REFERENCE}))
    assert told == [ordinal == REFERENCE for ordinal in range(89)]


def test_a_lost_keyframe_is_missed(tmp_path: Path) -> None:
    told = missing(without(pyramid(tmp_path, "mkv"), {KEYFRAME}))
    assert told == [ordinal == KEYFRAME for ordinal in range(89)]


def test_nobody_misses_what_nothing_refers_to(tmp_path: Path) -> None:
    assert not any(missing(without(pyramid(tmp_path, "mkv"), {SHOWN_ONLY})))


@pytest.mark.parametrize(
    "params",
    [
        PYRAMID,
        "keyint=20:open-gop=1:bframes=3:log-level=none",
        "keyint=20:interlaced=1:bframes=2:log-level=none",
        "keyint=20:intra-refresh=1:log-level=none",
        "keyint=90:slices=4:ref=1:log-level=none",
    ],
)
def test_nothing_is_missing_in_a_whole_video(tmp_path: Path, params: str) -> None:
    video = write(tmp_path / "video.mkv", "libx264", {"x264-params": params})
    assert not any(missing(video))


@pytest.mark.parametrize(
    "name", ["bbb_trailer_720p_h264.mp4", "nasa_h264.mp4", "demo_60s_h264.mkv", "ocean_vp8.webm"]
)
def test_nothing_is_missing_in_real_videos(name: str) -> None:
    assert not any(missing(media(name)))


def test_nothing_is_missing_in_a_broadcast() -> None:
    assert not any(missing(more_media("snow_h264.ts")))


@pytest.mark.parametrize("field_packets", [True, False])
def test_two_fields_share_a_number(tmp_path: Path, *, field_packets: bool) -> None:
    assert not any(missing(write_paff(tmp_path / "video.mp4", 3, field_packets=field_packets)))


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.parametrize("rate_hz", [1, 4, 25])
def test_images_made_after_a_loss_are_those_of_decoding_everything(
    tmp_path: Path, suffix: str, rate_hz: float
) -> None:
    video = without(pyramid(tmp_path, suffix), {REFERENCE, 3 * KEYFRAME + 5})
    for workers in (1, 3):
        assert_same(video, rate_hz, workers)


def test_a_loss_is_counted(tmp_path: Path) -> None:
    whole = pyramid(tmp_path, "mkv")
    assert run(whole, 25).concealed == 0
    assert run(without(whole, {REFERENCE}), 25).concealed == 1
    assert run(without(whole, {SHOWN_ONLY}), 25).concealed == 0
