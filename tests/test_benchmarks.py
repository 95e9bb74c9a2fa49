"""What the benchmarks compute: a wrong limit would make any engine look good."""

from __future__ import annotations

from fractions import Fraction
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from benchmarks._chart import chart
from benchmarks._packets import Packet, Stretch, h264_referenced, read, stretches, targets
from benchmarks._ssim import ssim
from benchmarks.neighbour import Look, summary
from tests.support.reference import lumas
from tests.support.video import MEDIA

# I0 P4 B2 b1 b3 | I5 P7 b6: in the order of the file, one frame a second.
GOPS = [
    Packet(pts, dts, key=pts in (0, 5), referenced=pts not in (1, 3, 6))
    for dts, pts in enumerate((0, 4, 2, 1, 3, 5, 7, 6))
]
SECOND = Fraction(1)


def unit(header: int, size: int = 6) -> bytes:
    return size.to_bytes(4, "big") + bytes([header]) + bytes(size - 1)


@pytest.mark.parametrize(
    ("data", "referenced"),
    [
        (unit(0x65), True),
        (unit(0x41), True),
        (unit(0x01), False),
        (unit(0x09) + unit(0x06) + unit(0x01), False),
        (unit(0x67) + unit(0x68) + unit(0x65), True),
        (unit(0x06), None),
        (b"", None),
    ],
)
def test_a_packet_tells_whether_others_need_it(data: bytes, referenced: bool | None) -> None:  # noqa: FBT001
    assert h264_referenced(data) is referenced


@pytest.mark.parametrize(
    ("rate", "shown"),
    [
        (Fraction(1, 10), {0}),
        (Fraction(1, 4), {0, 4}),
        (Fraction(2, 3), {0, 1, 3, 4, 6, 7}),
        (Fraction(3), set(range(8))),
    ],
)
def test_the_wanted_frame_is_the_one_on_display(rate: Fraction, shown: set[int]) -> None:
    found = targets(GOPS, SECOND, 8 * SECOND, rate)
    assert {GOPS[n].pts for n in found} == shown


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({0}, [(0, 1)]),
        ({3}, [(0, 4)]),
        ({7}, [(5, 8)]),
        ({0, 7}, [(0, 1), (5, 8)]),
        ({4, 5}, [(0, 6)]),
    ],
)
def test_a_stretch_begins_at_a_keyframe_and_ends_with_a_target(
    wanted: set[int], found: list[tuple[int, int]]
) -> None:
    assert [(s.first, s.end) for s in stretches(GOPS, wanted)] == found


def test_a_leading_picture_needs_the_keyframe_before() -> None:
    open_gop = [*GOPS[:6], Packet(4, 6, key=False, referenced=False)]
    open_gop[1] = Packet(1, 1, key=False, referenced=True)
    assert stretches(open_gop, {6}) == [Stretch(0, 7, frozenset({6}))]


def test_the_limit_wants_as_many_frames_as_the_engine_shows() -> None:
    path = MEDIA / "bbb_trailer_720p_h264.mp4"
    packets, base, length_s = read(path)
    assert len(targets(packets, base, length_s, Fraction(1, 10))) == len(lumas(path, 0.1))


def test_likeness_is_one_for_equal_pictures_and_less_for_others() -> None:
    grey = np.random.default_rng(1).integers(0, 255, (40, 60), np.uint8)
    assert ssim(grey, grey) == pytest.approx(1)
    assert ssim(grey, np.full_like(grey, 128)) < 0.1


def test_the_chart_shows_what_was_measured() -> None:
    one = {"cpu_s": {"median": 2.0}, "cpu_ratio": {"median": 1.0}}
    ways = {"jobd": one, "ffmpeg": one | {"cpu_ratio": {"median": 7.25}}, "decord": {"failure": ""}}
    row = {"video": "film_300s_720p.mp4", "rate_hz": 0.1, "cropped": False, "ways": ways}
    drawn = chart({"rows": [row]})
    words = [element.text for element in ET.fromstring(drawn).iter() if element.text]  # noqa: S314
    assert "7.2" in words
    assert "decord" not in words


def test_looks_at_a_neighbour_are_one_by_their_sums() -> None:
    looks = [
        Look([float(n) for n in range(1, 101)], cpu=0.5, web_s=6.0, jobs_s=1.0),
        Look([float(n) for n in range(101, 201)], cpu=1.0, web_s=2.0, jobs_s=3.0),
    ]
    assert summary(looks) == {
        "answers": 200,
        "p50_ms": 100.5,
        "p99_ms": 199.0,
        "longest_ms": 200.0,
        "processors_of_jobs": 0.75,
        "share_of_a_busy_server": 0.67,
    }
