"""Which videos are measured, at which rates, and what each video is like."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av

from benchmarks import _footage
from benchmarks._packets import best_video, read, stretches, targets
from jobd.frames.extract import extract
from jobd.frames.source import Limits
from tests.support.video import MEDIA, more_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks._run import Crop

RATES_HZ = (0.1, 1.0, 2.0, 10.0)
ALL = tuple((rate_hz, cropped) for rate_hz in RATES_HZ for cropped in (False, True))
ENDS = ((0.1, False), (10.0, True))  # what the two kinds of job do by default
SHORT = ("nasa_h264.mp4", "ocean_h264.mp4", "ocean_vp8.webm", "demo_60s_h264.mkv")
MORE = ("hevc_1080p.mp4", "snow_h264.ts", "demo_60s_vp9.webm")  # measured where they are at hand
VIDEOS: dict[str, tuple[Callable[[], Path], tuple[tuple[float, bool], ...]]] = {
    "film_300s_720p.mp4": (_footage.film, ALL),
    "bbb_trailer_720p_h264.mp4": ((MEDIA / "bbb_trailer_720p_h264.mp4").absolute, ALL),
    **{name: ((MEDIA / name).absolute, ENDS) for name in SHORT},
    **{name: ((more_folder() / name).absolute, ENDS) for name in MORE},
    "hd_10min_1080p.mp4": (_footage.hd, ENDS),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    video: str
    path: Path
    rate_hz: float
    cropped: bool

    @property
    def key(self) -> tuple[str, float, bool]:
        """By which it is found again."""
        return self.video, self.rate_hz, self.cropped

    @property
    def title(self) -> str:
        """For people."""
        return f"{self.video} {self.rate_hz:g} Hz {'cropped' if self.cropped else 'full'}"


def rows(names: list[str], rates_hz: list[float], *, every: bool) -> list[Row]:
    """The table's lines; the made videos are made only if they are wanted.

    Args:
        names: Parts of the names of the wanted videos; none: all.
        rates_hz: The wanted rates; none: all.
        every: All cases of all videos, where else the short and the very long have two.
    """
    return [
        Row(name, path, rate_hz, cropped)
        for name, (find, cases) in VIDEOS.items()
        if not names or any(part in name for part in names)
        if (path := find()).exists()
        for rate_hz, cropped in (ALL if every else cases)
        if not rates_hz or rate_hz in rates_hz
    ]


def place(video: str, rate_hz: float, cropped: bool) -> tuple[int, float, bool]:  # noqa: FBT001
    """Where a row stands in the table."""
    names = list(VIDEOS)
    return (names.index(video) if video in names else len(names), rate_hz, cropped)


def bottom_fifth(path: Path) -> Crop:
    """Where captions are, in the picture as shown."""
    limits = Limits(8192 * 8192, 1_000_000)
    with extract(
        str(path), 0.1, crop=None, quality=75, limits=limits, tick=lambda _: None
    ) as extraction:
        width_px, height_px = extraction.facts.width_px, extraction.facts.height_px
    return (0, height_px * 4 // 5, width_px, height_px)


def about_video(path: Path) -> dict[str, Any]:
    """What decides how much can be skipped."""
    packets, _, length_s = read(path)
    with av.open(path) as container:
        stream = best_video(container)
        told = {
            "codec": stream.codec_context.codec.canonical_name,
            "width_px": stream.width,
            "height_px": stream.height,
            "fps": round(float(stream.average_rate or 0), 3),
        }
    unreferenced = sum(packet.referenced is False for packet in packets)
    known = any(packet.referenced is not None for packet in packets)
    return told | {
        "seconds": round(float(length_s), 3),
        "size_bytes": path.stat().st_size,
        "packets": len(packets),
        "keyframes": sum(packet.key for packet in packets),
        "unreferenced_share": round(unreferenced / len(packets), 3) if known else None,
    }


def about_row(row: Row) -> dict[str, int]:
    """How many packets its images take: from keyframes on, and without those nothing refers to."""
    packets, base, length_s = read(row.path)
    wanted = targets(packets, base, length_s, Fraction(str(row.rate_hz)))
    spans = [(s, range(s.first, s.end)) for s in stretches(packets, wanted)]
    return {
        "frames_wanted": len(wanted),
        "packets_from_keyframes": sum(len(span) for _, span in spans),
        "packets_to_decode": sum(
            n in stretch.targets or packets[n].referenced is not False
            for stretch, span in spans
            for n in span
        ),
    }
