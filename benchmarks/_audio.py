"""Something to hear, so that a video has packets of sound between its pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from av.container import OutputContainer

_RATE_HZ = 48_000
_SAMPLES = 1024  # of one AAC packet
_CHORD_HZ = (220.0, 277.2, 329.6)


def add_tone(output: OutputContainer, seconds: int) -> Callable[[float], None]:
    """Add an AAC stream; what is returned fills it up to a time."""
    stream = output.add_stream("aac", rate=_RATE_HZ)
    packets = seconds * _RATE_HZ // _SAMPLES
    done = 0

    def up_to(time_s: float) -> None:
        nonlocal done
        while done < packets and done * _SAMPLES < time_s * _RATE_HZ:
            output.mux(stream.encode(_tone(done)))
            done += 1
        if done == packets:
            output.mux(stream.encode(None))
            done += 1

    return up_to


def _tone(ordinal: int) -> av.AudioFrame:
    times_s = (np.arange(_SAMPLES) + ordinal * _SAMPLES) / _RATE_HZ
    swell = 0.1 * (1 + np.sin(times_s))
    wave = sum(np.sin(2 * np.pi * hz * times_s) for hz in _CHORD_HZ) * swell / len(_CHORD_HZ)
    frame = av.AudioFrame.from_ndarray(
        np.stack([wave, wave]).astype(np.float32), format="fltp", layout="stereo"
    )
    frame.sample_rate, frame.pts = _RATE_HZ, ordinal * _SAMPLES
    return frame
