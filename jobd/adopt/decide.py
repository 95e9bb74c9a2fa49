"""From what a video's rows say to what is to be queued, and why (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Errors of the pipelines before jobd that another run mends. jobd's own are a person's to retry.
_FULL_MENDABLE = ("UNIQUE constraint failed: full_frames.frame_index",)
_CROP_MENDABLE = (
    "UNIQUE constraint failed: cropped_frames.frame_index",
    "no column named crop_",
    "table cropped_frames has no column",
)
_OF_JOBD = '"jobId"'


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where a person has said to crop, in pixels."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One status row, and what its work has left.

    Attributes:
        word: Its status; None where there is no such row.
        process: What it names as its process.
        process_lives: Whether there is one of that number.
        error: Message and details of its error, as one text.
        has_output: Whether the table that it fills has rows.
    """

    word: str | None = None
    process: str | None = None
    process_lives: bool = False
    error: str = ""
    has_output: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoState:
    """One video as its database shows it.

    Attributes:
        deleted: A person has deleted it.
        full: processing_status; its output counts OCR boxes as well: they go with the frames.
        crop: crop_frames_status.
        layout_approved: A person has agreed to the bounds.
        bounds: None where there are none.
    """

    full: Step
    crop: Step
    deleted: bool = False
    layout_approved: bool = False
    bounds: Bounds | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """A job to queue."""

    kind: str
    reason: str


def decide(video: VideoState) -> tuple[Wish, ...]:
    """Which jobs this video lacks, unless rows of the queue cover them already."""
    return () if video.deleted else (*_full(video.full), *_crop(video))


def _full(step: Step) -> Iterator[Wish]:
    match step.word:
        case "upload_complete":
            yield Wish("full_frames", "uploaded, and taken up by nobody")
        case "extracting_frames" | "analyzing_layout" if not step.process_lives:
            yield Wish("full_frames", _interrupted(step))
        case "processing_complete" if not step.has_output:
            yield Wish("full_frames", "complete, but without frames")
        case "error" if _mendable_full(step.error):
            yield Wish("full_frames", "stopped by an error that another run mends")


def _crop(video: VideoState) -> Iterator[Wish]:
    step = video.crop
    if video.bounds is None:
        return
    match step.word:
        case None if video.layout_approved:
            yield Wish("crop_frames", "its layout is approved, and was never cropped")
        case "queued":
            yield Wish("crop_frames", "queued, and taken up by nobody")
        case "processing" if not step.process_lives:
            yield Wish("crop_frames", _interrupted(step))
        case "complete" if not step.has_output:
            yield Wish("crop_frames", "complete, but without frames")
        case "error" if _is_one_of(step.error, _CROP_MENDABLE):
            yield Wish("crop_frames", "stopped by an error that another run mends")


def _interrupted(step: Step) -> str:
    return f"its process {step.process} is gone" if step.process else "it names no process"


def _mendable_full(error: str) -> bool:
    if _OF_JOBD in error:
        return False
    failed_ocr = "OCR" in error and "failed" in error
    return failed_ocr or "Processing interrupted" in error or _is_one_of(error, _FULL_MENDABLE)


def _is_one_of(error: str, mendable: tuple[str, ...]) -> bool:
    return _OF_JOBD not in error and any(text in error for text in mendable)
