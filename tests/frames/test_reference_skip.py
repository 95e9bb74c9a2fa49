"""The frames that images are made of, skipping as far as it goes, are those of ffmpeg."""

from __future__ import annotations

import logging

import pytest

from tests.frames.test_reference import LARGE, MORE, RATES_HZ, SHIPPED
from tests.support.plainly import reasons
from tests.support.reference import lumas_as_made, lumas_of_ffmpeg
from tests.support.video import media, more_media


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.long] * (name == LARGE)) for name in SHIPPED]
)
@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_skipping_gives_the_frames_of_ffmpeg(
    caplog: pytest.LogCaptureFixture, name: str, rate_hz: float
) -> None:
    with caplog.at_level(logging.DEBUG, "jobd"):
        found = lumas_as_made(media(name), rate_hz)
        assert not reasons(caplog), "skipping did not go all the way"
    assert found == lumas_of_ffmpeg(media(name), rate_hz)
    assert len(found) == SHIPPED[name][RATES_HZ.index(rate_hz)]


@pytest.mark.long
@pytest.mark.parametrize("name", MORE)
@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_skipping_gives_the_frames_of_ffmpeg_for_more_videos(
    caplog: pytest.LogCaptureFixture, name: str, rate_hz: float
) -> None:
    with caplog.at_level(logging.DEBUG, "jobd"):
        found = lumas_as_made(more_media(name), rate_hz)
        assert not reasons(caplog), "skipping did not go all the way"
    assert found == lumas_of_ffmpeg(more_media(name), rate_hz)
    assert len(found) == MORE[name][RATES_HZ.index(rate_hz)]
