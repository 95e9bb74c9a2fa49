"""What both kinds share: sample a video into a stage, then publish it whole."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobd.errors import PathRefused
from jobd.frames.extract import extract
from jobd.frames.source import Limits
from jobd.handlers.files import clear_leftovers, folder_for
from jobd.handlers.showing import show
from jobd.handlers.words import of_decoding, of_video
from jobd.videodb import fence
from jobd.videodb.database import open_video_db
from jobd.videodb.publish import drop_leftovers
from jobd.videodb.stage import Image, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from jobd.frames.extract import Extraction
    from jobd.frames.segment import Sample
    from jobd.frames.wish import Facts
    from jobd.handlers.context import Attempt
    from jobd.handlers.files import Folder
    from jobd.handlers.payloads import CropFrames, FullFrames
    from jobd.videodb.database import VideoDb
    from jobd.videodb.fence import Target, Work
    from jobd.videodb.stage import Crop

log = logging.getLogger("jobd")

_LOOK_EVERY_S = 0.5


@contextmanager
def opened(attempt: Attempt) -> Iterator[VideoDb]:
    """The video's database, complete with what jobd needs.

    Raises:
        DatabaseRefused: It names no usable database.
        VideoDeleted: The app deleted the video before the attempt began.
    """
    allowed = attempt.options.allowed_triggers
    with open_video_db(attempt.access.db_path, allowed_triggers=allowed) as video:
        video.demand()
        video.prepare()
        yield video


@dataclass(frozen=True, slots=True)
class Sampling:
    """One attempt's work on one table of one video.

    Attributes:
        payload: What the app asked for.
        attempt: The try.
        video: The video's database.
        target: The table to replace.
        crop: Where to cut; None for the whole picture.
        index_of: From the tick k to frame_index.
    """

    payload: FullFrames | CropFrames
    attempt: Attempt
    video: VideoDb
    target: Target
    crop: Crop | None = None
    index_of: Callable[[int], int] = int

    @property
    def work(self) -> Work:
        """The attempt's name on the fence."""
        attempt = self.attempt
        return fence.Work(attempt.queue_id, attempt.attempt_id, attempt.job_id, attempt.round)

    def published_before(self) -> bool:
        """Take the fence; True where an earlier attempt has published this very work."""
        return fence.take(self.video, self.target, self.work)

    def run(
        self,
        finish: Callable[[Facts], None],
        progress: Callable[[float], None] | None = None,
    ) -> dict[str, Any]:
        """Sample, stage and publish.

        Args:
            finish: Writes the final status and what was learnt of the video, inside the
                publishing transaction.
            progress: Writes the share done for the app, where its table has a column for it.

        Returns:
            The job's result, ready for JSON.
        """
        self._drop_leftovers()
        stage = Stage(self.video, self.target, self.work, self.crop)
        tick = self._ticker(stage, progress)
        with self._folder() as folder:
            with self._extraction(tick) as extraction:
                try:
                    self._make(extraction, stage, folder)
                finally:
                    self._count(extraction)
            self._show(stage, folder, lambda: finish(extraction.facts))
            log.info("published")
        return self._result(extraction)

    def _make(self, extraction: Extraction, stage: Stage, folder: Folder | None) -> None:
        access, facts = self.attempt.access, extraction.facts
        video_bytes = Path(access.video_location).stat().st_size
        log.info("%s", of_video(access.video_path.name, video_bytes, facts))
        begun_s, size_bytes = time.monotonic(), 0
        for sample in extraction.images():
            self._keep(sample, stage, folder)
            size_bytes += len(sample.jpeg)
        took_s = time.monotonic() - begun_s
        log.info("%s", of_decoding(facts.wanted, size_bytes, extraction.decoded, took_s))
        if concealed := extraction.concealed:
            log.warning("damaged frames that were concealed, or stood in for: %d", concealed)

    def earlier_result(self) -> dict[str, Any]:
        """The result of work that an earlier attempt published; what it left is cleared away."""
        log.info("an earlier attempt has published this work")
        self.clear_up()
        return {"publishedBefore": True}

    def clear_up(self, *, boxes: bool = True) -> None:
        """Remove what an earlier attempt left that had published.

        Args:
            boxes: What it has read of the frames, too.
        """
        self._drop_leftovers(boxes=boxes)
        with suppress(PathRefused):  # published is published, whatever lies there by now
            if output_dir := self.attempt.access.output_dir:
                clear_leftovers(output_dir, self.target, lambda: self.attempt.report(1.0))

    def _extraction(self, tick: Callable[[float], None]) -> AbstractContextManager[Extraction]:
        options = self.attempt.options
        crop = self.crop
        return extract(
            self.attempt.access.video_location,
            self.payload.frame_rate,
            crop=(crop.left, crop.top, crop.right, crop.bottom) if crop else None,
            quality=self.payload.quality,
            limits=Limits(options.max_pixels, options.max_images),
            tick=tick,
            workers=options.decode_threads,
        )

    def _folder(self) -> AbstractContextManager[Folder | None]:
        access = self.attempt.access
        return folder_for(
            access.output_dir,
            self.target,
            self.attempt.attempt_id,
            protected=(access.db_path, access.video_path),
            tick=lambda: self.attempt.report(0.0),
        )

    def _drop_leftovers(self, *, boxes: bool = True) -> None:
        def tick() -> None:
            self.attempt.report(0.0)

        drop_leftovers(self.video, self.target, self.work, tick=tick, boxes=boxes)

    def _ticker(
        self, stage: Stage, progress: Callable[[float], None] | None
    ) -> Callable[[float], None]:
        """What long loops call: reports the share done, and notices a deleted video.

        Raises:
            VideoDeleted: From the tick, within half a second of the deletion.
        """
        looked_s = 0.0

        def tick(share: float) -> None:
            nonlocal looked_s
            self.attempt.report(share)
            now_s = time.monotonic()
            if now_s - looked_s < _LOOK_EVERY_S:
                return
            looked_s = now_s
            self.video.demand()
            if progress:
                stage.flush(lambda: progress(share))

        return tick

    def _keep(self, sample: Sample, stage: Stage, folder: Folder | None) -> None:
        frame_index = self.index_of(sample.k)
        if self.payload.store != "files":
            stage.add(Image(frame_index, sample.jpeg, sample.width_px, sample.height_px))
        if folder:
            folder.write(frame_index, sample.jpeg)

    def _show(self, stage: Stage, folder: Folder | None, finish: Callable[[], None]) -> None:
        in_rows = self.payload.store != "files"
        show(stage, folder, finish, lambda: self.attempt.report(1.0), in_rows=in_rows)

    def _count(self, extraction: Extraction) -> None:
        tally = self.attempt.tally
        tally.frames_wanted = extraction.facts.wanted
        tally.frames_decoded = extraction.decoded
        tally.frames_concealed = extraction.concealed

    def _result(self, extraction: Extraction) -> dict[str, Any]:
        facts = extraction.facts
        crop = self.crop
        return {
            "frames": facts.wanted,
            "width": crop.right - crop.left if crop else facts.width_px,
            "height": crop.bottom - crop.top if crop else facts.height_px,
            "concealed": extraction.concealed,
            "durationSeconds": round(facts.duration_s, 3),
            **({"cropBoundsVersion": crop.version} if crop else {}),
        }
