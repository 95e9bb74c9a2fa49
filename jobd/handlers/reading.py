"""The text on full frames: read after they are shown, then shown as a whole itself."""

from __future__ import annotations

import json
import time
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from jobd.errors import AttemptError, NoTextFound, RetryableError
from jobd.ocr.boxes import boxes_of
from jobd.ocr.engine import load, open_engine
from jobd.ocr.likeness import alike, likeness
from jobd.videodb.boxes import BoxStage, Reading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jobd.handlers.context import Attempt, Options
    from jobd.handlers.payloads import FullFrames
    from jobd.ocr.engine import Engine
    from jobd.ocr.likeness import Likeness
    from jobd.ocr.terms import Terms
    from jobd.videodb.boxes import Sums
    from jobd.videodb.database import VideoDb
    from jobd.videodb.fence import Work
    from jobd.videodb.status import FullFramesStatus

_TRIES = 2  # a frame that took an engine's life twice is left out
_COMMIT_EVERY_S = 0.5
_LONGEST_FAULT = 200


def engine_for(payload: FullFrames, options: Options) -> Engine | None:
    """The engine that a job will need, imported but not opened; None for no OCR.

    Raises:
        RetryableError: It cannot be imported.
    """
    wanted = payload.ocr and payload.store != "files"  # without rows, boxes would have no frames
    return load(options.ocr) if options.ocr and wanted else None


@dataclass(frozen=True, slots=True)
class Last:
    """The frame that was read last: its look and its boxes."""

    look: Likeness
    boxes: str


class Reader:
    """One attempt's reading of the frames that are shown.

    Args:
        attempt: The try; it has an engine.
        video: The video's database.
        work: The attempt's name on the fence.
        status: Speaks to the app.
    """

    def __init__(
        self, attempt: Attempt, video: VideoDb, work: Work, status: FullFramesStatus
    ) -> None:
        assert attempt.engine is not None  # noqa: S101 - see engine_for
        assert attempt.options.ocr is not None  # noqa: S101
        self._attempt = attempt
        self._engine: Engine = attempt.engine
        self._terms: Terms = attempt.options.ocr
        self._video = video
        self._status = status
        made_by = f"{self._engine.name}, by {self._terms.boxes}"
        self._stage = BoxStage(video, work, made_by, attempt.number)
        self._last: Last | None = None
        self._committed_s = 0.0
        self._share = 0.0

    def run(self, frames: int) -> dict[str, Any]:
        """Read what is still to be read, and publish all boxes.

        Args:
            frames: How many are shown.

        Returns:
            What it came to, for the job's result.

        Raises:
            NoTextFound: There is no text in the whole video.
            RetryableError: The engine does not work, or failed on every frame; frames were
                removed, or added.
            VideoDeleted: The app deleted the video.
        """
        unread = self._stage.unread()
        self._stage.demand_frames()
        self._share = 1 - len(unread) / frames
        self._stage.flush(lambda: self._status.reading(self._share))
        if unread:
            open_engine(self._engine)
        for done, frame_index in enumerate(unread, frames - len(unread)):
            self._report(done / frames)
            self._frame(frame_index)
        self._stage.flush()
        return self._publish()

    def _report(self, share: float) -> None:
        self._share = share
        self._attempt.report(share)
        self._video.demand()

    def _frame(self, frame_index: int) -> None:
        jpeg = self._stage.picture(frame_index)
        look = likeness(jpeg) if jpeg else None
        if jpeg is None or look is None:
            self._stage.add(Reading(frame_index, "[]", error="it is no picture"))
        elif self._last and alike(self._last.look, look):
            self._stage.add(Reading(frame_index, self._last.boxes, reused=True))
            self._commit_now_and_then()
        else:
            self._last = self._read(frame_index, jpeg, look)

    def _commit_now_and_then(self) -> None:
        """Frames that need no engine go by too quickly to be committed one by one."""
        if time.monotonic() - self._committed_s >= _COMMIT_EVERY_S:
            self._stage.flush(self._show)
            self._committed_s = time.monotonic()

    def _show(self) -> None:
        self._status.read(self._share)

    def _read(self, frame_index: int, jpeg: bytes, look: Likeness) -> Last | None:
        """Let the engine read one frame; None where it could not."""
        if self._stage.begin(frame_index, self._show) > _TRIES:
            fault = f"the engine died of it, or hung, {_TRIES} times"
            self._stage.add(Reading(frame_index, "[]", error=fault))
            return None
        try:
            boxes = self._boxes(jpeg)
        except AttemptError:
            raise
        except Exception as error:  # noqa: BLE001 - one frame's fault is not the video's
            self._stage.add(Reading(frame_index, "[]", error=_in_a_line(error)))
            return None
        self._stage.add(Reading(frame_index, boxes))
        return Last(look, boxes)

    def _boxes(self, jpeg: bytes) -> str:
        picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
        if picture is None:
            raise ValueError("it is no picture")
        height_px, width_px = picture.shape[:2]
        lines = self._engine.read(np.asarray(picture, np.uint8))
        boxes = boxes_of(lines, self._terms.boxes, width_px, height_px)
        text = json.dumps([astuple(box) for box in boxes], ensure_ascii=False, allow_nan=False)
        text.encode()  # as for numbers, nothing that SQLite could not keep
        return text

    def _finish(self) -> None:
        """Within the transaction that shows the boxes."""
        self._stage.demand_frames()
        self._status.complete("processing_complete")

    def _publish(self) -> dict[str, Any]:
        self._stage.demand_frames()
        sums = self._stage.sums()
        faults = self._stage.faults()
        if sums.unread == sums.frames:
            self._stage.forget()
            raise RetryableError(f"OCR failed on every frame: {faults[0]['error']}")
        if not sums.boxes:
            raise NoTextFound(f"No valid boxes found: {_without_text(sums, faults)}")
        self._stage.publish(self._finish, lambda: self._attempt.report(1.0))
        return {
            "engine": self._engine.name,
            "boxes": sums.boxes,
            "framesWithText": sums.with_text,
            "framesReused": sums.reused,
            "framesUnread": sums.unread,
            **({"unread": faults} if faults else {}),
        }


def _in_a_line(error: Exception) -> str:
    """Some engines tell a whole traceback, whose last line is the reason."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return ": ".join([type(error).__name__, *lines[-1:]])[:_LONGEST_FAULT]


def _without_text(sums: Sums, faults: Sequence[Mapping[str, object]]) -> str:
    if not faults:
        return f"no text on any of {sums.frames} frames"
    return (
        f"no text on {sums.frames - sums.unread} frames, and {sums.unread} could not be read:"
        f" {faults[0]['error']}"
    )
