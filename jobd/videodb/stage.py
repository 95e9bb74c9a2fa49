"""Pictures on their way in: a table beside the app's, filled in commits of about 1 MB."""

from __future__ import annotations

import time
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

import apsw

from jobd.errors import DatabaseRefused, DiskFull
from jobd.videodb import fence
from jobd.videodb.definition import definition_of, twin_statements
from jobd.videodb.leftovers import drop_stage, stage_name
from jobd.videodb.pace import Pace
from jobd.videodb.room import demand_room, give_way

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobd.videodb.database import VideoDb
    from jobd.videodb.fence import Target, Work

COMMIT_BYTES = 1_000_000
STATUS_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class Image:
    """One picture.

    Attributes:
        frame_index: The row's key.
        jpeg: The file's bytes.
        width_px: Of the JPEG.
        height_px: Of the JPEG.
    """

    frame_index: int
    jpeg: bytes
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True)
class Crop:
    """Where all pictures of a stage were cut out: [left, right) by [top, bottom).

    Attributes:
        version: Of the app's crop bounds; 0 where the bounds are not the app's.
    """

    left: int
    top: int
    right: int
    bottom: int
    version: int


class Stage:
    """The rows of one attempt, unseen by the app until they are published.

    Making one creates its table, with the definition and the indexes of the app's own.

    Args:
        video: An open, prepared database.
        target: The table to be replaced.
        work: The attempt; it holds the fence.
        crop: The bounds, for cropped_frames; None for full_frames.
        sleep: Waits for so many seconds.
        monotonic_s: Seconds of a clock that never jumps.

    Raises:
        FenceLost: A newer attempt writes here now.
        VideoDeleted: The app deleted the video.
        DatabaseRefused: The app's table has a definition that cannot be copied.
    """

    def __init__(
        self,
        video: VideoDb,
        target: Target,
        work: Work,
        crop: Crop | None = None,
        *,
        sleep: Callable[[float], None] = time.sleep,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.video = video
        self.target = target
        self.work = work
        self.table = stage_name(target, work.attempt_id)
        self.pace = Pace(sleep, monotonic_s)
        self._insert = video.sql[f"stage_insert_{target}"].format(stage=self.table)
        self._bounds = astuple(crop) if crop else ()
        self._monotonic_s = monotonic_s
        self._status_at_s = float("-inf")
        self._batch: list[Image] = []
        self._batch_bytes = 0
        self._create()

    def _create(self) -> None:
        drop_stage(self.video, self.table, self.pace)
        with fence.fenced(self.video, self.target, self.work):
            definition = definition_of(self.video, self.target)
            if definition is None:
                raise DatabaseRefused(f"dbPath {self.video.path} holds no table {self.target}")
            for statement in twin_statements(definition, self.table):
                self.video.db.execute(statement)

    def add(self, image: Image) -> None:
        """Take one picture; commits when about 1 MB has gathered."""
        self._batch.append(image)
        self._batch_bytes += len(image.jpeg)
        if self._batch_bytes >= COMMIT_BYTES:
            self.flush()

    def flush(self, also: Callable[[], None] | None = None) -> None:
        """Commit what has gathered.

        Args:
            also: A status write for the same transaction; left out when the last one is
                less than half a second old. Cheap to call often.

        Raises:
            FenceLost: A newer attempt writes here now.
            VideoDeleted: The app deleted the video.
            DiskFull: The disk is nearly full; the stage is gone, as far as that works.
            apsw.FullError: It is full; the same.
        """
        also = also if self._status_due() else None
        if not self._batch and also is None:
            return
        try:
            self._commit(also)
        except (DiskFull, apsw.FullError):
            give_way(self.video, self.table, self.pace)
            raise
        self._batch = []
        self._batch_bytes = 0

    def _commit(self, also: Callable[[], None] | None) -> None:
        if self._batch:
            demand_room(self.video)
        with self.pace.step(), fence.fenced(self.video, self.target, self.work):
            self.video.db.executemany(self._insert, map(self._values, self._batch))
            if also:
                also()
                self._status_at_s = self._monotonic_s()

    def _status_due(self) -> bool:
        return self._monotonic_s() - self._status_at_s >= STATUS_EVERY_S

    def _values(self, image: Image) -> tuple[int | bytes, ...]:
        size = (image.width_px, image.height_px, len(image.jpeg))
        return (image.frame_index, image.jpeg, *size, *self._bounds)
