from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from tests.support.reference import lumas, lumas_of_everything
from tests.support.video import every, run, write_stamped, write_video

if TYPE_CHECKING:
    from pathlib import Path

    from av.packet import Packet
    from av.video.stream import VideoStream

CODECS = [
    ("libx264", "mp4", "yuv420p"),
    ("libx264", "mov", "yuv420p"),
    ("libx264", "mkv", "yuv420p"),
    ("libx264", "ts", "yuv420p"),
    ("libx264", "flv", "yuv420p"),
    ("libx264", "avi", "yuv420p"),
    ("libx265", "mp4", "yuv420p"),
    ("libvpx", "webm", "yuv420p"),
    ("libvpx-vp9", "webm", "yuv420p"),
    ("mpeg4", "avi", "yuv420p"),
    ("mpeg4", "mp4", "yuv420p"),
    ("mpeg2video", "ts", "yuv420p"),
    ("mpeg2video", "mpg", "yuv420p"),
    ("mjpeg", "avi", "yuvj420p"),
    ("prores_ks", "mov", "yuv422p10le"),
    ("ffv1", "mkv", "yuv420p"),
    ("wmv2", "wmv", "yuv420p"),
]


@pytest.mark.parametrize(("codec", "suffix", "pix_fmt"), CODECS)
def test_every_codec_and_container(tmp_path: Path, codec: str, suffix: str, pix_fmt: str) -> None:
    b_frames = {"bf": "2"} if codec in ("libx264", "libx265", "mpeg4", "mpeg2video") else {}
    video = write_video(
        tmp_path / f"video.{suffix}",
        range(30),
        codec=codec,
        pix_fmt=pix_fmt,
        time_base=Fraction(1, 25),
        options=b_frames | ({"x265-params": "log-level=none"} if codec == "libx265" else {}),
    )
    done = run(video, 10)
    assert done.numbers == [0, 2, 5, 7, 10, 12, 15, 17, 20, 22, 25, 27]
    assert done.concealed == 0
    assert done.facts.duration_s == pytest.approx(1.2, abs=0.002)


@pytest.mark.parametrize("suffix", ["mkv", "mp4"])
def test_a_slide_held_for_a_minute_is_the_frame_of_all_its_ticks(
    tmp_path: Path, suffix: str
) -> None:
    video = write_video(tmp_path / f"slides.{suffix}", [0, 40, 60_040, 60_080], options={"bf": "0"})
    done = run(video, 1)
    assert done.numbers == [0] + [1] * 60
    assert len({sample.jpeg for sample in done.samples[1:]}) == 1


@pytest.mark.parametrize("start_ms", [3, 1470, 3_600_000])
@pytest.mark.parametrize("suffix", ["mkv", "ts"])
def test_time_begins_with_the_first_frame(tmp_path: Path, suffix: str, start_ms: int) -> None:
    done = run(write_video(tmp_path / f"late.{suffix}", every(40, 50, start_ms)), 1)
    assert done.numbers == [0, 25]
    assert done.facts.duration_s == pytest.approx(2.0, abs=0.002)


def test_variable_frame_rate(tmp_path: Path) -> None:
    stamps = [0, 90, 110, 240, 500, 501, 502, 760, 799]
    done = run(write_video(tmp_path / "vfr.mkv", stamps), 10)
    assert done.numbers == [0, 1, 2, 3, 3, 4, 6, 6, 8]


@pytest.mark.parametrize("suffix", ["mkv", "mp4", "ts", "avi"])
@pytest.mark.parametrize("rate_hz", [0.1, 10])
def test_a_single_frame_is_one_image(tmp_path: Path, suffix: str, rate_hz: float) -> None:
    video = write_video(tmp_path / f"one.{suffix}", [0], time_base=Fraction(1, 25))
    done = run(video, rate_hz)
    assert (done.ks, done.facts.wanted) == ([0], 1)


def test_a_container_that_knows_no_duration(tmp_path: Path) -> None:
    video = write_video(tmp_path / "live.mkv", every(40, 60), container_options={"live": "1"})
    done = run(video, 1)
    assert done.numbers == [0, 25, 50]
    assert done.facts.duration_s == pytest.approx(2.4)


@pytest.mark.parametrize(
    ("pts_ms", "expected"),
    [
        pytest.param([1000, 2000, 3000, 2500, 3500, 1500, 4000], [0, 5, 1, 3, 2, 4, 6], id="over"),
        pytest.param([3000, 3500, 1000, 2000, 4000], [0, 1, 4], id="to before the first"),
        pytest.param([1000, 1500, 1500, 2000], [0, 2, 3], id="repeated: the last"),
        pytest.param([1000, 1500, 2000, 1000, 1500], [3, 4, 2], id="the same again"),
    ],
)
def test_timestamps_that_jump_back(tmp_path: Path, pts_ms: list[int], expected: list[int]) -> None:
    done = run(write_stamped(tmp_path / "back.mkv", pts_ms), 2)
    assert done.numbers == expected


def test_a_recording_glued_from_two_with_the_same_clock(tmp_path: Path) -> None:
    first = write_video(tmp_path / "a.ts", every(40, 75), options={"g": "25"})
    second = write_video(tmp_path / "b.ts", every(40, 100, 1010), options={"g": "25"})
    glued = tmp_path / "glued.ts"
    glued.write_bytes(first.read_bytes() + second.read_bytes())
    found = lumas(glued, 10)
    # These packets tell no duration: jobd adds the mean distance, the reference nothing.
    assert (found[:-1], len(found)) == (lumas_of_everything(glued, 10), 50)


def test_an_edit_list_hides_the_frames_before_it(tmp_path: Path) -> None:
    def earlier(packet: Packet[VideoStream], _: int) -> None:
        assert packet.pts is not None
        assert packet.dts is not None
        packet.pts, packet.dts = packet.pts - 1320, packet.dts - 1320

    video = write_video(tmp_path / "cut.mp4", every(40, 100), options={"bf": "2"}, change=earlier)
    done = run(video, 1)
    assert done.numbers == [33, 58, 83]


def test_the_display_order_of_b_frames_in_avi(tmp_path: Path) -> None:
    video = write_video(
        tmp_path / "b.avi", range(50), time_base=Fraction(1, 25), options={"bf": "3"}
    )
    done = run(video, 10)
    assert done.numbers == [n * 5 // 2 for n in range(20)]
    assert done.decoded == 50
    assert done.shares == sorted(done.shares)
