"""Size and likeness of the JPEGs: OpenCV's against the `ffmpeg` program's, and what they cost.

    python -m benchmarks.jpeg_quality [--frames 12]

On frames of the shipped videos at equal distances, whole and the bottom fifth. SSIM compares the
luma that a JPEG holds with that of the picture it was made of, in the JPEG's own terms: OpenCV
writes BT.601 as JFIF says, ffmpeg the video's luma as it is. CPU is that of the compression alone;
none for ffmpeg, whose start would outweigh it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import cv2
import numpy as np

from benchmarks._ffmpeg import FFMPEG
from benchmarks._ssim import ssim
from benchmarks._versions import machine, versions
from jobd.frames.jpeg import picture, shape_of
from tests.support.video import MEDIA

if TYPE_CHECKING:
    from av.video.frame import VideoFrame
    from numpy.typing import NDArray

RESULTS = Path(__file__).with_name("results") / "jpeg_quality.json"
VIDEOS = ("bbb_trailer_720p_h264.mp4", "ocean_h264.mp4", "nasa_h264.mp4", "av1_small.mkv")
WAYS = {
    f"cv2 {quality}{', optimised' * optimised}": [
        *(cv2.IMWRITE_JPEG_QUALITY, quality),
        *(cv2.IMWRITE_JPEG_OPTIMIZE, optimised),
    ]
    for quality in (75, 90)
    for optimised in (0, 1)
}
FROM_FFMPEG = "ffmpeg -q:v 6"
Figures = tuple[float, float, float]  # bytes, SSIM, milliseconds
TURNS = 9
BLACK = 40  # pictures darker than this in the mean compress to nothing


def some_frames(path: Path, count: int) -> list[VideoFrame]:
    """Frames at equal distances, in the format that ffmpeg's JPEGs have; no black ones."""
    with av.open(path) as container:
        lit = [
            frame
            for frame in container.decode(video=0)
            if frame.format.name == "yuv420p" and luma_of(frame).mean() > BLACK
        ]
    step = max(1, len(lit) // count)
    return lit[step // 2 :: step][:count]


def luma_of(frame: VideoFrame) -> NDArray[np.uint8]:
    """A frame's luma, in full range."""
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    stored = rows[: frame.height, : frame.width].astype(np.float64)
    return np.clip(np.rint((stored - 16) * 255 / 219), 0, 255).astype(np.uint8)


def ffmpeg_jpeg(frame: VideoFrame, top: int) -> bytes:
    """What the `ffmpeg` program makes of a frame, or of its part below `top`."""
    command = [
        *(FFMPEG, "-v", "error", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-color_range", "tv"),
        *("-s", f"{frame.width}x{frame.height}", "-i", "-"),
        *("-vf", f"crop={frame.width}:{frame.height - top}:0:{top}"),
        *("-q:v", "6", "-f", "image2pipe", "-c:v", "mjpeg", "-"),
    ]
    raw = frame.to_ndarray(format="yuv420p").tobytes()
    return subprocess.run(command, input=raw, capture_output=True, check=True).stdout


def likeness(jpeg: bytes, luma: NDArray[Any]) -> float:
    """SSIM of a JPEG's own luma."""
    grey = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        raise ValueError("this JPEG cannot be read")
    return ssim(grey, luma)


def cpu_ms(bgr: NDArray[Any], flags: list[int]) -> float:
    """Of one compression, the median of several."""
    turns = []
    for _ in range(TURNS):
        begun_s = time.process_time()
        cv2.imencode(".jpg", bgr, flags)
        turns.append((time.process_time() - begun_s) * 1000)
    return statistics.median(turns)


def compared(frame: VideoFrame, *, cropped: bool) -> dict[str, Figures]:
    """Bytes, SSIM and CPU of one picture, by way."""
    top = frame.height * 4 // 5 // 2 * 2 if cropped else 0
    bgr = np.ascontiguousarray(picture(frame, shape_of(frame))[top:])
    grey = cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY)
    found: dict[str, Figures] = {}
    for way, flags in WAYS.items():
        jpeg = cv2.imencode(".jpg", bgr, flags)[1].tobytes()
        found[way] = (len(jpeg), likeness(jpeg, grey), cpu_ms(bgr, flags))
    jpeg = ffmpeg_jpeg(frame, top)
    found[FROM_FFMPEG] = (len(jpeg), likeness(jpeg, luma_of(frame)[top:]), 0.0)
    return found


def row_of(path: Path, count: int, *, cropped: bool) -> dict[str, Any]:
    """The means over a video's frames."""
    frames = some_frames(path, count)
    each = [compared(frame, cropped=cropped) for frame in frames]
    ways = {way: means([of_frame[way] for of_frame in each]) for way in each[0]}
    return {"video": path.name, "cropped": cropped, "frames": len(frames), "ways": ways}


def means(each: list[Figures]) -> dict[str, float | None]:
    """Of one way, over some frames."""
    size, like, cpu_ms = (statistics.fmean(values) for values in zip(*each, strict=True))
    return {"bytes": round(size), "ssim": round(like, 4), "cpu_ms": round(cpu_ms, 3) or None}


def main() -> None:
    """Compare, print and write the results."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--frames", type=int, default=12)
    given = parser.parse_args()
    cv2.setNumThreads(1)
    rows = []
    for name in VIDEOS:
        for cropped in (False, True):
            row = row_of(MEDIA / name, given.frames, cropped=cropped)
            rows.append(row)
            print(f"{name}, {'bottom fifth' if cropped else 'whole'}, {row['frames']} frames")
            for way, its in row["ways"].items():
                cpu = f"{its['cpu_ms']:8.2f} ms" if its["cpu_ms"] else ""
                print(f"    {way:20}{its['bytes']:8} bytes  SSIM {its['ssim']:.4f}{cpu}")
    report = {"versions": versions(), "machine": machine(), "rows": rows}
    RESULTS.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
