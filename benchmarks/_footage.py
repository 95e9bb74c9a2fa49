"""Videos too large to ship, made once from the pictures of one that is shipped.

    python -m benchmarks._footage [film clip hd hd_2h]

They lie in benchmarks/footage/, which git ignores. Shots of 3.5 s in the mean, each an excerpt of
the trailer, panned and zoomed, some mirrored; a caption line that changes every few seconds. The
same libraries make the same files: all chance comes from a fixed seed.
"""

from __future__ import annotations

import os
import random
import sys
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import av

from benchmarks._audio import add_tone
from benchmarks._captions import captions
from benchmarks._picture import Camera, excerpt, view_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from av.container import OutputContainer
    from numpy.typing import NDArray

FOOTAGE = Path(__file__).with_name("footage")
TRAILER = Path(__file__).parents[1] / "tests" / "media" / "bbb_trailer_720p_h264.mp4"
# The trailer's moving pictures, by frame: no titles, no black, no cut within.
SCENES = (
    (60, 230),
    (262, 325),
    (350, 590),
    (595, 760),
    (790, 862),
    (866, 898),
    (908, 986),
    (990, 1047),
    (1051, 1100),
    (1140, 1200),
)
SHOT_S = (1.0, 6.0)  # the mean is 3.5
HD_REPEATS = 12


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a video is to be like."""

    width_px: int
    height_px: int
    fps: int
    seconds: int
    gop: int
    preset: str
    seed: int
    audio: bool

    @property
    def frames(self) -> int:
        """How many there are."""
        return self.fps * self.seconds


# The seed is the one, of the first 200, whose shots come nearest to a real film that was measured
# before: 86 keyframes, and 1,604 frames from them to every tenth second.
FILM = Recipe(1280, 720, 25, 300, 250, "medium", 94, audio=False)
HD = Recipe(1920, 1080, 30, 600, 60, "veryfast", 2, audio=True)


@dataclass(frozen=True, slots=True)
class Shot:
    """So many pictures of the trailer's frames [first, end), as a camera sees them."""

    first: int
    end: int
    count: int
    camera: Camera


def shots(recipe: Recipe) -> Iterator[Shot]:
    """Shot after shot, without end."""
    chance = random.Random(recipe.seed)  # noqa: S311 - nothing secret
    while True:
        first, end = chance.choice(SCENES)
        count = round(recipe.fps * chance.uniform(*SHOT_S))
        first = chance.randint(first, max(first, end - count))
        yield Shot(first, min(end, first + count), count, Camera.by_chance(chance))


def pictures(recipe: Recipe) -> Iterator[NDArray[np.uint8]]:
    """Their pictures as I420, without end; a scene that is too short is played back and forth."""
    for shot in shots(recipe):
        shown = excerpt(TRAILER, shot.first, shot.end)
        there_and_back = [*shown, *shown[-2:0:-1]]
        for at in range(shot.count):
            source = there_and_back[at % len(there_and_back)]
            share = at / shot.count
            yield view_of(source, shot.camera, share, recipe.width_px, recipe.height_px)


def encode(recipe: Recipe, path: Path) -> None:
    """Make a video by x264 at its default quality (crf 23)."""
    with av.open(path, "w") as output:
        video = output.add_stream("libx264", rate=recipe.fps)
        video.width, video.height, video.pix_fmt = recipe.width_px, recipe.height_px, "yuv420p"
        video.codec_context.thread_count = 2  # any other number makes other bits
        video.options = {
            "preset": recipe.preset,
            "crf": "23",
            "x264-params": f"keyint={recipe.gop}:bframes=3:colormatrix=bt709",
        }
        shown = zip(pictures(recipe), captions(recipe), strict=False)
        add_audio = add_tone(output, recipe.seconds) if recipe.audio else lambda _: None
        for at, (picture, caption) in enumerate(islice(shown, recipe.frames)):
            caption.draw(picture)
            output.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="yuv420p")))
            add_audio(at / recipe.fps)
        add_audio(recipe.seconds)
        output.mux(video.encode(None))


def repeat(source: Path, times: int, path: Path) -> None:
    """A video's packets again and again, timestamps moved on; nothing is encoded anew."""
    with av.open(path, "w") as output:
        with av.open(source) as container:
            for stream in container.streams:
                output.add_stream_from_template(stream)
        ends = dict.fromkeys(range(len(output.streams)), 0)
        for _ in range(times):
            ends = _append(source, output, ends)


def _append(source: Path, output: OutputContainer, begins: dict[int, int]) -> dict[int, int]:
    """One turn, from where each stream ended; where they end now, in time of decoding."""
    ends = dict(begins)
    firsts: dict[int, int] = {}
    with av.open(source) as container:
        for packet in container.demux():
            at = packet.stream_index
            if not packet.size or packet.pts is None or packet.dts is None:
                continue
            shift = begins[at] - firsts.setdefault(at, packet.dts)
            packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
            ends[at] = packet.dts + (packet.duration or 0)
            packet.stream = output.streams[at]
            output.mux(packet)
    return ends


def beginning(source: Path, seconds: float, path: Path) -> None:
    """The first seconds of a video's pictures; nothing is encoded anew."""
    with av.open(source) as container, av.open(path, "w") as output:
        stream = container.streams.video[0]
        copy = output.add_stream_from_template(stream)
        for packet in container.demux(stream):
            if packet.pts is None or packet.dts is None or not stream.time_base:
                continue
            if packet.dts * stream.time_base >= seconds:
                break
            packet.stream = copy
            output.mux(packet)


def made(name: str, make: Callable[[Path], None]) -> Path:
    """A file of the cache; made first if it is not there, whole or not at all."""
    path = FOOTAGE / name
    if not path.exists():
        print(f"making {path.name} …", flush=True)
        FOOTAGE.mkdir(exist_ok=True)
        unfinished = path.with_stem(f"{path.stem}.unfinished-{os.getpid()}")
        make(unfinished)
        unfinished.rename(path)
    return path


def film() -> Path:
    """300 s of 720p, 25 frames a second, keyframes where shots begin."""
    return made("film_300s_720p.mp4", lambda path: encode(FILM, path))


def hd() -> Path:
    """10 minutes of 1080p with sound, 30 frames a second, a keyframe at least every 2 s."""
    return made("hd_10min_1080p.mp4", lambda path: encode(HD, path))


def hd_2h() -> Path:
    """The same twelve times."""
    return made("hd_2h_1080p.mp4", lambda path: repeat(hd(), HD_REPEATS, path))


def clip() -> Path:
    """The first 5 s of the 300."""
    return made("clip_5s_720p.mp4", lambda path: beginning(film(), 5, path))


MAKERS = {"film": film, "clip": clip, "hd": hd, "hd_2h": hd_2h}


def main() -> None:
    """Make those that are named, or all."""
    for name in sys.argv[1:] or MAKERS:
        path = MAKERS[name]()
        print(f"{path}: {path.stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
