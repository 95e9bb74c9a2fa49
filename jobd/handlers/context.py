"""What a handler is given besides its payload."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jobd.handlers.access import JobAccess
    from jobd.handlers.paths import Root
    from jobd.ocr.engine import Engine
    from jobd.ocr.terms import Terms

FinalStatus = Literal["processing_complete", "running_ocr"]
Sandbox = Literal["auto", "require", "off"]


@dataclass(frozen=True, slots=True)
class Walls:
    """What keeps a child in.

    Attributes:
        sandbox: "off" for none; else whatever the machine offers.
        max_memory_bytes: Of the child's data; a decoder that needs more fails.
        max_growth_bytes: By which any of its files may outgrow the database as it was.
    """

    sandbox: Sandbox
    max_memory_bytes: int
    max_growth_bytes: int


@dataclass(frozen=True, slots=True)
class Options:
    """The daemon's settings that reach into an attempt.

    Attributes:
        roots: Folders that jobs may use.
        final_status: full_frames' last word where it runs no OCR.
        max_pixels: Pictures with more pixels are refused.
        max_images: Jobs that would make more images are refused.
        decode_threads: How many threads decode one video.
        queue_folder: Where the queue lies: no job may write there.
        walls: Around every child.
        allowed_triggers: Names of those that a video's database may have.
        log_level: How much the child's loggers say: "debug", "info", "warning" or "error".
        ocr: What reads text on full frames, and how; None where nothing does.
    """

    roots: tuple[Root, ...]
    final_status: FinalStatus
    max_pixels: int
    max_images: int
    decode_threads: int
    queue_folder: Path
    walls: Walls
    allowed_triggers: tuple[str, ...] = ()
    log_level: str = "info"
    ocr: Terms | None = None


@dataclass(slots=True)
class Tally:
    """The figures of one attempt, filled while it runs (None: not known yet)."""

    frames_wanted: int | None = None
    frames_decoded: int | None = None
    frames_concealed: int | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try, as its handler sees it.

    Attributes:
        queue_id: The queue's UUID.
        attempt_id: The lease: grows with every attempt of the queue.
        job_id: The row.
        round: Raised by every retry by hand and every change of a waiting payload.
        number: Attempts so far in this round, this one included.
        pid: The child's own process id.
        options: The daemon's settings.
        access: What it may touch, opened.
        tally: Figures for the history.
        report: Called with the share of work done, 0 to 1; cheap, call it often.
        engine: Reads text, where this job wants that; imported, not yet opened.
    """

    queue_id: str
    attempt_id: int
    job_id: int
    round: int
    number: int
    pid: int
    options: Options
    access: JobAccess
    tally: Tally
    report: Callable[[float], None]
    engine: Engine | None = None
