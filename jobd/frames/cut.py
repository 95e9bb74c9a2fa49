"""Cut a part out of a decoded frame before its colours are converted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from av.video.frame import VideoFrame

if TYPE_CHECKING:
    from av.video.plane import VideoPlane
    from numpy.typing import NDArray

    from jobd.frames.crop import Crop

# Planes of bytes, chroma at full or half size. The converter smooths the chroma of deeper formats,
# so that a part of theirs would not come out to the bit.
_PLANAR = {f"yuv{full}{sampling}p" for sampling in ("420", "422", "444") for full in ("", "j")}
# The box begins at whole chroma samples, and where the converter's vectors do.
_GRID_PX = 16


@dataclass(frozen=True, slots=True)
class Box:
    """What to cut: [left, right) by [top, bottom) of a frame as stored, on the grid.

    It holds the wanted part, which begins `inner_left`, `inner_top` pixels within it.
    """

    left: int
    top: int
    right: int
    bottom: int
    inner_left: int
    inner_top: int


def box_around(crop: Crop, width_px: int, height_px: int) -> Box:
    """The smallest box on the grid that holds the crop, within the frame."""
    left, top = crop.left - crop.left % _GRID_PX, crop.top - crop.top % _GRID_PX
    right = min(width_px, -(-crop.right // _GRID_PX) * _GRID_PX)
    bottom = min(height_px, -(-crop.bottom // _GRID_PX) * _GRID_PX)
    return Box(left, top, right, bottom, crop.left - left, crop.top - top)


def can_cut(frame: VideoFrame) -> bool:
    """Whether a frame's pixels lie so that a part can be copied out."""
    return frame.format.name in _PLANAR


def cut(frame: VideoFrame, box: Box) -> VideoFrame:
    """The box as a frame of its own, of the same pixel format."""
    part = VideoFrame(box.right - box.left, box.bottom - box.top, frame.format.name)
    for ours, theirs in zip(part.planes, frame.planes, strict=True):
        left = box.left // (1 if theirs.width == frame.width else 2)
        top = box.top // (1 if theirs.height == frame.height else 2)
        rows = _bytes_of(theirs)[top : top + ours.height]
        _bytes_of(ours)[: ours.height, : ours.width] = rows[:, left : left + ours.width]
    return part


def _bytes_of(plane: VideoPlane) -> NDArray[np.uint8]:
    """(lines, line_size) uint8, padding included; a view."""
    return np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
