"""Text on frames: how much is read rightly, where, and at what cost.

    python -m benchmarks.ocr [--lines 48]

Captions of known text are burned into a film's moving pictures, at five sizes; the other videos are
a film as it is, and pages that stand still. Each goes through a real daemon twice, with OCR and
without: the difference is what the OCR costs.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from PIL import Image, ImageDraw

from benchmarks._daemon import serving
from benchmarks._versions import machine, versions
from tests.support.captions import (
    CHINESE,
    ENGLISH,
    HEIGHT_PX,
    WIDTH_PX,
    captioned,
    errors,
    film,
    font,
    plain,
)
from tests.support.video import MEDIA, every, write_video

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from benchmarks._daemon import Daemon
    from tests.support.captions import Caption

RESULTS = Path(__file__).with_name("results") / "ocr.json"
SIZES_PX = (20, 24, 32, 40, 48)
FLAGS = ("--ocr-engine", "rapidocr", "--concurrency", "1", "--ocr-threads", "1")
STILL_S, PAGE_S = 40, 8


@dataclass
class Score:
    """How the captions of one language and size were read.

    Attributes:
        characters: How many there were.
        wrong: How many must be put in, left out or changed.
        off: How far the middle of each line lay from where it was drawn, x and y, in fractions
            of the picture; the larger of the two.
    """

    characters: int = 0
    wrong: int = 0
    off: list[float] = field(default_factory=list)

    def figures(self) -> dict[str, float]:
        """For the results."""
        return {
            "characters": self.characters,
            "errors_percent": round(100 * self.wrong / self.characters, 2),
            "centre_off_percent_median": round(100 * float(np.median(self.off)), 2),
            "centre_off_percent_most": round(100 * max(self.off), 2),
        }


class Reader:
    """Compares a database's boxes with the captions that were drawn."""

    def __init__(self, captions: Sequence[Sequence[Caption]]) -> None:
        self._captions = captions
        self.scores: dict[str, Score] = {}

    def look(self, database: Path) -> None:
        """Add what was read into a database to the scores."""
        with closing(sqlite3.connect(database)) as db:
            sql = "SELECT frame_index, text, x, y, width, height FROM full_frame_ocr ORDER BY x"
            rows = db.execute(sql).fetchall()
        for second, lines in enumerate(self._captions):
            boxes = [row[1:] for row in rows if row[0] == 10 * second]
            for caption in lines:
                self._score(caption, boxes)

    def _score(self, caption: Caption, boxes: Sequence[tuple[Any, ...]]) -> None:
        score = self.scores.setdefault(f"{caption.language} {caption.size_px} px", Score())
        found = [box for box in boxes if caption.holds(box[2] + box[4] / 2)]
        wanted = plain(caption.text)
        score.characters += len(wanted)
        score.wrong += errors(wanted, "".join(box[0] for box in found))
        if found:
            x = (min(b[1] for b in found) + max(b[1] + b[3] for b in found)) / 2
            y = (min(b[2] for b in found) + max(b[2] + b[4] for b in found)) / 2
            score.off.append(max(abs(x - caption.centre[0]), abs(y - caption.centre[1])))


def pages(path: Path) -> Path:
    """Pages of text that stand still for some seconds each, with a camera's noise."""
    chance = np.random.default_rng(7)

    def draw(n: int) -> NDArray[np.uint8]:
        page = np.full((HEIGHT_PX, WIDTH_PX, 3), (70, 60, 50), np.uint8)
        for line in range(4):
            text = f"page {n // PAGE_S} line {line}"
            cv2.putText(page, text, (200, 200 + 100 * line), 0, 2, (240,) * 3, 4, cv2.LINE_AA)
        noisy = page + chance.integers(-3, 4, page.shape, np.int16)
        return np.asarray(noisy.clip(0, 255), np.uint8)

    return write_video(path, every(1000, STILL_S), draw=draw)


def full(path: Path) -> Path:
    """Pages that are full of text, 25 lines of Chinese and English in turn, at 1080p."""
    width_px, height_px, size_px = 1920, 1080, 30
    page = Image.new("RGB", (width_px, height_px), (50, 60, 70))
    pen = ImageDraw.Draw(page)
    for line in range(25):
        language, texts = ("en", ENGLISH) if line % 2 else ("zh", CHINESE)
        text = " ".join((*texts[line % 12 :], *texts))
        face = font(language, size_px)
        fitting = next(n for n in range(len(text), 0, -1) if face.getlength(text[:n]) < width_px)
        pen.text((10, 5 + 42 * line), text[:fitting], "white", face)
    picture = np.asarray(page, np.uint8)[..., ::-1].copy()
    return write_video(path, every(1000, 3), draw=lambda n: np.roll(picture, 20 * n, axis=1))


def cost(with_ocr: Daemon, without: Daemon, video: Path, rate_hz: float, **how: Any) -> Any:
    """What the reading of one video costs."""
    plain_cpu_s = without.run("full_frames", video, frameRate=rate_hz)["cpu_s"]
    done = with_ocr.run("full_frames", video, frameRate=rate_hz, **how)
    result = json.loads(done["result"])
    read = result["frames"] - result["ocr"]["framesReused"]
    return {
        "picture": f"{result['width']}x{result['height']}",
        "frames": result["frames"],
        "boxes": result["ocr"]["boxes"],
        "reused_percent": round(100 * result["ocr"]["framesReused"] / result["frames"], 1),
        "cpu_s_without": round(plain_cpu_s, 2),
        "cpu_s_with": round(done["cpu_s"], 2),
        "cpu_s_per_frame_read": round((done["cpu_s"] - plain_cpu_s) / read, 3),
        "wall_s": round((done["finished_at"] - done["started_at"]) / 1000, 1),
        "peak_mb": round(done["peak_rss_bytes"] / 1e6),
    }


def larger(path: Path) -> Path:
    """Some of the film's pictures at 1080p."""
    pictures = list(islice(film(), 20))

    def draw(n: int) -> NDArray[np.uint8]:
        return np.asarray(cv2.resize(pictures[n], (1920, 1080)), np.uint8)

    return write_video(path, every(1000, len(pictures)), draw=draw)


def main() -> None:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(description="Text on frames.")
    parser.add_argument("--lines", type=int, default=60, help="captions in each language")
    parser.add_argument("--quick", action="store_true", help="store nothing")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        found = measured(Path(name), arguments.lines)
    text = json.dumps({"machine": machine(), "versions": versions(), **found}, indent=1)
    print(text)
    if not arguments.quick:
        RESULTS.write_text(text + "\n", encoding="utf-8")


def measured(folder: Path, lines: int) -> dict[str, Any]:
    """All figures."""
    captions = captioned(folder / "captions.mp4", list(islice(cycle(SIZES_PX), lines)))
    reader = Reader(captions)
    roots = ("--roots", os.pathsep.join((str(folder), str(MEDIA))))
    (folder / "with").mkdir()
    (folder / "without").mkdir()
    with (
        serving(folder / "with", *roots, *FLAGS) as with_ocr,
        serving(folder / "without", *roots, "--concurrency", "1") as without,
    ):
        videos = {
            name: cost(with_ocr, without, path, 1, **how)
            for name, path, how in (
                ("captions", folder / "captions.mp4", {"look": reader.look}),
                ("trailer", MEDIA / "bbb_trailer_720p_h264.mp4", {}),
                ("1080p", larger(folder / "large.mp4"), {}),
                ("1080p full of text", full(folder / "full.mp4"), {}),
                ("pages that stand still", pages(folder / "pages.mp4"), {}),
            )
        }
    scores = {name: score.figures() for name, score in sorted(reader.scores.items())}
    return {"videos": videos, "captions": scores}


if __name__ == "__main__":
    main()
