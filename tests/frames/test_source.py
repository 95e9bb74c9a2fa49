from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import av
import numpy as np
import pytest
from av.stream import Disposition

from jobd.errors import VideoIncomplete, VideoRefused
from jobd.frames.source import Limits
from tests.support.ebml import element, put_into
from tests.support.video import (
    MILLISECOND,
    every,
    frame_of,
    media,
    numbered,
    run,
    video_stream,
    write_video,
)

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

NO_DISPOSITION = Disposition(0)
KEY = "76a6c65c5ea762046bd749a2e632ccbb"


class Part(NamedTuple):
    codec: str
    disposition: Disposition
    first_number: int
    frames: int
    scale: int = 1


def write_parts(path: Path, *parts: Part) -> Path:
    """A file of several video streams, interleaved; each counts from its own number."""
    with av.open(str(path), "w") as out:
        streams = []
        for part in parts:
            pix_fmt = "yuvj420p" if part.codec == "mjpeg" else "yuv420p"
            shape = enlarged(part, 0).shape
            streams.append(video_stream(out, part.codec, shape, pix_fmt, MILLISECOND))
            streams[-1].disposition = part.disposition
        packets = []
        for part, stream in zip(parts, streams, strict=True):
            assert stream.pix_fmt
            for n in range(part.frames):
                frame = frame_of(enlarged(part, n), stream.pix_fmt)
                frame.pts, frame.time_base = 40 * n, MILLISECOND
                packets += stream.encode(frame)
            packets += stream.encode(None)
        for packet in packets:
            out.mux(packet)
    return path


def enlarged(part: Part, n: int) -> NDArray[np.uint8]:
    return np.kron(numbered(part.first_number + n), np.ones((part.scale, part.scale, 1), np.uint8))


def refusal(path: Path, **wishes: object) -> str:
    with pytest.raises(VideoRefused) as caught:
        run(path, 1, **wishes)
    assert "\n" not in str(caught.value)
    return str(caught.value)


COVER = Part("mjpeg", Disposition.attached_pic, 900, 1)
SMALL_DEFAULT = Part("libx264", Disposition.default, 500, 50)
LARGE = Part("libx264", NO_DISPOSITION, 0, 50, scale=2)


def test_cover_art_is_no_video(tmp_path: Path) -> None:
    both = write_parts(tmp_path / "a.mp4", COVER, Part("libx264", Disposition.default, 0, 50))
    assert run(both, 1).numbers == [0, 25]
    only = write_parts(tmp_path / "b.mp4", COVER)
    assert refusal(only) == "the file has no video stream"


@pytest.mark.parametrize("parts", [(LARGE, SMALL_DEFAULT), (SMALL_DEFAULT, LARGE)])
def test_of_several_streams_the_default_is_sampled(
    tmp_path: Path, parts: tuple[Part, Part]
) -> None:
    done = run(write_parts(tmp_path / "two.mkv", *parts), 1)
    assert done.numbers == [500, 525]
    assert (done.facts.width_px, done.facts.height_px) == (64, 48)


def test_of_several_defaults_the_best_is_sampled() -> None:
    assert (run(media("nasa_h264.mp4"), 1).facts.width_px) == 480


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("aac", rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.rate = 48_000
        for packet in (*stream.encode(frame), *stream.encode(None)):
            out.mux(packet)
    assert refusal(path) == "the file has no video stream"


def test_an_encrypted_stream_is_refused_by_name(tmp_path: Path) -> None:
    options = {
        "encryption_scheme": "cenc-aes-ctr",
        "encryption_key": KEY,
        "encryption_kid": KEY,
    }
    video = write_video(tmp_path / "drm.mp4", every(40, 50), container_options=options)
    assert refusal(video) == "the video is encrypted"


def test_an_encrypted_webm_is_refused_by_name(tmp_path: Path) -> None:
    key = element(b"\x47\xe1", b"\x05") + element(b"\x47\xe2", b"the key's name")
    kind = element(b"\x50\x33", b"\x01") + element(b"\x50\x35", key)
    encodings = element(b"\x6d\x80", element(b"\x62\x40", kind))
    video = write_video(tmp_path / "drm.webm", every(40, 10), codec="libvpx")
    segment, tracks, entry = b"\x18\x53\x80\x67", b"\x16\x54\xae\x6b", b"\xae"
    video.write_bytes(put_into(video.read_bytes(), (segment, tracks, entry), encodings))
    assert refusal(video) == "the video is encrypted"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.mp4", "ffconcat version 1.0\nfile '{}'\n"),
        ("list.ffconcat", "ffconcat version 1.0\nfile '{}'\n"),
        ("list.mp4", "#EXTM3U\n#EXT-X-TARGETDURATION:60\n#EXTINF:60,\n{}\n#EXT-X-ENDLIST\n"),
        ("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:60\n#EXTINF:60,\n{}\n#EXT-X-ENDLIST\n"),
        ("list.mpd", '<?xml version="1.0"?><MPD><Period><BaseURL>{}</BaseURL></Period></MPD>'),
        ("list.sdp", "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nm=video 5004 RTP/AVP 96\n{}"),
        ("list.mp4", "plain words, no video: {}"),
    ],
)
def test_a_text_never_reads_another_file(tmp_path: Path, name: str, text: str) -> None:
    other = write_video(tmp_path / "other.ts", every(40, 50))
    playlist = tmp_path / name
    playlist.write_text(text.format(other))
    assert refusal(playlist) == "the file is no video of a known format"


def test_a_text_never_reads_another_open_file(tmp_path: Path) -> None:
    """The decoder's own path is a descriptor's, and names beside it are the others."""
    other = write_video(tmp_path / "other.ts", every(40, 50))
    playlist = tmp_path / "list.mp4"
    with other.open("rb") as held:
        playlist.write_text(f"ffconcat version 1.0\nfile '{held.fileno()}'\n")
        assert refusal(playlist) == "the file is no video of a known format"


def test_a_protocol_is_only_a_strange_file_name() -> None:
    video = media("av1_small.mkv")
    for location in (f"concat:{video}", f"file:{video}", "http://127.0.0.1:9/x.mp4"):
        with pytest.raises(VideoRefused, match="No such file"):
            run(location, 1)


def test_garbage_is_refused_for_good(tmp_path: Path) -> None:
    path = tmp_path / "noise.mp4"
    path.write_bytes(np.random.default_rng(7).bytes(100_000))
    assert refusal(path) == "the file is no video of a known format"


def test_a_missing_index_may_yet_be_written(tmp_path: Path) -> None:
    path = tmp_path / "half.mp4"
    path.write_bytes(media("ocean_h264.mp4").read_bytes()[:300_000])
    with pytest.raises(VideoIncomplete, match="index is missing"):
        run(path, 1)


def test_more_pixels_than_allowed_are_refused_by_size(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mkv", every(40, 5))
    assert run(video, 1, limits=Limits(64 * 48, 10)).ks == [0]
    assert refusal(video, limits=Limits(64 * 48 - 1, 10)) == (
        "the picture is 64x48: more than 3071 pixels"
    )


PEAK_OF_RUN = """
import re, sys
from jobd.errors import VideoRefused
from jobd.frames.source import Limits
from tests.support.ebml import element, put_into
from tests.support.video import run
try:
    run(sys.argv[1], 1, limits=Limits(int(sys.argv[2]), 10))
except VideoRefused as error:
    print(error)
with open("/proc/self/status") as status:
    print(re.search(r"VmHWM:\\s+(\\d+)", status.read())[1])
"""


def printed_with_peak_kib(video: Path, max_pixels: int) -> list[str]:
    command = [sys.executable, "-c", PEAK_OF_RUN, str(video), str(max_pixels)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(
    ("suffix", "codec", "pix_fmt"),
    [
        ("mp4", "libx264", "yuv420p"),
        ("ts", "libx264", "yuv420p"),
        ("avi", "mjpeg", "yuvj420p"),
    ],
)
def test_huge_pictures_are_refused_before_memory_is_taken(
    tmp_path: Path, suffix: str, codec: str, pix_fmt: str
) -> None:
    side = 5000

    def huge(_: int) -> NDArray[np.uint8]:
        return np.zeros((side, side, 3), np.uint8)

    video = write_video(
        tmp_path / f"huge.{suffix}",
        [0],
        codec=codec,
        draw=huge,
        pix_fmt=pix_fmt,
        options={"preset": "ultrafast"} if codec == "libx264" else {},
    )
    refused, peak_kib = printed_with_peak_kib(video, 4096 * 2160)
    assert refused.endswith("more than 8847360 pixels")
    (allowed_peak_kib,) = printed_with_peak_kib(video, side * side)
    (tiny_peak_kib,) = printed_with_peak_kib(media("av1_small.mkv"), 4096 * 2160)
    one_picture_kib = side * side * 3 // 2 // 1024
    assert int(peak_kib) < int(tiny_peak_kib) + one_picture_kib / 2
    assert int(allowed_peak_kib) > int(tiny_peak_kib) + one_picture_kib


def test_more_images_than_allowed_are_refused_before_any_is_made(tmp_path: Path) -> None:
    bomb = write_video(tmp_path / "bomb.mkv", [0, 36_000_000])
    assert refusal(bomb, limits=Limits(10**6, 3600)).endswith("images: more than 3600")
