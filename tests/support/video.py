"""Small videos with odd habits, made by PyAV, whose pictures tell their own number."""

from __future__ import annotations

import hashlib
import os
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import cv2
import numpy as np
import pytest

from jobd.frames.extract import extract
from jobd.frames.source import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from av.container import OutputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

    from jobd.frames.extract import Extraction
    from jobd.frames.segment import Sample

MEDIA = Path(__file__).parents[1] / "media"
MORE_VIDEOS = "JOBD_MORE_VIDEOS"
LIMITS = Limits(max_pixels=4096 * 4096, max_images=100_000)
MILLISECOND = Fraction(1, 1000)
WIDTH_PX, HEIGHT_PX = 64, 48
_COLUMNS, _ROWS = 4, 3


def media(name: str) -> Path:
    """A video that the project ships."""
    return MEDIA / name


def more_folder() -> Path:
    """Where videos may lie that the project cannot ship: $JOBD_MORE_VIDEOS, ../shared/videos."""
    return Path(os.environ.get(MORE_VIDEOS, Path(__file__).parents[3] / "shared" / "videos"))


def more_media(name: str) -> Path:
    """One of them; without it the test is skipped."""
    path = more_folder() / name
    if not path.exists():
        pytest.skip(f"{name} is not here: set ${MORE_VIDEOS} to a folder that has it")
    return path


def numbered(number: int) -> NDArray[np.uint8]:
    """A BGR picture of twelve black or white blocks: the number in binary."""
    bits = [255 * (number >> bit & 1) for bit in range(_COLUMNS * _ROWS)]
    blocks = np.array(bits, np.uint8).reshape(_ROWS, _COLUMNS)
    grey = blocks.repeat(HEIGHT_PX // _ROWS, 0).repeat(WIDTH_PX // _COLUMNS, 1)
    return np.dstack([grey] * 3)


def number_in(bgr: NDArray[np.uint8]) -> int:
    """What `numbered` drew, whatever a codec did to it and at whatever size."""
    small = cv2.resize(bgr, (_COLUMNS, _ROWS), interpolation=cv2.INTER_AREA).mean(axis=2)
    return sum(1 << bit for bit, level in enumerate(small.flat) if level > 127)


def frame_of(bgr: NDArray[np.uint8], pix_fmt: str) -> VideoFrame:
    """A BGR picture as a frame of a pixel format."""
    return av.VideoFrame.from_ndarray(bgr, "bgr24").reformat(format=pix_fmt)


def write_video(
    path: Path,
    pts: Iterable[int],
    *,
    codec: str = "libx264",
    draw: Callable[[int], NDArray[np.uint8]] = numbered,
    pix_fmt: str = "yuv420p",
    time_base: Fraction = MILLISECOND,
    options: Mapping[str, str] | None = None,
    container_options: Mapping[str, str] | None = None,
    container_format: str | None = None,
    set_up: Callable[[VideoStream], None] = lambda _: None,
    convert: Callable[[NDArray[np.uint8], str], VideoFrame] = frame_of,
    change: Callable[[Packet[VideoStream], int], None] = lambda _packet, _index: None,
) -> Path:
    """Write a video whose n-th frame shows `draw(n)` at the n-th of `pts`.

    Args:
        path: Its suffix names the container unless `container_format` does.
        pts: Rising; in units of `time_base`.
        codec: The encoder.
        draw: BGR pictures, all of one size.
        pix_fmt: Of the video.
        time_base: Of `pts`.
        options: Of the encoder.
        container_options: Of the muxer.
        container_format: As in `mpegts`.
        set_up: Changes the stream before the first frame.
        convert: From a BGR picture to a frame of the pixel format.
        change: Changes each packet, with its place in the stream, before it is written.
    """
    with av.open(
        str(path), "w", format=container_format, options=dict(container_options or {})
    ) as out:
        stream = video_stream(out, codec, draw(0).shape, pix_fmt, time_base)
        stream.options = dict(options or {})
        set_up(stream)
        packets: list[Packet[VideoStream]] = []
        for n, at in enumerate(pts):
            frame = convert(draw(n), pix_fmt)
            frame.pts, frame.time_base = at, time_base
            packets += stream.encode(frame)
        packets += stream.encode(None)
        for index, packet in enumerate(packets):
            change(packet, index)
            out.mux(packet)
    return path


def video_stream(
    out: OutputContainer, codec: str, shape: Sequence[int], pix_fmt: str, time_base: Fraction
) -> VideoStream:
    """A new stream for pictures of a (height, width, …) shape."""
    stream: VideoStream = out.add_stream(codec, rate=25)  # type: ignore[assignment]
    stream.height, stream.width = shape[:2]
    stream.pix_fmt = pix_fmt
    stream.time_base = stream.codec_context.time_base = time_base
    return stream


def write_stamped(path: Path, pts_ms: Sequence[int]) -> Path:
    """A Matroska file whose n-th frame is stamped with the n-th of any timestamps.

    They may repeat and jump back; all lie behind the decode timestamps 0, 1, 2 …
    """
    assert min(pts_ms) >= len(pts_ms)

    def stamp(packet: Packet[VideoStream], index: int) -> None:
        packet.pts, packet.dts, packet.duration = pts_ms[index], index, 40

    regular = range(0, 40 * len(pts_ms), 40)
    return write_video(path, regular, codec="mjpeg", pix_fmt="yuvj420p", change=stamp)


def every(step_ms: int, count: int, start_ms: int = 0) -> range:
    """`count` timestamps at a constant distance."""
    return range(start_ms, start_ms + step_ms * count, step_ms)


class Done:
    """What came of one whole extraction."""

    def __init__(self, extraction: Extraction, samples: list[Sample], shares: list[float]) -> None:
        self.facts = extraction.facts
        self.decoded = extraction.decoded
        self.concealed = extraction.concealed
        self.samples = sorted(samples)
        self.shares = shares

    @property
    def ks(self) -> list[int]:
        """The images' numbers, sorted."""
        return [sample.k for sample in self.samples]

    @property
    def numbers(self) -> list[int]:
        """For k = 0, 1, 2 …: which of the numbered pictures the image shows."""
        return [number_in(picture_of(sample)) for sample in self.samples]


def picture_of(sample: Sample) -> NDArray[np.uint8]:
    """The image's pixels, BGR."""
    return np.asarray(
        cv2.imdecode(np.frombuffer(sample.jpeg, np.uint8), cv2.IMREAD_COLOR), np.uint8
    )


def run(path: Path | str, rate_hz: float, **wishes: Any) -> Done:
    """Extract all images of a video."""
    shares: list[float] = []
    defaults: dict[str, Any] = {"crop": None, "quality": 75, "limits": LIMITS}
    with extract(str(path), rate_hz, **defaults | wishes, tick=shares.append) as extraction:
        return Done(extraction, list(extraction.images()), shares)


def luma_hash(frame: VideoFrame) -> str:
    """MD5 of the luma plane, without the padding of its lines."""
    plane = frame.planes[0]
    line_bytes = frame.width * ((frame.format.components[0].bits + 7) // 8)
    lines = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return hashlib.md5(lines[: frame.height, :line_bytes].tobytes()).hexdigest()  # noqa: S324
