"""Whether a frame shows what one before it showed: then it need not be read again (pure)."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Likeness = NDArray[np.uint8]

# Of 255, for the mean of 8 by 8 pixels. An encoder changes a picture that stands still by less;
# one stroke of a small letter changes it by more.
_SAME_WITHIN = 3


def likeness(jpeg: bytes) -> Likeness | None:
    """A JPEG's brightness in blocks of 8 by 8 pixels, which it holds anyhow; None: no picture."""
    data = np.frombuffer(jpeg, np.uint8)
    small = cv2.imdecode(data, cv2.IMREAD_REDUCED_GRAYSCALE_8) if data.size else None
    return None if small is None else np.asarray(small, np.uint8)


def alike(one: Likeness, other: Likeness) -> bool:
    """Whether no block differs visibly."""
    if one.shape != other.shape:
        return False
    return int(cv2.absdiff(one, other).max()) <= _SAME_WITHIN
