"""From lines in pixels to boxes in fractions, y from the bottom."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobd.ocr.alignment import even_glyphs, glyphs_at
from jobd.ocr.boxes import boxes_of, is_spaceless
from jobd.ocr.text import Box, Line

# A line 100 pixels wide and 10 high, whose upper left corner is (20, 30), in a picture 200 by 100.
QUAD = ((20.0, 30.0), (120.0, 30.0), (120.0, 40.0), (20.0, 40.0))
PICTURE = (200, 100)


def line(text: str, centres: list[float] | None = None) -> Line:
    if centres is None:
        return Line(text, 0.5, QUAD)
    confidences = [0.9 - n / 100 for n in range(len(centres))]
    return Line(text, 0.5, QUAD, glyphs_at(text, centres, confidences, QUAD))


def approx(box: Box) -> object:
    numbers = (box.confidence, box.x, box.y, box.width, box.height)
    return (box.text, *(pytest.approx(number, abs=1e-9) for number in numbers))


def row(box: Box) -> tuple[object, ...]:
    return box.text, box.confidence, box.x, box.y, box.width, box.height


def test_a_line_is_one_box_whose_lower_edge_counts_from_the_bottom() -> None:
    (box,) = boxes_of([line("ab c")], "line", *PICTURE)
    assert row(box) == approx(Box("ab c", 0.5, 0.1, 0.6, 0.5, 0.1))


def test_words_end_at_spaces_and_each_has_the_mean_of_its_letters() -> None:
    read = line("ab cd", [0.1, 0.3, 0.7, 0.9])
    one, other = boxes_of([read], "word", *PICTURE)
    assert row(one) == approx(Box("ab", 0.895, 0.1, 0.6, 0.2, 0.1))
    assert row(other) == approx(Box("cd", 0.875, 0.4, 0.6, 0.2, 0.1))


def test_each_chinese_character_is_a_word() -> None:
    read = line("第3集abc，好", [0.05, 0.15, 0.3, 0.45, 0.55, 0.65, 0.8, 0.95])
    texts = [box.text for box in boxes_of([read], "word", *PICTURE)]
    assert texts == ["第", "3", "集", "abc", "，", "好"]


@pytest.mark.parametrize(
    "confidence", [None, "high", math.nan, math.inf, -7.0, 96.0, 10**400], ids=str
)
def test_a_confidence_that_is_none_is_refused(confidence: object) -> None:
    read = Line("ab", confidence, QUAD)  # type: ignore[arg-type]
    with pytest.raises((TypeError, ValueError, OverflowError)):
        boxes_of([read], "line", *PICTURE)


def test_numbers_of_any_kind_become_floats_that_can_be_kept() -> None:
    corners = tuple((np.float32(x), np.int64(y)) for x, y in QUAD)
    read = Line("ab", np.float32(1) + np.finfo(np.float32).eps, corners)  # type: ignore[arg-type]
    (box,) = boxes_of([read], "line", *PICTURE)
    assert {type(number) for number in row(box)[1:]} == {float}
    assert row(box) == approx(Box("ab", 1.0, 0.1, 0.6, 0.5, 0.1))


@pytest.mark.parametrize("char", "好々ーヾあカ。「Ａㄅ")
def test_scripts_without_spaces(char: str) -> None:
    assert is_spaceless(char)


@pytest.mark.parametrize("char", "aÀж한ا9 .")
def test_scripts_with_spaces(char: str) -> None:
    assert not is_spaceless(char)


def spans(text: str, centres: list[float]) -> list[tuple[float, float]]:
    """From where to where each character reaches, in tenths of the line."""
    glyphs = glyphs_at(text, centres, [1.0] * len(centres), QUAD)
    return [tuple(round((x - 20) / 10, 6) for x, _ in g.quad[:2]) for g in glyphs]  # type: ignore[misc]


def test_characters_reach_half_way_to_their_neighbours() -> None:
    assert spans("abc", [0.1, 0.5, 0.8]) == [(0, 3), (3, 6.5), (6.5, 10)]


def test_at_a_space_they_reach_half_a_usual_step() -> None:
    assert spans("abc d", [0.1, 0.3, 0.5, 0.9]) == [(0, 2), (2, 4), (4, 6), (8, 10)]


def test_far_from_the_ends_of_the_line_too() -> None:
    assert spans("abc", [0.4, 0.5, 0.6]) == [(3.5, 4.5), (4.5, 5.5), (5.5, 6.5)]


def test_one_alone_is_the_whole_line() -> None:
    assert spans("a", [0.3]) == [(0, 10)]


def test_where_the_engine_tells_no_places_the_line_is_divided_evenly() -> None:
    boxes = boxes_of([line("ab c")], "char", *PICTURE)
    assert [box.text for box in boxes] == ["a", "b", "c"]
    assert [box.x for box in boxes] == pytest.approx([0.1, 0.225, 0.475])
    assert [box.width for box in boxes] == pytest.approx([0.125] * 3)


def test_a_line_that_leans_has_the_upright_box_around_it() -> None:
    quad = ((10.0, 20.0), (110.0, 10.0), (111.0, 20.0), (11.0, 30.0))
    (box,) = boxes_of([Line("a", 1.0, quad)], "line", *PICTURE)
    assert row(box) == approx(Box("a", 1.0, 0.05, 0.7, 0.505, 0.2))


def test_nothing_reaches_beyond_the_picture() -> None:
    quad = ((-5.0, -5.0), (210.0, -5.0), (210.0, 120.0), (-5.0, 120.0))
    (box,) = boxes_of([Line("a", 1.0, quad)], "line", *PICTURE)
    assert row(box) == ("a", 1.0, 0.0, 0.0, 1.0, 1.0)


texts = st.text(st.sampled_from("ab 好，"), min_size=1).filter(str.strip)


@given(texts, st.data())
def test_no_character_is_lost_or_moved(text: str, data: st.DataObject) -> None:
    letters = "".join(text.split())
    count = len(letters)
    centres = sorted(data.draw(st.lists(st.floats(0, 1), min_size=count, max_size=count)))
    read = line(text, centres)
    for granularity in ("word", "char"):
        boxes = boxes_of([read], granularity, *PICTURE)
        assert "".join(box.text for box in boxes) == letters
        assert all(0.1 - 1e-9 <= box.x <= box.x + box.width <= 0.6 + 1e-9 for box in boxes)
        assert all(a.x + a.width <= b.x + 1e-9 for a, b in pairwise(boxes))
    for glyph, centre in zip(read.glyphs, centres, strict=True):
        assert glyph.quad[0][0] - 1e-6 <= 20 + 100 * centre <= glyph.quad[1][0] + 1e-6


@given(texts)
def test_even_glyphs_are_all_characters_but_the_spaces(text: str) -> None:
    assert "".join(glyph.text for glyph in even_glyphs(line(text))) == "".join(text.split())
