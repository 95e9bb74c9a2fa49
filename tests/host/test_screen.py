"""Lines for people, a document for programs."""

from __future__ import annotations

import io
import json

import pytest

from jobd.host.check import State, fail, ok, warn, worst
from jobd.host.screen import document, screen, wants_colour

CHECKS = (ok("a", "fine"), warn("longer", "x\x1b[2J\ny", "do 字"), fail("b", "bad", "mend it"))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_lines_are_aligned_and_mends_stand_below() -> None:
    assert screen(CHECKS, coloured=False).splitlines() == [
        "ok    a       fine",
        "warn  longer  x\\x1b[2J y",
        "              → do 字",
        "FAIL  b       bad",
        "              → mend it",
    ]


def test_only_the_state_is_coloured() -> None:
    lines = screen(CHECKS, coloured=True).splitlines()
    assert lines[0] == "\x1b[32mok  \x1b[0m  a       fine"
    assert [line.count("\x1b") for line in lines] == [2, 2, 0, 2, 0]


def test_the_document_is_ascii() -> None:
    text = document(CHECKS)
    assert text.isascii()
    assert json.loads(text) == {
        "version": 1,
        "checks": [
            {"name": "a", "state": "ok", "text": "fine", "mend": None},
            {"name": "longer", "state": "warn", "text": "x\\x1b[2J y", "mend": "do 字"},
            {"name": "b", "state": "fail", "text": "bad", "mend": "mend it"},
        ],
        "worst": "fail",
    }


@pytest.mark.parametrize(
    ("environ", "coloured"),
    [
        ({}, True),
        ({"NO_COLOR": ""}, True),
        ({"NO_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
        ({"TERM": "xterm"}, True),
    ],
)
def test_colours_are_for_terminals_that_want_them(
    environ: dict[str, str], *, coloured: bool
) -> None:
    assert wants_colour(Terminal(), environ) is coloured
    assert not wants_colour(io.StringIO(), environ)


def test_the_worst_speaks_for_all() -> None:
    assert worst([]) is State.OK
    assert worst(CHECKS[:2]) is State.WARN
    assert worst(CHECKS) is State.FAIL
