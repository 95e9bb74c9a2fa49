"""The limit: decode just the packets that the wanted frames depend on, known beforehand.

Which packets those are is found out before the clock starts: from the keyframe to the wanted
frame, without the frames that no other refers to. H.264 tells those in a packet's first bytes;
of other codecs the decoder is asked to leave them out. The file is opened on the clock.
"limit + JPEGs" also makes the images, by jobd's own conversion.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av

from benchmarks._packets import Packet, Stretch, best_video, read, stretches, targets
from benchmarks._run import Task, Work, tell
from benchmarks._ways import QUALITY
from jobd.frames.crop import Crop
from jobd.frames.jpeg import View, shape_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from av.container import InputContainer
    from av.video.frame import VideoFrame

_NEVER_SKIP = {"av1", "libdav1d"}  # skip_frame leaves out more of theirs


class Plan:
    """Which packets to decode."""

    def __init__(self, task: Task) -> None:
        self.packets, base, length_s = read(Path(task.path))
        wanted = targets(self.packets, base, length_s, Fraction(str(task.rate_hz)))
        self.stretches = stretches(self.packets, wanted)


def limit(task: Task) -> Work:
    """Decode, and nothing else."""
    plan = Plan(task)
    return lambda: (sum(1 for _ in frames(task.path, plan)), 0)


def limit_with_jpegs(task: Task) -> Work:
    """Decode, and make the images."""
    plan = Plan(task)
    crop = Crop(*task.crop) if task.crop else None

    def work() -> tuple[int, int]:
        images, size, view = 0, 0, None
        for frame in frames(task.path, plan):
            view = view or View(shape_of(frame), crop, QUALITY)
            images, size = images + 1, size + len(view.jpeg_of(frame)[0])
        return images, size

    return work


def frames(path: str, plan: Plan) -> Iterator[VideoFrame]:
    """The wanted frames."""
    with av.open(path) as container:
        best_video(container).codec_context.thread_count = 1
        for stretch in plan.stretches:
            yield from _decoded(container, plan.packets, stretch)


def _decoded(
    container: InputContainer, packets: list[Packet], stretch: Stretch
) -> Iterator[VideoFrame]:
    stream = best_video(container)
    context = stream.codec_context
    skips = context.codec.name not in _NEVER_SKIP
    wanted = {packets[n].pts for n in stretch.targets}
    _seek(container, packets[stretch.first])
    ordinal = stretch.first
    for packet in container.demux(stream):
        if not packet.size or (ordinal == stretch.first and packet.pts != packets[ordinal].pts):
            continue  # the seek led to an earlier keyframe
        if packets[ordinal].referenced is not False or ordinal in stretch.targets:
            leave_out = skips and ordinal not in stretch.targets
            context.skip_frame = "NONREF" if leave_out else "DEFAULT"
            yield from (f for f in stream.decode(packet) if f.pts in wanted)
        ordinal += 1
        if ordinal == stretch.end:
            break
    yield from (f for f in stream.decode(None) if f.pts in wanted)
    context.flush_buffers()


def _seek(container: InputContainer, key: Packet) -> None:
    # Matroska's index holds times of display.
    matroska = container.format.name.startswith("matroska")
    container.seek(key.pts if matroska else key.dts, stream=best_video(container))


LOADERS: dict[str, Callable[[Task], Work]] = {"limit": limit, "limit + JPEGs": limit_with_jpegs}

if __name__ == "__main__":
    tell(LOADERS)
