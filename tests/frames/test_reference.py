from __future__ import annotations

import pytest

from tests.support.reference import lumas, lumas_of_everything, lumas_of_ffmpeg
from tests.support.video import media, more_media

LARGE = "bbb_trailer_720p_h264.mp4"
SHIPPED = {
    "demo_60s_h264.mkv": (7, 61, 601),
    "nasa_h264.mp4": (2, 14, 131),
    "iphone_rotated_h264.mov": (1, 3, 23),
    "ocean_theora.ogv": (1, 10, 100),
    "av1_small.mkv": (1, 5, 50),
    "ocean_h264.mp4": (1, 10, 100),
    "ocean_vp8.webm": (1, 10, 100),
    LARGE: (6, 56, 552),
}
MORE = {
    "demo_60s_vp9.webm": (7, 61, 601),
    "snow_h264.ts": (1, 3, 21),
    "hevc_1080p.mp4": (1, 10, 100),
    "vtest_msmpeg4.avi": (8, 80, 795),
}
RATES_HZ = (0.1, 1, 10)
ALL = [
    pytest.param(name, rate_hz, marks=[pytest.mark.long] if name == LARGE and rate_hz >= 1 else [])
    for name in SHIPPED
    for rate_hz in RATES_HZ
]


@pytest.mark.parametrize(("name", "rate_hz"), ALL)
def test_the_frames_are_those_of_ffmpeg(name: str, rate_hz: float) -> None:
    found = lumas(media(name), rate_hz)
    assert found == lumas_of_ffmpeg(media(name), rate_hz)
    assert len(found) == SHIPPED[name][RATES_HZ.index(rate_hz)]


@pytest.mark.parametrize("name", [name for name in SHIPPED if name != LARGE])
def test_the_frames_are_those_of_decoding_everything(name: str) -> None:
    assert lumas(media(name), 3.7) == lumas_of_everything(media(name), 3.7)


@pytest.mark.long
@pytest.mark.parametrize("name", MORE)
def test_the_frames_of_more_videos(name: str) -> None:
    for rate_hz, count in zip(RATES_HZ, MORE[name], strict=True):
        found = lumas(more_media(name), rate_hz)
        assert found == lumas_of_ffmpeg(more_media(name), rate_hz)
        assert len(found) == count
