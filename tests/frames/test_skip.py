"""Skipping gives what decoding everything gives, picture for picture, for every codec."""

from __future__ import annotations

import logging
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from jobd.frames.extract import extract
from jobd.frames.jpeg import View, shape_of
from tests.support.plainly import reasons
from tests.support.video import LIMITS, media, more_media, run, write_video

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

GOP = {"g": "20", "keyint_min": "5"}
X264 = "scenecut=0:keyint=20"
QUIET = ":log-level=none"

# name, codec, suffix, encoder options, whether the quick way must have done it all
ENCODINGS = [
    ("h264 pyramid", "libx264", "mp4", {"x264-params": f"{X264}:bframes=3:b-pyramid=normal"}, True),
    ("h264 open GOP", "libx264", "mp4", {"x264-params": f"{X264}:bframes=3:open-gop=1"}, True),
    ("h264 open GOP mkv", "libx264", "mkv", {"x264-params": f"{X264}:bframes=2:open-gop=1"}, True),
    ("h264 open GOP ts", "libx264", "ts", {"x264-params": f"{X264}:bframes=3:open-gop=1"}, True),
    ("h264 MBAFF", "libx264", "mp4", {"x264-params": f"{X264}:bframes=2:interlaced=1"}, True),
    ("h264 MBAFF ts", "libx264", "ts", {"x264-params": f"{X264}:bframes=2:interlaced=1"}, True),
    ("h264 intra refresh", "libx264", "mp4", {"x264-params": "intra-refresh=1:keyint=20"}, False),
    ("h264 intra refresh ts", "libx264", "ts", {"x264-params": "intra-refresh=1:keyint=20"}, False),
    ("h264 flv", "libx264", "flv", GOP | {"bf": "2"}, True),
    ("h264 avi", "libx264", "avi", GOP | {"bf": "0"}, True),
    ("h264 avi reordered", "libx264", "avi", GOP | {"bf": "2"}, False),
    ("h264 long GOP", "libx264", "mp4", {"x264-params": "scenecut=0:keyint=250:bframes=3"}, True),
    ("hevc", "libx265", "mp4", {"x265-params": f"keyint=20:bframes=4{QUIET}"}, True),
    ("hevc open", "libx265", "mkv", {"x265-params": f"keyint=20:open-gop=1{QUIET}"}, True),
    ("vp8", "libvpx", "webm", GOP | {"auto-alt-ref": "1", "lag-in-frames": "16"}, False),
    ("vp9", "libvpx-vp9", "webm", GOP | {"auto-alt-ref": "1", "lag-in-frames": "16"}, True),
    ("mpeg-4", "mpeg4", "mp4", GOP | {"bf": "2"}, True),
    ("mpeg-4 avi", "mpeg4", "avi", GOP | {"bf": "0"}, True),
    ("mpeg-2 ts", "mpeg2video", "ts", GOP | {"bf": "2"}, True),
    ("mpeg-2 ps", "mpeg2video", "mpg", GOP | {"bf": "2"}, False),
    ("mjpeg", "mjpeg", "avi", {}, True),
    ("prores", "prores_ks", "mov", {}, True),
    ("ffv1", "ffv1", "mkv", {}, True),
    ("wmv", "wmv2", "wmv", GOP, True),
    ("theora", "libtheora", "ogv", GOP, False),
    ("av1", "libsvtav1", "mkv", {"g": "20", "preset": "12", "svtav1-params": "lookahead=8"}, True),
    ("av1 mp4", "libaom-av1", "mp4", {"g": "20", "cpu-used": "8", "usage": "realtime"}, True),
]
PIXELS = {"prores_ks": "yuv422p10le", "mjpeg": "yuvj420p"}
RATES_HZ = (0.3, 1, 4, 10, 25)
TEXTURE = np.random.default_rng(1).integers(0, 256, (40, 64, 3), np.uint8)


def moving(number: int) -> NDArray[np.uint8]:
    """A texture that drifts and fades: every frame depends on those before it."""
    coarse = np.repeat(np.repeat(TEXTURE, 4, axis=0), 4, axis=1)
    drifted = np.roll(coarse, (number * 3, number * 5), axis=(0, 1)).astype(np.int16)
    return np.clip(drifted + (number * 7) % 64, 0, 255).astype(np.uint8)


def write(path: Path, codec: str, options: dict[str, str], frames: int = 90) -> Path:
    try:
        av.Codec(codec, "w")
    except av.codec.codec.UnknownCodecError:
        pytest.skip(f"LOUD: this build of av has no encoder {codec}")
    return write_video(
        path,
        range(frames),
        codec=codec,
        draw=moving,
        pix_fmt=PIXELS.get(codec, "yuv420p"),
        time_base=Fraction(1, 25),
        options=options,
    )


def plainly(path: Path, rate_hz: float) -> dict[int, bytes]:
    """The same images from a decoder that is fed everything."""
    with extract(
        str(path), rate_hz, crop=None, quality=75, limits=LIMITS, tick=lambda _: None
    ) as extraction:
        images: dict[int, bytes] = {}
        for kept in extraction.frames():
            frame = kept.display.picture
            jpeg, _, _ = View(shape_of(frame), None, 75).jpeg_of(frame)
            images.update(dict.fromkeys(kept.ks, jpeg))
        return images


def assert_same(path: Path, rate_hz: float, workers: int = 1) -> int:
    done = run(path, rate_hz, workers=workers)
    assert {sample.k: sample.jpeg for sample in done.samples} == plainly(path, rate_hz)
    assert done.ks == list(range(done.facts.wanted))
    return done.decoded


@pytest.mark.parametrize(
    ("name", "codec", "suffix", "options", "skips"), ENCODINGS, ids=[e[0] for e in ENCODINGS]
)
def test_every_codec(  # noqa: PLR0917 - one row of the table above
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    name: str,
    codec: str,
    suffix: str,
    options: dict[str, str],
    *,
    skips: bool,
) -> None:
    video = write(tmp_path / f"video.{suffix}", codec, options)
    with caplog.at_level(logging.DEBUG, "jobd"):
        for rate_hz in RATES_HZ:
            assert_same(video, rate_hz)
        assert not (skips and reasons(caplog)), name


@pytest.mark.parametrize(
    "name",
    [
        "bbb_trailer_720p_h264.mp4",
        "demo_60s_h264.mkv",
        "nasa_h264.mp4",
        "iphone_rotated_h264.mov",
        "ocean_h264.mp4",
        "ocean_vp8.webm",
        "ocean_theora.ogv",
        "av1_small.mkv",
    ],
)
@pytest.mark.parametrize("rate_hz", [0.1, 1])
def test_real_videos(name: str, rate_hz: float) -> None:
    assert_same(media(name), rate_hz, workers=2)


@pytest.mark.parametrize(
    "name", ["demo_60s_vp9.webm", "hevc_1080p.mp4", "snow_h264.ts", "vtest_msmpeg4.avi"]
)
def test_real_videos_that_are_not_shipped(name: str) -> None:
    assert_same(more_media(name), 1)


def test_sparse_sampling_decodes_a_part() -> None:
    done = run(media("bbb_trailer_720p_h264.mp4"), 0.1)
    assert done.facts.wanted == 6
    assert done.decoded < 1323 / 3


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_workers_give_the_same_images_in_order(tmp_path: Path, workers: int) -> None:
    options = {"x264-params": f"{X264}:bframes=3:open-gop=1"}
    video = write(tmp_path / "long.mp4", "libx264", options, frames=300)
    assert_same(video, 10, workers)


@pytest.mark.parametrize("begin_share", [0.3, 0.5, 0.8])
def test_an_avi_that_lost_some_packets(tmp_path: Path, begin_share: float) -> None:
    """What is left is numbered on without them, and its index knows better."""
    video = write(tmp_path / "video.avi", "mpeg4", GOP | {"bf": "0"}, frames=400)
    content = bytearray(video.read_bytes())
    begin = int(len(content) * begin_share)
    content[begin : begin + 4000] = bytes(4000)
    video.write_bytes(content)
    for rate_hz in (0.37, 3):
        for workers in (1, 5):
            assert_same(video, rate_hz, workers)
