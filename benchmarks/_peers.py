"""decord and torchcodec, in an environment of their own: `make peers`.

They are asked for the frame on display at every k / rate, in small batches, since they hold a
batch decoded; like every other way with one decoder thread.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from benchmarks._run import Crop, Task, Work, tell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_BATCH = 16
_QUALITY = 75
_NAMES = ("decord", "torch", "torchcodec")


def jpegs(batches: Iterable[Any], crop: Crop | None) -> tuple[int, int]:
    """Compress batches of RGB pictures (n, height, width, 3)."""
    images, size = 0, 0
    left, top, right, bottom = crop or (0, 0, None, None)
    for batch in batches:
        for rgb in batch:
            bgr = cv2.cvtColor(np.ascontiguousarray(rgb[top:bottom, left:right]), cv2.COLOR_RGB2BGR)
            _, jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
            images, size = images + 1, size + len(jpeg)
    return images, size


def in_batches(values: list[Any]) -> Iterator[list[Any]]:
    """So many at once."""
    for at in range(0, len(values), _BATCH):
        yield values[at : at + _BATCH]


def times_s(begin_s: float, end_s: float, rate_hz: float) -> list[float]:
    """Every k / rate from a video's begin to its end."""
    count = max(1, int(np.ceil(round((end_s - begin_s) * rate_hz, 6))))
    return [begin_s + k / rate_hz for k in range(count)]


def by_decord(task: Task) -> Work:
    """By the ordinals of the frames whose time has come."""
    decord = importlib.import_module("decord")
    cv2.setNumThreads(1)

    def work() -> tuple[int, int]:
        reader = decord.VideoReader(task.path, num_threads=1)
        begins, ends = reader.get_frame_timestamp(range(len(reader))).T
        wanted = times_s(float(begins[0]), float(ends[-1]), task.rate_hz)
        ordinals = np.searchsorted(begins, np.array(wanted) + 1e-4, side="right") - 1
        batches = in_batches(ordinals.tolist())
        return jpegs((reader.get_batch(batch).asnumpy() for batch in batches), task.crop)

    return work


def by_torchcodec(task: Task, seek_mode: str) -> Work:
    """By time. `exact` reads all packets first, `approximate` believes the frame rate."""
    torch = importlib.import_module("torch")
    decoders = importlib.import_module("torchcodec.decoders")
    torch.set_num_threads(1)
    cv2.setNumThreads(1)

    def work() -> tuple[int, int]:
        decoder = decoders.VideoDecoder(
            task.path, seek_mode=seek_mode, num_ffmpeg_threads=1, dimension_order="NHWC"
        )
        told = decoder.metadata
        wanted = times_s(told.begin_stream_seconds, told.end_stream_seconds, task.rate_hz)
        batches = (decoder.get_frames_played_at(batch) for batch in in_batches(wanted))
        return jpegs((batch.data.numpy() for batch in batches), task.crop)

    return work


LOADERS: dict[str, Callable[[Task], Work]] = {
    "decord": by_decord,
    "torchcodec exact": partial(by_torchcodec, seek_mode="exact"),
    "torchcodec approximate": partial(by_torchcodec, seek_mode="approximate"),
}


def versions() -> dict[str, str]:
    """Of what can be used here; a library that is installed and does not load is none."""
    found = {}
    for name in _NAMES:
        try:
            importlib.import_module(name)
            found[name] = importlib.metadata.version(name)
        except (ImportError, OSError, RuntimeError) as error:
            print(f"{name}: {str(error).splitlines()[0]}", file=sys.stderr)
    if "torchcodec" in found:
        ops = importlib.import_module("torchcodec._core.ops")
        found["torchcodec's FFmpeg"] = ops.get_ffmpeg_library_versions()["ffmpeg_version"]
    return found


if __name__ == "__main__":
    if sys.argv[1:] == ["--versions"]:
        print(json.dumps(versions()))
    else:
        tell(LOADERS)
