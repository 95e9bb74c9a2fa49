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
class Display(Generic[Picture]):
    """A frame and its time on display.

    Attributes:
        picture: What is shown.
        pts: The frame's timestamp.
        until_pts: The next frame's; None if there is none.
    """

    picture: Picture
    pts: int
    until_pts: int | None = None


@dataclass(frozen=True, slots=True)
class Kept(Generic[Picture]):
    """A frame to keep.

    Attributes:
        pts: The timestamp that the plan names.
        ks: The images that show it.
        display: What is shown: the frame of that timestamp, or one that stands in.
    """

    pts: int
    ks: range
    display: Display[Picture]

    @property
    def own(self) -> bool:
        """Whether the plan's own frame is shown."""
        return self.display.pts == self.pts


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
        self._stand_ins: dict[int, Display[Picture]] = {}
        self._shown: Display[Picture] | None = None

    def put(self, picture: Picture, pts: int, fed: int) -> Iterator[Kept[Picture]]:
        """Take the next frame in order of output.

        Args:
            picture: The frame.
            pts: Its timestamp.
            fed: How many packets have gone in: tells whether a planned frame may yet come.
        """
        earlier = self._shown or Display(picture, pts)
        shown = Display(earlier.picture, earlier.pts, pts)
        for index in self._passed(pts):
            if index in self._open and self._shots[index].settled <= fed:
                if self._shots[index].pts == shown.pts:
                    yield self._kept(index, shown)
                else:
                    self._let_stand_in(index, shown)
        for index, stand_in in tuple(self._stand_ins.items()):
            if self._shots[index].settled + REORDER_PACKETS <= fed:
                yield self._kept(index, stand_in)
        self._shown = Display(picture, pts)
        self.latest_pts = pts if self.latest_pts is None else max(pts, self.latest_pts)

    def end(self) -> Iterator[Kept[Picture]]:
        """No more frames: what is still open shows its stand-in, or the last frame."""
        if self._shown is None:
            return
        for index in sorted(self._open):
            own = self._shots[index].pts == self._shown.pts
            yield self._kept(index, self._shown if own else self._stand_ins.get(index, self._shown))

    def _passed(self, next_pts: int) -> range:
        """The shots that the frame on display covers, now that the next one is known."""
        if self._shown is None:
            return range(bisect_left(self._times, next_pts))
        pts = self._shown.pts
        # After a jump back only the frame's own time is certain: others may still come.
        until = next_pts if next_pts >= pts else pts + 1
        return range(bisect_left(self._times, pts), bisect_left(self._times, until))

    def _let_stand_in(self, index: int, shown: Display[Picture]) -> None:
        if shown.pts >= self._stand_ins.get(index, shown).pts:
            self._stand_ins[index] = shown

    def _kept(self, index: int, display: Display[Picture]) -> Kept[Picture]:
        self._open.remove(index)
        self._stand_ins.pop(index, None)
        return Kept(self._shots[index].pts, self._shots[index].ks, display)
