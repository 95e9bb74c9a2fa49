"""Which of the frames that come by are kept: pure, hardly more than one frame held."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobd.frames.plan import Plan

Picture = TypeVar("Picture")

# A frame comes out at most this many packets after its own went in: H.264 and HEVC hold back
# 16 frames, each of two fields.
REORDER_PACKETS = 32


@dataclass(frozen=True, slots=True)
class Kept(Generic[Picture]):
    """A picture and the images that show it.

    Attributes:
        picture: What is shown.
        ks: The images.
        pts: The timestamp of the frame that the plan names.
        own: Whether the picture is that very frame; else another stands in.
    """

    picture: Picture
    ks: range
    pts: int
    own: bool


class Chooser(Generic[Picture]):
    """Holds the frame on display until the next one tells how long it stays.

    A planned frame that never comes is stood in for by the one on display at its time.

    Attributes:
        latest_pts: The largest timestamp that came by.
    """

    def __init__(self, plan: Plan) -> None:
        self.latest_pts: int | None = None
        self._shots = plan.shots
        self._times = [shot.pts for shot in plan.shots]
        self._open = set(range(len(plan.shots)))
        self._stand_ins: dict[int, tuple[Picture, int]] = {}
        self._shown: tuple[Picture, int] | None = None

    def put(self, picture: Picture, pts: int, fed: int) -> Iterator[Kept[Picture]]:
        """Take the next frame in order of output.

        Args:
            picture: The frame.
            pts: Its timestamp.
            fed: How many packets have gone in: tells whether a planned frame may yet come.
        """
        shown = self._shown or (picture, pts)
        for index in self._passed(pts):
            shot = self._shots[index]
            if index in self._open and shot.settled <= fed:
                if shot.pts == shown[1]:
                    yield self._kept(index, *shown)
                elif shown[1] >= self._stand_ins.get(index, shown)[1]:
                    self._stand_ins[index] = shown
        for index, stand_in in tuple(self._stand_ins.items()):
            if self._shots[index].settled + REORDER_PACKETS <= fed:
                yield self._kept(index, *stand_in)
        self._shown = (picture, pts)
        self.latest_pts = pts if self.latest_pts is None else max(pts, self.latest_pts)

    def end(self) -> Iterator[Kept[Picture]]:
        """No more frames: what is still open shows its stand-in, or the last frame."""
        if self._shown is None:
            return
        for index in sorted(self._open):
            own = self._shots[index].pts == self._shown[1]
            stand_in = self._shown if own else self._stand_ins.get(index, self._shown)
            yield self._kept(index, *stand_in)

    def _passed(self, next_pts: int) -> range:
        """The shots that the frame on display covers, now that the next one is known."""
        if self._shown is None:
            return range(bisect_left(self._times, next_pts))
        pts = self._shown[1]
        # After a jump back only the frame's own time is certain: others may still come.
        until = next_pts if next_pts >= pts else pts + 1
        return range(bisect_left(self._times, pts), bisect_left(self._times, until))

    def _kept(self, index: int, picture: Picture, pts: int) -> Kept[Picture]:
        shot = self._shots[index]
        self._open.remove(index)
        self._stand_ins.pop(index, None)
        return Kept(picture, shot.ks, shot.pts, own=shot.pts == pts)
