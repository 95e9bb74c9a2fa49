"""How a stored picture is held to look at it: the container's rotation metadata."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from av.sidedata.sidedata import Type

if TYPE_CHECKING:
    from av.video.frame import VideoFrame
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Orientation:
    """First mirrored left to right, then turned.

    Attributes:
        mirrored: Whether left and right change places.
        quarter_turns: Counterclockwise, 0 to 3.
    """

    mirrored: bool = False
    quarter_turns: int = 0

    def upright(self, stored: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The picture as shown, a view of the stored (height, width, channels) one."""
        facing = np.fliplr(stored) if self.mirrored else stored
        return np.rot90(facing, self.quarter_turns)


def orientation_of(frame: VideoFrame) -> Orientation:
    """What the frame's display matrix asks for; upright without one."""
    side_data: Any = frame.side_data
    matrix = side_data.get(Type.DISPLAYMATRIX)
    if matrix is None:
        return Orientation()
    a, b, _, c, d, *_ = struct.unpack("=9i", bytes(matrix))
    return orientation_from(a, b, c, d)


def orientation_from(a: int, b: int, c: int, d: int) -> Orientation:
    """The nearest orientation to a display matrix.

    A pixel (x, y) is shown at (a x + c y, b x + d y), y downwards (libavutil/display.h,
    ISO/IEC 14496-12 §6.2.2). Angles between quarter turns go to the nearer one.
    """
    mirrored = a * d - b * c < 0
    across = (-a, -b) if mirrored else (a, b)
    clockwise = math.atan2(across[1], across[0])
    return Orientation(mirrored, round(-clockwise / (math.pi / 2)) % 4)
