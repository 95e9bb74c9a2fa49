"""What the images of a video should show, found by other ways than jobd's."""

from __future__ import annotations

import shutil
import subprocess
from fractions import Fraction
from typing import TYPE_CHECKING
from unittest.mock import patch

import av
import pytest

from jobd.frames.extract import extract
from jobd.frames.jpeg import View
from tests.support.video import LIMITS, luma_hash, run

if TYPE_CHECKING:
    from pathlib import Path

    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream


def lumas(path: Path, rate_hz: float) -> list[str]:
    """Of the frames that jobd chooses for k = 0, 1, 2 …: the MD5 of each luma plane."""
    found: dict[int, str] = {}
    with extract(
        str(path), rate_hz, crop=None, quality=75, limits=LIMITS, tick=lambda _: None
    ) as extraction:
        for kept in extraction.frames():
            found.update(dict.fromkeys(kept.ks, luma_hash(kept.display.picture)))
    return [found[k] for k in range(extraction.facts.wanted)]


def lumas_as_made(path: Path, rate_hz: float, workers: int = 1) -> list[str]:
    """The same of the frames that the images are made of, in whichever way jobd decodes them."""

    def jpeg_of(_: View, frame: VideoFrame) -> tuple[bytes, int, int]:
        return luma_hash(frame).encode(), frame.width, frame.height

    with patch.object(View, "jpeg_of", jpeg_of):
        return [sample.jpeg.decode() for sample in run(path, rate_hz, workers=workers).samples]


def lumas_of_everything(path: Path, rate_hz: float) -> list[str]:
    """The rule taken literally: decode all frames, for each k look through all of them."""
    shown, end = _all_frames(path)
    first, rate = shown[0][0], Fraction(str(rate_hz))
    found: list[str] = []
    while Fraction(len(found)) / rate < end - first:
        at = first + Fraction(len(found)) / rate
        earlier = (n for n, (time, _) in enumerate(shown) if time <= at)
        found.append(shown[max(earlier, key=lambda n: (shown[n][0], n))][1])
    return found


def _all_frames(path: Path) -> tuple[list[tuple[Fraction, str]], Fraction]:
    with av.open(str(path)) as container:
        stream = container.streams.video[_best(container)]
        shown: list[tuple[Fraction, str]] = []
        end = Fraction(0)
        for frame in (f for p in container.demux(stream) if _decodable(p) for f in p.decode()):
            assert frame.pts is not None
            assert frame.time_base is not None
            shown.append((frame.pts * frame.time_base, luma_hash(frame)))
            end = max(end, (frame.pts + frame.duration) * frame.time_base)
    return shown, end


def _decodable(packet: Packet[VideoStream]) -> bool:
    """Theora says "the same again" by an empty packet, which PyAV's decoder refuses."""
    return bool(packet.size) or packet.dts is None


def _best(container: InputContainer) -> int:
    videos = container.streams.video
    return next(n for n, stream in enumerate(videos) if stream is container.streams.best("video"))


def lumas_of_ffmpeg(path: Path, rate_hz: float) -> list[str]:
    """What the `ffmpeg` program's fps filter takes with `round=up`, which is jobd's rule.

    The filter starts counting at 0, not at the first frame: `setpts` puts that right. Some
    decoders are exact only with `bitexact`, and PyAV's are.
    """
    program = shutil.which("ffmpeg")
    if program is None:
        pytest.skip("no ffmpeg program here: nothing to compare with")
    with av.open(str(path)) as container:
        chosen = f"0:v:{_best(container)}"
    filters = f"setpts=PTS-STARTPTS,fps={rate_hz}:round=up,extractplanes=y"
    given = ["-noautorotate", "-flags", "bitexact", "-threads", "1", "-i", str(path)]
    wanted = ["-map", chosen, "-vf", filters, "-f", "framemd5", "-"]
    command = [program, "-nostdin", "-v", "error", *given, *wanted]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = (line for line in done.stdout.splitlines() if not line.startswith("#"))
    return [line.rpartition(",")[2].strip() for line in lines]
