from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobd.report.palette import Palette
from jobd.report.styled import Styled, joined, styled
from jobd.report.text import clipped

COLOURED = Palette(colour=True)
TWO = styled("ab", "good") + styled("cd", "bad")


def test_only_a_palette_with_colours_paints() -> None:
    assert TWO.painted(Palette()) == "abcd"
    assert TWO.painted(COLOURED) == "\x1b[32mab\x1b[0m\x1b[31mcd\x1b[0m"
    assert styled("plain").painted(COLOURED) == "plain"


@pytest.mark.parametrize(
    ("columns", "plain"), [(5, "abcd"), (4, "abcd"), (3, "ab…"), (2, "a…"), (1, "…"), (0, "")]
)
def test_a_cut_goes_through_the_pieces(columns: int, plain: str) -> None:
    assert TWO.clipped(columns).plain == plain


@given(st.lists(st.tuples(st.text(max_size=8), st.just("good")), max_size=5), st.integers(0, 30))
def test_a_cut_is_never_too_wide(pieces: list[tuple[str, str]], columns: int) -> None:
    text = Styled(tuple(pieces))
    cut = text.clipped(columns)
    assert cut.width <= columns
    assert cut.plain == text.plain or cut.plain.endswith("…") or columns == 0


def test_filling_counts_columns_without_the_colours() -> None:
    assert styled("字", "bad").padded(4).plain == "字  "
    assert styled("字", "bad").padded(4, right=True).plain == "  字"


def test_joining_leaves_out_what_is_empty() -> None:
    assert joined(": ", [styled("a"), Styled(), styled("b")]).plain == "a: b"
    assert not joined(": ", [])


@pytest.mark.parametrize(("text", "shown"), [("━╸─ ✓ … ·", "##- ✓ ~ ."), ("plain", "plain")])
def test_ascii_stands_for_what_is_drawn_in_the_same_width(text: str, shown: str) -> None:
    assert Palette(unicode=False).drawn(text) == shown
    assert Palette().drawn(text) == text
    assert clipped("abc", 2) == "a…"
