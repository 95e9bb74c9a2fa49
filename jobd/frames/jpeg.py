"""From a decoded frame to JPEG bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from av.video.reformatter import ColorRange, Interpolation

from jobd.errors import RetryableError, VideoRefused
from jobd.frames.colour import matrix_of, range_of
from jobd.frames.cut import box_around, can_cut, cut
from jobd.frames.orientation import Orientation, orientation_of

if TYPE_CHECKING:
    from av.video.frame import VideoFrame
    from numpy.typing import NDArray

    from jobd.frames.crop import Crop

_LONGEST_SIDE_PX = 65_500  # OpenCV's own bound
# swscale's quick way: within 3 of 255 of the exact colour, for a twentieth of the time. It repeats
# chroma instead of smoothing it, and JPEG's own subsampling takes just that back.
_SCALING = Interpolation.BILINEAR


@dataclass(frozen=True, slots=True)
class Shape:
    """How a video's frames are stored and turned.

    Attributes:
        stored_width_px: Of the frames as decoded; one of another size is scaled to it.
        stored_height_px: The same.
        orientation: To show them upright.
    """

    stored_width_px: int
    stored_height_px: int
    orientation: Orientation

    @property
    def shown_px(self) -> tuple[int, int]:
        """Width and height of the picture as shown."""
        stored = self.stored_width_px, self.stored_height_px
        return stored if self.orientation.quarter_turns % 2 == 0 else stored[::-1]


def shape_of(frame: VideoFrame) -> Shape:
    """The shape that a video's first frame sets for all of it.

    Rotation metadata is applied; the pixel aspect ratio is not (DESIGN §3: stored size).
    """
    return Shape(frame.width, frame.height, orientation_of(frame))


def picture(frame: VideoFrame, shape: Shape) -> NDArray[np.uint8]:
    """Convert a frame to the picture that a player shows.

    Returns:
        (height, width, 3) uint8, BGR, full range.
    """
    size_px = shape.stored_width_px, shape.stored_height_px
    return shape.orientation.upright(_converted(frame, frame, *size_px))


def part_of(frame: VideoFrame, shape: Shape, crop: Crop) -> NDArray[np.uint8]:
    """The wanted part of the same picture; where it can be, no other pixel is converted.

    Returns:
        (bottom - top, right - left, 3) uint8, BGR, full range.
    """
    stored_px = shape.stored_width_px, shape.stored_height_px
    as_stored = shape.orientation == Orientation() and (frame.width, frame.height) == stored_px
    if not (as_stored and can_cut(frame)):
        return picture(frame, shape)[crop.top : crop.bottom, crop.left : crop.right]
    box = box_around(crop, *stored_px)
    bgr = _converted(cut(frame, box), frame, box.right - box.left, box.bottom - box.top)
    height_px, width_px = crop.bottom - crop.top, crop.right - crop.left
    return bgr[box.inner_top :, box.inner_left :][:height_px, :width_px]


def _converted(
    pixels: VideoFrame, told_by: VideoFrame, width_px: int, height_px: int
) -> NDArray[np.uint8]:
    """Scale and convert; matrix and range are those that the whole frame tells."""
    matrix = matrix_of(told_by)
    bgr = pixels.reformat(
        width=width_px,
        height=height_px,
        format="bgr24",
        src_colorspace=matrix,
        dst_colorspace=matrix,
        interpolation=_SCALING,
        src_color_range=range_of(told_by),
        dst_color_range=ColorRange.JPEG,
        threads=1,
    )
    return bgr.to_ndarray().astype(np.uint8, copy=False)


@dataclass(frozen=True, slots=True)
class View:
    """What of each frame becomes an image, and how: plain data, the same for a whole video.

    Attributes:
        shape: How the frames are stored and turned.
        crop: The wanted part; None for all of it.
        quality: Of the JPEGs, as OpenCV counts, 1 to 100.
    """

    shape: Shape
    crop: Crop | None
    quality: int

    def jpeg_of(self, frame: VideoFrame) -> tuple[bytes, int, int]:
        """A frame's image, its width and its height in pixels."""
        crop = self.crop
        bgr = part_of(frame, self.shape, crop) if crop else picture(frame, self.shape)
        return encode(bgr, self.quality), bgr.shape[1], bgr.shape[0]


def encode(bgr: NDArray[np.uint8], quality: int) -> bytes:
    """Compress a (height, width, 3) uint8 BGR picture.

    Args:
        bgr: The picture.
        quality: As OpenCV counts, 1 to 100.

    Raises:
        VideoRefused: A side is longer than OpenCV's JPEG can hold (65,500 pixels).
        RetryableError: There is not enough memory now.
    """
    size = f"a {bgr.shape[1]}x{bgr.shape[0]} picture"
    if max(bgr.shape) > _LONGEST_SIDE_PX:
        raise VideoRefused(f"{size} is too long for a JPEG")
    try:
        pixels = np.ascontiguousarray(bgr)
        whole, jpeg = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    except (MemoryError, cv2.error):
        whole = False
    if not whole:  # what OpenCV has made by then is a torn JPEG
        raise RetryableError(f"there is not enough memory to compress {size}")
    return jpeg.tobytes()
