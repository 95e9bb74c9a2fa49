"""What the daemon's settings ask of an engine (loads none)."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal

from jobd.errors import UsageError

Granularity = Literal["line", "word", "char"]

RAPIDOCR = "rapidocr"
PACKAGES = (RAPIDOCR, "onnxruntime")
INSTALL = "pip install 'jobd[ocr]'"


@dataclass(frozen=True, slots=True)
class Terms:
    """What an engine is asked to do.

    Attributes:
        engine: "rapidocr", or "module:function" of another.
        boxes: What gets a box of its own.
        languages: As the engine names them.
        threads: How many it may keep busy.
    """

    engine: str
    boxes: Granularity = "word"
    languages: tuple[str, ...] = ("ch", "en")
    threads: int = 1


def chosen(name: str, *, elsewhere: bool) -> str | None:
    """Which engine the setting means on this machine; None for no OCR.

    Args:
        name: "auto", "none", "rapidocr" or "module:function".
        elsewhere: The app runs OCR itself: then "auto" leaves it to the app.

    Raises:
        UsageError: An engine that is named is not installed.
    """
    missing = [package for package in PACKAGES if find_spec(package) is None]
    if name == "auto":
        return None if missing or elsewhere else RAPIDOCR
    if name == "none":
        return None
    if name == RAPIDOCR and missing:
        raise UsageError(
            f"ocr_engine = {name}, but {' and '.join(missing)} cannot be found: {INSTALL}"
        )
    module = name.partition(":")[0]
    if not _there(module.partition(".")[0]):
        raise UsageError(f"ocr_engine = {name}, but there is no module {module} here")
    return name


def _there(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ValueError:  # it is this very program
        return False
