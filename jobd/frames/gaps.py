"""Whether packets are missing before a packet, by H.264's numbering of its pictures (pure).

A decoder makes up what is missing and says nothing; what it makes up hangs on which of the
pictures it was given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobd.frames.h264 import Headers

if TYPE_CHECKING:
    from typing import SupportsBytes

    from jobd.frames.h264 import Slice


class Gaps:
    """Looks at a stream's packets, in their order.

    Args:
        codec: The codec's name: of others than `h264` nothing can be told.
        extradata: What the container's header tells of it; None for nothing.
    """

    def __init__(self, codec: str, extradata: bytes | None) -> None:
        self._headers = Headers(extradata) if codec == "h264" else None
        self._last: int | None = None  # the number of the last picture that others may refer to

    def before(self, packet: SupportsBytes, *, first: bool) -> bool:
        """Whether a picture that others may refer to is missing just before this packet.

        Args:
            packet: One of the stream.
            first: Decoding begins with it: what lies before does not matter. It does before
                other keyframes, if they are no IDR pictures: their leading pictures refer to it.
        """
        now = self._first_slice(packet)
        if now is None:
            return False
        last = now.frame_num if first or self._last is None else self._last
        gap = not _follows(now, last)
        if now.reference:
            last = now.frame_num
        elif gap:
            last = now.frame_num - 1
        self._last = last
        return gap

    def _first_slice(self, packet: SupportsBytes) -> Slice | None:
        if self._headers is None:
            return None
        try:
            return next(self._headers.slices(bytes(packet)), None)
        except (IndexError, KeyError):
            return None


def _follows(now: Slice, last: int) -> bool:
    """ITU-T H.264, 7.4.3: the number is that of the last reference picture, or the next one."""
    following = (last + 1) % (1 << now.sps.frame_num_bits)
    return now.idr or now.sps.gaps or now.frame_num in {last, following}
