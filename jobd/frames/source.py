"""The container in a file, and the video stream in it that counts."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from typing import TYPE_CHECKING

import av
from av.stream import Discard, Disposition

from jobd.errors import AttemptError, RetryableError, VideoIncomplete, VideoRefused
from jobd.frames.file import begins_like_video, path_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.container import InputContainer
    from av.video.stream import VideoStream

_PROTOCOLS = "file,fd,pipe"
# Containers that hold timestamps and name no other file; playlists are not among them.
_FORMATS = "mov,matroska,avi,mpegts,mpeg,ogg,flv,asf,mxf,ivf,dv,rm"
# Report damage that a decoder would conceal in silence; none of it stops the decoding.
_DAMAGE_CHECKS = "crccheck+bitstream+buffer"
# The largest block that codecs pad a picture's sides to (AV1's superblock).
_BLOCK_PX = 128
_DEFAULT_FPS = Fraction(25)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one job may ask for.

    Attributes:
        max_pixels: Of one picture; checked before a decoder allocates it.
        max_images: Of one job.
    """

    max_pixels: int
    max_images: int


@dataclass(frozen=True, slots=True)
class Source:
    """An open container and the video stream to sample.

    Attributes:
        container: At its start; reading moves it on.
        stream: Decodes with one thread, so that frames come as packets go in.
        time_base: Seconds per unit of the stream's timestamps.
        size_bytes: Of the file when it was opened.
    """

    container: InputContainer
    stream: VideoStream
    time_base: Fraction
    size_bytes: int

    @property
    def format(self) -> str:
        """The container's short name, as in `mov` or `matroska`."""
        return self.container.format.name.partition(",")[0]

    @property
    def codec(self) -> str:
        """The codec's name, as in `h264`."""
        return self.stream.codec_context.codec.canonical_name

    @property
    def fps(self) -> float | None:
        """Frames per second as the container tells, None if it does not."""
        rate = self.stream.average_rate or self.stream.guessed_rate
        return float(rate) if rate else None

    @property
    def frame_interval(self) -> Fraction:
        """The guessed distance of two frames, in units of `time_base`."""
        rate = self.stream.guessed_rate or self.stream.average_rate or _DEFAULT_FPS
        return 1 / (rate * self.time_base)

    def leave_out_other_streams(self) -> None:
        """Read no packets but the stream's own from here on."""
        for other in self.container.streams:
            if other.index != self.stream.index:
                other.discard = Discard.all


@contextmanager
def open_source(fd: int, limits: Limits) -> Iterator[Source]:
    """Open the container behind a descriptor, at its start.

    Args:
        fd: Of a regular file; it stays the caller's.
        limits: `max_pixels` bounds what any decoder may allocate.

    Raises:
        VideoRefused: No known container, no video stream, no decoder, too large a picture.
        VideoIncomplete: A known container without its index: perhaps still being written.
        RetryableError: The machine could not read it now.
    """
    with _container(fd, limits) as container:
        stream = chosen_stream(container)
        if stream.width * stream.height > limits.max_pixels:
            raise VideoRefused(
                f"the picture is {stream.width}x{stream.height}:"
                f" more than {limits.max_pixels} pixels"
            )
        stream.codec_context.thread_count = 1
        stream.codec_context.options = {
            "max_pixels": str(_padded(limits.max_pixels, stream.width, stream.height)),
            "err_detect": _DAMAGE_CHECKS,
        }
        yield Source(container, stream, _time_base(stream), os.fstat(fd).st_size)


def _padded(max_pixels: int, width_px: int, height_px: int) -> int:
    """What a decoder may allocate for a picture that is just allowed: it pads to blocks."""
    return max_pixels + _BLOCK_PX * (width_px + height_px + _BLOCK_PX)


def _container(fd: int, limits: Limits) -> InputContainer:
    side_px = isqrt(limits.max_pixels)
    options = {
        "protocol_whitelist": _PROTOCOLS,
        "format_whitelist": _FORMATS,
        "max_pixels": str(_padded(limits.max_pixels, side_px, side_px)),
    }
    os.lseek(fd, 0, os.SEEK_SET)
    try:
        return av.open(path_of(fd), mode="r", options=options, metadata_errors="replace")
    except (av.FFmpegError, MemoryError) as error:
        raise _unreadable(fd, error) from None


def _unreadable(fd: int, error: av.FFmpegError | MemoryError) -> AttemptError:
    if isinstance(error, MemoryError):
        return RetryableError("there is not enough memory to open the video")
    if begins_like_video(fd):
        return VideoIncomplete(
            "the video's index is missing or broken: perhaps it is still being written"
        )
    return VideoRefused("the file is no video of a known format")


def chosen_stream(container: InputContainer) -> VideoStream:
    """The container's default video stream; of several ffmpeg's best; never cover art.

    Raises:
        VideoRefused: There is none, or it is encrypted, or there is no decoder for it.
    """
    videos = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    default = [s for s in videos if s.disposition & Disposition.default]
    best = container.streams.best("video")
    ranked = [*(s for s in videos if s is best), *default, *videos]
    if not ranked:
        raise VideoRefused("the file has no video stream")
    if ranked[0].codec_context is None:
        raise VideoRefused("the video's codec is unknown here")
    # Matroska tells of encryption in its header; MP4 does packet by packet.
    if "enc_key_id" in ranked[0].metadata:
        raise VideoRefused("the video is encrypted")
    return ranked[0]


def _time_base(stream: VideoStream) -> Fraction:
    if not stream.time_base:
        raise VideoRefused("the video has no time base")
    return stream.time_base
