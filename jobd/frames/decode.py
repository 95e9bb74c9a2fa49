"""Decode a stream once, from start to end, in order of display."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import av

from jobd.errors import RetryableError
from jobd.frames.damage import Damage
from jobd.frames.gaps import Gaps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    from jobd.frames.source import Source
    from jobd.frames.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Output:
    """One frame as the decoder gave it.

    Attributes:
        frame: The picture.
        pts: Its timestamp.
        fed: Packets that had gone in by then (frames that had come out, if restored).
        intact: The decoder concealed no damage in it.
    """

    frame: VideoFrame
    pts: int
    fed: int
    intact: bool


@dataclass(slots=True)
class Decoder:
    """Feeds every packet and yields every frame.

    Attributes:
        source: At its start.
        tick: Called with the share of packets fed, after each of them.
        decoded: Frames that came out so far.
        damage: Where packets could not be decoded, or before which some are missing.
    """

    source: Source
    tick: Callable[[float], None]
    decoded: int = 0
    damage: Damage = field(default_factory=Damage)

    def outputs(self, timeline: Timeline) -> Iterator[Output]:
        """Every frame with the timestamp that the timeline gives it.

        Raises:
            RetryableError: The decoder ran out of memory.
        """
        for ordinal, (frame, fed) in enumerate(self.frames(timeline.packets)):
            intact = not frame.is_corrupt
            if timeline.restored:
                if ordinal < len(timeline.pts):
                    yield Output(frame, timeline.pts[ordinal], ordinal + 1, intact)
            elif frame.pts is not None:
                yield Output(frame, frame.pts, fed, intact)

    def frames(self, packets: int) -> Iterator[tuple[VideoFrame, int]]:
        """Every frame with the number of packets fed by then.

        Args:
            packets: How many there will be.

        Raises:
            RetryableError: The decoder ran out of memory.
        """
        fed = 0
        gaps = Gaps(self.source.codec, self.source.stream.codec_context.extradata)
        for packet in _packets(self.source):
            fed += 1
            if gaps.before(packet, first=fed == 1) and packet.pts is not None:
                self.damage.add(packet.pts)
            for frame in self._decode(packet):
                self.decoded += 1
                yield frame, fed
            self.tick(min(1.0, fed / packets))
        for frame in self._decode(None):
            self.decoded += 1
            yield frame, fed
            self.tick(1.0)

    def _decode(self, packet: Packet[VideoStream] | None) -> list[VideoFrame]:
        try:
            return self.source.stream.decode(packet)
        except MemoryError:
            raise RetryableError("the decoder ran out of memory") from None
        except av.FFmpegError:
            if packet is not None and packet.pts is not None:
                self.damage.add(packet.pts)
            return []


def _packets(source: Source) -> Iterator[Packet[VideoStream]]:
    """The stream's packets, up to where the file can be read no further.

    Empty ones are left out: they repeat the frame before them.
    """
    packets = source.container.demux(source.stream)
    try:
        yield from (packet for packet in packets if packet.size)
    except av.FFmpegError:
        return
