"""jobd's engine, and the ways that need nothing but what jobd needs itself.

Every way is a function that loads what it needs and gives back the work to be measured, which
tells how many JPEGs it made and how large they were together. All decode with one thread unless
their name says otherwise. Of a way that takes frames one after the other, an image is the first
frame at or after k / rate: where frames lie on that grid, the same as jobd's.
"""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any

import av
import cv2
import numpy as np

from benchmarks._packets import best_video
from benchmarks._run import Crop, Task, Work, tell
from jobd.frames.extract import extract
from jobd.frames.source import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

QUALITY = 75
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
LIMITS = Limits(8192 * 8192, 1_000_000)


def jobd(task: Task, workers: int) -> Work:
    """Our engine."""

    def work() -> tuple[int, int]:
        images, size = 0, 0
        with extract(
            task.path,
            task.rate_hz,
            crop=task.crop,
            quality=QUALITY,
            limits=LIMITS,
            tick=lambda _: None,
            workers=workers,
        ) as extraction:
            for sample in extraction.images():
                images, size = images + 1, size + len(sample.jpeg)
        return images, size

    return work


def jpeg_bytes(bgr: NDArray[Any], crop: Crop | None) -> int:
    """Compress a picture, or a part of it."""
    if crop:
        left, top, right, bottom = crop
        bgr = np.ascontiguousarray(bgr[top:bottom, left:right])
    _, jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return len(jpeg)


def opencv(task: Task) -> Work:
    """grab() every frame, retrieve() the wanted ones."""
    cv2.setNumThreads(1)

    def work() -> tuple[int, int]:
        capture = cv2.VideoCapture(task.path, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
        images, size, first_s = 0, 0, None
        while capture.grab():
            at_s = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            first_s = at_s if first_s is None else first_s
            if (at_s - first_s) * task.rate_hz >= images - 1e-6:
                _, bgr = capture.retrieve()
                images, size = images + 1, size + jpeg_bytes(bgr, task.crop)
        return images, size

    return work


def pyav(task: Task) -> Work:
    """Decode everything, convert the wanted ones."""

    def work() -> tuple[int, int]:
        images, size, first_s = 0, 0, None
        with av.open(task.path) as container:
            stream = best_video(container)
            stream.codec_context.thread_count = 1
            for frame in container.decode(stream):
                at_s = frame.time or 0.0
                first_s = at_s if first_s is None else first_s
                if (at_s - first_s) * task.rate_hz >= images - 1e-6:
                    bgr = frame.reformat(format="bgr24", threads=1).to_ndarray()
                    images, size = images + 1, size + jpeg_bytes(bgr, task.crop)
        return images, size

    return work


LOADERS: dict[str, Callable[[Task], Work]] = {
    "jobd": partial(jobd, workers=1),
    "jobd 2 threads": partial(jobd, workers=2),
    "jobd, all cores": partial(jobd, workers=CORES),
    "OpenCV": opencv,
    "PyAV": pyav,
}

if __name__ == "__main__":
    tell(LOADERS)
