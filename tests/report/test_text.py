from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobd.report.text import clipped, decoded, harmless, harmless_lines, padded, width


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"plain", "plain"),
        ("Größe".encode(), "Größe"),
        (b"bad \xff byte", "bad \N{REPLACEMENT CHARACTER} byte"),
        (b"\xed\xa0\x80", "\N{REPLACEMENT CHARACTER}" * 3),  # a surrogate is no UTF-8
        (b"", ""),
    ],
)
def test_any_bytes_read_as_text(raw: bytes, text: str) -> None:
    assert decoded(raw) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two\nlines\r\nand\ttabs", "two lines and tabs"),
        ("\x1b[2J\x1b[31mred", r"\x1b[2J\x1b[31mred"),
        ("bell\x07 delete\x7f null\x00", r"bell\x07 delete\x7f null\x00"),
        ("c1 \x9b31m", r"c1 \x9b31m"),
        ("abc\u202etxt.exe", r"abc\u202etxt.exe"),
        ("\ud800", r"\ud800"),
        ("字幕 Größe", "字幕 Größe"),
    ],
)
def test_what_a_terminal_would_obey_is_spelled_out(text: str, shown: str) -> None:
    assert harmless(text) == shown


@given(st.text())
def test_no_text_keeps_a_control_character(text: str) -> None:
    lines = [harmless(text), *harmless_lines(text)]
    categories = {unicodedata.category(c) for line in lines for c in line}
    assert not categories & {"Cc", "Cf", "Cs", "Zl", "Zp"}


def test_lines_keep_their_indentation() -> None:
    assert harmless_lines("a\n  b  \n\tc\x1b") == ["a", "  b", r"    c\x1b"]


@pytest.mark.parametrize(
    ("text", "columns"), [("abc", 3), ("字幕", 4), ("e\N{COMBINING ACUTE ACCENT}", 1), ("", 0)]
)
def test_width_is_counted_as_a_terminal_does(text: str, columns: int) -> None:
    assert width(text) == columns


@pytest.mark.parametrize(
    ("text", "columns", "cut"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdefg", 6, "abcde…"),
        ("ab cdefg", 4, "ab…"),
        ("字幕字幕", 6, "字幕…"),
        ("abc", 1, "…"),
        ("abc", 0, ""),
    ],
)
def test_a_long_text_is_cut_to_its_columns(text: str, columns: int, cut: str) -> None:
    assert clipped(text, columns) == cut


@given(st.text(), st.integers(0, 40))
def test_a_cell_fills_its_columns_exactly(text: str, columns: int) -> None:
    text = harmless(text)
    assert width(padded(clipped(text, columns), columns)) == columns
    assert width(padded(clipped(text, columns), columns, right=True)) == columns
