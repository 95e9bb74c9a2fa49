"""What the headers of H.264 say of a packet's slices (pure; ITU-T H.264, 7.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_START = b"\0\0\1"
_SLICE, _IDR_SLICE, _SPS, _PPS = 1, 5, 7, 8
_SLICE_HEADER_BYTES = 32  # hold all that is read of it
# Profiles whose parameter sets speak of chroma and scaling.
_HIGH = {44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244}
_CHROMA_444 = 3
_SMALL_MATRICES = 6


class Sps(NamedTuple):
    """What a sequence parameter set says.

    Attributes:
        fields: Pictures may be coded as two fields.
        gaps: Reference pictures may be left out on purpose.
        frame_num_bits: Width of `frame_num` in a slice's header.
        plane_bits: Width of what comes before it.
    """

    fields: bool
    gaps: bool
    frame_num_bits: int
    plane_bits: int


class Slice(NamedTuple):
    """What one slice tells of its picture.

    Attributes:
        sps: The parameter set that it goes by.
        frame_num: Counts the reference pictures since the last IDR picture.
        structure: 0 for a frame, 1 for a top field, 2 for a bottom field.
        idr: Nothing after it refers to anything before it.
        reference: Others may refer to its picture.
    """

    sps: Sps
    frame_num: int
    structure: int
    idr: bool
    reference: bool


class Headers:
    """Reads slices by the parameter sets that came so far.

    Args:
        extradata: What the container's header tells of the stream; None for nothing.

    Attributes:
        sets: The sequence parameter sets by their numbers.
    """

    def __init__(self, extradata: bytes | None) -> None:
        self.sets: dict[int, Sps] = {}
        self._set_of_pps: dict[int, int] = {}
        self._length_bytes = 0  # before each NAL unit; 0: start codes
        try:
            self._read(extradata or b"")
        except IndexError:
            return  # a slice that needs what is missing here says so

    def slices(self, packet: bytes) -> Iterator[Slice]:
        """The slices of a packet; its parameter sets are kept.

        Raises:
            IndexError: A header is cut short.
            KeyError: A parameter set is missing.
        """
        size = self._length_bytes
        for nal in _by_length(packet, size) if size else by_start(packet):
            kind = nal[0] & 31
            if kind in {_SPS, _PPS}:
                self._note(nal)
            elif kind in {_SLICE, _IDR_SLICE}:
                yield self._slice(nal[:_SLICE_HEADER_BYTES])

    def _read(self, extradata: bytes) -> None:
        if extradata[:1] == b"\1":
            self._length_bytes = (extradata[4] & 3) + 1
        for nal in _sets_of_avcc(extradata) if self._length_bytes else by_start(extradata):
            self._note(nal)

    def _slice(self, nal: bytes) -> Slice:
        bits = _Bits(nal)
        bits.skip(2)
        sps = self.sets[self._set_of_pps[bits.ue()]]
        bits.u(sps.plane_bits)
        frame_num = bits.u(sps.frame_num_bits)
        structure = 1 + bits.u(1) if sps.fields and bits.u(1) else 0
        return Slice(sps, frame_num, structure, nal[0] & 31 == _IDR_SLICE, bool(nal[0] & 96))

    def _note(self, nal: bytes) -> None:
        bits = _Bits(nal)
        if nal[0] & 31 == _PPS:
            pps = bits.ue()
            self._set_of_pps[pps] = bits.ue()
        elif nal[0] & 31 == _SPS:
            number, sps = _sps_of(bits)
            self.sets[number] = sps


class _Bits:
    """Reads a NAL unit behind its header byte; IndexError at its end."""

    def __init__(self, nal: bytes) -> None:
        payload = nal[1:].replace(b"\0\0\3", b"\0\0")
        self._bits = bin(int.from_bytes(b"\1" + payload))[3:]  # without 0b and the 1 in front
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
        one = self._bits.find("1", self._at)
        if one < 0:
            raise IndexError
        zeros, self._at = one - self._at, one + 1
        return (1 << zeros) - 1 + self.u(zeros)

    def se(self) -> int:
        """A signed number in Exp-Golomb code."""
        code = self.ue()
        return (code + 1) // 2 if code % 2 else -(code // 2)

    def skip(self, numbers: int) -> None:
        """Read over so many numbers in Exp-Golomb code."""
        for _ in range(numbers):
            self.ue()


def _sps_of(bits: _Bits) -> tuple[int, Sps]:
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
    gaps = bool(bits.u(1))
    bits.skip(2)
    return number, Sps(not bits.u(1), gaps, frame_num_bits, plane_bits)


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


def by_start(packet: bytes, start: bytes = _START) -> Iterator[bytes]:
    """What follows each start code of a packet, up to the next one."""
    at = packet.find(start)
    while at >= 0:
        begin = at + len(start)
        at = packet.find(start, begin)
        yield packet[begin : at if at >= 0 else None]
