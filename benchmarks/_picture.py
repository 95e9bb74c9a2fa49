"""Pictures cut out of a video and filmed anew, by a camera that pans and zooms."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import av
import cv2
import numpy as np

if TYPE_CHECKING:
    import random
    from pathlib import Path

    from numpy.typing import NDArray

_CLOSEST = 1.4
_SWAYS = (2, 8)  # of the hand that holds the camera, in one shot
_SWAY_SHARE = 0.003  # of the picture's width


@dataclass(frozen=True, slots=True)
class Camera:
    """How a shot is seen, at its begin and its end: (zoom, across, down), from a hand that sways.

    Zoom 1 shows all; `across` and `down` say where the part that is seen lies, from 0 to 1.
    """

    begin: tuple[float, float, float]
    end: tuple[float, float, float]
    mirrored: bool
    sways: float

    @staticmethod
    def by_chance(chance: random.Random) -> Camera:
        """Any camera."""

        def somewhere() -> tuple[float, float, float]:
            return (chance.uniform(1, _CLOSEST), chance.random(), chance.random())

        return Camera(somewhere(), somewhere(), chance.random() < 0.5, chance.uniform(*_SWAYS))

    def matrix(
        self, at: float, source_px: tuple[int, int], out_px: tuple[int, int]
    ) -> NDArray[np.float64]:
        """From pixels of the new picture to those of the source, `at` from 0 to 1 in the shot."""
        zoom, across, down = (b + (e - b) * at for b, e in zip(self.begin, self.end, strict=True))
        seen = [size / zoom for size in source_px]
        left, top = (source_px[0] - seen[0]) * across, (source_px[1] - seen[1]) * down
        turn = 2 * math.pi * self.sways * at
        left += _SWAY_SHARE * source_px[0] * math.sin(turn)
        top += _SWAY_SHARE * source_px[0] * math.sin(1.3 * turn + 1)
        step_x, step_y = seen[0] / out_px[0], seen[1] / out_px[1]
        if self.mirrored:
            return np.array([[-step_x, 0, left + seen[0] - 1], [0, step_y, top]])
        return np.array([[step_x, 0, left], [0, step_y, top]])


def excerpt(path: Path, first: int, end: int) -> list[NDArray[np.uint8]]:
    """Frames [first, end) of a video of constant rate, as I420."""
    with av.open(path) as container:
        stream = container.streams.video[0]
        rate = stream.average_rate or 0
        container.seek(round(first / rate * 1_000_000))
        frames = []
        for frame in container.decode(stream):
            at = round((frame.time or 0) * rate)
            if first <= at < end:
                frames.append(frame.to_ndarray(format="yuv420p").astype(np.uint8, copy=False))
            if at + 1 >= end:
                break
    return frames


def planes(i420: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """Views of Y, U and V."""
    height_px, width_px = i420.shape[0] * 2 // 3, i420.shape[1]
    chroma = i420[height_px:].reshape(2, height_px // 2, width_px // 2)
    return [i420[:height_px], chroma[0], chroma[1]]


def view_of(
    source: NDArray[np.uint8], camera: Camera, at: float, width_px: int, height_px: int
) -> NDArray[np.uint8]:
    """One picture as the camera sees it."""
    picture = np.empty((height_px * 3 // 2, width_px), np.uint8)
    for theirs, ours in zip(planes(source), planes(picture), strict=True):
        matrix = camera.matrix(at, theirs.shape[::-1], ours.shape[::-1])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        size = ours.shape[::-1]
        ours[:] = cv2.warpAffine(theirs, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return picture
