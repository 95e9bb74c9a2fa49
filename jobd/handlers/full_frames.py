"""full_frames: the whole picture, sparsely; the app finds the caption area in it."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from jobd.errors import PermanentError
from jobd.handlers.sampling import Sampling, opened
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


def frame_index_of(rate_hz: float) -> Callable[[int], int]:
    """The numbering of full frames: floor(10 k / rate + ½), so 0, 100, 200 … at 0.1 Hz."""
    rate = Fraction(str(rate_hz))
    return lambda k: int(Fraction(_INDEX_HZ * k) / rate + Fraction(1, 2))


def run(payload: FullFrames, attempt: Attempt) -> dict[str, Any]:
    """Replace the video's full frames.

    Returns:
        The job's result.

    Raises:
        PermanentError: A person's labels refer to the frames there are.
        AttemptError: As the rooms below say.
    """
    with opened(attempt) as video:
        status = FullFramesStatus(video)
        sampling = Sampling(
            payload, attempt, video, Target.FULL_FRAMES, index_of=frame_index_of(payload.frame_rate)
        )
        if sampling.published_before():
            return sampling.earlier_result()
        with fenced(video, Target.FULL_FRAMES, sampling.work):
            status.started(attempt.pid, attempt.number)
        _guard_labels(video, force=payload.force)

        def finish(facts: Facts) -> None:
            _write_facts(video, facts)
            status.complete(attempt.options.final_status)

        return sampling.run(finish, status.progress)


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
