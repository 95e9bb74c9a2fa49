"""H.264 in fields (PAFF), with both fields of a frame in one packet or each in its own."""

from __future__ import annotations

import logging
from itertools import combinations
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from jobd.frames.skip import CannotSkip, SkippingDecoder
from jobd.frames.source import open_source
from jobd.frames.spans import Span
from tests.frames.test_skip import assert_same
from tests.support.paff import GOP_FRAMES, numbers_at, write_paff
from tests.support.plainly import reasons
from tests.support.reference import lumas_as_made, lumas_of_ffmpeg
from tests.support.video import LIMITS, number_in, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GOPS = 3
# container, a packet for each field, whether skipping does it all: a single field is never
# trusted, and MPEG-TS is cut into fields by its parser, the later ones without a timestamp
WAYS = [
    ("mp4", False, True),
    ("mkv", False, True),
    ("ts", False, False),
    ("mp4", True, False),
    ("mkv", True, False),
    ("ts", True, False),
]


@pytest.mark.parametrize(("suffix", "field_packets", "skips"), WAYS)
def test_every_image_shows_its_frame(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    suffix: str,
    *,
    field_packets: bool,
    skips: bool,
) -> None:
    video = write_paff(tmp_path / f"video.{suffix}", GOPS, field_packets=field_packets)
    with caplog.at_level(logging.DEBUG, "jobd"):
        for rate_hz in (0.7, 4, 12.5, 25, 50):
            assert_same(video, rate_hz, workers=1)
            assert_same(video, rate_hz, workers=2)
            done = run(video, rate_hz)
            assert done.numbers == numbers_at(rate_hz, GOPS)
            assert done.concealed == 0
        assert (not reasons(caplog)) == skips


@pytest.mark.parametrize(("suffix", "field_packets", "skips"), WAYS)
def test_the_lumas_are_those_of_ffmpeg(
    tmp_path: Path, suffix: str, *, field_packets: bool, skips: bool
) -> None:
    del skips
    video = write_paff(tmp_path / f"video.{suffix}", GOPS, field_packets=field_packets)
    for rate_hz in (4, 25):
        assert lumas_as_made(video, rate_hz) == lumas_of_ffmpeg(video, rate_hz)


def test_sparse_sampling_of_fields_decodes_a_part(tmp_path: Path) -> None:
    video = write_paff(tmp_path / "video.mp4", GOPS, field_packets=False)
    assert run(video, 1).decoded < GOPS * GOP_FRAMES / 2


def test_no_frame_is_made_of_the_fields_of_two(tmp_path: Path) -> None:
    """Whichever two packets are wanted, what comes out until skipping gives up is right."""
    video = write_paff(tmp_path / "video.mp4", 1, field_packets=True)
    with av.open(str(video)) as container:
        pts = [packet.pts for packet in container.demux(video=0) if packet.pts is not None]
    frame_pts = (max(pts) - pts[0]) // (2 * GOP_FRAMES - 1) * 2
    for pair in combinations(sorted(pts), 2):
        targets = {at: range(n, n + 1) for n, at in enumerate(pair)}
        span = Span(0, len(pts), pts[0], pts[0] - 2 * frame_pts, 0, targets)
        for at, number in until_given_up(video, span):
            assert number == (at - pts[0]) // frame_pts


def until_given_up(video: Path, span: Span) -> Iterator[tuple[int, int]]:
    """The timestamp and the number of each frame that comes out."""
    with video.open("rb") as file, open_source(file.fileno(), LIMITS) as source:
        try:
            for frame, _ in SkippingDecoder(source, lambda: None).frames([span]):
                assert frame.pts is not None
                yield frame.pts, number_in(frame.to_ndarray(format="bgr24").astype(np.uint8))
        except CannotSkip:
            return
