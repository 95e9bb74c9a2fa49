"""Whether a packet holds a single field of a picture, by its headers (pure).

Two such packets make one frame, and a decoder joins whatever two fields it is given: once some
packets are skipped, these may be fields of two pictures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobd.frames.h264 import Headers, by_start

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import SupportsBytes

_FIELD_PACKETS = {"h264", "mpeg2video"}  # the others join fields in a packet, or never
_ONE_FIELD = ({1}, {2})
# MPEG-2's picture coding extension: its start code, its kind.
_EXTENSION, _PICTURE_CODING = b"\0\0\1\xb5", 8


class Fields:
    """Looks at a stream's packets, in their order.

    Args:
        codec: The codec's name.
        extradata: What the container's header tells of it; None for nothing.
    """

    def __init__(self, codec: str, extradata: bytes | None) -> None:
        self._codec = codec
        self._headers = Headers(extradata if codec == "h264" else None)

    def alone(self, packet: SupportsBytes, *, key: bool) -> bool:
        """Whether a packet holds one field only, or its headers cannot be read.

        Args:
            packet: One of the stream.
            key: Whether it is a keyframe: no others may change the parameter sets.
        """
        if self._codec not in _FIELD_PACKETS or not (key or self._possible()):
            return False
        data = bytes(packet)
        try:
            return set(self._structures(data)) in _ONE_FIELD
        except (IndexError, KeyError):
            return True

    def _possible(self) -> bool:
        """Most streams never hold a field, and their parameter sets say so."""
        sets = self._headers.sets.values()
        return not sets or any(sps.fields for sps in sets)

    def _structures(self, packet: bytes) -> Iterator[int]:
        """Of each slice or picture: 1 for a top field, 2 for a bottom field, others: a frame."""
        if self._codec == "mpeg2video":
            return _mpeg2_structures(packet)
        return (a_slice.structure for a_slice in self._headers.slices(packet))


def _mpeg2_structures(packet: bytes) -> Iterator[int]:
    for extension in by_start(packet, _EXTENSION):
        if extension[0] >> 4 == _PICTURE_CODING:
            yield extension[2] & 3
