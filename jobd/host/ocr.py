"""Whether there is an engine to read text with, and what that means for full_frames."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from jobd.errors import UsageError
from jobd.host.check import Check, fail, ok
from jobd.ocr.terms import INSTALL, PACKAGES, RAPIDOCR, Terms, chosen

if TYPE_CHECKING:
    from jobd.settings import Settings

_PATIENCE_S = 60.0
_AGAIN = f"mend what it says, or install it again: {INSTALL}; without OCR: ocr_engine = none"


def ocr(settings: Settings | None, *, quick: bool) -> Check:
    """Which engine the settings mean; unless quick, let it read a word."""
    if settings is None:
        return ok("ocr", f"{_installed() or 'none'}; which engine is meant is not known")
    elsewhere = settings.final_status == "running_ocr"
    try:
        engine = chosen(settings.ocr_engine, elsewhere=elsewhere)
    except UsageError as error:
        return fail("ocr", str(error), f"{INSTALL}, or ocr_engine = none")
    if engine is None:
        return ok("ocr", f"none: full_frames ends with {settings.final_status}")
    terms = Terms(engine, settings.ocr_boxes, settings.ocr_languages)
    fault = None if quick else _fault(terms)
    return fail("ocr", fault, _AGAIN) if fault else ok("ocr", _text(terms))


def _text(terms: Terms) -> str:
    name = _installed() if terms.engine == RAPIDOCR else terms.engine
    languages = ", ".join(terms.languages)
    return f"{name}, a box for each {terms.boxes}, languages {languages}: full_frames reads text"


def _installed() -> str:
    """The packages of jobd[ocr]; empty where there are none."""
    try:
        return " on ".join(f"{name} {version(name)}" for name in PACKAGES)
    except PackageNotFoundError:
        return ""


def _fault(terms: Terms) -> str | None:
    """Load the engine in a process of its own, whatever it does there."""
    command = [sys.executable, "-P", "-m", "jobd.host.ocr_probe", json.dumps(asdict(terms))]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"{terms.engine} has not loaded in {_PATIENCE_S:.0f} s"
    if done.returncode == 0:
        return None
    lines = done.stderr.decode("utf-8", "replace").split("\n")
    return next((line for line in reversed(lines) if line.strip()), f"exit {done.returncode}")
