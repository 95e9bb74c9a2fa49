"""A picture of what a video's database holds: full frames in a grid, crops in a strip.

Where text was read on full frames, its boxes are drawn.

Usage: python demo/contact_sheet.py ANNOTATIONS.db SHEET.png
"""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]
    Box = tuple[float, float, float, float]

SHEET_PX = 1280
GAP_PX = 12
LABEL_PX = 22
TITLE_PX = 40
MAX_CELL_HEIGHT_PX = 360
GRID_COLUMNS = 4
GRID_MOST = 20
STRIP_COLUMNS = 2
STRIP_MOST = 16
CROPS_HZ = 10
BACKGROUND = (28, 28, 28)
TEXT = (225, 225, 225)
BOX = (80, 220, 255)
FONT = cv2.FONT_HERSHEY_SIMPLEX


@dataclass(frozen=True, slots=True)
class Frame:
    """One image of a table; `at_s` counts from the video's first frame.

    Each box is x, y, width and height in fractions of the picture, y from the bottom.
    """

    at_s: float
    jpeg: bytes
    boxes: Sequence[Box] = ()


def draw(database: Path, sheet: Path) -> None:
    """Write the contact sheet of a video as a PNG.

    Args:
        database: The video's database with full_frames (indexed in tenths of a second) and
            cropped_frames (ten a second).
        sheet: The file to write.

    Raises:
        OSError: It cannot be written.
        ValueError: A frame is no picture.
    """
    with closing(sqlite3.connect(database)) as db:
        full, full_count = _spread(db, "full_frames", GRID_MOST)
        full = [_with_boxes(db, frame) for frame in full]
        crops, crop_count = _spread(db, "cropped_frames", STRIP_MOST)
    bands = [
        _title(f"full_frames: {len(full)} of {full_count}"),
        *_grid(full, GRID_COLUMNS),
        _title(f"cropped_frames: {len(crops)} of {crop_count}"),
        *_grid(crops, STRIP_COLUMNS),
        _blank(GAP_PX, SHEET_PX),
    ]
    _, png = cv2.imencode(".png", np.vstack(bands))
    sheet.write_bytes(png.tobytes())


def _spread(db: sqlite3.Connection, table: str, most: int) -> tuple[list[Frame], int]:
    """At most so many frames, evenly over the whole video, and how many there are."""
    sql = f"SELECT frame_index FROM {table} ORDER BY frame_index"  # noqa: S608 - our own names
    indexes = [row[0] for row in db.execute(sql)]
    count = min(most, len(indexes))
    chosen = [indexes[n * len(indexes) // count] for n in range(count)]
    sql = f"SELECT image_data FROM {table} WHERE frame_index = ?"  # noqa: S608
    return [Frame(i / CROPS_HZ, db.execute(sql, (i,)).fetchone()[0]) for i in chosen], len(indexes)


def _with_boxes(db: sqlite3.Connection, frame: Frame) -> Frame:
    sql = "SELECT x, y, width, height FROM full_frame_ocr WHERE frame_index = ?"
    index = round(frame.at_s * CROPS_HZ)
    return replace(frame, boxes=db.execute(sql, (index,)).fetchall())


def _grid(frames: Sequence[Frame], columns: int) -> list[Picture]:
    """Rows of labelled pictures, each as wide as the sheet."""
    width_px = (SHEET_PX - GAP_PX) // columns - GAP_PX
    rows = []
    for first in range(0, len(frames), columns):
        cells = [_cell(frame, width_px) for frame in frames[first : first + columns]]
        rows.append(_row(cells))
    return rows


def _row(cells: Sequence[Picture]) -> Picture:
    height_px = max(cell.shape[0] for cell in cells)
    row = _blank(height_px + GAP_PX, SHEET_PX)
    left = GAP_PX
    for cell in cells:
        row[: cell.shape[0], left : left + cell.shape[1]] = cell
        left += cell.shape[1] + GAP_PX
    return row


def _cell(frame: Frame, width_px: int) -> Picture:
    """The picture, made smaller where it does not fit, above its time."""
    picture = cv2.imdecode(np.frombuffer(frame.jpeg, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError(f"the frame at {frame.at_s} s is no picture")
    height_px, own_width_px = picture.shape[:2]
    scale = min(1.0, width_px / own_width_px, MAX_CELL_HEIGHT_PX / height_px)
    size = (max(1, round(own_width_px * scale)), max(1, round(height_px * scale)))
    scaled = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    _outline(scaled, frame.boxes)
    cell = _blank(size[1] + LABEL_PX, width_px)
    cell[: size[1], : size[0]] = scaled
    _write(cell, _clock(frame.at_s), (0, size[1] + LABEL_PX - 6), 0.5)
    return cell


def _outline(picture: Picture, boxes: Sequence[Box]) -> None:
    height_px, width_px = picture.shape[:2]
    for x, y, width, height in boxes:
        upper_left = round(x * width_px), round((1 - y - height) * height_px)
        lower_right = round((x + width) * width_px), round((1 - y) * height_px)
        cv2.rectangle(picture, upper_left, lower_right, BOX, 1)


def _title(text: str) -> Picture:
    band = _blank(TITLE_PX, SHEET_PX)
    _write(band, text, (GAP_PX, TITLE_PX - 13), 0.6)
    return band


def _write(picture: Picture, text: str, at: tuple[int, int], scale: float) -> None:
    cv2.putText(picture, text, at, FONT, scale, TEXT, 1, cv2.LINE_AA)


def _clock(at_s: float) -> str:
    minutes, seconds = divmod(at_s, 60)
    return f"{int(minutes)}:{seconds:04.1f}"


def _blank(height_px: int, width_px: int) -> Picture:
    return np.full((height_px, width_px, 3), BACKGROUND, np.uint8)


if __name__ == "__main__":
    draw(Path(sys.argv[1]), Path(sys.argv[2]))
