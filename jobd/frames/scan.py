"""From a file to its timeline: by its index or its packets, where both are silent by decoding."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

from jobd.errors import VideoIncomplete, VideoRefused
from jobd.frames.boxes import UnclearError
from jobd.frames.decode import Decoder
from jobd.frames.index import index_of, read_by_index
from jobd.frames.packets import read_packets
from jobd.frames.promise import promised_end_s, refuse_short
from jobd.frames.source import open_source
from jobd.frames.spans import Packets
from jobd.frames.timeline import Timeline, end_of, in_order_of_output

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from fractions import Fraction

    from jobd.frames.index import Index
    from jobd.frames.packets import Reading
    from jobd.frames.source import Limits, Source

# Shares of all work. Reading packets is cheap; decoding them all for their times is half of it.
_READING_SHARE, _RESTORING_SHARE = 0.01, 0.5
# A last frame that claims to outlast its container by more than this is not believed.
_OVERHANG_S = 1


class Scanned(NamedTuple):
    """A video's timeline, and where its index told it the source, to be used on.

    Attributes:
        timeline: Of the whole video.
        source: Somewhere in the file, its other streams left out; nothing of it is decoded.
    """

    timeline: Timeline
    source: Source | None = None


@contextmanager
def scanned(fd: int, limits: Limits, tick: Callable[[float], None]) -> Iterator[Scanned]:
    """When the frames of the video behind a descriptor are shown.

    Args:
        fd: Of a regular file.
        limits: `max_pixels` bounds what a decoder may allocate.
        tick: Called with the share of all work done.

    Yields:
        The timeline; the source stays open meanwhile.

    Raises:
        VideoRefused: No video that can be sampled.
        VideoIncomplete: The file ends early.
    """
    with open_source(fd, limits) as source:
        index = index_of(source, fd)
        timeline = _indexed(source, index, tick) if index else _whole(source, fd, limits, tick)
        if timeline:
            yield Scanned(timeline, source if index else None)
            return
    with open_source(fd, limits) as source:
        timeline = _whole(source, fd, limits, tick)
    yield Scanned(timeline)


def _indexed(source: Source, index: Index, tick: Callable[[float], None]) -> Timeline | None:
    """What the index tells; None where the packets say something else."""
    try:
        reading = read_by_index(source, index, _between(0, _READING_SHARE, tick))
    except UnclearError:
        return None
    refuse_short(source, reading)
    return _as_told(source, reading)


def _whole(source: Source, fd: int, limits: Limits, tick: Callable[[float], None]) -> Timeline:
    reading = _read(source, fd, limits, _between(0, _READING_SHARE, tick))
    if _says_all(source, reading):
        return _as_told(source, reading)
    restoring = _between(_READING_SHARE, _RESTORING_SHARE, tick)
    with open_source(fd, limits) as again:
        return _as_decoded(again, reading.packets, restoring)


def _read(source: Source, fd: int, limits: Limits, tick: Callable[[float], None]) -> Reading:
    """All packets of the stream; in Matroska the others' only where it may be these that go on."""
    if source.format == "matroska":
        source.leave_out_other_streams()
        with suppress(VideoIncomplete):
            return _read_to_its_end(source, tick)
        with open_source(fd, limits) as again:
            return _read_to_its_end(again, tick)
    return _read_to_its_end(source, tick)


def _read_to_its_end(source: Source, tick: Callable[[float], None]) -> Reading:
    reading = read_packets(source, tick)
    refuse_short(source, reading)
    return reading


def rest_of(tick: Callable[[float], None], timeline: Timeline) -> Callable[[float], None]:
    """Where the shares of the work that follows a timeline's reading go."""
    return _between(_RESTORING_SHARE if timeline.restored else _READING_SHARE, 1.0, tick)


def rising(tick: Callable[[float], None]) -> Callable[[float], None]:
    """The same tick, never told less than before: plain decoding may begin anew."""
    most = 0.0

    def rise(share: float) -> None:
        nonlocal most
        most = max(most, share)
        tick(most)

    return rise


def _between(begin: float, end: float, tick: Callable[[float], None]) -> Callable[[float], None]:
    return lambda share: tick(begin + (end - begin) * share)


def _says_all(source: Source, reading: Reading) -> bool:
    """Not where a packet has no timestamp, nor in AVI with B-frames: it numbers packets."""
    reordered = source.format == "avi" and source.stream.codec_context.has_b_frames
    return bool(reading.pts) and not reading.untimed and not reordered


def _as_told(source: Source, reading: Reading) -> Timeline:
    latest = _latest_end(source, min(reading.pts))
    order = Packets(reading.pts, reading.dts, reading.keys)
    all_shown = len(reading.pts) == reading.packets
    return Timeline(
        time_base=source.time_base,
        pts=reading.pts,
        settled=reading.settled,
        start_pts=reading.start_pts,
        end_pts=end_of(reading.pts, reading.last_duration, source.frame_interval, latest),
        packets=reading.packets,
        broadcast=source.format in ("mpegts", "mpeg"),
        order=order if all_shown and _found_by_index(source, reading) else None,
    )


def _found_by_index(source: Source, reading: Reading) -> bool:
    """Not where an AVI lost packets: those read are numbered on, and its index knows better."""
    if source.format != "avi":
        return True
    return reading.packets == sum(entry.size > 0 for entry in source.stream.index_entries)


def _latest_end(source: Source, first_pts: int) -> Fraction | None:
    promised_s = promised_end_s(source)
    if promised_s is None:
        return None
    return max(0, first_pts) + (promised_s + _OVERHANG_S) / source.time_base


def _as_decoded(source: Source, packets: int, tick: Callable[[float], None]) -> Timeline:
    raw: list[int | None] = []
    duration = 0
    for frame, _ in Decoder(source, tick).frames(packets):
        raw.append(frame.dts if frame.pts is None else frame.pts)
        duration = frame.duration
    if all(pts is None for pts in raw):
        raise VideoRefused("no frame of the video can be decoded and tells its time")
    pts = in_order_of_output(raw, max(1, round(source.frame_interval)))
    return Timeline(
        time_base=source.time_base,
        pts=pts,
        settled=range(1, len(pts) + 1),
        start_pts=pts[0],
        end_pts=end_of(pts, duration, source.frame_interval, None),
        packets=packets,
        restored=True,
    )
