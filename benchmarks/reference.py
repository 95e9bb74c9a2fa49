"""Do jobd's images show the same frames as the `ffmpeg` program's? Prints a table.

    python benchmarks/reference.py

Takes the videos that the project ships, and those in $JOBD_MORE_VIDEOS or ../shared/videos.
ffmpeg's `fps=RATE:round=up` filter is jobd's rule, see `lumas_of_ffmpeg`; every image is compared
by the MD5 of its frame's luma plane, before any conversion.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import av

sys.path.append(str(Path(__file__).parents[1]))

from tests.support.reference import lumas, lumas_of_ffmpeg
from tests.support.video import MEDIA, more_folder

RATES_HZ = (0.1, 1.0, 10.0)
SUFFIXES = {".mp4", ".mkv", ".mov", ".webm", ".ogv", ".ts", ".avi"}
RESULTS = Path(__file__).parent / "results" / "reference.json"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One video at one rate."""

    video: str
    rate_hz: float
    images: int
    images_of_ffmpeg: int
    equal: int


def compared(path: Path, rate_hz: float) -> Comparison:
    """Sample one video both ways."""
    ours, theirs = lumas(path, rate_hz), lumas_of_ffmpeg(path, rate_hz)
    equal = sum(a == b for a, b in zip(ours, theirs, strict=False))
    return Comparison(path.name, rate_hz, len(ours), len(theirs), equal)


def videos(folders: list[Path]) -> list[Path]:
    """The videos in some folders, each name once."""
    found = {p.name: p for folder in folders for p in folder.iterdir() if p.suffix in SUFFIXES}
    return [found[name] for name in sorted(found)]


def main() -> None:
    """Compare, print and write the results."""
    print(f"{'video':32}{'rate':>8}{'jobd':>8}{'ffmpeg':>8}{'equal':>8}")
    rows = []
    for path in videos([folder for folder in (more_folder(), MEDIA) if folder.is_dir()]):
        for rate_hz in RATES_HZ:
            row = compared(path, rate_hz)
            rows.append(row)
            print(
                f"{row.video:32}{rate_hz:>5g} Hz{row.images:8}{row.images_of_ffmpeg:8}{row.equal:8}"
            )
    total, equal = sum(r.images for r in rows), sum(r.equal for r in rows)
    print(f"{equal} of {total} images equal, {len({r.video for r in rows})} videos")
    report = {
        "versions": versions(),
        "equal": equal,
        "images": total,
        "comparisons": [asdict(row) for row in rows],
    }
    RESULTS.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def versions() -> dict[str, str]:
    """What was compared with what."""
    banner = subprocess.run(["ffmpeg", "-version"], capture_output=True, text=True, check=True)  # noqa: S607
    return {
        "ffmpeg": banner.stdout.split()[2],
        "av": av.__version__,
        "libav": av.ffmpeg_version_info,
        "python": platform.python_version(),
    }


if __name__ == "__main__":
    main()
