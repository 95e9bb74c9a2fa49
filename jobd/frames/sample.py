"""Keep the planned frames of a stream that is decoded once, damage accounted for."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from jobd.errors import VideoIncomplete, VideoRefused
from jobd.frames.choose import Chooser
from jobd.frames.promise import slack_s

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from av.video.frame import VideoFrame

    from jobd.frames.choose import Kept
    from jobd.frames.decode import Decoder, Output
    from jobd.frames.plan import Plan
    from jobd.frames.timeline import Timeline

# So many damaged frames in a row are no accident: from then on they are shown as they are.
_DAMAGED_RUN = 10
# Two fields may share a frame, so half as many frames as packets can be a whole video.
_FEWEST_FRAMES = Fraction(2, 5)


class Sampler:
    """Runs the decoder over one plan.

    Attributes:
        concealed: Images so far whose own frame was damaged: the last good one stands in,
            or, where damage goes on and on, what the decoder made of it; and the
            first one after lost packets.
    """

    def __init__(self, decoder: Decoder, timeline: Timeline, plan: Plan) -> None:
        self.concealed = 0
        self._decoder = decoder
        self._timeline = timeline
        self._plan = plan
        self._chooser: Chooser[VideoFrame] = Chooser(plan)
        self._damaged_run = 0

    @property
    def decoded(self) -> int:
        """Frames decoded so far."""
        return self._decoder.decoded

    def run(self, outputs: Iterable[Output]) -> Iterator[Kept[VideoFrame]]:
        """Choose among the decoder's frames, from the first to the last.

        Raises:
            VideoRefused: No frame, or far fewer than there are packets.
            VideoIncomplete: The frames stop well before the last timestamp.
        """
        for output in outputs:
            if self._worth_showing(output):
                for kept in self._chooser.put(output.frame, output.pts, output.fed):
                    yield self._counted(kept)
        self._refuse_thin()
        for kept in self._chooser.end():
            yield self._counted(kept)

    def _worth_showing(self, output: Output) -> bool:
        if output.intact:
            self._damaged_run = 0
            return True
        self._damaged_run += 1
        self._decoder.damage.add(output.pts)
        return self._damaged_run > _DAMAGED_RUN

    def _counted(self, kept: Kept[VideoFrame]) -> Kept[VideoFrame]:
        begin_pts = min(kept.pts, kept.display.pts)
        end_pts = kept.pts + 1 if kept.own else kept.display.until_pts
        if self._decoder.damage.within(begin_pts, end_pts):
            self.concealed += len(kept.ks)
        return kept

    def _refuse_thin(self) -> None:
        promised, latest_pts = self._timeline.packets, self._chooser.latest_pts
        if latest_pts is None or self.decoded < promised * _FEWEST_FRAMES:
            raise VideoRefused(
                f"the decoder made {self.decoded} frames of {promised}: the video is damaged"
            )
        missing_s = (self._plan.last_pts - latest_pts) * self._timeline.time_base
        if missing_s > slack_s(self._plan.duration_s):
            raise VideoIncomplete(
                f"the last {float(missing_s):.2f} s cannot be decoded:"
                " perhaps the video is still being written"
            )
