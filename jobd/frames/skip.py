"""Decode only what the wanted frames need: seek, skip what nothing refers to, flush."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av

from jobd.errors import RetryableError
from jobd.frames.fields import Fields
from jobd.frames.gaps import Gaps
from jobd.frames.packets import own_packets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    from jobd.frames.source import Source
    from jobd.frames.spans import Span

# A gap of more packets is jumped over by a seek; a smaller one is read, without decoding it.
_SEEK_BEYOND_PACKETS = 64
# AV1's decoder heeds skip_frame once for the whole stream; those of VP7 and VP8 lose the segment
# map of a frame that they skip, which later frames may go by.
_NEVER_SKIP = {"av1", "vp7", "vp8"}


class CannotSkip(Exception):
    """This file must be decoded plainly: damage, gaps, single fields, a seek that went astray."""


class SkippingDecoder:
    """Decodes spans of one stream, in order.

    Args:
        source: Its other streams left out.
        fed: Called after each packet that was decoded or skipped by the decoder.
        at: The ordinal of the packet that comes next; None where nobody knows.

    Attributes:
        source: As given.
        decoded: Frames that came out so far.
    """

    def __init__(self, source: Source, fed: Callable[[], None], at: int | None = 0) -> None:
        self.source = source
        self._fed = fed
        self.decoded = 0
        self._packets = own_packets(source)
        extradata = source.stream.codec_context.extradata
        self._fields = Fields(source.codec, extradata)
        self._gaps = Gaps(source.codec, extradata)
        self._skips = source.codec not in _NEVER_SKIP
        self._at = at

    def frames(self, spans: Sequence[Span]) -> Iterator[tuple[VideoFrame, range]]:
        """The wanted frames and the images that show each, by rising time within a span.

        Raises:
            CannotSkip: A wanted frame did not come out, or damage was met on the way to it.
            RetryableError: The decoder ran out of memory.
        """
        for span in spans:
            missing = dict(span.targets)
            for frame in self._decoded(span):
                if frame.is_corrupt:
                    raise CannotSkip(f"the frame at {frame.pts} is damaged")
                if frame.pts in missing:
                    yield frame, missing.pop(frame.pts)
            if missing:
                raise CannotSkip(f"the frames at {sorted(missing)} did not come out")

    def _decoded(self, span: Span) -> Iterator[VideoFrame]:
        context = self.source.stream.codec_context
        for packet in self._fed_packets(span):
            if self._fields.alone(packet, key=packet.is_keyframe):
                raise CannotSkip(f"the packet at {packet.pts} holds one field only")
            if self._gaps.before(packet, first=packet.pts == span.key_pts):
                raise CannotSkip(f"packets before the one at {packet.pts} are missing")
            skippable = self._skips and packet.pts not in span.targets
            context.skip_frame = "NONREF" if skippable else "DEFAULT"
            yield from self._decode(packet)
            self._fed()
        yield from self._decode(None)
        context.flush_buffers()

    def _decode(self, packet: Packet[VideoStream] | None) -> list[VideoFrame]:
        try:
            frames = self.source.stream.decode(packet)
        except MemoryError:
            raise RetryableError("the decoder ran out of memory") from None
        except av.FFmpegError as error:
            raise CannotSkip(f"a packet could not be decoded: {error}") from None
        self.decoded += len(frames)
        return frames

    def _fed_packets(self, span: Span) -> Iterator[Packet[VideoStream]]:
        packet = self._keyframe(span)
        yield packet
        for ordinal in range(span.first + 1, span.end):
            packet = self._next()
            if packet.is_corrupt:
                raise CannotSkip(f"packet {ordinal} is damaged")
            yield packet
        self._at = span.end

    def _keyframe(self, span: Span) -> Packet[VideoStream]:
        """Go to a span's first packet, by reading on or by a seek."""
        if self._at is None or not 0 <= span.first - self._at <= _SEEK_BEYOND_PACKETS:
            self._seek(span)
        packet = self._next()
        while packet.pts != span.key_pts:
            if packet.is_keyframe and (packet.pts or 0) > span.key_pts:
                raise CannotSkip(f"the keyframe at {span.key_pts} was not found")
            packet = self._next()
        return packet

    def _seek(self, span: Span) -> None:
        target = _seek_target(span, self.source.format)
        try:
            self.source.container.seek(target, stream=self.source.stream, backward=True)
        except av.FFmpegError as error:
            raise CannotSkip(f"no seek to {target}: {error}") from None
        self._packets = own_packets(self.source)

    def _next(self) -> Packet[VideoStream]:
        try:
            return next(self._packets)
        except (StopIteration, av.FFmpegError) as error:
            raise CannotSkip(f"no more packets: {error}") from None


def _seek_target(span: Span, container: str) -> int:
    """What leads just to a span's keyframe: less would lead a GOP too early."""
    match container:
        case "matroska":  # its index holds times of display
            return span.key_pts
        case "mov":  # searched by time of display, and taken to be late by the same everywhere
            return span.key_dts + span.delay
        case _:
            return span.key_dts
