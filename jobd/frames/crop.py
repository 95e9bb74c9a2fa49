"""Which part of the picture is wanted."""

from __future__ import annotations

from dataclasses import dataclass

from jobd.errors import PermanentError


@dataclass(frozen=True, slots=True)
class Crop:
    """[left, right) by [top, bottom) in pixels of the picture as shown."""

    left: int
    top: int
    right: int
    bottom: int


def refuse_outside(crop: Crop | None, width_px: int, height_px: int) -> None:
    """Check that the bounds hold at least a pixel and lie within the picture.

    Raises:
        PermanentError: They do not; the message names the picture's size.
    """
    if crop is None:
        return
    bounds = f"[{crop.left}, {crop.right}) x [{crop.top}, {crop.bottom})"
    if crop.left >= crop.right or crop.top >= crop.bottom:
        raise PermanentError(
            f"crop bounds {bounds} are empty; the picture is {width_px}x{height_px}"
        )
    if min(crop.left, crop.top) < 0 or crop.right > width_px or crop.bottom > height_px:
        raise PermanentError(
            f"crop bounds {bounds} lie outside the picture, which is {width_px}x{height_px}"
        )
