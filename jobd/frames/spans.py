"""Which packets must be decoded for the wanted frames, and from which keyframe on (pure)."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jobd.frames.plan import Plan


@dataclass(frozen=True, slots=True)
class Packets:
    """A stream's packets in the order of the file.

    Attributes:
        pts: When each one's frame is shown.
        dts: When each one is to be decoded.
        keys: The ordinals of those that are keyframes, rising.
    """

    pts: Sequence[int]
    dts: Sequence[int]
    keys: Sequence[int]

    def orderly(self) -> bool:
        """Whether every frame can be found by its timestamp alone, from a keyframe on."""
        rising = all(a < b for a, b in zip(self.dts, self.dts[1:], strict=False))
        starts = bool(self.keys) and self.keys[0] == 0 and self.pts[0] == min(self.pts)
        return starts and rising and len(set(self.pts)) == len(self.pts)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of packets to feed without a break, from a keyframe to the last target.

    Attributes:
        first: Ordinal of its first packet, a keyframe.
        end: Ordinal behind its last packet.
        key_pts: By which its first packet is recognised.
        key_dts: When it is decoded.
        delay: How long after its decoding the video's first frame is shown.
        targets: The images to make of each wanted timestamp.
    """

    first: int
    end: int
    key_pts: int
    key_dts: int
    delay: int
    targets: Mapping[int, range]

    @property
    def packets(self) -> int:
        """How many there are to feed."""
        return self.end - self.first


@dataclass(frozen=True, slots=True)
class Need:
    """What one wanted frame takes.

    Attributes:
        entry: Ordinal of the keyframe to begin with.
        ordinal: Of the packet that carries the frame.
        ks: The images that show it.
    """

    entry: int
    ordinal: int
    ks: range


def needs_of(packets: Packets, plan: Plan) -> list[Need]:
    """What all planned frames take, in the order of the file.

    A frame is reached from the last keyframe before it that is also shown before it: the
    leading pictures of an open GOP refer to the GOP before theirs.

    Args:
        packets: Orderly ones.
        plan: Every planned timestamp is one of theirs.
    """
    ks_of = {shot.pts: shot.ks for shot in plan.shots}
    needs = [
        Need(_entry(packets, ordinal), ordinal, ks_of[pts])
        for ordinal, pts in enumerate(packets.pts)
        if pts in ks_of
    ]
    return sorted(needs, key=lambda need: (need.entry, need.ordinal))


def _entry(packets: Packets, ordinal: int) -> int:
    """The ordinal of the keyframe from which a packet's frame can be decoded."""
    at = bisect_right(packets.keys, ordinal) - 1
    while at > 0 and packets.pts[packets.keys[at]] > packets.pts[ordinal]:
        at -= 1
    return packets.keys[at]


def shares_of(needs: Sequence[Need], images: int) -> Iterator[list[Need]]:
    """Cut the work between keyframes into shares of about so many images."""
    share: list[Need] = []
    made = 0
    for need in needs:
        if made >= images and need.entry != share[-1].entry:
            yield share
            share, made = [], 0
        share.append(need)
        made += len(need.ks)
    yield share


def spans_of(packets: Packets, share: Sequence[Need]) -> tuple[Span, ...]:
    """The stretches to decode for one share; what overlaps is one."""
    stretches: list[list[int]] = []
    for need in share:
        if stretches and need.entry < stretches[-1][1]:
            stretches[-1][1] = max(stretches[-1][1], need.ordinal + 1)
        else:
            stretches.append([need.entry, need.ordinal + 1])
    ks_of = {need.ordinal: need.ks for need in share}
    return tuple(_span(packets, ks_of, first, end) for first, end in stretches)


def _span(packets: Packets, ks_of: Mapping[int, range], first: int, end: int) -> Span:
    targets = {packets.pts[n]: ks_of[n] for n in range(first, end) if n in ks_of}
    delay = packets.pts[0] - packets.dts[0]
    return Span(first, end, packets.pts[first], packets.dts[first], delay, targets)
