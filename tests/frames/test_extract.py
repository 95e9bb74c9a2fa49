from __future__ import annotations

import pickle
import subprocess
import sys
from array import array
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest

from jobd.frames.crop import Crop
from jobd.frames.extract import extract
from jobd.frames.file import regular_file
from jobd.frames.jpeg import Shape, View
from jobd.frames.orientation import Orientation
from jobd.frames.plan import plan
from jobd.frames.scan import scanned
from jobd.frames.segment import Segment, decode_segment, shares
from jobd.frames.timeline import Timeline
from tests.support.video import LIMITS, every, media, numbered, run, write_video

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray


class Deleted(Exception):
    """What a caller's tick may raise."""


def test_the_facts_are_known_before_the_first_image() -> None:
    video = str(media("demo_60s_h264.mkv"))
    with extract(
        video, 0.1, crop=None, quality=75, limits=LIMITS, tick=lambda _: None
    ) as extraction:
        facts = extraction.facts
        assert (facts.width_px, facts.height_px, facts.codec) == (176, 144, "h264")
        assert (facts.fps, facts.duration_s, facts.wanted) == (24.0, 60.053, 7)
        assert (extraction.facts.wanted, extraction.decoded) == (7, 1)
        assert [sample.k for sample in extraction.images()] == list(range(7))
        assert extraction.decoded < 1441 / 2  # of 1441 packets
        assert extraction.concealed == 0


@pytest.mark.parametrize("name", ["nasa_h264.mp4", "ocean_theora.ogv"])
def test_the_share_of_work_done_only_grows(name: str) -> None:
    done = run(media(name), 1)
    assert done.shares == sorted(done.shares)
    assert 0 <= done.shares[0] <= 0.01
    assert done.shares[-1] == pytest.approx(1.0)


@pytest.mark.parametrize("after", [0, 3, 6])
def test_what_the_tick_raises_ends_the_work(tmp_path: Path, after: int) -> None:
    video = write_video(tmp_path / "a.mkv", every(40, 300))
    seen: list[float] = []

    def tick(share: float) -> None:
        seen.append(share)
        if len(seen) > after:
            raise Deleted

    with pytest.raises(Deleted):
        run_with(video, tick)
    assert len(seen) == after + 1


def run_with(video: Path, tick: Callable[[float], None]) -> None:
    with extract(str(video), 10, crop=None, quality=75, limits=LIMITS, tick=tick) as extraction:
        for _ in extraction.images():
            pass


def test_a_frame_on_display_for_long_is_compressed_once(tmp_path: Path) -> None:
    video = write_video(tmp_path / "slides.mkv", [0, 600_000, 600_040])
    done = run(video, 10)
    assert done.facts.wanted == 6001
    assert len({id(sample.jpeg) for sample in done.samples}) == 2


def test_images_come_in_order_from_a_sound_video() -> None:
    with extract(
        str(media("nasa_h264.mp4")), 10, crop=None, quality=75, limits=LIMITS, tick=lambda _: None
    ) as extraction:
        assert [sample.k for sample in extraction.images()] == list(range(131))


def test_all_that_a_segment_needs_is_plain_data() -> None:
    timeline = Timeline(Fraction(1, 1000), array("q", [0, 40]), range(1, 3), 0, Fraction(80), 2)
    view = View(Shape(64, 48, Orientation(quarter_turns=1)), Crop(0, 0, 8, 8), 75)
    for value in (timeline, plan(timeline, 0, Fraction(25), 10), view, LIMITS):
        assert pickle.loads(pickle.dumps(value)) == value  # noqa: S301 - our own


def test_another_executor_can_take_the_segments(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mp4", every(40, 200), options={"g": "25", "bf": "2"})
    with regular_file(str(video)) as fd, scanned(fd, LIMITS, lambda _: None) as (told, _):
        pass
    chosen = plan(told, told.pts[0], Fraction(5), 1000)
    view = View(Shape(64, 48, Orientation()), None, 75)
    segments = [Segment(str(video), spans, view, LIMITS) for spans in shares(told, chosen, 2)]
    assert len(segments) > 2
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        decoded = list(pool.map(decode_segment, segments))
    samples = [sample for result in decoded for sample in result.samples]
    assert samples == run(video, 5).samples
    assert sum(result.frames for result in decoded) == run(video, 5).decoded


@pytest.mark.parametrize("workers", [1, 3])
def test_no_frame_is_decoded_twice_and_no_file_opened_more_than_needed(
    tmp_path: Path, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = write_video(tmp_path / "a.mp4", every(40, 300), options={"g": "10", "bf": "2"})
    av_open, opened = av.open, []

    def noted(path: str, **options: Any) -> Any:
        opened.append(path)
        return av_open(path, **options)

    monkeypatch.setattr("jobd.frames.source.av.open", noted)
    done = run(video, 25, workers=workers)
    assert done.decoded == 300
    assert len(opened) <= workers


PEAK = """
import re, sys
from jobd.frames.extract import extract
from tests.support.video import LIMITS
with extract(
    sys.argv[1], 25, crop=(0, 0, 64, 48), quality=75, limits=LIMITS, tick=lambda _: None
) as extraction:
    for _ in extraction.images():
        pass
with open("/proc/self/status") as status:
    print(re.search(r"VmHWM:\\s+(\\d+)", status.read())[1])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_does_not_grow_with_the_video(tmp_path: Path) -> None:
    def large(number: int) -> NDArray[np.uint8]:
        return np.kron(numbered(number), np.ones((5, 5, 1), np.uint8))

    peaks_kib = []
    for count in (60, 600):
        video = write_video(
            tmp_path / f"{count}.mkv", every(40, count), draw=large, options={"preset": "ultrafast"}
        )
        command = [sys.executable, "-c", PEAK, str(video)]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        peaks_kib.append(int(printed))
    picture_kib = 320 * 240 * 3 // 2 // 1024
    assert peaks_kib[1] - peaks_kib[0] < 150 * picture_kib
