"""The shipped engine itself: what it loads when, and what it reads."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from jobd.errors import RetryableError
from jobd.ocr.boxes import boxes_of
from jobd.ocr.engine import load
from jobd.ocr.terms import Terms
from tests.support.captions import CHINESE, ENGLISH, HEIGHT_PX, WIDTH_PX, draw, plain

if TYPE_CHECKING:
    from jobd.ocr.engine import Engine
    from tests.support.captions import Caption, Picture

# As a child does: forked from a process that has numpy and OpenCV, whose threads stay behind.
AS_A_CHILD = """
import json, os, socket, sys
import cv2, numpy, jobd.ocr.engine
from jobd.ocr.terms import Terms
if os.fork() == 0:
    def nowhere(*_): raise AssertionError("the network was asked for")
    socket.socket.connect = socket.getaddrinfo = nowhere
    engine = jobd.ocr.engine.load(Terms("rapidocr"))
    print(json.dumps({
        "threads": len(os.listdir("/proc/self/task")),
        "telemetry": os.environ.get("ORT_DISABLE_TELEMETRY"),
        "loaded": [name for name in ("rapidocr", "onnxruntime") if name in sys.modules],
    }), flush=True)
    engine.open()
else:
    sys.exit(os.wait()[1])
"""


@pytest.fixture(scope="module")
def engine() -> Engine:
    engine = load(Terms("rapidocr"))
    engine.open()
    return engine


def page(text: str, language: str, size_px: int) -> tuple[Picture, Caption]:
    """A line on a plain ground."""
    image = Image.new("RGB", (WIDTH_PX, HEIGHT_PX), (60, 80, 100))
    caption = draw(image, text, language, size_px)
    return np.asarray(image, np.uint8)[..., ::-1].copy(), caption


def test_before_the_walls_it_starts_no_thread_and_calls_nobody() -> None:
    done = subprocess.run(
        [sys.executable, "-c", AS_A_CHILD], capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    assert found == {"threads": 1, "telemetry": "1", "loaded": ["rapidocr", "onnxruntime"]}


def test_the_forkserver_and_its_other_children_do_not_have_it() -> None:
    probe = (
        "import sys, jobd.attempt.preload;"
        "print(*[m for m in ('rapidocr', 'onnxruntime') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("size_px", [32, 60])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_character_is_found_where_it_stands(
    engine: Engine, language: str, size_px: int
) -> None:
    texts = ENGLISH if language == "en" else CHINESE
    picture, caption = page(texts[5], language, size_px)
    boxes = boxes_of(engine.read(picture), "char", WIDTH_PX, HEIGHT_PX)
    assert "".join(box.text for box in boxes) == plain(caption.text)
    for box, centre_px in zip(boxes, caption.centres, strict=True):
        assert box.x + box.width / 2 == pytest.approx(centre_px / WIDTH_PX, abs=0.01)
        assert caption.holds(box.y + box.height / 2)


def test_words_are_those_of_the_line(engine: Engine) -> None:
    picture, caption = page(ENGLISH[1], "en", 44)
    boxes = boxes_of(engine.read(picture), "word", WIDTH_PX, HEIGHT_PX)
    assert [box.text for box in boxes] == caption.text.split()
    assert all(0.7 < box.confidence <= 1 for box in boxes)


def test_a_column_is_read_downward(engine: Engine) -> None:
    picture, caption = page("明天中午见面", "zh", 60)
    turned = np.rot90(picture, -1).copy()  # what was right is now below
    boxes = boxes_of(engine.read(turned), "char", HEIGHT_PX, WIDTH_PX)
    for box, centre_px in zip(boxes, caption.centres, strict=True):
        assert 1 - (box.y + box.height / 2) == pytest.approx(centre_px / WIDTH_PX, abs=0.02)


def test_a_picture_without_text_has_no_lines(engine: Engine) -> None:
    assert engine.read(np.full((HEIGHT_PX, WIDTH_PX, 3), 90, np.uint8)) == []


@pytest.mark.parametrize("language", ["zh", "ja", "de"])
def test_languages_of_the_shipped_model(language: str) -> None:
    assert "PP-OCRv6" in load(Terms("rapidocr", languages=(language, "en"))).name


@pytest.mark.parametrize(
    ("languages", "reason"),
    [
        (("arabic",), "the model for arabic is not part of .* put .*arabic.*onnx into"),
        (("ch", "korean"), "no single model reads ch, korean"),
        (("klingon",), "Unsupported rec.lang_type='klingon'.* ch "),
    ],
)
def test_other_languages_are_refused_by_name(languages: tuple[str, ...], reason: str) -> None:
    with pytest.raises(RetryableError, match=reason):
        load(Terms("rapidocr", languages=languages))
