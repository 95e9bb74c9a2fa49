from __future__ import annotations

import cv2
import numpy as np
import pytest

from jobd.errors import NoFrames
from jobd.sheet.draw import MOST, clock, encoded, sheet
from jobd.sheet.frame import Box, Frame


def frame(index: int, width_px: int = 320, height_px: int = 180, shade: int = 200) -> Frame:
    picture = np.full((height_px, width_px, 3), shade, np.uint8)
    return Frame(index, index / 10, cv2.imencode(".jpg", picture)[1].tobytes())


def test_four_pictures_stand_beside_each_other_above_their_times() -> None:
    drawn = sheet([frame(n) for n in range(5)], title="five")
    assert drawn.shape == (40 + 2 * (172 + 22 + 12), 1280, 3)
    assert drawn[100, 100].tolist() == pytest.approx([200] * 3, abs=2)
    assert drawn[300, 400].tolist() == [28, 28, 28]  # the second row has one picture
    label = drawn[40 + 172 : 40 + 172 + 22, 12:317]
    assert label.max() > 200


def test_strips_stand_in_two_columns() -> None:
    assert sheet([frame(n, 1280, 90) for n in range(4)]).shape == (40 + 2 * (44 + 22 + 12), 1280, 3)


@pytest.mark.parametrize("size", [(320, 180), (90, 1280), (800, 600), (1, 1), (1280, 40)])
def test_the_largest_sheet_is_bounded(size: tuple[int, int]) -> None:
    picture = frame(0, *size)
    height_px, width_px, _ = sheet([picture] * MOST).shape
    assert (width_px, height_px <= 12_000) == (1280, True)


def test_a_box_is_drawn_where_its_fractions_say_with_y_from_the_bottom() -> None:
    boxes = {3: [Box(x=0.25, y=0.0, width=0.5, height=0.5)]}
    plain, marked = sheet([frame(3)]), sheet([frame(3)], boxes)
    changed = np.argwhere((plain != marked).any(axis=2))
    (top, left), (bottom, right) = changed.min(axis=0), changed.max(axis=0)
    cell_left, cell_top, width_px, height_px = 12, 40, 305, 172
    assert left == cell_left + round(0.25 * width_px)
    assert right == cell_left + round(0.75 * width_px)
    assert top == cell_top + height_px // 2
    assert bottom == cell_top + height_px - 1
    assert (sheet([frame(3)], {4: boxes[3]}) == plain).all()


def test_a_box_that_leaves_its_picture_is_cut_at_its_sides() -> None:
    drawn = sheet([frame(3)], {3: [Box(-1e300, -5.0, 1e301, 1e9)]})
    assert (sheet([frame(3)], {3: [Box(0.0, 0.0, 1.0, 1.0)]}) == drawn).all()


def test_what_is_no_picture_is_named_by_its_time() -> None:
    with pytest.raises(NoFrames, match=r"the frame at 12\.5 s is no picture"):
        sheet([frame(0), Frame(125, 12.5, b"no jpeg")])


@pytest.mark.parametrize(
    ("at_s", "text"),
    [(0, "0:00.0"), (9.96, "0:10.0"), (59.96, "1:00.0"), (75.25, "1:15.2"), (3723.4, "1:02:03.4")],
)
def test_times_in_a_video(at_s: float, text: str) -> None:
    assert clock(at_s) == text


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_a_sheet_opens_again(suffix: str) -> None:
    data = encoded(sheet([frame(0)]), suffix)
    again = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert again is not None
    assert again.shape[1] == 1280
