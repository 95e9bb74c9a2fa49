"""All jobs of a video as a screen."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from jobd.report.bars import span_bar
from jobd.report.brief import payload_of
from jobd.report.lineage import tree
from jobd.report.palette import style_of
from jobd.report.screen import PLAIN, finished, labelled
from jobd.report.styled import Styled, joined, styled
from jobd.report.text import harmless
from jobd.report.times import precisely, stamp
from jobd.report.wanted import STATES

if TYPE_CHECKING:
    from jobd.report.job_table import Lines
    from jobd.report.rows import Job, VideoJobs
    from jobd.report.view import View

_BARS = 20
_HEAD = 26  # "    12  crop_frames  5h02m  "
_BAR_LEAST, _BAR_MOST = 10, 100
_PATHS = {"file": "videoPath", "frames": "dbPath"}


def video_screen(look: VideoJobs, view: View = PLAIN) -> str:
    """The whole screen, ending in a newline."""
    lines = labelled("video", harmless(look.video_id), view.width)
    payload = payload_of(look.jobs[0]) if look.jobs else {}
    for label, key in _PATHS.items():
        if isinstance(payload.get(key), str):
            lines += labelled(label, harmless(payload[key]), view.width)
    lines.append(styled("jobs    ", "dim") + _counts(look))
    lines += [Styled(), *tree(look.jobs, look.now_ms, view)] if look.jobs else []
    return finished([*lines, *_times(look, view)], view)


def _counts(look: VideoJobs) -> Styled:
    counted = Counter(job.shown_as(look.now_ms) for job in look.jobs)
    words = [styled(f"{counted[s]:,} {s}", style_of(s)) for s in STATES if counted[s]]
    return joined(", ", words) or styled("none that are meant")


def _times(look: VideoJobs, view: View) -> Lines:
    """When each ran, to scale, the oldest first."""
    ran = [job for job in look.jobs if job.took_ms(look.now_ms) is not None][:_BARS][::-1]
    if not ran:
        return []
    spans = [_span(job, look.now_ms) for job in ran]
    first, last = min(start for start, _ in spans), max(end for _, end in spans)
    columns = max(_BAR_LEAST, min(_BAR_MOST, view.width - _HEAD))
    title = f"{stamp(first)} to {stamp(last)} UTC"
    lines: Lines = [Styled(), styled(title, "dim")]
    for job, (start, end) in zip(ran, spans, strict=True):
        head = f"{job.id:>5}  {harmless(job.kind):<11.11}"
        bar = span_bar(start, end, (first, last, columns), style_of(job.status))
        lines.append(styled(f"{head}{precisely(end - start):>7} ") + bar)
    return lines


def _span(job: Job, now_ms: int) -> tuple[int, int]:
    start_ms = job.started_at_ms or now_ms
    return start_ms, start_ms + max(0, job.took_ms(now_ms) or 0)
