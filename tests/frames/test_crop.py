from __future__ import annotations

import pytest

from jobd.errors import PermanentError
from jobd.frames.crop import Crop, refuse_outside


@pytest.mark.parametrize(
    "crop", [None, Crop(0, 0, 101, 51), Crop(100, 50, 101, 51), Crop(3, 7, 8, 20)]
)
def test_bounds_within_the_picture_pass(crop: Crop | None) -> None:
    refuse_outside(crop, 101, 51)


@pytest.mark.parametrize(
    ("crop", "why"),
    [
        (Crop(-1, 0, 10, 10), "outside"),
        (Crop(0, -1, 10, 10), "outside"),
        (Crop(0, 0, 102, 51), "outside"),
        (Crop(0, 0, 101, 52), "outside"),
        (Crop(200, 0, 300, 51), "outside"),
        (Crop(10, 0, 10, 51), "empty"),
        (Crop(0, 10, 101, 10), "empty"),
        (Crop(20, 0, 10, 51), "empty"),
    ],
)
def test_other_bounds_are_refused_with_the_size_of_the_picture(crop: Crop, why: str) -> None:
    with pytest.raises(PermanentError, match=f"{why}.*101x51"):
        refuse_outside(crop, 101, 51)
