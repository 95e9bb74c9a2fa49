"""Structural similarity of two grey pictures (Wang, Bovik, Sheikh, Simoncelli 2004)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WINDOW, _SIGMA = (11, 11), 1.5
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_EDGE = _WINDOW[0] // 2


def ssim(one: NDArray[Any], other: NDArray[Any]) -> float:
    """The mean over all windows that lie within the picture; 1 for equal ones."""
    a, b = one.astype(np.float64), other.astype(np.float64)
    mean_a, mean_b = _blurred(a), _blurred(b)
    var_a = _blurred(a * a) - mean_a**2
    var_b = _blurred(b * b) - mean_b**2
    together = _blurred(a * b) - mean_a * mean_b
    likeness = ((2 * mean_a * mean_b + _C1) * (2 * together + _C2)) / (
        (mean_a**2 + mean_b**2 + _C1) * (var_a + var_b + _C2)
    )
    return float(likeness.mean())


def _blurred(values: NDArray[Any]) -> NDArray[Any]:
    return cv2.GaussianBlur(values, _WINDOW, _SIGMA)[_EDGE:-_EDGE, _EDGE:-_EDGE]
