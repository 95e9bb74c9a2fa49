"""A part that is cut out before the conversion is, to the bit, that part of the whole."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from jobd.frames.crop import Crop
from jobd.frames.cut import Box, box_around, can_cut
from jobd.frames.jpeg import part_of, picture, shape_of
from tests.support.video import media, write_video

if TYPE_CHECKING:
    from pathlib import Path

    from av.video.frame import VideoFrame

CROPS = [
    Crop(0, 0, 1, 1),
    Crop(0, 0, 100, 51),
    Crop(11, 20, 112, 71),
    Crop(37, 33, 38, 120),
    Crop(64, 32, 128, 96),
    Crop(3, 101, 159, 120),
    Crop(0, 0, 160, 120),
]
FORMATS = [
    ("libx264", "yuv420p"),
    ("libx264", "yuv422p"),
    ("libx264", "yuv444p"),
    ("libx264", "yuv420p10le"),
    ("libx264", "yuv422p10le"),
    ("mjpeg", "yuvj420p"),
    ("prores_ks", "yuv444p10le"),
    ("ffv1", "bgr0"),
]


@pytest.mark.parametrize(
    ("crop", "box"),
    [
        (Crop(0, 0, 160, 120), Box(0, 0, 160, 120, 0, 0)),
        (Crop(16, 32, 32, 48), Box(16, 32, 32, 48, 0, 0)),
        (Crop(17, 47, 33, 49), Box(16, 32, 48, 64, 1, 15)),
        (Crop(150, 119, 160, 120), Box(144, 112, 160, 120, 6, 7)),
    ],
)
def test_the_box_lies_on_the_grid_and_holds_the_crop(crop: Crop, box: Box) -> None:
    assert box_around(crop, 160, 120) == box


def first_frame(path: Path) -> VideoFrame:
    with av.open(str(path)) as container:
        return next(container.decode(video=0))


def noise(number: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(number).integers(0, 256, (120, 160, 3), np.uint8)


@pytest.mark.parametrize(("codec", "pix_fmt"), FORMATS)
def test_every_pixel_format(tmp_path: Path, codec: str, pix_fmt: str) -> None:
    suffix = {"mjpeg": "avi", "prores_ks": "mov"}.get(codec, "mkv")
    path = write_video(
        tmp_path / f"a.{suffix}",
        [0],
        codec=codec,
        pix_fmt=pix_fmt,
        draw=noise,
        time_base=Fraction(1, 25),
    )
    frame = first_frame(path)
    shape = shape_of(frame)
    assert can_cut(frame) is pix_fmt.endswith("p")
    whole = picture(frame, shape)
    for crop in CROPS:
        expected = whole[crop.top : crop.bottom, crop.left : crop.right]
        np.testing.assert_array_equal(part_of(frame, shape, crop), expected, err_msg=str(crop))


@pytest.mark.parametrize("name", ["bbb_trailer_720p_h264.mp4", "iphone_rotated_h264.mov"])
def test_real_videos(name: str) -> None:
    frame = first_frame(media(name))
    shape = shape_of(frame)
    width_px, height_px = shape.shown_px
    whole = picture(frame, shape)
    for left, top, right, bottom in ((0, height_px * 3 // 4, width_px, height_px), (5, 7, 98, 101)):
        crop = Crop(left, top, right, bottom)
        expected = whole[top:bottom, left:right]
        np.testing.assert_array_equal(part_of(frame, shape, crop), expected)
