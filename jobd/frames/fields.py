"""Whether a packet holds a single field of a picture, by its headers (pure).

Two such packets make one frame, and a decoder joins whatever two fields it is given: once some
packets are skipped, these may be fields of two pictures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import SupportsBytes

_FIELD_PACKETS = {"h264", "mpeg2video"}  # the others join fields in a packet, or never
_ONE_FIELD = ({1}, {2})
_START = b"\0\0\1"
_SLICE, _IDR_SLICE, _SPS, _PPS = 1, 5, 7, 8
_SLICE_HEADER_BYTES = 32  # hold all that is read of it
# Profiles of H.264 whose parameter sets speak of chroma and scaling.
_HIGH = {44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244}
_CHROMA_444 = 3
_SMALL_MATRICES = 6
# MPEG-2's picture coding extension: its start code, its kind.
_EXTENSION, _PICTURE_CODING = b"\0\0\1\xb5", 8


class _Sps(NamedTuple):
    fields: bool
    frame_num_bits: int
    plane_bits: int


class Fields:
    """Knows a stream's parameter sets.

    Args:
        codec: The codec's name.
        extradata: What the container's header tells of it; None for nothing.
    """

    def __init__(self, codec: str, extradata: bytes | None) -> None:
        self._codec = codec
        self._sps: dict[int, _Sps] = {}
        self._sps_of_pps: dict[int, int] = {}
        self._length_bytes = 0  # before each NAL unit; 0: start codes
        self._possible = codec in _FIELD_PACKETS
        if codec == "h264" and extradata:
            self._read(extradata)
            # Most streams never hold a field, and their parameter sets say so.
            self._possible = not self._sps or any(sps.fields for sps in self._sps.values())

    def alone(self, packet: SupportsBytes, *, key: bool) -> bool:
        """Whether a packet holds one field only, or its headers cannot be read.

        Args:
            packet: In the order of the stream.
            key: Whether it is a keyframe: no others may change the parameter sets.
        """
        if not self._possible and not (key and self._codec == "h264"):
            return False
        data = bytes(packet)
        structures = self._structures if self._codec == "h264" else _mpeg2_structures
        try:
            return set(structures(data)) in _ONE_FIELD
        except (IndexError, KeyError):
            return True

    def _read(self, extradata: bytes) -> None:
        try:
            if extradata[0] == 1:
                self._length_bytes = (extradata[4] & 3) + 1
            for nal in _sets_of_avcc(extradata) if self._length_bytes else _by_start(extradata):
                self._note(nal)
        except IndexError:
            return  # a slice that needs what is missing here counts as alone

    def _structures(self, packet: bytes) -> Iterator[int]:
        """Of each slice: 0 in a frame, 1 in a top field, 2 in a bottom field."""
        size = self._length_bytes
        for nal in _by_length(packet, size) if size else _by_start(packet):
            kind = nal[0] & 31
            if kind in {_SPS, _PPS}:
                self._note(nal)
            elif kind in {_SLICE, _IDR_SLICE}:
                yield self._structure(_Bits(nal[:_SLICE_HEADER_BYTES]))

    def _structure(self, bits: _Bits) -> int:
        bits.ue()
        bits.ue()
        sps = self._sps[self._sps_of_pps[bits.ue()]]
        if not sps.fields:
            return 0
        bits.u(sps.plane_bits + sps.frame_num_bits)
        return 1 + bits.u(1) if bits.u(1) else 0

    def _note(self, nal: bytes) -> None:
        bits = _Bits(nal)
        if nal[0] & 31 == _PPS:
            pps = bits.ue()
            self._sps_of_pps[pps] = bits.ue()
        elif nal[0] & 31 == _SPS:
            number, sps = _sps_of(bits)
            self._sps[number] = sps
            self._possible |= sps.fields


class _Bits:
    """Reads a NAL unit behind its header byte; IndexError at its end."""

    def __init__(self, nal: bytes) -> None:
        payload = nal[1:].replace(b"\0\0\3", b"\0\0")
        self._bits = "".join(f"{byte:08b}" for byte in payload)
        self._at = 0

    def u(self, width: int) -> int:
        """An unsigned number of so many bits."""
        bits = self._bits[self._at : self._at + width]
        if len(bits) < width:
            raise IndexError
        self._at += width
        return int(bits or "0", 2)

    def ue(self) -> int:
        """An unsigned number in Exp-Golomb code."""
        zeros = 0
        while not self.u(1):
            zeros += 1
        return (1 << zeros) - 1 + self.u(zeros)

    def se(self) -> int:
        """A signed number in Exp-Golomb code."""
        code = self.ue()
        return (code + 1) // 2 if code % 2 else -(code // 2)

    def skip(self, numbers: int) -> None:
        """Read over so many numbers in Exp-Golomb code."""
        for _ in range(numbers):
            self.ue()


def _sps_of(bits: _Bits) -> tuple[int, _Sps]:
    high = bits.u(24) >> 16 in _HIGH
    number = bits.ue()
    plane_bits = _plane_bits(bits) if high else 0
    frame_num_bits = bits.ue() + 4
    order_type = bits.ue()
    if order_type == 0:
        bits.ue()
    elif order_type == 1:
        bits.u(1)
        bits.skip(2)
        bits.skip(bits.ue())
    bits.ue()
    bits.u(1)
    bits.skip(2)
    return number, _Sps(not bits.u(1), frame_num_bits, plane_bits)


def _plane_bits(bits: _Bits) -> int:
    """Read on to the end of what only high profiles have."""
    chroma = bits.ue()
    plane_bits = 2 if chroma == _CHROMA_444 and bits.u(1) else 0
    bits.skip(2)
    if bits.u(2) & 1:
        for matrix in range(12 if chroma == _CHROMA_444 else 8):
            if bits.u(1):
                _skip_matrix(bits, 16 if matrix < _SMALL_MATRICES else 64)
    return plane_bits


def _skip_matrix(bits: _Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.se()) % 256
        last = following or last


def _sets_of_avcc(extradata: bytes) -> Iterator[bytes]:
    at = 5
    for mask in (31, 255):  # so many SPS, then so many PPS
        count, at = extradata[at] & mask, at + 1
        for _ in range(count):
            begin = at + 2
            at = begin + int.from_bytes(extradata[at:begin], "big")
            yield extradata[begin:at]


def _by_length(packet: bytes, length_bytes: int) -> Iterator[bytes]:
    at = 0
    while at < len(packet):
        begin = at + length_bytes
        at = begin + int.from_bytes(packet[at:begin], "big")
        yield packet[begin:at]


def _by_start(packet: bytes, start: bytes = _START) -> Iterator[bytes]:
    at = packet.find(start)
    while at >= 0:
        begin = at + len(start)
        at = packet.find(start, begin)
        yield packet[begin : at if at >= 0 else None]


def _mpeg2_structures(packet: bytes) -> Iterator[int]:
    """Of each picture: 1 for a top field, 2 for a bottom field, 3 for a frame."""
    for extension in _by_start(packet, _EXTENSION):
        if extension[0] >> 4 == _PICTURE_CODING:
            yield extension[2] & 3
