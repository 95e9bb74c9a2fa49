from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import av
import numpy as np
import pytest

from jobd.frames.jpeg import picture, shape_of
from tests.support.video import every, numbered, picture_of, run, write_video

if TYPE_CHECKING:
    from pathlib import Path

    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

# Red, green and blue, white, black, and three colours in between.
COLOURS = [
    (255, 0, 0),
    (0, 255, 0),
    (0, 0, 255),
    (255, 255, 255),
    (0, 0, 0),
    (200, 30, 90),
    (12, 120, 240),
    (128, 128, 128),
]
LIMITED, FULL, NOT_TOLD = 1, 2, 0
UNSPECIFIED = 2
TOLERANCE = 3


class Matrix(NamedTuple):
    """K_r and K_b of ITU-T H.273, and the number of the matrix there."""

    kr: float
    kb: float
    number: int


BT_709 = Matrix(0.2126, 0.0722, 1)
BT_470BG = Matrix(0.299, 0.114, 5)
BT_601 = Matrix(0.299, 0.114, 6)
SMPTE_240M = Matrix(0.212, 0.087, 7)
BT_2020 = Matrix(0.2627, 0.0593, 9)


def yuv_of(rgb: tuple[int, int, int], matrix: Matrix, colour_range: int, bits: int) -> list[int]:
    """The formulas of ITU-T H.273 §8.3 for one colour."""
    r, g, b = (c / 255 for c in rgb)
    y = matrix.kr * r + (1 - matrix.kr - matrix.kb) * g + matrix.kb * b
    u, v = (b - y) / (2 - 2 * matrix.kb), (r - y) / (2 - 2 * matrix.kr)
    top, half, unit = 2**bits - 1, 2 ** (bits - 1), 2 ** (bits - 8)
    if colour_range == FULL:
        exact = [y * top, u * top + half, v * top + half]
    else:
        exact = [(16 + 219 * y) * unit, (128 + 224 * u) * unit, (128 + 224 * v) * unit]
    return [round(min(max(value, 0), top)) for value in exact]


def filled(pix_fmt: str, values: list[int], size: tuple[int, int] = (66, 50)) -> VideoFrame:
    """A planar frame of one value per plane; further planes (alpha) are opaque."""
    frame = av.VideoFrame(*size, pix_fmt)
    deep = frame.format.components[0].bits > 8
    for n, plane in enumerate(frame.planes):
        samples = np.frombuffer(memoryview(plane), np.uint16 if deep else np.uint8)
        samples[:] = values[n] if n < len(values) else 255
    return frame


def furthest(frame: VideoFrame, rgb: tuple[int, int, int]) -> int:
    """How far the converted picture is from the colour, at worst."""
    bgr = picture(frame, shape_of(frame)).astype(int)
    return int(np.abs(bgr - rgb[::-1]).max())


@pytest.mark.parametrize("rgb", COLOURS)
@pytest.mark.parametrize("colour_range", [LIMITED, FULL])
@pytest.mark.parametrize("matrix", [BT_709, BT_470BG, BT_601, SMPTE_240M, BT_2020])
def test_the_frames_own_matrix_and_range(
    matrix: Matrix, colour_range: int, rgb: tuple[int, int, int]
) -> None:
    formats = [("yuv420p", 8), ("yuv422p", 8), ("yuv444p", 8), ("yuva420p", 8)]
    for pix_fmt, bits in [*formats, ("yuv420p10le", 10), ("yuv422p10le", 10), ("yuv444p12le", 12)]:
        frame = filled(pix_fmt, yuv_of(rgb, matrix, colour_range, bits))
        frame.colorspace, frame.color_range = matrix.number, colour_range
        assert furthest(frame, rgb) <= TOLERANCE, pix_fmt


@pytest.mark.parametrize(
    ("size", "matrix"),
    [((720, 576), BT_601), ((1279, 576), BT_601), ((1280, 536), BT_709), ((600, 1080), BT_709)],
)
def test_without_a_matrix_hd_is_709_and_the_rest_601(size: tuple[int, int], matrix: Matrix) -> None:
    green = (0, 255, 0)
    frame = filled("yuv420p", yuv_of(green, matrix, LIMITED, 8), size)
    assert (frame.colorspace, frame.color_range) == (UNSPECIFIED, NOT_TOLD)
    assert furthest(frame, green) <= TOLERANCE


def test_yuvj_formats_are_full_range() -> None:
    rgb = (200, 30, 90)
    assert furthest(filled("yuvj420p", yuv_of(rgb, BT_601, FULL, 8)), rgb) <= TOLERANCE


@pytest.mark.parametrize(("pix_fmt", "level"), [("gray", 200), ("gray10le", 802), ("ya8", 200)])
def test_grey_sources(pix_fmt: str, level: int) -> None:
    frame = filled(pix_fmt, [level])
    if pix_fmt == "ya8":
        np.frombuffer(memoryview(frame.planes[0]), np.uint8)[1::2] = 10
    assert furthest(frame, (200, 200, 200)) <= TOLERANCE


@pytest.mark.parametrize("pix_fmt", ["rgb24", "bgr24", "rgba", "bgra", "gbrp", "gbrap", "rgb48le"])
def test_rgb_sources_need_no_matrix(pix_fmt: str) -> None:
    rgb = (200, 30, 90)
    solid = np.full((50, 66, 3), rgb, np.uint8)
    frame = av.VideoFrame.from_ndarray(solid, "rgb24").reformat(format=pix_fmt)
    frame.colorspace = BT_709.number
    assert furthest(frame, rgb) <= 1


@pytest.mark.parametrize("width", [1, 2, 3, 33, 101])
@pytest.mark.parametrize("height", [1, 2, 51])
def test_odd_sizes_keep_every_pixel(width: int, height: int) -> None:
    rgb = (12, 120, 240)
    frame = filled("yuv420p", yuv_of(rgb, BT_709, LIMITED, 8), (width, height))
    frame.colorspace, frame.color_range = BT_709.number, LIMITED
    assert picture(frame, shape_of(frame)).shape == (height, width, 3)
    assert furthest(frame, rgb) <= TOLERANCE


@pytest.mark.parametrize("matrix", [BT_709, BT_601])
@pytest.mark.parametrize("colour_range", [LIMITED, FULL])
def test_the_matrix_and_range_of_a_whole_file(
    tmp_path: Path, matrix: Matrix, colour_range: int
) -> None:
    red = (200, 30, 90)
    frames = iter([filled("yuv420p", yuv_of(red, matrix, colour_range, 8), (64, 48))] * 10)

    def tag(stream: VideoStream) -> None:
        stream.codec_context.colorspace = matrix.number
        stream.codec_context.color_range = colour_range

    video = write_video(
        tmp_path / "red.mp4",
        every(40, 10),
        set_up=tag,
        options={"qp": "0"},
        convert=lambda _bgr, _format: next(frames),
    )
    (sample,) = run(video, 1, quality=100).samples
    assert np.abs(picture_of(sample).astype(int) - red[::-1]).max() <= TOLERANCE + 2


def test_a_frame_of_another_size_is_scaled_to_the_first() -> None:
    first = filled("yuv420p", [100, 128, 128], (64, 48))
    larger = av.VideoFrame.from_ndarray(np.kron(numbered(5), np.ones((2, 2, 1), np.uint8)), "bgr24")
    scaled = picture(larger, shape_of(first))
    assert scaled.shape == (48, 64, 3)
    assert np.abs(scaled.astype(int) - numbered(5)).mean() < 8
