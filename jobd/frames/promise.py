"""Does a video reach the end that its header promises?"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from jobd.errors import VideoIncomplete, VideoRefused

if TYPE_CHECKING:
    from jobd.frames.packets import Reading
    from jobd.frames.source import Source

_AV_TIME_BASE = 1_000_000
_SLACK_LEAST_S, _SLACK_SHARE, _SLACK_MOST_S = Fraction(1, 4), Fraction(1, 50), Fraction(2)


def slack_s(promised_s: Fraction) -> Fraction:
    """What may be missing at the end of a video that still counts as whole."""
    return min(max(_SLACK_LEAST_S, promised_s * _SLACK_SHARE), _SLACK_MOST_S)


def refuse_short(source: Source, reading: Reading) -> None:
    """Check that the file was read to the end that its header promises.

    Raises:
        VideoIncomplete: It ends well before, or in the middle of a packet.
        VideoRefused: It promises nothing, and holds nothing.
    """
    promised_s = promised_end_s(source)
    reached_s = _reached_end_s(source, reading)
    if promised_s is not None and reached_s + slack_s(promised_s) < promised_s:
        raise VideoIncomplete(
            f"the video ends at {float(reached_s):.2f} s of {float(promised_s):.2f} s:"
            " perhaps it is still being written"
        )
    if promised_s is None and reading.failure:
        raise VideoIncomplete(f"the video breaks off: {reading.failure}")
    if reading.torn and source.format != "mpegts":
        raise VideoIncomplete("the video's last packet is cut short")
    if not reading.packets:
        raise VideoRefused("the video has no frames")


def promised_end_s(source: Source) -> Fraction | None:
    """When the video ends by its header.

    None where the header is silent: the duration that other containers give is found by
    looking at the file's end, so it promises nothing.
    """
    stream, format_ = source.stream, source.format
    if format_ == "avi" and stream.frames and stream.average_rate:
        return stream.frames / stream.average_rate
    if format_ == "mov" and stream.duration:
        return stream.duration * source.time_base
    if format_ in ("matroska", "flv", "asf") and source.container.duration:
        return Fraction(source.container.duration, _AV_TIME_BASE)
    return None


def _reached_end_s(source: Source, reading: Reading) -> Fraction:
    """The same point in what was found; generous where a header may be read two ways."""
    if source.format in ("avi", "mov"):
        end_pts = reading.ends.get(source.stream.index, 0)
        return max(end_pts, end_pts - min(reading.pts, default=0)) * source.time_base
    streams = source.container.streams
    ends_s = (end * (streams[n].time_base or Fraction(0)) for n, end in reading.ends.items())
    return max(ends_s, default=Fraction(0))
