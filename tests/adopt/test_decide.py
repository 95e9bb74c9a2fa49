"""From what a video's rows say to what is queued: the whole table."""

from __future__ import annotations

import pytest

from jobd.adopt.decide import Bounds, Step, VideoState, decide

DONE = Step(word="processing_complete", has_output=True)
CROPPED = Step(word="complete", has_output=True)
BOUNDS = Bounds(0, 1, 2, 3)
BY_JOBD = '{"jobId": 3, "attempt": 1, "reason": "OCR failed"}'
FULL_TWICE = "UNIQUE constraint failed: full_frames.frame_index"
CROP_TWICE = "UNIQUE constraint failed: cropped_frames.frame_index"


def wishes(video: VideoState) -> dict[str, str]:
    return {wish.kind: wish.reason for wish in decide(video)}


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (Step(word="upload_complete"), "uploaded, and taken up by nobody"),
        (Step(word="extracting_frames"), "it names no process"),
        (Step(word="extracting_frames", process="12"), "its process 12 is gone"),
        (Step(word="extracting_frames", process="12", process_lives=True), None),
        (Step(word="analyzing_layout", process="12"), "its process 12 is gone"),
        (Step(word="analyzing_layout", process="12", process_lives=True), None),
        (Step(word="running_ocr", process="12"), None),
        (Step(word="processing_complete"), "complete, but without frames"),
        (DONE, None),
        (Step(word="error", error="disk full"), None),
        (Step(word="error", error=FULL_TWICE), "stopped by an error that another run mends"),
        (Step(word="error", error=CROP_TWICE), None),
        (
            Step(word="error", error="Processing interrupted (restart)"),
            "stopped by an error that another run mends",
        ),
        (
            Step(word="error", error="x\nOCR of 3 frames failed"),
            "stopped by an error that another run mends",
        ),
        (Step(word="error", error="OCR"), None),
        (Step(word="error", error=f"OCR failed\n{BY_JOBD}"), None),
        (Step(word="error", error=f"Processing interrupted\n{BY_JOBD}"), None),
        (Step(word="uploading"), None),
        (Step(word="pending_duplicate_resolution"), None),
        (Step(word="a word to come"), None),
        (Step(), None),
    ],
)
def test_full_frames(step: Step, reason: str | None) -> None:
    expected = {} if reason is None else {"full_frames": reason}
    assert wishes(VideoState(full=step, crop=CROPPED)) == expected
    assert wishes(VideoState(full=step, crop=CROPPED, deleted=True)) == {}


@pytest.mark.parametrize(
    ("step", "approved", "reason"),
    [
        (Step(), True, "its layout is approved, and was never cropped"),
        (Step(), False, None),
        (Step(word="queued"), False, "queued, and taken up by nobody"),
        (Step(word="queued"), True, "queued, and taken up by nobody"),
        (Step(word="processing"), True, "it names no process"),
        (Step(word="processing", process="7"), True, "its process 7 is gone"),
        (Step(word="processing", process="7", process_lives=True), True, None),
        (Step(word="complete"), True, "complete, but without frames"),
        (CROPPED, True, None),
        (Step(word="error", error="no such file"), True, None),
        (Step(word="error", error=CROP_TWICE), True, "stopped by an error that another run mends"),
        (Step(word="error", error=FULL_TWICE), True, None),
        (
            Step(word="error", error="table x has no column named crop_left"),
            True,
            "stopped by an error that another run mends",
        ),
        (
            Step(word="error", error="table cropped_frames has no column named y"),
            True,
            "stopped by an error that another run mends",
        ),
        (Step(word="error", error=f"{CROP_TWICE}\n{BY_JOBD}"), True, None),
        (Step(word="a word to come"), True, None),
    ],
)
def test_crop_frames(step: Step, approved: bool, reason: str | None) -> None:  # noqa: FBT001
    video = VideoState(full=DONE, crop=step, layout_approved=approved, bounds=BOUNDS)
    assert wishes(video) == ({} if reason is None else {"crop_frames": reason})
    without = VideoState(full=DONE, crop=step, layout_approved=approved)
    assert wishes(without) == {}, "nobody has said where to crop"
    deleted = VideoState(
        full=DONE, crop=step, layout_approved=approved, bounds=BOUNDS, deleted=True
    )
    assert wishes(deleted) == {}


def test_both_at_once() -> None:
    video = VideoState(full=Step(word="upload_complete"), crop=Step(word="queued"), bounds=BOUNDS)
    assert list(wishes(video)) == ["full_frames", "crop_frames"]
