"""Read a video's packets without decoding them."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import av

from jobd.errors import VideoRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from av.packet import Packet
    from av.stream import Stream
    from av.video.stream import VideoStream

    from jobd.frames.source import Source

TICK_EVERY_PACKETS = 64
# Matroska tells no time of decoding for the first packets: they get some before all others.
_BEFORE_ALL = -(2**62)


@dataclass(slots=True)
class Reading:
    """What the packets told; times in the stream's own time base.

    Attributes:
        pts: One per packet that shows a frame, in the order of the stream.
        settled: For each of them, how many packets had come, itself included.
        dts: One per packet of the stream; what is missing at the start is made up, and where
            they are `guesses`, all.
        keys: The ordinals of the keyframes among all packets.
        packets: All packets of the stream with something to decode.
        start_pts: The first keyframe's timestamp.
        last_pts: The largest timestamp.
        last_duration: Of that packet; 0 if the container is silent.
        guesses: The container tells no times of decoding, and its demuxer guesses them.
        untimed: Some packet had no timestamp.
        torn: The last packet was cut short.
        ends: For each stream of the file, where its last packet ended, in its own time base.
        failure: Why reading stopped before the end of the file.
    """

    pts: array[int] = field(default_factory=lambda: array("q"))
    settled: array[int] = field(default_factory=lambda: array("q"))
    dts: array[int] = field(default_factory=lambda: array("q"))
    keys: array[int] = field(default_factory=lambda: array("q"))
    packets: int = 0
    start_pts: int | None = None
    last_pts: int | None = None
    last_duration: int = 0
    guesses: bool = False
    untimed: bool = False
    torn: bool = False
    ends: dict[int, int] = field(default_factory=dict)
    failure: str | None = None

    def note_end(self, packet: Packet[Stream]) -> None:
        """Remember how far the file reaches, whatever the stream."""
        if packet.pts is not None:
            end = packet.pts + (packet.duration or 0)
            self.ends[packet.stream_index] = max(end, self.ends.get(packet.stream_index, 0))

    def add(self, packet: Packet[Stream]) -> None:
        """Take in a packet of the chosen stream.

        Raises:
            VideoRefused: It is encrypted.
        """
        if packet.has_sidedata("encryption_info"):
            raise VideoRefused("the video is encrypted")
        if packet.is_keyframe:
            self.keys.append(self.packets)
        earlier = self.dts[-1] + 1 if self.dts else _BEFORE_ALL
        self.dts.append(earlier if packet.dts is None or self.guesses else packet.dts)
        self.packets += 1
        self.torn = packet.is_corrupt
        if packet.pts is None:
            self.untimed = True
        elif not packet.is_discard:
            self._add_shown(packet, packet.pts)

    def _add_shown(self, packet: Packet[Stream], pts: int) -> None:
        self.pts.append(pts)
        self.settled.append(self.packets)
        if packet.is_keyframe and self.start_pts is None:
            self.start_pts = pts
        if self.last_pts is None or pts >= self.last_pts:
            self.last_pts, self.last_duration = pts, packet.duration or 0


def read_packets(source: Source, tick: Callable[[float], None]) -> Reading:
    """Read all packets of all streams.

    Args:
        source: At its start; left at its end.
        tick: Called with the share of the file read.

    Raises:
        VideoRefused: The stream is encrypted.
    """
    reading = Reading(guesses=source.format == "matroska")
    reached_bytes = 0
    try:
        for count, packet in enumerate(all_packets(source)):
            reading.note_end(packet)
            if packet.stream_index == source.stream.index:
                reading.add(packet)
            reached_bytes = max(reached_bytes, packet.pos or 0)
            if count % TICK_EVERY_PACKETS == 0:
                tick(min(1.0, reached_bytes / source.size_bytes))
    except av.FFmpegError as error:
        reading.failure = error.strerror
    return reading


def own_packets(source: Source) -> Iterator[Packet[VideoStream]]:
    """The packets of the chosen stream from here on."""
    return (packet for packet in source.container.demux(source.stream) if packet.size)


def all_packets(source: Source) -> Iterator[Packet[Stream]]:
    """The packets of all streams from here on; empty ones repeat the frame before them."""
    return (packet for packet in source.container.demux() if packet.size)
