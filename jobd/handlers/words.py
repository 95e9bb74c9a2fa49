"""What an attempt tells of itself in its log, in words (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobd.frames.wish import Facts

_KB, _MB = 1000, 1_000_000


def size(count_bytes: int) -> str:
    """A size as people read it: "512 bytes", "13.8 kB", "2.4 MB"."""
    if count_bytes < _KB:
        return f"{count_bytes} bytes"
    if count_bytes < _MB:
        return f"{count_bytes / _KB:.1f} kB"
    return f"{count_bytes / _MB:,.1f} MB"


def of_video(name: str, size_bytes: int, facts: Facts) -> str:
    """What was found in a file."""
    fps = "" if facts.fps is None else f", {facts.fps:.5g} frames/s"
    return (
        f"{name}: {facts.codec}, {facts.width_px}x{facts.height_px}, {facts.duration_s:,.1f} s"
        f"{fps}, {size(size_bytes)}; images wanted: {facts.wanted:,}"
    )


def of_decoding(images: int, size_bytes: int, frames: int, took_s: float) -> str:
    """What was made of it."""
    made = f"images made: {images:,}, {size(size_bytes)}"
    return f"{made}; frames decoded: {frames:,}, in {took_s:,.1f} s"
