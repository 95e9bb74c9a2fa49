"""crop_frames: the caption area, densely; a person waits for it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from jobd.handlers.sampling import Sampling, opened
from jobd.videodb.fence import Target, fenced
from jobd.videodb.stage import Crop
from jobd.videodb.status import CropFramesStatus
from jobd.videodb.video_facts import crop_bounds_version

if TYPE_CHECKING:
    from jobd.handlers.context import Attempt
    from jobd.handlers.payloads import CropFrames
    from jobd.videodb.database import VideoDb

log = logging.getLogger("jobd")


def run(payload: CropFrames, attempt: Attempt) -> dict[str, Any]:
    """Replace the video's cropped frames.

    Returns:
        The job's result.

    Raises:
        AttemptError: As the rooms below say.
    """
    with opened(attempt) as video:
        status = CropFramesStatus(video)
        crop = _crop_of(payload, video)
        log.info(
            "crop %d, %d to %d, %d; bounds version %d",
            *(crop.left, crop.top, crop.right, crop.bottom, crop.version),
        )
        sampling = Sampling(payload, attempt, video, Target.CROPPED_FRAMES, crop=crop)
        if sampling.published_before():
            return sampling.earlier_result()
        with fenced(video, Target.CROPPED_FRAMES, sampling.work):
            status.started(attempt.pid, attempt.number)
        return sampling.run(lambda _: status.complete())


def _crop_of(payload: CropFrames, video: VideoDb) -> Crop:
    """The bounds with their version, read once, at the start of the attempt."""
    bounds = payload.crop_bounds
    sides = (bounds.left, bounds.top, bounds.right, bounds.bottom)
    version = payload.crop_bounds_version
    if version is None:
        version = crop_bounds_version(video, *sides)
    return Crop(*sides, version)
