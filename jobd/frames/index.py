"""The timeline of an MP4 from its index: no packets are read but the first and the last ones."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import av
import numpy as np

from jobd.frames.boxes import UnclearError, display_offsets, header_of
from jobd.frames.packets import TICK_EVERY_PACKETS, Reading, own_packets

if TYPE_CHECKING:
    from collections.abc import Callable

    from av.index import IndexEntry
    from numpy.typing import NDArray

    from jobd.frames.source import Source

_FAR_PTS = 2**62


@dataclass(frozen=True, slots=True)
class Index:
    """What the index tells of all packets, in the order of the file.

    Attributes:
        pts: (n,) int64, but for a common shift.
        dts: (n,) int64.
        is_key: (n,) bool.
    """

    pts: NDArray[np.int64]
    dts: NDArray[np.int64]
    is_key: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Tail:
    """The last packets, from a keyframe on: what each told, and what only the last one tells."""

    told: list[tuple[int | None, int | None, bool]]
    duration: int
    torn: bool


def index_of(source: Source, fd: int) -> Index | None:
    """What an index tells of all packets, None where it leaves a doubt.

    Only MP4 and MOV say of every frame when it is shown: Matroska's index knows keyframes
    alone, AVI's no times.

    Args:
        source: Stays where it is.
        fd: Of the same file.
    """
    if source.format != "mov":
        return None
    try:
        entries = _whole_index(source)
        offsets = display_offsets(header_of(fd), source.stream.id, len(entries))
    except UnclearError:
        return None
    dts = np.array([entry.timestamp for entry in entries], np.int64)
    if (np.diff(dts) <= 0).any():  # then the demuxer makes up other times
        return None
    return Index(dts + offsets, dts, np.array([entry.is_keyframe for entry in entries]))


def read_by_index(source: Source, index: Index, tick: Callable[[float], None]) -> Reading:
    """Check an index by the first packet and the last ones.

    Args:
        source: At its start; left anywhere, its other streams left out.
        index: Of the same file.
        tick: Called now and then.

    Returns:
        The same as `read_packets` gives, but for the other streams in `ends`; which packets
        are keyframes is taken from the index alone.

    Raises:
        UnclearError: The packets are not what the index says.
    """
    source.leave_out_other_streams()
    try:
        first = next(own_packets(source))
        tail = _tail(source, tick)
    except (StopIteration, av.FFmpegError) as reason:
        raise UnclearError(str(reason)) from None
    shifted = replace(index, pts=index.pts + ((first.pts or 0) - index.pts[0]))
    _check(shifted, tail)
    return _reading(shifted, tail, source.stream.index)


def _whole_index(source: Source) -> list[IndexEntry]:
    """The entries, if no packet is without one, and no byte of them without the file."""
    entries = list(source.stream.index_entries)
    if not len(entries) == source.stream.frames > 0:
        raise UnclearError("packets without an entry")
    for entry in entries:
        if entry.is_discard or entry.size == 0 or entry.pos + entry.size > source.size_bytes:
            raise UnclearError("an entry without a frame")
    return entries


def _check(index: Index, tail: Tail) -> None:
    last = slice(-len(tail.told), None)
    columns = (index.pts[last], index.dts[last], index.is_key[last])
    if tail.told != list(zip(*(column.tolist() for column in columns), strict=True)):
        raise UnclearError("the packets are not what the index says")


def _tail(source: Source, tick: Callable[[float], None]) -> Tail:
    source.container.seek(_FAR_PTS, stream=source.stream, backward=True)
    told: list[tuple[int | None, int | None, bool]] = []
    duration, torn = 0, False
    for packet in own_packets(source):
        told.append((packet.pts, packet.dts, packet.is_keyframe))
        duration, torn = packet.duration or 0, packet.is_corrupt
        if len(told) % TICK_EVERY_PACKETS == 0:
            tick(0.0)
    return Tail(told, duration, torn)


def _reading(index: Index, tail: Tail, stream: int) -> Reading:
    count = len(index.pts)
    durations = np.append(np.diff(index.dts), tail.duration)
    last = count - 1 - int(index.pts[::-1].argmax())
    keys = _array(index.is_key.nonzero()[0])
    return Reading(
        pts=_array(index.pts),
        settled=array("q", range(1, count + 1)),
        dts=_array(index.dts),
        keys=keys,
        packets=count,
        start_pts=int(index.pts[keys[0]]) if keys else None,
        last_pts=int(index.pts[last]),
        last_duration=int(durations[last]),
        torn=tail.torn,
        ends={stream: max(0, int((index.pts + durations).max()))},
    )


def _array(numbers: NDArray[np.int64]) -> array[int]:
    return array("q", numbers.astype(np.int64).tobytes())
