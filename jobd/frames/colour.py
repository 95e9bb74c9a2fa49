"""Which numbers turn a frame's YUV into RGB: its own matrix and range."""

from __future__ import annotations

from typing import TYPE_CHECKING

from av.video.reformatter import ColorRange, Colorspace

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

# ITU-T H.273 matrix coefficients that swscale knows; others are taken as not told.
_MATRICES = {
    1: Colorspace.ITU709,
    4: Colorspace.FCC,
    5: Colorspace.ITU601,
    6: Colorspace.ITU601,
    7: Colorspace.SMPTE240M,
    9: Colorspace.BT2020,
    10: Colorspace.BT2020,
}
_HD_WIDTH_PX, _HD_HEIGHT_PX = 1280, 577
_FULL = 2


def matrix_of(frame: VideoFrame) -> Colorspace:
    """The frame's own matrix; where it tells none, what players take: BT.709 for HD."""
    told = _MATRICES.get(int(frame.colorspace))
    if told is not None:
        return told
    hd = frame.width >= _HD_WIDTH_PX or frame.height >= _HD_HEIGHT_PX
    return Colorspace.ITU709 if hd else Colorspace.ITU601


def range_of(frame: VideoFrame) -> ColorRange:
    """Full range where the frame or its pixel format says so, else limited."""
    name = frame.format.name
    full = int(frame.color_range) == _FULL or name.startswith("yuvj")
    return ColorRange.JPEG if full else ColorRange.MPEG
