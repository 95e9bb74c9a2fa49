"""What is worth knowing of a job, in a few words (pure)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from jobd.report.bars import progress_bar
from jobd.report.palette import style_of
from jobd.report.rows import json_value
from jobd.report.styled import Styled, styled
from jobd.report.text import harmless
from jobd.report.times import roughly

if TYPE_CHECKING:
    from jobd.report.rows import Job

_FOLDERS = re.compile(r"(?<![^\s'\"(])/(?:[^/\s'\"]+/)+(?=[^/\s'\"])")
_BAR_LEAST, _BAR_MOST = 4, 20
_BESIDE_BAR = 14  # " 46%  12h left"


def detail(job: Job, now_ms: int, room: int, paused: tuple[str, ...] = ()) -> Styled:
    """How far it is, when it goes on, or what it made.

    Args:
        job: The job.
        now_ms: The moment.
        room: How many columns there are; a bar takes what the words leave.
        paused: The kinds of which none is started.
    """
    if job.status == "running":
        return _running(job, now_ms, room)
    if job.status == "queued":
        return _waiting(job, now_ms, paused)
    return styled(made(job), "dim") if job.status == "completed" else Styled()


def _running(job: Job, now_ms: int, room: int) -> Styled:
    if job.progress is None:
        return styled("starting")
    bar = progress_bar(job.progress, max(_BAR_LEAST, min(_BAR_MOST, room - _BESIDE_BAR)))
    left_ms = job.left_ms(now_ms)
    left = "" if left_ms is None else f"  {roughly(left_ms)} left"
    return bar + styled(f" {percent(job.progress)}{left}")


def _waiting(job: Job, now_ms: int, paused: tuple[str, ...]) -> Styled:
    word = "next try" if job.attempts > 0 else "starts"
    at_ms = job.next_try_at_ms(now_ms)
    if job.kind in paused:
        return styled("kind is paused", "wait")
    if at_ms is not None:
        return styled(f"{word} in {roughly(at_ms - now_ms)}", style_of(job.shown_as(now_ms)))
    return styled(f"{word} now" if job.attempts > 0 else "")


def payload_of(job: Job) -> dict[str, Any]:
    """The payload, where it is an object."""
    return _object(job.payload)


def result_of(job: Job) -> dict[str, Any]:
    """The result, where there is one and it is an object."""
    return _object(job.result)


def _object(text: str | None) -> dict[str, Any]:
    value = json_value(text) if text else None
    return value if isinstance(value, dict) else {}


def made(job: Job) -> str:
    """What a completed job tells of its work."""
    result = result_of(job)
    frames, *size = (result.get(key) for key in ("frames", "width", "height"))
    words = [f"{frames:,} {'frame' if frames == 1 else 'frames'}"] if _is_count(frames) else []
    if all(map(_is_count, size)):
        words.append(f"{size[0]}x{size[1]}")
    concealed = result.get("concealed")
    if _is_count(concealed) and concealed:
        words.append(f"{concealed:,} damaged")
    return ", ".join(words)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def reasons(job: Job, now_ms: int) -> list[Styled]:
    """Why it failed or waits, in one line each: whole, then without the folders of its paths.

    They hardly tell one job from another, and are the first to go where there is little room.
    """
    if job.reason is None:
        return []
    text, style = harmless(job.reason), style_of(job.shown_as(now_ms))
    return [styled(wording, style) for wording in (text, without_folders(text))]


def without_folders(text: str) -> str:
    """The text with "…/video.mp4" for "/srv/videos/0f8c/video.mp4"."""
    return _FOLDERS.sub("…/", text)


def percent(share: float) -> str:
    """A share of work in whole per cent, never 100 before all is done."""
    return f"{int(min(max(share, 0.0), 1.0) * 100)}%"
