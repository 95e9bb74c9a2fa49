"""A writer of field-coded H.264 (PAFF), which no encoder here makes, in numbered pictures.

Macroblocks are either copied from the reference of index 0 (skipped) or raw (I_PCM).
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np

from tests.support.video import HEIGHT_PX, MILLISECOND, WIDTH_PX, numbered

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

FRAME_MS = 40
_MB = 16
_CODED_HEIGHT_PX = 64  # two rows of macroblocks for each field; the lowest 16 lines are cropped
_FRAME, _TOP, _BOTTOM = "F", "T", "B"
# One GOP in order of decoding: place in order of display, pictures, whether others refer to it.
_GOP = (
    (0, "TB", True),
    (3, "TB", True),
    (1, "TB", False),
    (2, "F", False),
    (6, "F", True),
    (4, "TB", False),
    (5, "BT", False),
    (9, "TB", True),
    (7, "F", False),
    (8, "TB", False),
)
GOP_FRAMES = len(_GOP)
_DELAY_FRAMES = 2  # a frame is decoded at most so many places after its own


@dataclass(frozen=True, slots=True)
class Coded:
    """A frame as written.

    Attributes:
        number: Its place in order of display, and what its picture says.
        pictures: One, or one for each field; Annex B.
        key: Whether decoding may begin here.
    """

    number: int
    pictures: tuple[bytes, ...]
    key: bool


class _Bits:
    def __init__(self) -> None:
        self._bits: list[str] = []

    def u(self, width: int, value: int) -> None:
        self._bits.append(f"{value:0{width}b}")

    def ue(self, *values: int) -> None:
        for value in values:
            binary = f"{value + 1:b}"
            self._bits.append("0" * (len(binary) - 1) + binary)

    def raw(self, data: bytes) -> None:
        """Bytes, from the next whole byte on."""
        bits = "".join(self._bits)
        self._bits = [bits, "0" * (-len(bits) % 8), *(f"{byte:08b}" for byte in data)]

    def nal(self, header: int) -> bytes:
        """All bits as a NAL unit behind a start code, kept free of start codes itself."""
        bits = "".join([*self._bits, "1"])
        bits += "0" * (-len(bits) % 8)
        escaped = bytearray()
        for byte in int(bits, 2).to_bytes(len(bits) // 8, "big"):
            if byte <= 3 and escaped[-2:] == b"\0\0":
                escaped.append(3)
            escaped.append(byte)
        return b"\0\0\0\1" + bytes([header]) + bytes(escaped)


def _parameter_sets() -> bytes:
    sps = _Bits()
    sps.u(24, 77 << 16 | 30)  # Main profile, level 3
    sps.ue(0, 4, 0, 4, 2)  # 8 bits for frame_num and for the POC, two reference frames
    sps.u(1, 0)
    sps.ue(WIDTH_PX // _MB - 1, _CODED_HEIGHT_PX // (2 * _MB) - 1)
    sps.u(4, 0b0011)  # fields may be coded, no MBAFF; direct_8x8_inference, cropped
    sps.ue(0, 0, 0, (_CODED_HEIGHT_PX - HEIGHT_PX) // 4)
    sps.u(1 + 8 + 1, 0b1_00000000_1)  # of the VUI nothing but what bounds reordering
    sps.u(1, 1)
    sps.ue(0, 0, 16, 16, _DELAY_FRAMES, 2)
    pps = _Bits()
    pps.ue(0, 0)
    pps.u(2, 0)  # CAVLC
    pps.ue(0, 0, 0)
    pps.u(3, 0)
    pps.ue(0, 0, 0)
    pps.u(3, 0b100)  # slices say that they are not deblocked
    return sps.nal(0x67) + pps.nal(0x68)


def _pixels(number: int) -> NDArray[np.uint8]:
    """The numbered picture's luma; the two fields differ in brightness, so none can hide."""
    luma = np.zeros((_CODED_HEIGHT_PX, WIDTH_PX), np.uint8)
    luma[:HEIGHT_PX] = numbered(number)[..., 0]
    luma = np.where(luma > 127, 220, 30).astype(np.uint8)
    luma[1::2] += 15
    return luma


def _lines(luma: NDArray[np.uint8], structure: str) -> NDArray[np.uint8]:
    return {_FRAME: luma, _TOP: luma[::2], _BOTTOM: luma[1::2]}[structure]


def _slice(
    structure: str,
    *,
    frame_num: int,
    poc: int,
    idr_id: int | None,
    referred: bool,
    luma: NDArray[np.uint8],
    reference: NDArray[np.uint8] | None,
) -> bytes:
    bits = _Bits()
    bits.ue(0, 7 if reference is None else 5, 0)  # I or P
    bits.u(8, frame_num)
    bits.u(1, structure != _FRAME)
    if structure != _FRAME:
        bits.u(1, structure == _BOTTOM)
    if idr_id is not None:
        bits.ue(idr_id)
    bits.u(8, poc)
    if reference is not None:
        bits.u(2, 0)
    if referred:
        bits.u(1 if idr_id is None else 2, 0)
    bits.ue(0, 1)  # as the parameter set's quantiser; not deblocked
    _macroblocks(bits, luma, reference)
    return bits.nal(0x20 * referred + (1 if idr_id is None else 5))


def _macroblocks(bits: _Bits, luma: NDArray[np.uint8], reference: NDArray[np.uint8] | None) -> None:
    skipped = 0
    for at in np.ndindex(luma.shape[0] // _MB, luma.shape[1] // _MB):
        y, x = at[0] * _MB, at[1] * _MB
        block = luma[y : y + _MB, x : x + _MB]
        if reference is None:
            bits.ue(25)
        elif (block == reference[y : y + _MB, x : x + _MB]).all():
            skipped += 1
            continue
        else:
            bits.ue(skipped, 30)
            skipped = 0
        bits.raw(block.tobytes() + bytes([128]) * (_MB * _MB // 2))
    if skipped:
        bits.ue(skipped)


def coded(gops: int) -> Iterator[Coded]:
    """Frames in order of decoding, in closed GOPs.

    Each GOP has pairs of fields (the later field of the first is a P field that refers to
    the earlier one), frames, a pair that begins with the bottom field, and pictures that are
    shown before the one that they refer to.
    """
    for gop in range(gops):
        frame_num = 0
        reference = None
        for place, structures, referred in _GOP:
            number = gop * GOP_FRAMES + place
            luma = _pixels(number)
            pictures: list[bytes] = [] if place else [_parameter_sets()]
            for later, structure in enumerate(structures):
                data = _slice(
                    structure,
                    frame_num=frame_num,
                    poc=2 * place + later,
                    idr_id=gop % 2 if place == 0 and not later else None,
                    referred=referred,
                    luma=_lines(luma, structure),
                    reference=_reference(reference, luma, structure, later),
                )
                pictures.append(data)
            if place == 0:
                pictures[:2] = [pictures[0] + pictures[1]]
            yield Coded(number, tuple(pictures), place == 0)
            if referred:
                frame_num, reference = frame_num + 1, luma


def _reference(
    earlier: NDArray[np.uint8] | None, own: NDArray[np.uint8], structure: str, later: int
) -> NDArray[np.uint8] | None:
    """What index 0 refers to: the last reference's field of the same parity.

    In the IDR picture the later field has only the earlier one of its own frame.
    """
    if earlier is not None:
        return _lines(earlier, structure)
    return _lines(own, _TOP) if later else None


def write_paff(path: Path, gops: int, *, field_packets: bool) -> Path:
    """Write the frames, 25 in a second.

    Args:
        path: Its suffix names the container.
        gops: How many, of `GOP_FRAMES` frames.
        field_packets: Whether each field has a packet and a timestamp of its own.
    """
    frames = list(coded(gops))
    stream_bytes = io.BytesIO(b"".join(picture for frame in frames for picture in frame.pictures))
    with av.open(stream_bytes, format="h264") as raw, av.open(str(path), "w") as out:
        stream = out.add_stream_from_template(raw.streams.video[0])
        stream.time_base = MILLISECOND
        for place, frame in enumerate(frames):
            parts = frame.pictures if field_packets else (b"".join(frame.pictures),)
            step_ms = FRAME_MS // len(parts)
            for n, part in enumerate(parts):
                packet = av.Packet(part)
                packet.stream, packet.time_base = stream, MILLISECOND
                packet.pts = (frame.number + _DELAY_FRAMES) * FRAME_MS + n * step_ms
                packet.dts = place * FRAME_MS + n * step_ms
                packet.duration, packet.is_keyframe = step_ms, frame.key and n == 0
                out.mux(packet)
    return path


def numbers_at(rate_hz: float, gops: int) -> Sequence[int]:
    """Which frame each image must show."""
    per_image = Fraction(1000, FRAME_MS) / Fraction(str(rate_hz))
    shown = range(gops * GOP_FRAMES)
    return [int(k * per_image) for k in range(len(shown) * 100) if k * per_image < len(shown)]
