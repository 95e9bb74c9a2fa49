from __future__ import annotations

from jobd.report.styled import styled
from jobd.report.table import Column, room_left, table

COLUMNS = (Column("ID", right=True), Column("NAME", shrinks_to=4), Column("NOTE", shrinks_to=2))


def laid_out(*rows: tuple[str, ...], width: int) -> list[str]:
    lines = table(COLUMNS, [[styled(cell, "good") for cell in row] for row in rows], width)
    return [line.plain for line in lines]


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert laid_out(("7", "字幕", "x"), ("12", "name", ""), width=80) == [
        "ID  NAME  NOTE",
        " 7  字幕  x",
        "12  name",
    ]


def test_what_is_too_wide_is_cut_from_the_left_most_column_that_may_shrink() -> None:
    row = ("1", "a long name", "a long note")
    assert laid_out(row, width=24)[1] == " 1  a long…  a long note"
    assert laid_out(row, width=16)[1] == " 1  a l…  a lon…"


def test_a_column_that_never_shrinks_stays_whole() -> None:
    assert laid_out(("123456", "name", "note"), width=10)[1] == "123456  name  n…"


def test_the_last_column_has_what_the_others_can_do_without() -> None:
    rows = [[styled("1"), styled("a long name"), styled("any")]]
    assert room_left(COLUMNS, rows, 30) == 30 - 2 - 2 - 4 - 2
    assert room_left(COLUMNS, rows, 5) == 0
