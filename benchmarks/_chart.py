"""One picture of the table: what each way costs, as a multiple of jobd's CPU.

    python -m benchmarks._chart

Made of benchmarks/results/engine.json alone; the same figures make the same bytes. Its colours
follow the reader's light or dark background.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterator

RESULTS = Path(__file__).with_name("results")
HEADLINES = (
    ("film_300s_720p.mp4", 0.1, False, "Whole picture, one in 10 s"),
    ("film_300s_720p.mp4", 10.0, True, "Caption area, 10 a second"),
    ("hd_10min_1080p.mp4", 0.1, False, "Whole picture, one in 10 s"),
    ("hd_10min_1080p.mp4", 10.0, True, "Caption area, 10 a second"),
)
VIDEOS = {
    "film_300s_720p.mp4": "5 minutes of 720p",
    "hd_10min_1080p.mp4": "10 minutes of 1080p",
}
WAYS = ("jobd", "torchcodec exact", "decord", "PyAV", "OpenCV", "ffmpeg 1 thread", "ffmpeg")
COLUMNS, COLUMN = 2, 420  # panels side by side, and how wide each one is
LABEL, PLOT, BAR, STEP = 118, 220, 15, 20
TOP, HEAD, GAP = 36, 26, 22
# The first colours can be read on any background, where a viewer does not tell which it has.
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #768390 }
  .title { font-weight: 600; font-size: 14px } .note { font-size: 12px } .way { text-anchor: end }
  .bar { fill: #8b949e } .ours { fill: #2da073 }
  @media (prefers-color-scheme: light) { text { fill: #1f2328 } .note { fill: #59636e } }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .note { fill: #9198a1 } }
"""


def text(x: float, y: float, words: str, kind: str) -> str:
    """A line of text."""
    return f'<text class="{kind}" x="{x:.0f}" y="{y:.0f}">{escape(words)}</text>'


def panel(row: dict[str, Any], name: str, left: float, top: float, longest: float) -> Iterator[str]:
    """The bars of one row of the table."""
    yield text(left, top + 15, f"{name}: {VIDEOS[row['video']]}", "title")
    for at, (way, ratio) in enumerate(bars(row)):
        y = top + HEAD + at * STEP
        length = PLOT * ratio / longest
        kind = "ours" if way == "jobd" else "bar"
        size = f'width="{length:.1f}" height="{BAR}"'
        yield text(left + LABEL - 8, y + 12, way, "way")
        yield f'<rect class="{kind}" x="{left + LABEL:.0f}" y="{y:.0f}" {size}/>'
        yield text(left + LABEL + length + 6, y + 12, value(row, way, ratio), "value")


def bars(row: dict[str, Any]) -> list[tuple[str, float]]:
    """Every way that was measured, and its CPU as a multiple of jobd's."""
    measured = {way: row["ways"].get(way, {}).get("cpu_ratio", {}) for way in WAYS}
    return [(way, its["median"]) for way, its in measured.items() if its]


def value(row: dict[str, Any], way: str, ratio: float) -> str:
    """What stands beside a bar."""
    if way == "jobd":
        return f"1 = {row['ways'][way]['cpu_s']['median']:.1f} s"
    return f"{ratio:.1f}"


def chart(report: dict[str, Any]) -> str:
    """The whole picture."""
    rows = {(row["video"], row["rate_hz"], row["cropped"]): row for row in report["rows"]}
    shown = [(rows[line[:3]], line[3]) for line in HEADLINES if line[:3] in rows]
    longest = max([1.0, *(ratio for row, _ in shown for _, ratio in bars(row))])
    drawn = [text(8, 18, "CPU time as a multiple of jobd's: less is better", "note")]
    high = HEAD + len(WAYS) * STEP + GAP
    for at, (row, name) in enumerate(shown):
        left, top = 8 + at % COLUMNS * COLUMN, TOP + at // COLUMNS * high
        drawn += panel(row, name, left, top, longest)
    width, height = COLUMNS * COLUMN, TOP - (-len(shown) // COLUMNS) * high
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n<style>{STYLE}</style>'
    return "\n".join([head, *drawn, "</svg>\n"])


def draw() -> None:
    """Read the table and write the picture."""
    report = json.loads((RESULTS / "engine.json").read_text(encoding="utf-8"))
    (RESULTS / "engine.svg").write_text(chart(report), encoding="utf-8")


if __name__ == "__main__":
    draw()
