from __future__ import annotations

from jobd.report.table import Column, table

COLUMNS = (Column("ID", right=True), Column("NAME", shrinks_to=4), Column("NOTE", shrinks_to=2))


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert table(COLUMNS, [("7", "字幕", "x"), ("12", "name", "")], 80) == [
        "ID  NAME  NOTE",
        " 7  字幕  x",
        "12  name",
    ]


def test_what_is_too_wide_is_cut_from_the_left_most_column_that_may_shrink() -> None:
    rows = [("1", "a long name", "a long note")]
    assert table(COLUMNS, rows, 24)[1] == " 1  a long…  a long note"
    assert table(COLUMNS, rows, 16)[1] == " 1  a l…  a lon…"


def test_a_column_that_never_shrinks_stays_whole() -> None:
    assert table(COLUMNS, [("123456", "name", "note")], 10)[1] == "123456  name  n…"
