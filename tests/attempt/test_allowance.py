"""How much a child may say, counted the same way on both sides of the pipe."""

from __future__ import annotations

from jobd.attempt.allowance import MAX_CHARS, MAX_LINES, Allowance
from jobd.attempt.messages import MAX_LINE_CHARS, Line


def taken(allowance: Allowance, line: Line) -> int:
    count = 0
    while allowance.take(line):
        count += 1
    return count


def test_so_many_lines_and_then_errors_alone() -> None:
    allowance = Allowance()
    assert taken(allowance, Line("warning", 1, "x")) == MAX_LINES
    assert not allowance.has_room("info")
    assert allowance.has_room("error")
    assert taken(allowance, Line("error", 1, "x")) == 100
    assert not allowance.has_room("error")


def test_so_many_characters_and_then_errors_alone() -> None:
    allowance = Allowance()
    long = "x" * MAX_LINE_CHARS
    assert taken(allowance, Line("info", 1, long)) == MAX_CHARS // MAX_LINE_CHARS
    assert taken(allowance, Line("error", 1, long)) == 8
    assert not allowance.has_room("error")


def test_what_is_refused_does_not_count() -> None:
    allowance = Allowance()
    nearly = "x" * (MAX_CHARS - 1)
    assert allowance.take(Line("info", 1, nearly))
    assert not allowance.take(Line("info", 1, "xx"))
    assert allowance.take(Line("info", 1, "x"))


def test_the_largest_error_has_room_when_all_else_is_used() -> None:
    allowance = Allowance()
    taken(allowance, Line("debug", 1, "x" * 100))
    assert allowance.take(Line("error", 1, "x" * MAX_LINE_CHARS))
