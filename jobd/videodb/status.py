"""What the app shows: the one row of each status table, one statement for each event.

Each method runs inside the caller's transaction (`fence.fenced`, `fence.notice`, or the
`finish` of a publish), so that a word and what it speaks of appear together.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal, Protocol

from jobd.errors import DatabaseRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobd.videodb.database import VideoDb

FinalWord = Literal["processing_complete", "running_ocr"]


class Status(Protocol):
    """The events that every kind of job tells the app.

    `complete` differs by kind and is not part of it.
    """

    def started(self, pid: int, attempt_number: int) -> None:
        """An attempt began: no old error, no old progress, its pid as the app's job id."""

    def progress(self, share: float) -> None:
        """Work done so far, 0 to 1."""

    def waiting(self) -> None:
        """No attempt runs, another will."""

    def failed(self, message: str, details: Mapping[str, object]) -> None:
        """No other attempt will run: failed for good, or cancelled by a person."""


class FullFramesStatus:
    """Row 1 of processing_status."""

    def __init__(self, video: VideoDb) -> None:
        self._video = video

    def started(self, pid: int, attempt_number: int) -> None:
        """The word is extracting_frames; attempts are counted within the round."""
        self._write("full_started", pid=str(pid), attempt_number=attempt_number)

    def progress(self, share: float) -> None:
        """Progress of frame extraction, and a heartbeat."""
        self._write("full_progress", share=share)

    def reading(self, share: float) -> None:
        """The word is running_ocr: the frames are there, so much of their text is read."""
        self._write("full_reading", share=share)

    def read(self, share: float) -> None:
        """Progress of the OCR, and a heartbeat."""
        self._write("full_read", share=share)

    def waiting(self) -> None:
        """The word is upload_complete, which the app shows as "Queued"."""
        self._write("full_waiting")

    def failed(self, message: str, details: Mapping[str, object]) -> None:
        """The word is error, with a line for people and JSON for the app."""
        self._write("full_failed", message=_encodable(message), details=json.dumps(details))

    def complete(self, word: FinalWord) -> None:
        """The final word, with all three progress columns at 1."""
        self._write("full_complete", word=word)

    def _write(self, block: str, **parameters: object) -> None:
        _write(self._video, "full_row", block, parameters)


class CropFramesStatus:
    """Row 1 of crop_frames_status."""

    def __init__(self, video: VideoDb) -> None:
        self._video = video

    def started(self, pid: int, attempt_number: int) -> None:  # noqa: ARG002
        """The word is processing; the table has no column for the attempt's number."""
        self._write("crop_started", pid=str(pid))

    def progress(self, share: float) -> None:
        """Write nothing: the table has no column for it."""

    def waiting(self) -> None:
        """The word is queued."""
        self._write("crop_waiting")

    def failed(self, message: str, details: Mapping[str, object]) -> None:
        """The word is error, with a line for people and JSON for the app."""
        self._write("crop_failed", message=_encodable(message), details=json.dumps(details))

    def complete(self) -> None:
        """The word is complete."""
        self._write("crop_complete")

    def _write(self, block: str, **parameters: object) -> None:
        _write(self._video, "crop_row", block, parameters)


def _write(video: VideoDb, row: str, block: str, parameters: Mapping[str, object]) -> None:
    video.row(row)
    if video.row(block, **parameters) is None:
        raise DatabaseRefused(f"dbPath {video.path} keeps no status row with id 1")


def _encodable(message: str) -> str:
    """A lone surrogate from a file name must not cost the app its status."""
    return message.encode("utf-8", "replace").decode("utf-8")
