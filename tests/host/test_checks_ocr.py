"""What doctor says of the engine that reads text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jobd.host.check import Check, State
from jobd.host.ocr import ocr
from jobd.settings import Settings


def said(*, quick: bool = True, **settings: Any) -> Check:
    return ocr(Settings(db=Path("jobs.db"), **settings), quick=quick)


def test_an_engine_that_reads_is_named_with_what_it_is_asked() -> None:
    found = said(quick=False, ocr_boxes="char")
    assert found.state is State.OK
    assert found.text.startswith("rapidocr 3.")
    assert "on onnxruntime 1." in found.text
    assert found.text.endswith("a box for each char, languages ch, en: full_frames reads text")


@pytest.mark.parametrize(
    "settings", [{"ocr_engine": "none"}, {"final_status": "running_ocr"}], ids=["none", "elsewhere"]
)
def test_without_one_the_last_word_is_named(settings: dict[str, Any]) -> None:
    found = said(**settings)
    word = settings.get("final_status", "processing_complete")
    assert (found.state, found.text) == (State.OK, f"none: full_frames ends with {word}")


def test_an_engine_that_is_missing_fails() -> None:
    found = said(ocr_engine="nowhere:best")
    assert found.state is State.FAIL
    assert "there is no module nowhere here" in found.text


def test_an_engine_that_cannot_be_loaded_fails_with_its_reason() -> None:
    found = said(quick=False, ocr_languages=("arabic",))
    assert found.state is State.FAIL
    assert "the model for arabic is not part of rapidocr's package" in found.text
    found = said(quick=False, ocr_engine="tests.support.engines:unloadable")
    assert found.state is State.FAIL
    assert found.text.endswith("cannot be loaded: no model here")


def test_bad_settings_leave_the_engine_open() -> None:
    assert ocr(None, quick=True).state is State.OK
