"""What an engine must be, and how the one that the settings name is loaded."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from jobd.errors import AttemptError, RetryableError
from jobd.ocr.terms import RAPIDOCR

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from jobd.ocr.terms import Terms
    from jobd.ocr.text import Line

_OURS = {RAPIDOCR: "jobd.ocr.rapid:engine"}


class Engine(Protocol):
    """Reads text off pictures.

    It is made before the child's walls go up: then it imports what it needs, and starts no
    thread, which would stay outside. All else comes after, in `open`.
    """

    @property
    def name(self) -> str:
        """With its version: boxes of two engines are never mixed."""

    @property
    def folders(self) -> Sequence[Path]:
        """What it reads files from once the walls are up."""

    def open(self) -> None:
        """Load the models; called once, within the walls."""

    def read(self, picture: NDArray[np.uint8]) -> Sequence[Line]:
        """The lines of text on a BGR picture, in reading order."""


def load(terms: Terms) -> Engine:
    """Import an engine.

    Args:
        terms: Handed to its "module:function", which returns the engine.

    Raises:
        RetryableError: It cannot be imported here.
    """
    module, _, function = _OURS.get(terms.engine, terms.engine).partition(":")
    try:
        make = cast("Callable[[Terms], Engine]", getattr(import_module(module), function))
        return make(terms)
    except Exception as error:  # whatever a stranger's module raises
        raise RetryableError(f"the OCR engine {terms.engine} cannot be loaded: {error}") from error


def open_engine(engine: Engine) -> None:
    """Let an engine load its models.

    Raises:
        RetryableError: It cannot.
    """
    try:
        engine.open()
    except AttemptError:
        raise
    except Exception as error:  # whatever a stranger's module raises
        fault = f"{type(error).__name__}: {error}"
        raise RetryableError(f"the OCR engine {engine.name} does not open: {fault}") from error
