"""full_frames: the whole picture, sparsely; the app finds the caption area in it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from jobd.errors import PermanentError
from jobd.handlers.reading import Reader
from jobd.handlers.sampling import Sampling, opened
from jobd.videodb import fence
from jobd.videodb.fence import Target, fenced
from jobd.videodb.status import FullFramesStatus
from jobd.videodb.video_facts import fill_metadata, user_labels, write_layout

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobd.frames.wish import Facts
    from jobd.handlers.context import Attempt
    from jobd.handlers.payloads import FullFrames
    from jobd.videodb.database import VideoDb

# The app numbers frames by tenths of a second.
_INDEX_HZ = 10
# Of a job with OCR: to decode a frame takes less time than to read it.
_DECODING = 0.2


def frame_index_of(rate_hz: float) -> Callable[[int], int]:
    """The numbering of full frames: floor(10 k / rate + ½), so 0, 100, 200 … at 0.1 Hz."""
    rate = Fraction(str(rate_hz))
    return lambda k: int(Fraction(_INDEX_HZ * k) / rate + Fraction(1, 2))


def run(payload: FullFrames, attempt: Attempt) -> dict[str, Any]:
    """Replace the video's full frames, then read the text on them.

    Returns:
        The job's result.

    Raises:
        PermanentError: A person's labels refer to the frames there are.
        NoTextFound: There is no text in the whole video.
        AttemptError: As the rooms below say.
    """
    with opened(attempt) as video:
        return _Job(payload, attempt, video).run()


class _Job:
    """One attempt; where there is an engine, frames are its first part and boxes its second."""

    def __init__(self, payload: FullFrames, attempt: Attempt, video: VideoDb) -> None:
        self._payload = payload
        self._attempt = attempt
        self._video = video
        self._status = FullFramesStatus(video)
        self._sampling = Sampling(
            payload,
            attempt if attempt.engine is None else _part(attempt, 0.0, _DECODING),
            video,
            Target.FULL_FRAMES,
            index_of=frame_index_of(payload.frame_rate),
        )

    def run(self) -> dict[str, Any]:
        sampling = self._sampling
        if sampling.published_before():
            return sampling.earlier_result()
        if self._attempt.engine is None:
            return self._sample()
        frames = fence.shown(self._video, Target.FULL_FRAMES, sampling.work)
        result = self._resume(frames) if frames else self._sample()
        return result | {"ocr": self._read()}

    def _resume(self, frames: int) -> dict[str, Any]:
        """Go on where an earlier attempt died that had shown the frames."""
        with fenced(self._video, Target.FULL_FRAMES, self._sampling.work):
            self._status.started(self._attempt.pid, self._attempt.number)
            self._status.reading(0.0)
        _guard_labels(self._video, force=self._payload.force)
        self._sampling.clear_up(boxes=False)
        return {"frames": frames, "framesBefore": True}

    def _sample(self) -> dict[str, Any]:
        work = self._sampling.work
        with fenced(self._video, Target.FULL_FRAMES, work):
            fence.show(self._video, Target.FULL_FRAMES, work, 0)
            self._status.started(self._attempt.pid, self._attempt.number)
        _guard_labels(self._video, force=self._payload.force)
        return self._sampling.run(self._finish, self._status.progress)

    def _finish(self, facts: Facts) -> None:
        """Within the transaction that shows the frames."""
        _write_facts(self._video, facts)
        if self._attempt.engine is None:
            self._status.complete(self._attempt.options.final_status)
        else:
            fence.show(self._video, Target.FULL_FRAMES, self._sampling.work, facts.wanted)
            self._status.reading(0.0)

    def _read(self) -> dict[str, Any]:
        work = self._sampling.work
        attempt = _part(self._attempt, _DECODING, 1.0)
        frames = fence.shown(self._video, Target.FULL_FRAMES, work)
        return Reader(attempt, self._video, work, self._status).run(frames)


def _part(attempt: Attempt, start: float, end: float) -> Attempt:
    """The attempt as one of its parts sees it, whose progress is a part of the whole."""
    return replace(attempt, report=lambda share: attempt.report(start + share * (end - start)))


def _guard_labels(video: VideoDb, *, force: bool) -> None:
    if not force and user_labels(video):
        raise PermanentError(
            'labelled frames would move: say "force": true to replace them all the same'
        )


def _write_facts(video: VideoDb, facts: Facts) -> None:
    write_layout(video, facts.width_px, facts.height_px)
    fill_metadata(
        video,
        duration_s=facts.duration_s,
        width_px=facts.width_px,
        height_px=facts.height_px,
        fps=facts.fps,
        codec=facts.codec,
    )
