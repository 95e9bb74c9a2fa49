"""Frames that need not be read again, and frames that must."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from jobd.ocr.likeness import alike, likeness
from tests.support.captions import font

SIZE = (640, 360)


def jpeg(text: str, size_px: int = 16, *, grey: int = 255, noise: int = 0) -> bytes:
    """A line of text over a hilly picture, with the noise of an encoder."""
    across, down = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    ground = 90 + 40 * np.sin(across / 37) * np.cos(down / 23)
    image = Image.fromarray(ground.astype(np.uint8)).convert("RGB")
    ImageDraw.Draw(image).text((200, 300), text, (grey,) * 3, font("en", size_px))
    chance = np.random.default_rng(noise)
    pixels = np.asarray(image, np.int16) + chance.integers(-noise, noise + 1, (*SIZE[::-1], 1))
    _, data = cv2.imencode(".jpg", pixels.clip(0, 255).astype(np.uint8), [1, 75])
    return data.tobytes()


def same(one: bytes, other: bytes) -> bool:
    a, b = likeness(one), likeness(other)
    assert a is not None
    assert b is not None
    return alike(a, b)


def test_a_picture_that_stands_still_is_the_same_whatever_an_encoder_does_to_it() -> None:
    assert same(jpeg("Hello"), jpeg("Hello"))
    assert same(jpeg("Hello"), jpeg("Hello", noise=4))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hello", "Hallo"),
        ("line 8", "line 3"),
        ("ill", "i11"),
        ("a.", "a,"),
        ("rn", "m"),
        ("", "i"),
    ],
)
def test_one_stroke_of_a_small_letter_makes_another_picture(one: str, other: str) -> None:
    assert not same(jpeg(one), jpeg(other))
    assert not same(jpeg(one, grey=180), jpeg(other, grey=180))


def test_another_size_is_another_picture() -> None:
    _, small = cv2.imencode(".jpg", np.zeros((80, 80), np.uint8))
    assert not same(jpeg("a"), small.tobytes())


@pytest.mark.parametrize("data", [b"", b"no picture"])
def test_what_is_no_picture_is_like_nothing(data: bytes) -> None:
    assert likeness(data) is None
