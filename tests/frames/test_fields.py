"""Single fields are told by the headers of their packets."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import av
import pytest

from jobd.frames.fields import Fields
from tests.support.paff import coded, write_paff
from tests.support.video import every, write_video

if TYPE_CHECKING:
    from pathlib import Path


def alone(video: Path, header: Path | None = None) -> list[bool]:
    """What `Fields` says of each packet of a file, with its own header or another file's."""
    with av.open(str(video)) as container, av.open(str(header or video)) as other:
        stream = container.streams.video[0]
        codec = stream.codec_context.codec.canonical_name
        fields = Fields(codec, other.streams.video[0].codec_context.extradata)
        return [
            fields.alone(packet, key=packet.is_keyframe)
            for packet in container.demux(stream)
            if packet.size
        ]


@pytest.mark.parametrize("suffix", ["mp4", "ts"])
def test_single_fields_are_known_by_their_headers(tmp_path: Path, suffix: str) -> None:
    video = write_paff(tmp_path / f"video.{suffix}", 2, field_packets=True)
    structures = [frame.pictures for frame in coded(2)]
    assert alone(video) == [len(parts) == 2 for parts in structures for _ in parts]


def test_a_keyframe_may_announce_fields(tmp_path: Path) -> None:
    """As where two programmes follow each other in one recording."""
    video = write_paff(tmp_path / "video.ts", 2, field_packets=True)
    frames = write_video(tmp_path / "frames.ts", every(40, 30))
    assert not any(alone(frames))
    assert alone(video, header=frames) == alone(video)


def test_pairs_of_fields_are_not_single(tmp_path: Path) -> None:
    assert not any(alone(write_paff(tmp_path / "video.mp4", 2, field_packets=False)))


@pytest.mark.parametrize(
    "options",
    [
        {"x264-params": "interlaced=1:cqm=jvt:bframes=2"},
        {"x264-params": "interlaced=1:keyint=9:bframes=3", "profile": "high444"},
        {"x264-params": "cqm8=" + ",".join(["17"] * 64), "preset": "slow"},
        {"x264-params": "slices=4:interlaced=1", "profile": "main"},
    ],
)
def test_frames_are_not_single_fields(tmp_path: Path, options: dict[str, str]) -> None:
    pix_fmt = "yuv444p" if options.get("profile") == "high444" else "yuv420p"
    video = write_video(tmp_path / "video.mp4", every(40, 30), options=options, pix_fmt=pix_fmt)
    assert alone(video) == [False] * 30


@pytest.mark.parametrize("extradata", [None, b"", b"\1\x64", b"\0\0\1\x67\x4d\0", b"\0\0\1"])
def test_what_cannot_be_read_is_not_trusted(extradata: bytes | None) -> None:
    assert Fields("h264", extradata).alone(b"\0\0\1\x65\xb8", key=True)


@pytest.mark.parametrize(("structures", "single"), [((1,), 1), ((2,), 1), ((3,), 0), ((1, 2), 0)])
def test_single_fields_of_mpeg2(structures: tuple[int, ...], *, single: int) -> None:
    picture = b"".join(
        b"\0\0\1\0\0\x0f\xff\xf8\0\0\1\xb5\x8f\xff" + bytes([0xF0 | structure, 0x80, 0])
        for structure in structures
    )
    assert Fields("mpeg2video", None).alone(picture, key=True) == bool(single)


def test_mpeg2_frames_are_not_single_fields(tmp_path: Path) -> None:
    video = write_video(
        tmp_path / "video.ts", range(20), codec="mpeg2video", time_base=Fraction(1, 25)
    )
    assert alone(video) == [False] * 20


def test_other_codecs_have_no_single_fields() -> None:
    assert not Fields("hevc", b"\1").alone(b"\0\0\1\x65", key=True)
