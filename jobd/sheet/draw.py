"""Frames in a grid with their times, and boxes on them: one picture of bounded size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from jobd.errors import NoFrames

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from jobd.sheet.frame import Box, Frame

    Picture = NDArray[np.uint8]

MOST = 120
_SHEET_PX = 1280
_GAP_PX = 12
_LABEL_PX = 22
_TITLE_PX = 40
_CELL_HEIGHT_PX = 360
_COLUMNS, _COLUMNS_OF_STRIPS = 4, 2
_STRIP = 3  # as often as high a picture is wide, to be one
_BACKGROUND, _TEXT, _BOX = (28, 28, 28), (225, 225, 225), (80, 220, 255)
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def sheet(
    frames: Sequence[Frame], boxes: Mapping[int, Sequence[Box]] | None = None, title: str = ""
) -> Picture:
    """Draw a contact sheet.

    Args:
        frames: At most MOST, in their order.
        boxes: What to mark in them, by frame index.
        title: ASCII, above all.

    Returns:
        The picture: 1280 wide, and as high as the frames take.

    Raises:
        NoFrames: One of them is no picture.
    """
    height_px, width_px = _decoded(frames[0]).shape[:2]
    columns = _COLUMNS_OF_STRIPS if width_px > _STRIP * height_px else _COLUMNS
    cell_px = (_SHEET_PX - _GAP_PX) // columns - _GAP_PX
    cells = [_cell(frame, (boxes or {}).get(frame.index, ()), cell_px) for frame in frames]
    rows = [_row(cells[first : first + columns]) for first in range(0, len(cells), columns)]
    return np.vstack([_titled(title), *rows])


def encoded(picture: Picture, suffix: str) -> bytes:
    """As a file of this kind: ".png", ".jpg", ".webp"."""
    return bytes(cv2.imencode(suffix, picture)[1])


def _decoded(frame: Frame) -> Picture:
    picture = cv2.imdecode(np.frombuffer(frame.jpeg, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise NoFrames(f"the frame at {frame.at_s:g} s is no picture")
    return np.asarray(picture, np.uint8)


def _fitted(picture: Picture, cell_px: int) -> Picture:
    """Made smaller where a cell is."""
    height_px, width_px = picture.shape[:2]
    scale = min(1.0, cell_px / width_px, _CELL_HEIGHT_PX / height_px)
    size = (max(1, round(width_px * scale)), max(1, round(height_px * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _cell(frame: Frame, boxes: Sequence[Box], cell_px: int) -> Picture:
    """The picture above its time."""
    scaled = _fitted(_decoded(frame), cell_px)
    for box in boxes:
        _mark(scaled, box)
    height_px, width_px = scaled.shape[:2]
    cell = _blank(height_px + _LABEL_PX, cell_px)
    cell[:height_px, :width_px] = scaled
    _write(cell, clock(frame.at_s), (0, height_px + _LABEL_PX - 6), 0.5)
    return cell


def _mark(picture: Picture, box: Box) -> None:
    height_px, width_px = picture.shape[:2]
    left, right = (_within(x) * width_px for x in (box.x, box.x + box.width))
    top, bottom = ((1 - _within(y)) * height_px for y in (box.y + box.height, box.y))
    cv2.rectangle(picture, (round(left), round(top)), (round(right), round(bottom)), _BOX, 1)


def _within(fraction: float) -> float:
    return min(max(fraction, 0.0), 1.0)


def _row(cells: Sequence[Picture]) -> Picture:
    height_px = max(cell.shape[0] for cell in cells)
    row = _blank(height_px + _GAP_PX, _SHEET_PX)
    left = _GAP_PX
    for cell in cells:
        row[: cell.shape[0], left : left + cell.shape[1]] = cell
        left += cell.shape[1] + _GAP_PX
    return row


def _titled(text: str) -> Picture:
    band = _blank(_TITLE_PX, _SHEET_PX)
    _write(band, text, (_GAP_PX, _TITLE_PX - 13), 0.6)
    return band


def _write(picture: Picture, text: str, at: tuple[int, int], scale: float) -> None:
    cv2.putText(picture, text, at, _FONT, scale, _TEXT, 1, cv2.LINE_AA)


def clock(at_s: float) -> str:
    """A time in a video: "0:00.0", "1:02:03.4"."""
    tenths = round(at_s * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{rest // 10:02}.{rest % 10}"
    return f"{hours}:{minutes:02}:{seconds}" if hours else f"{minutes}:{seconds}"


def _blank(height_px: int, width_px: int) -> Picture:
    return np.full((height_px, width_px, 3), _BACKGROUND, np.uint8)
