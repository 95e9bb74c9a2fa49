"""One picture of the table: what each way costs, as a multiple of jobd's CPU.

    python -m benchmarks._chart

Made of benchmarks/results/engine.json alone; the same figures make the same bytes. Its colours
follow the reader's light or dark background.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

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
WIDTH, LEFT, BAR, GAP, PLOT = 760, 150, 16, 5, 520
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600; font-size: 15px } .note { fill: #59636e; font-size: 12px }
  .way { text-anchor: end } .bar { fill: #9aa4af } .ours { fill: #1a7f5a }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .note { fill: #9198a1 } .bar { fill: #6e7681 } .ours { fill: #3fb984 }
  }
"""


def text(x: float, y: float, words: str, kind: str) -> str:
    """A line of text."""
    return f'<text class="{kind}" x="{x:.0f}" y="{y:.0f}">{escape(words)}</text>'


def panel(row: dict[str, Any], name: str, top: float, longest: float) -> tuple[list[str], float]:
    """The bars of one row of the table, and where they end."""
    drawn = [text(12, top + 16, f"{name}: {VIDEOS[row['video']]}", "title")]
    top += 28
    ours_s = row["ways"]["jobd"]["cpu_s"]["median"]
    for way in WAYS:
        its = row["ways"].get(way, {})
        if "cpu_ratio" not in its:
            continue
        ratio = its["cpu_ratio"]["median"]
        length = PLOT * ratio / longest
        kind = "ours" if way == "jobd" else "bar"
        shown = f"1 = {ours_s:.1f} s of CPU" if way == "jobd" else f"{ratio:.1f}"
        drawn += [
            text(LEFT - 8, top + 13, way, "way"),
            f'<rect class="{kind}" x="{LEFT}" y="{top:.0f}" width="{length:.1f}" height="{BAR}"/>',
            text(LEFT + length + 6, top + 13, shown, "value"),
        ]
        top += BAR + GAP
    return drawn, top + 14


def chart(report: dict[str, Any]) -> str:
    """The whole picture."""
    rows = {(row["video"], row["rate_hz"], row["cropped"]): row for row in report["rows"]}
    shown = [(rows[line[:3]], line[3]) for line in HEADLINES if line[:3] in rows]
    ways = [its for row, _ in shown for way, its in row["ways"].items() if way in WAYS]
    longest = max([1.0, *(its["cpu_ratio"]["median"] for its in ways if "cpu_ratio" in its)])
    drawn = [text(12, 22, "CPU time as a multiple of jobd's; less is better", "note")]
    top = 34.0
    for row, name in shown:
        bars, top = panel(row, name, top, longest)
        drawn += bars
    size = f'width="{WIDTH}" height="{top:.0f}" viewBox="0 0 {WIDTH} {top:.0f}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n<style>{STYLE}</style>'
    return "\n".join([head, *drawn, "</svg>\n"])


def draw() -> None:
    """Read the table and write the picture."""
    report = json.loads((RESULTS / "engine.json").read_text(encoding="utf-8"))
    (RESULTS / "engine.svg").write_text(chart(report), encoding="utf-8")


if __name__ == "__main__":
    draw()
