"""What a screen is laid out for, by what the environment says."""

from __future__ import annotations

import io

import pytest

from jobd.report.palette import Palette
from jobd.report.view import View, palette_of, view_of


@pytest.mark.parametrize(
    ("encoding", "environ", "forced", "palette"),
    [
        ("utf-8", {"TERM": "xterm-256color"}, False, Palette(colour=True, unicode=True)),
        ("UTF-8", {"TERM": "screen", "NO_COLOR": "1"}, False, Palette(colour=False, unicode=True)),
        ("utf8", {"TERM": "screen", "NO_COLOR": ""}, False, Palette(colour=True, unicode=True)),
        ("utf-8", {"TERM": "dumb"}, False, Palette(colour=False, unicode=True)),
        ("utf-8", {}, False, Palette(colour=False, unicode=True)),
        ("utf-8", {"TERM": "linux"}, False, Palette(colour=True, unicode=False)),
        ("iso8859-1", {"TERM": "xterm"}, False, Palette(colour=True, unicode=False)),
        (None, {"TERM": "xterm"}, False, Palette(colour=True, unicode=False)),
        ("utf-8", {"TERM": "dumb"}, True, Palette(colour=True, unicode=True)),
        ("utf-8", {"NO_COLOR": "1"}, True, Palette(colour=False, unicode=True)),
    ],
)
def test_colours_and_signs(
    encoding: str | None, environ: dict[str, str], palette: Palette, *, forced: bool
) -> None:
    assert palette_of(encoding, environ, forced=forced) == palette


@pytest.mark.parametrize(
    ("environ", "view"),
    [
        ({}, None),
        ({"FORCE_COLOR": "0"}, None),
        ({"FORCE_COLOR": "1"}, View(80, None, Palette(colour=True))),
        (
            {"FORCE_COLOR": "1", "COLUMNS": "132", "LINES": "43", "NO_COLOR": "1"},
            View(132, 43, Palette(colour=False)),
        ),
        ({"FORCE_COLOR": "1", "COLUMNS": "7"}, View(40, None, Palette(colour=True))),
        ({"FORCE_COLOR": "1", "COLUMNS": "wide"}, View(80, None, Palette(colour=True))),
    ],
)
def test_a_pipe_is_for_programs_unless_it_is_said_otherwise(
    environ: dict[str, str], view: View | None
) -> None:
    assert view_of(io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), environ) == view
