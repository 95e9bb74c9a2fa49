"""What a video's packets tell: which of them to decode for some images."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

import av

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from av.container import InputContainer
    from av.video.stream import VideoStream

_LENGTH_BYTES = 4  # before each unit, in MP4 and Matroska as everyone writes them
_SLICES = {1, 2, 3, 4, 5}


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet; `referenced` says whether other frames may need its frame, None unknown."""

    pts: int
    dts: int
    key: bool
    referenced: bool | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Packets [first, end) to feed without a break, the first a keyframe."""

    first: int
    end: int
    targets: frozenset[int]  # ordinals


def h264_referenced(data: bytes) -> bool | None:
    """Whether the first slice of an H.264 packet has nal_ref_idc > 0; None if it has none."""
    at = 0
    while at + _LENGTH_BYTES < len(data):
        header = data[at + _LENGTH_BYTES]
        if header & 0x1F in _SLICES:
            return bool(header & 0x60)
        at += _LENGTH_BYTES + int.from_bytes(data[at : at + _LENGTH_BYTES], "big")
    return None


def best_video(container: InputContainer) -> VideoStream:
    """The stream that jobd, ffmpeg and all others take where there are several.

    Raises:
        ValueError: There is none.
    """
    for stream in container.streams.video:
        if stream is container.streams.best("video"):
            return stream
    raise ValueError("no video stream")


def read(path: Path) -> tuple[list[Packet], Fraction, Fraction]:
    """A video stream's packets, its time base, and seconds from first frame to the last's end.

    Raises:
        ValueError: Its packets do not all have timestamps.
    """
    packets = []
    with av.open(path) as container:
        stream = best_video(container)
        base = stream.time_base or Fraction(1)
        h264 = stream.codec_context.name == "h264" and (stream.codec_context.extradata or b"")[:1]
        for packet in container.demux(stream):
            if not packet.size:
                continue
            if packet.pts is None:
                raise ValueError(f"{path.name}: a packet without a timestamp")
            dts = packet.pts if packet.dts is None else packet.dts
            referenced = h264_referenced(bytes(packet)) if h264 == b"\x01" else None
            packets.append(Packet(packet.pts, dts, packet.is_keyframe, referenced))
            last = packet.duration or 0
    times = [packet.pts for packet in packets]
    return packets, base, (max(times) + last - min(times)) * base


def targets(
    packets: Sequence[Packet], base: Fraction, length_s: Fraction, rate: Fraction
) -> set[int]:
    """The ordinals of the packets whose frames are on display at k / rate after the first."""
    order = sorted(range(len(packets)), key=lambda n: packets[n].pts)
    times = [packets[n].pts for n in order]
    ticks = (times[0] + k / rate / base for k in range(max(1, ceil(length_s * rate))))
    return {order[bisect_right(times, tick) - 1] for tick in ticks}


def stretches(packets: Sequence[Packet], wanted: Iterable[int]) -> list[Stretch]:
    """What to decode for some packets' frames; stretches that touch are one."""
    keys = [n for n, packet in enumerate(packets) if packet.key]
    found: list[list[int]] = []
    wanted = sorted(wanted)
    for ordinal in wanted:
        first = entry(packets, keys, ordinal)
        if found and first <= found[-1][1]:
            found[-1][1] = max(found[-1][1], ordinal + 1)
        else:
            found.append([first, ordinal + 1])
    return [
        Stretch(first, end, frozenset(n for n in wanted if first <= n < end))
        for first, end in found
    ]


def entry(packets: Sequence[Packet], keys: Sequence[int], ordinal: int) -> int:
    """The keyframe to begin with: the last one that comes, and is shown, no later."""
    at = bisect_right(keys, ordinal) - 1
    while at > 0 and packets[keys[at]].pts > packets[ordinal].pts:
        at -= 1
    return keys[max(at, 0)]
