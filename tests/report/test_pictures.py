"""The pictures and the text of the documents are those that the screens make."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from benchmarks._screen import COMMANDS, pictures, screens
from jobd.report.palette import Palette
from jobd.report.text import width

PROJECT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_picture_is_what_the_screen_makes(name: str) -> None:
    stored = (PROJECT / "docs" / f"{name}.svg").read_text(encoding="utf-8")
    assert stored == pictures()[name], "python -m benchmarks._screen makes it anew"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_picture_has_every_word_of_the_screen(name: str) -> None:
    svg = ET.fromstring(pictures()[name])  # noqa: S314 - our own
    texts = svg.iter("{http://www.w3.org/2000/svg}text")
    drawn = "".join(word for text in texts for word in (text.text or "").split())
    screen = screens(Palette())[name]
    assert drawn == "".join(f"$ {COMMANDS[name]} {screen}".split())
    assert [line for line in screen.splitlines() if width(line) > 80] == []


def test_the_readme_shows_that_screen() -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r"```\n\$ python -m jobd inspect\n(.*?)```", readme, re.DOTALL)
    assert shown == [screens(Palette())["inspect"]]
