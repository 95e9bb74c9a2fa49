"""Engines of another kind, as a setting names them: they read the numbers of `numbered` pictures.

Each says on stderr, which is the daemon's log, what it reads: "<name>: picture <number>".
"""

from __future__ import annotations

import math
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from jobd.ocr.text import Line
from tests.support.video import HEIGHT_PX, WIDTH_PX, number_in

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from jobd.ocr.terms import Terms

TOUCHY_ABOUT = 3
STEP_S = 0.15


class Counter:
    """Reads a number; all of the picture is its place."""

    folders: tuple[Path, ...] = ()

    def __init__(self, name: str, before: Callable[[int], str | None] = lambda _: None) -> None:
        self.name = name
        self._before = before
        self._opened = False

    def open(self) -> None:
        self._opened = True

    def read(self, picture: NDArray[np.uint8]) -> Sequence[Line]:
        assert self._opened
        number = number_in(picture)
        sys.stderr.write(f"{self.name}: picture {number}\n")
        text = self._before(number) or f"no {number}"
        corners = ((0, 0), (WIDTH_PX, 0), (WIDTH_PX, HEIGHT_PX), (0, HEIGHT_PX))
        return [Line(text, 0.75, corners)]


def swift(_: Terms) -> Counter:
    """Takes no time."""
    return Counter("swift")


def steady(_: Terms) -> Counter:
    """Takes its time, so that it can be disturbed."""

    def wait(_: int) -> None:
        time.sleep(STEP_S)

    return Counter("steady", wait)


def brisk(_: Terms) -> Counter:
    """Takes little time."""

    def wait(_: int) -> None:
        time.sleep(STEP_S / 10)

    return Counter("brisk", wait)


def raising(_: Terms) -> Counter:
    """Fails on one picture."""

    def fail(number: int) -> None:
        if number == TOUCHY_ABOUT:
            raise ZeroDivisionError("that picture again")

    return Counter("raising", fail)


def hopeless(_: Terms) -> Counter:
    """Fails on every picture."""

    def fail(number: int) -> None:
        raise MemoryError(f"for number {number}")

    return Counter("hopeless", fail)


def wordy(_: Terms) -> Counter:
    """Fails on one picture with a text that ends in its reason, and on another without any."""

    def fail(number: int) -> None:
        if number == TOUCHY_ABOUT:
            raise RuntimeError(
                "Traceback (most recent call last):\n  File x\nBadAlloc: no room\n\n"
            )
        if number == TOUCHY_ABOUT + 1:
            raise RuntimeError

    return Counter("wordy", fail)


def half_blind(_: Terms) -> Counter:
    """Fails on one picture, and sees nothing on the others."""

    def fail(number: int) -> str:
        if number == TOUCHY_ABOUT:
            raise ZeroDivisionError("that picture again")
        return " "

    return Counter("half blind", fail)


class Unopened(Counter):
    """Has lost its model."""

    def open(self) -> None:
        raise OSError("no model")


def unopened(_: Terms) -> Unopened:
    """Cannot be opened."""
    return Unopened("unopened")


def dying(_: Terms) -> Counter:
    """One picture takes its life."""

    def die(number: int) -> None:
        if number == TOUCHY_ABOUT:
            os.kill(os.getpid(), signal.SIGSEGV)

    return Counter("dying", die)


def hanging(_: Terms) -> Counter:
    """Never comes to an end with one picture."""

    def hang(number: int) -> None:
        if number == TOUCHY_ABOUT:
            time.sleep(3600)

    return Counter("hanging", hang)


def curious(terms: Terms) -> Counter:
    """Says what it may still read once the walls are up, and how it is asked."""

    def look(_: int) -> str:
        try:
            Path("/etc/passwd").read_bytes()
        except OSError as error:
            return f"{error.strerror} {terms.threads} {' '.join(terms.languages)}"
        return "all"

    return Counter("curious", look)


class Nonsense(Counter):
    """Says of one picture what cannot be kept, and of another nothing but a space."""

    def read(self, picture: NDArray[np.uint8]) -> Sequence[Line]:
        [line] = super().read(picture)
        nowhere = ((math.nan, 0.0),) * 4
        return {
            "no 0": [replace(line, text=" ")],
            "no 1": [replace(line, quad=nowhere)],
            "no 2": [replace(line, text="\ud800")],
        }.get(line.text, [line])


def nonsense(_: Terms) -> Nonsense:
    """An engine with faults of its own."""
    return Nonsense("nonsense")


def unloadable(_: Terms) -> Counter:
    """Cannot be had."""
    raise FileNotFoundError("no model here")
