"""The engine that `jobd[ocr]` installs: rapidocr on onnxruntime, its models in its own wheel."""

from __future__ import annotations

import os
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from jobd.errors import RetryableError
from jobd.ocr.alignment import glyphs_at
from jobd.ocr.terms import RAPIDOCR
from jobd.ocr.text import Line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from jobd.ocr.terms import Terms
    from jobd.ocr.text import Quad

_TRIAL = "OPEN"
_TRIAL_PX = 736  # a smaller picture would be made larger before it is read
# Where in the column that tells a character its middle lies, in the mean of some 2,000 characters
# of both scripts at 24 to 64 pixels: it is told a little late.
_MIDDLE = 0.25
_UPRIGHT_BELOW = 1.5  # times as high as wide: rapidocr turns such a line before it reads it


def engine(terms: Terms) -> RapidEngine:
    """Import all that the engine needs; its models are not loaded yet.

    Raises:
        ValueError: No model reads all of these languages, or it is not installed.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # 1.29 and later would call home
    import rapidocr.inference_engine.onnxruntime  # noqa: PLC0415 - each loads what the other
    import rapidocr.main  # noqa: PLC0415                             loads only when it is used

    package = Path(rapidocr.__file__).parent
    return RapidEngine(terms.threads, package, _recogniser(terms.languages, package / "models"))


class RapidEngine:
    """rapidocr, with the places of its characters in full precision."""

    def __init__(self, threads: int, package: Path, recogniser: Path) -> None:
        self.name = f"{RAPIDOCR} {version(RAPIDOCR)} {recogniser.stem}"
        self.folders = (package,)
        self._threads = threads
        self._recogniser = recogniser
        self._ocr: Any = None

    def open(self) -> None:
        """Load the models, and read a picture whose text is known.

        Raises:
            RetryableError: It reads something else.
        """
        from rapidocr import RapidOCR  # noqa: PLC0415 - imported by `engine` already

        cv2.setNumThreads(self._threads)
        self._ocr = RapidOCR(params=self._parameters())
        picture = np.zeros((_TRIAL_PX, _TRIAL_PX, 3), np.uint8)
        cv2.putText(picture, _TRIAL, (200, 400), cv2.FONT_HERSHEY_SIMPLEX, 3, (255, 255, 255), 6)
        found = [line.text for line in self.read(picture)]
        if found != [_TRIAL]:
            raise RetryableError(f"{self.name} reads {found} where '{_TRIAL}' is written")

    def _parameters(self) -> dict[str, Any]:
        """Every model by its path: what it is not given it would download."""
        models = self._recogniser.parent
        return {
            "Global.log_level": "error",
            "Global.use_cls": False,  # turns lines that stand on their heads; captions do not
            "Global.return_word_box": True,
            "Det.model_path": str(models / "PP-OCRv6_det_small.onnx"),
            "Rec.model_path": str(self._recogniser),
            "Rec.rec_batch_num": 1,  # six lines at once take twice the memory, and more time
            "EngineConfig.onnxruntime.intra_op_num_threads": self._threads,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }

    def read(self, picture: NDArray[np.uint8]) -> list[Line]:
        """The lines of text on a BGR picture, from top to bottom."""
        return list(self._lines(picture))

    def _lines(self, picture: NDArray[np.uint8]) -> Iterator[Line]:
        from rapidocr.utils.process_img import map_boxes_to_original  # noqa: PLC0415

        ocr = self._ocr
        scaled, record = ocr.preprocess_img(picture)
        found, _, read, _ = ocr.run_ocr_steps(scaled, record)
        if found.boxes is None or read.txts is None:
            return
        quads = map_boxes_to_original(found.boxes, record, *picture.shape[:2])
        rows = zip(quads, read.txts, read.scores, read.word_results, strict=True)
        for quad, text, score, places in rows:
            if text.strip() and score >= ocr.text_score:
                yield _line(quad.tolist(), text, score, places)


def _line(corners: Sequence[Sequence[float]], text: str, score: float, places: Any) -> Line:
    """A line with its characters where the recogniser saw them.

    Its columns are narrow slices of the line; of each character it tells the first.
    """
    quad = _reading_way(tuple((x, y) for x, y in corners))  # type: ignore[arg-type]
    columns = list(chain.from_iterable(places.word_cols))
    centres = [min(1.0, (column + _MIDDLE) / places.line_txt_len) for column in columns]
    pairs = zip(text, places.confs, strict=True)
    confidences = [confidence for char, confidence in pairs if not char.isspace()]
    return Line(text, score, quad, glyphs_at(text, centres, confidences, quad))


def _reading_way(quad: Quad) -> Quad:
    """A line that runs downward starts at the upper right, as rapidocr turns it."""
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = quad
    wide = max(np.hypot(x1 - x0, y1 - y0), np.hypot(x2 - x3, y2 - y3))
    high = max(np.hypot(x3 - x0, y3 - y0), np.hypot(x2 - x1, y2 - y1))
    return quad if high < wide * _UPRIGHT_BELOW else (*quad[1:], quad[0])


def _recogniser(languages: Sequence[str], models: Path) -> Path:
    """The model that reads all of the languages.

    Raises:
        ValueError: There is none, or it did not come with the package.
    """
    names = {_file_name(language) for language in languages}
    if len(names) > 1:
        raise ValueError(f"no single model reads {', '.join(languages)}: {', '.join(names)}")
    path = models / names.pop()
    if not path.is_file():
        raise ValueError(
            f"the model for {', '.join(languages)} is not part of rapidocr's package, and none is"
            f" ever downloaded here: put {path.name} into {models}"
        )
    return path


def _file_name(language: str) -> str:
    from rapidocr.inference_engine.base import FileInfo, InferSession  # noqa: PLC0415
    from rapidocr.utils.typings import (  # noqa: PLC0415
        EngineType,
        ModelType,
        OCRVersion,
        TaskType,
    )

    faults = []
    newest, older = (OCRVersion.PPOCRV6, ModelType.SMALL), (OCRVersion.PPOCRV5, ModelType.MOBILE)
    for edition, size in (newest, older):
        wanted = FileInfo(EngineType.ONNXRUNTIME, edition, TaskType.REC, language, size)
        try:
            return Path(InferSession.get_model_url(wanted)["model_dir"]).name
        except ValueError as fault:
            faults.append(fault)
    raise ValueError(f"ocr_languages: {faults[0]}")
