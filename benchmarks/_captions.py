"""A caption line, burned in, that changes every few seconds."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Protocol

import cv2
import numpy as np

from benchmarks._picture import planes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

TEXT = (
    "the rabbit looks up and sees a butterfly over the hill where nobody has been today"
    " but we were told that it would come back before the apples fall from the old tree"
)
WORDS = TEXT.split()
_SECONDS = (1.5, 5.0)
_SILENT = 0.2  # so many of the lines are empty
_WHITE, _BLACK, _GREY = 235, 16, 128


class Format(Protocol):
    """What captions need to know of a video."""

    @property
    def width_px(self) -> int: ...
    @property
    def height_px(self) -> int: ...
    @property
    def fps(self) -> int: ...


class Caption:
    """One line: white letters with a black edge, in the middle of the bottom fifth."""

    def __init__(self, text: str, video: Format) -> None:
        scale = video.height_px / 720
        face, size, edge = cv2.FONT_HERSHEY_SIMPLEX, 1.6 * scale, round(9 * scale)
        (width, _), _ = cv2.getTextSize(text, face, size, edge)
        where = ((video.width_px - width) // 2, round(video.height_px * 0.92))
        masks = np.zeros((2, video.height_px, video.width_px), np.uint8)
        for mask, thickness in zip(masks, (edge, edge // 3), strict=True):
            cv2.putText(mask, text, where, face, size, 255, thickness, cv2.LINE_AA)
        self._top = video.height_px * 4 // 5
        self._edge, self._letters = masks[:, self._top :]
        self._chroma = self._edge[::2, ::2]

    def draw(self, i420: NDArray[np.uint8]) -> None:
        """Burn it into a picture."""
        y, u, v = planes(i420)
        _blend(y[self._top :], self._edge, _BLACK)
        _blend(y[self._top :], self._letters, _WHITE)
        for chroma in (u, v):
            _blend(chroma[self._top // 2 :], self._chroma, _GREY)


def _blend(plane: NDArray[np.uint8], mask: NDArray[np.uint8], value: int) -> None:
    share = mask.astype(np.uint16)
    plane[:] = (plane * (255 - share) + value * share + 127) // 255


def captions(video: Format) -> Iterator[Caption]:
    """The line of each frame, without end."""
    chance = random.Random(video.height_px)  # noqa: S311 - nothing secret
    while True:
        text = " ".join(chance.sample(WORDS, chance.randint(3, 6)))
        caption = Caption("" if chance.random() < _SILENT else text, video)
        for _ in range(round(video.fps * chance.uniform(*_SECONDS))):
            yield caption
