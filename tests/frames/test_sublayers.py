"""Skipping where "nothing refers to it" has more than one meaning: layers, packed frames."""

from __future__ import annotations

import logging
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import pytest

from tests.frames.test_skip import assert_same, moving, write
from tests.support.plainly import reasons
from tests.support.video import run, write_video

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from av.packet import Packet
    from av.video.stream import VideoStream

RATES_HZ = (0.7, 4, 25)
LAYERED = "keyint=20:bframes=4:b-adapt=0:log-level=none:temporal-layers=3"
TSA_N, TSA_R, RASL_N, RASL_R = 2, 3, 8, 9
THREE_LAYERS = (
    "ts_number_layers=3:ts_target_bitrate=60,80,120:ts_rate_decimator=4,2,1:ts_periodicity=4"
    ":ts_layer_id=0,2,1,2:ts_layering_mode=3"
)
CALL = {
    "deadline": "realtime",
    "cpu-used": "8",
    "error-resilient": "1",
    "lag-in-frames": "0",
    "g": "40",
    "b": "120k",
    "ts-parameters": THREE_LAYERS,
}


def not_skipped(
    caplog: pytest.LogCaptureFixture, video: Path, rates_hz: tuple[float, ...] = RATES_HZ
) -> list[str]:
    """Why everything was decoded, for the rates where it was; all images are right."""
    with caplog.at_level(logging.DEBUG, "jobd"):
        for rate_hz in rates_hz:
            assert_same(video, rate_hz)
        return reasons(caplog)


@pytest.mark.parametrize("suffix", ["mp4", "ts"])
def test_sub_layers_of_hevc(tmp_path: Path, caplog: pytest.LogCaptureFixture, suffix: str) -> None:
    video = write(tmp_path / f"video.{suffix}", "libx265", {"x265-params": LAYERED})
    assert not not_skipped(caplog, video)
    assert run(video, 4).decoded < 60


def test_sub_layers_of_hevc_that_higher_ones_refer_to(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """libavcodec drops them, and refuses the frames that refer to them: that is noticed."""
    video = write_video(
        tmp_path / "video.mp4",
        range(90),
        codec="libx265",
        draw=moving,
        time_base=Fraction(1, 25),
        options={"x265-params": LAYERED},
        change=say_unreferred,
    )
    why = not_skipped(caplog, video)
    assert why
    assert all("did not come out" in reason for reason in why)


def say_unreferred(packet: Packet[VideoStream], _: int) -> None:
    """Call the middle sub-layer's pictures such that no other of this sub-layer refers to."""
    data = bytearray(bytes(packet))
    at = data.find(b"\0\0\1")
    while at >= 0:
        kind, sub_layer = data[at + 3] >> 1, (data[at + 4] & 7) - 1
        if kind in {TSA_R, RASL_R} and sub_layer == 1:
            data[at + 3] = {TSA_R: TSA_N, RASL_R: RASL_N}[kind] << 1
        at = data.find(b"\0\0\1", at + 3)
    packet.update(bytes(data))


@pytest.mark.parametrize("codec", ["libvpx", "libvpx-vp9"])
def test_layers_of_video_calls(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, codec: str
) -> None:
    """Every frame from the keyframe on is decoded, also those that nothing refers to."""
    video = write(tmp_path / "video.webm", codec, CALL)
    assert not not_skipped(caplog, video, (0.7, 4))
    assert run(video, 0.7).decoded == sum(at + 1 for at in (35, 71 - 40))


@pytest.mark.parametrize(
    ("codec", "suffix", "options"),
    [
        ("mpeg1video", "mkv", {"bf": "2", "g": "12"}),
        ("mpeg2video", "ts", {"bf": "2", "g": "15", "flags": "+ildct+ilme"}),
        ("mpeg2video", "mov", {"bf": "3", "g": "15", "flags": "+ildct+ilme"}),
        ("mpeg4", "mkv", {"bf": "3", "g": "20", "flags": "+qpel"}),
        ("msmpeg4", "mkv", {"g": "20"}),
        ("flv", "flv", {"g": "20"}),
        ("svq1", "mov", {"g": "20"}),
        ("rv20", "rm", {"g": "20"}),
    ],
)
def test_older_codecs(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    codec: str,
    suffix: str,
    options: dict[str, str],
) -> None:
    video = write_video(
        tmp_path / f"video.{suffix}",
        range(60),
        codec=codec,
        draw=moving,
        pix_fmt="yuv410p" if codec == "svq1" else "yuv420p",
        time_base=Fraction(1, 25),
        options=options,
    )
    assert not not_skipped(caplog, video)


def test_interlaced_b_frames_of_mpeg4(tmp_path: Path) -> None:
    video = write(tmp_path / "video.mp4", "mpeg4", {"bf": "2", "g": "20", "flags": "+ildct+ilme"})
    for rate_hz in RATES_HZ:
        assert_same(video, rate_hz)


def test_packed_b_frames_of_mpeg4(tmp_path: Path) -> None:
    """A frame and the B-frame before it in one packet, then an empty one, as DivX had it."""
    video = tmp_path / "video.mkv"
    with av.open(str(video), "w") as out:
        stream: VideoStream = out.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 256, 160, "yuv420p"
        for n, data in enumerate(packed(write(tmp_path / "video.mp4", "mpeg4", {"bf": "1"}))):
            packet = av.Packet(data)
            packet.stream, packet.time_base = stream, Fraction(1, 25)
            packet.pts = packet.dts = n
            packet.duration, packet.is_keyframe = 1, VOP in data and coding_type(data) == 0
            out.mux(packet)
    for rate_hz in RATES_HZ:
        assert_same(video, rate_hz)


VOP = b"\0\0\1\xb6"
BY_DIVX = b"\0\0\1\xb2DivX503b1393p\0"
NOT_CODED = VOP + bytes([0b01010000, 0b01011111])


def coding_type(data: bytes) -> int:
    """0 for I, 1 for P, 2 for B."""
    return data[data.index(VOP) + len(VOP)] >> 6


def packed(video: Path) -> Iterator[bytes]:
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        headers = (stream.codec_context.extradata or b"") + BY_DIVX
        frames = [bytes(packet) for packet in container.demux(stream) if packet.size]
    for data, following in zip(frames, [*frames[1:], b""], strict=True):
        own = headers + data[data.index(VOP) :] if coding_type(data) == 0 else data
        if following and coding_type(following) == 2:
            yield own + following
        elif coding_type(data) == 2:
            yield NOT_CODED
        else:
            yield own
