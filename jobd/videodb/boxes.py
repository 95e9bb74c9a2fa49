"""Boxes on their way in: kept frame by frame beside the app's table, then published at once.

An attempt that dies leaves them; the next one at the same work goes on where it stopped.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from jobd.errors import RetryableError
from jobd.videodb import fence
from jobd.videodb.fence import Target
from jobd.videodb.pace import Pace
from jobd.videodb.room import demand_room
from jobd.videodb.twin import replace_boxes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jobd.videodb.database import VideoDb
    from jobd.videodb.fence import Work

_TARGET = Target.FULL_FRAMES


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read off one frame.

    Attributes:
        frame_index: Of the frame.
        boxes: A JSON array: [text, confidence, x, y, width, height] for each box.
        reused: The frame looks as the one before it, whose boxes these are.
        error: Why it could not be read, where it could not.
    """

    frame_index: int
    boxes: str
    reused: bool = False
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Sums:
    """What the reading of all frames came to.

    Attributes:
        frames: How many were looked at.
        boxes: How many boxes they have.
        with_text: How many frames have any.
        reused: How many look as the one before them.
        unread: How many could not be read.
    """

    frames: int
    boxes: int
    with_text: int
    reused: int
    unread: int


class BoxStage:
    """The boxes of the frames that are shown, unseen by the app until they are published.

    Args:
        video: An open, prepared database.
        work: The attempt; it holds the fence of full_frames.
        made_by: The engine and how it is asked; boxes made otherwise are dropped.
        number: The attempt's, within its round; one that is handed back does not count.

    Raises:
        FenceLost: A newer attempt writes here now.
        VideoDeleted: The app deleted the video.
    """

    def __init__(self, video: VideoDb, work: Work, made_by: str, number: int) -> None:
        self._video = video
        self._work = work
        self._made_by = made_by
        self._number = number
        self._pace = Pace()
        self._batch: list[Reading] = []
        with fence.fenced(video, _TARGET, work):
            video.row("boxes_create")
            video.row("boxes_of_others", made_by=made_by)

    def unread(self) -> list[int]:
        """The frames that are still to be read, in order."""
        return [index for (index,) in self._video.db.execute(self._video.sql["boxes_unread"])]

    def picture(self, frame_index: int) -> bytes | None:
        """A frame's JPEG; None where the app has removed it meanwhile."""
        row = self._video.row("boxes_picture", frame_index=frame_index)
        return row[0] if row and isinstance(row[0], bytes) else None

    def begin(self, frame_index: int, also: Callable[[], None]) -> int:
        """Note that an engine is about to read a frame, and commit all before it.

        Args:
            frame_index: The frame.
            also: A status write for the same transaction.

        Returns:
            In how many attempts that has been begun, this one included.
        """
        begun = {"frame_index": frame_index, "number": self._number, "made_by": self._made_by}
        with self._writing():
            row = self._video.row("boxes_begin", **begun)
            also()
        return int(str(row[0])) if row else 1

    def add(self, reading: Reading) -> None:
        """Take what was read off one frame."""
        self._batch.append(reading)

    def flush(self, also: Callable[[], None] = lambda: None) -> None:
        """Commit what has gathered."""
        with self._writing():
            also()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One step under the fence, beginning with what has gathered."""
        demand_room(self._video)
        with self._pace.step(), fence.fenced(self._video, _TARGET, self._work):
            for reading in self._batch:
                self._video.row("boxes_done", made_by=self._made_by, **asdict(reading))
            yield
        self._batch = []

    def demand_frames(self) -> None:
        """See that the frames are still those that are read.

        Raises:
            RetryableError: The app removed some, or added some: all are to be made again.
        """
        if not fence.shown(self._video, _TARGET, self._work):
            raise RetryableError(
                f"dbPath {self._video.path} was changed while the job ran: frames removed, or added"
            )

    def sums(self) -> Sums:
        """What it came to; all that was added must be committed."""
        row = self._video.row("boxes_sums")
        assert row is not None  # noqa: S101 - sums are always a row
        return Sums(*(int(str(value)) for value in row))

    def faults(self) -> list[dict[str, object]]:
        """The frames that could not be read, the first twenty, each with its reason."""
        rows = self._video.db.execute(self._video.sql["boxes_faults"])
        return [{"frame": index, "error": error} for index, error in rows]

    def publish(self, finish: Callable[[], None], tick: Callable[[], None] = lambda: None) -> None:
        """Show all boxes in the place of the app's, and mark the work as done.

        Args:
            finish: Writes the final status, in the same transaction.
            tick: Called now and then: very many boxes take their time.

        Raises:
            FenceLost: A newer attempt writes here now; nothing is shown.
            VideoDeleted: The app deleted the video.
            RetryableError: The app changed its table's definition meanwhile.
        """
        replace_boxes(self._video, self._work, self._pace, finish, tick)

    def forget(self) -> None:
        """Drop all that was read: the next attempt begins anew."""
        with fence.fenced(self._video, _TARGET, self._work):
            self._video.row("boxes_drop")
