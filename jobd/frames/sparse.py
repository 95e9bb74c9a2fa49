"""Read only the packets around the wanted times, where a file's index says where they are."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import av

from jobd.frames.choose import REORDER_PACKETS
from jobd.frames.packets import TICK_EVERY_PACKETS, Reading, all_packets
from jobd.frames.plan import tick_count
from jobd.frames.regions import regions_of, share_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from fractions import Fraction

    from av.packet import Packet
    from av.stream import Stream

    from jobd.frames.regions import Region
    from jobd.frames.source import Source

# Their index lists keyframes, and no packet is to be shown before it is decoded.
_INDEXED = {"mov", "matroska", "avi"}
# Where more than this would be read, all is: in one go, and no doubt is left.
_MOST_SHARE = 0.8
_FAR_PTS = 2**62


class IndexUselessError(Exception):
    """The file must be read whole: no word of it reaches a person."""


def may_read_sparsely(source: Source, rate: Fraction) -> bool:
    """Whether it is worth trying; leaves the source where it is.

    Args:
        source: At its start.
        rate: Wanted images per second.
    """
    if source.format == "matroska":  # whose index is read at the first seek only
        return True
    try:
        key_times = _key_times(source)
    except IndexUselessError:
        return False
    begin, end = key_times[0], key_times[-1]
    regions = list(regions_of(key_times, begin, end, source.time_base * rate))
    return share_of(regions, begin, end) <= _MOST_SHARE


def read_sparsely(
    source: Source, rate: Fraction, max_images: int, tick: Callable[[float], None]
) -> Reading:
    """Read the end of a video, and from a keyframe on to each wanted time.

    Args:
        source: At its start; left anywhere, its other streams left out.
        rate: Wanted images per second.
        max_images: Where more are wanted, little is read: enough to refuse them.
        tick: Called with the share of the work done.

    Returns:
        What tells the same of every wanted frame as all packets would, if no packet that was
        left out is shown after the keyframe that follows it in the file.

    Raises:
        IndexUselessError: There is no such index, or it would save too little.
        VideoRefused: The stream is encrypted.
    """
    try:
        return _read(source, rate, max_images, tick)
    except av.FFmpegError as error:
        raise IndexUselessError(str(error)) from None


def _read(
    source: Source, rate: Fraction, max_images: int, tick: Callable[[float], None]
) -> Reading:
    origin_pts = _origin_pts(source)
    tail = _tail(source, tick)
    key_times = _key_times(source)
    end_pts = _end_of(tail, origin_pts)
    regions = list(regions_of(key_times, origin_pts, end_pts, source.time_base * rate))
    _require(share_of(regions, origin_pts, end_pts) <= _MOST_SHARE)
    if tick_count((end_pts - origin_pts) * source.time_base, rate) > max_images:
        del regions[1:]
    source.leave_out_other_streams()
    reading = Reading(guesses=tail.guesses)
    for done, region in enumerate(regions):
        if region.key_time == key_times[-1]:
            _require(tail.pts[0] <= region.begin_pts)
        else:
            _begin_anew(region.key_time, reading)
            _read_region(source, region, reading)
        tick(done / len(regions))
    _begin_anew(key_times[-1], reading)
    reading.append(tail)
    return reading


def _require(condition: bool) -> None:  # noqa: FBT001 - an assertion with a way out
    if not condition:
        raise IndexUselessError


def _origin_pts(source: Source) -> int:
    """The first packet's timestamp, if it is a keyframe."""
    first = next(_ours(source), None)
    if first is None or first.pts is None or not first.is_keyframe:
        raise IndexUselessError
    return first.pts


def _tail(source: Source, tick: Callable[[float], None]) -> Reading:
    """All packets of all streams from the last keyframe on: they tell where the video ends."""
    source.container.seek(_FAR_PTS, stream=source.stream, backward=True)
    tail = Reading(guesses=source.format == "matroska")
    for count, packet in enumerate(all_packets(source)):
        tail.note_end(packet)
        if packet.stream_index == source.stream.index:
            tail.add(packet)
        if count % TICK_EVERY_PACKETS == 0:
            tick(0.0)  # an index may end long before the file
    _require(bool(tail.keys) and tail.keys[0] == 0)
    return tail


def _key_times(source: Source) -> list[int]:
    """The index: not that of a fragmented MP4, which is never whole."""
    entries = source.stream.index_entries
    _require(source.format in _INDEXED)
    _require(source.format == "matroska" or len(entries) == source.stream.frames)
    key_times = [entry.timestamp for entry in entries if entry.is_keyframe]
    _require(len(key_times) > 1 and all(a < b for a, b in pairwise(key_times)))
    return key_times


def _end_of(tail: Reading, origin_pts: int) -> int:
    if tail.last_pts is None or tail.last_duration <= 0 or tail.last_pts <= origin_pts:
        raise IndexUselessError
    return tail.last_pts + tail.last_duration


def _begin_anew(key_time: int, reading: Reading) -> None:
    """Go on with a keyframe: perhaps the last region has reached it already."""
    times = reading.pts if reading.guesses else reading.dts
    for ordinal in reversed(reading.keys):
        if times[ordinal] == key_time:
            reading.cut(ordinal)
            return
        if times[ordinal] < key_time:
            break
    reading.starts.append(reading.packets)


def _read_region(source: Source, region: Region, reading: Reading) -> None:
    """Read until nothing that is shown by the last wanted time can follow."""
    source.container.seek(region.begin_pts, stream=source.stream, backward=True)
    later = 0
    for count, packet in enumerate(_ours(source)):
        _require(count > 0 or _is_entry(packet, region))
        if packet.pts is None:
            raise IndexUselessError
        later += packet.pts > region.until_pts
        if later > REORDER_PACKETS or _decoded_later(packet, region, reading):
            return
        reading.add(packet)


def _decoded_later(packet: Packet[Stream], region: Region, reading: Reading) -> bool:
    """Whether a packet is decoded when all of the region is shown: then so are all that follow."""
    if packet.dts is None or reading.guesses:
        return False
    _require(packet.pts is not None and packet.dts <= packet.pts)
    return packet.dts > region.until_pts


def _is_entry(packet: Packet[Stream], region: Region) -> bool:
    """Whether a packet is the region's keyframe, shown by the first wanted time."""
    at_place = region.key_time in (packet.dts, packet.pts)
    return at_place and packet.is_keyframe and (packet.pts or 0) <= region.begin_pts


def _ours(source: Source) -> Iterator[Packet[Stream]]:
    return (p for p in all_packets(source) if p.stream_index == source.stream.index)
