from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from jobd.errors import PermanentError
from jobd.frames.orientation import Orientation, orientation_from
from tests.support.video import every, media, numbered, picture_of, run, write_video

if TYPE_CHECKING:
    from pathlib import Path

    from av.video.stream import VideoStream
    from numpy.typing import NDArray

BLUE, GREEN, RED, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
ONE = 65536


def quarters(_: int) -> NDArray[np.uint8]:
    """Blue and green above red and white, 64 by 48."""
    small = np.array([[BLUE, GREEN], [RED, WHITE]], np.uint8)
    return np.kron(small, np.ones((24, 32, 1), np.uint8))


def colours_of(bgr: NDArray[np.uint8]) -> list[tuple[int, ...]]:
    """The four quarters' colours, left to right and down."""
    small = cv2.resize(bgr, (2, 2), interpolation=cv2.INTER_AREA)
    return [tuple(255 * (int(level) > 127) for level in pixel) for pixel in small.reshape(4, 3)]


def texture(_: int) -> NDArray[np.uint8]:
    noise = np.random.default_rng(3).integers(0, 255, (51, 101, 3), np.uint8)
    return np.asarray(cv2.GaussianBlur(noise, (9, 9), 0), np.uint8)


@pytest.mark.parametrize(
    ("degrees", "mirrored", "size", "expected"),
    [
        (0, False, (64, 48), [BLUE, GREEN, RED, WHITE]),
        (90, False, (48, 64), [GREEN, WHITE, BLUE, RED]),
        (180, False, (64, 48), [WHITE, RED, GREEN, BLUE]),
        (-90, False, (48, 64), [RED, BLUE, WHITE, GREEN]),
        (0, True, (64, 48), [GREEN, BLUE, WHITE, RED]),
    ],
)
def test_rotation_metadata_is_applied(
    tmp_path: Path,
    degrees: int,
    mirrored: bool,  # noqa: FBT001 - a table's column
    size: tuple[int, int],
    expected: list[tuple[int, ...]],
) -> None:
    def turn(stream: VideoStream) -> None:
        stream.set_display_rotation(degrees, hflip=mirrored)

    done = run(write_video(tmp_path / "a.mp4", every(40, 3), draw=quarters, set_up=turn), 1)
    (sample,) = done.samples
    assert colours_of(picture_of(sample)) == expected
    assert (done.facts.width_px, done.facts.height_px) == size
    assert (sample.width_px, sample.height_px) == size


def test_a_phone_held_upright() -> None:
    done = run(media("iphone_rotated_h264.mov"), 10)
    assert picture_of(done.samples[0]).shape == (568, 320, 3)
    assert (done.facts.width_px, done.facts.height_px, done.facts.wanted) == (320, 568, 23)


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        ((ONE, 0, 0, ONE), Orientation()),
        ((0, -ONE, ONE, 0), Orientation(quarter_turns=1)),
        ((0, ONE, -ONE, 0), Orientation(quarter_turns=3)),
        ((-ONE, 0, 0, -ONE), Orientation(quarter_turns=2)),
        ((-ONE, 0, 0, ONE), Orientation(mirrored=True)),
        ((ONE, 0, 0, -ONE), Orientation(mirrored=True, quarter_turns=2)),
        ((65000, 8000, -8000, 65000), Orientation()),
        ((0, 0, 0, 0), Orientation()),
    ],
)
def test_a_display_matrix_is_taken_to_the_nearest_quarter_turn(
    matrix: tuple[int, int, int, int], expected: Orientation
) -> None:
    assert orientation_from(*matrix) == expected


def test_the_pixel_aspect_ratio_is_not_applied(tmp_path: Path) -> None:
    def stretch(stream: VideoStream) -> None:
        stream.codec_context.sample_aspect_ratio = Fraction(2, 1)

    video = write_video(tmp_path / "a.mp4", every(40, 3), set_up=stretch)
    assert run(video, 1).samples[0][2:] == (64, 48)


@pytest.mark.parametrize(
    "crop", [(0, 0, 101, 51), (0, 0, 1, 1), (100, 50, 101, 51), (3, 7, 90, 38), (50, 0, 51, 51)]
)
def test_a_crop_has_exactly_the_pixels_within_its_bounds(
    tmp_path: Path, crop: tuple[int, int, int, int]
) -> None:
    video = write_video(
        tmp_path / "odd.mkv", every(40, 3), codec="ffv1", draw=texture, pix_fmt="yuv444p"
    )
    left, top, right, bottom = crop
    whole = picture_of(run(video, 1, quality=100).samples[0]).astype(int)
    done = run(video, 1, crop=crop, quality=100)
    (sample,) = done.samples
    part = picture_of(sample).astype(int)
    assert part.shape == (bottom - top, right - left, 3)
    assert (sample.width_px, sample.height_px) == (right - left, bottom - top)
    assert np.abs(part - whole[top:bottom, left:right]).mean() < 4
    assert (done.facts.width_px, done.facts.height_px) == (101, 51)


def test_crop_bounds_are_in_the_picture_as_shown(tmp_path: Path) -> None:
    def turn(stream: VideoStream) -> None:
        stream.set_display_rotation(90)

    video = write_video(tmp_path / "a.mp4", every(40, 3), draw=quarters, set_up=turn)
    (sample,) = run(video, 1, crop=(24, 32, 48, 64)).samples
    assert set(colours_of(picture_of(sample))) == {RED}
    with pytest.raises(PermanentError, match="outside the picture, which is 48x64"):
        run(video, 1, crop=(0, 0, 64, 48))


def test_bounds_are_refused_before_the_video_is_decoded() -> None:
    with pytest.raises(PermanentError, match="480x270"):
        run(media("nasa_h264.mp4"), 10, crop=(0, 0, 480, 271))


def test_a_stream_that_changes_size_keeps_that_of_its_first_frame(tmp_path: Path) -> None:
    def large(number: int) -> NDArray[np.uint8]:
        return np.kron(numbered(number + 25), np.ones((2, 2, 1), np.uint8))

    at_once = {"bf": "0"}
    first = write_video(tmp_path / "a.ts", every(40, 25), options=at_once)
    second = write_video(tmp_path / "b.ts", every(40, 25, 1000), draw=large, options=at_once)
    first.write_bytes(first.read_bytes() + second.read_bytes())
    done = run(first, 5)
    assert {sample[2:] for sample in done.samples} == {(64, 48)}
    assert done.numbers == list(range(0, 50, 5))


def test_more_quality_takes_more_bytes() -> None:
    video = media("av1_small.mkv")
    best, usual, worst = (
        len(run(video, 0.1, quality=quality).samples[0].jpeg) for quality in (100, 75, 1)
    )
    assert best > usual > worst


@pytest.mark.parametrize("quality", [1, 75, 100])
def test_quality_is_that_of_opencv(quality: int) -> None:
    def tables(jpeg: bytes) -> bytes:
        return jpeg[: jpeg.index(b"\xff\xda")]

    (sample,) = run(media("av1_small.mkv"), 0.1, quality=quality).samples
    grey = np.full((360, 640, 3), 128, np.uint8)
    _, by_opencv = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert tables(sample.jpeg) == tables(by_opencv.tobytes())
