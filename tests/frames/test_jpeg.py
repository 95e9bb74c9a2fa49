from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from jobd.errors import VideoRefused
from jobd.frames.jpeg import encode

ENCODE_WITH_LITTLE_MEMORY = """
import re, resource, sys
from pathlib import Path
import numpy as np
from jobd.errors import RetryableError
from jobd.frames.jpeg import encode

noise = np.random.default_rng(1).integers(0, 256, (2000, 2000, 3), np.uint8)
whole = encode(noise, 75)
used_kib = int(re.search(r"VmData:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
ends = set()
for spare_kib in range(0, 40 * 1024, 2048):
    most = (used_kib + spare_kib) * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (most, resource.RLIM_INFINITY))
    try:
        ends.add("whole" if encode(noise, 75) == whole else "torn")
    except RetryableError as error:
        ends.add(str(error))
print(sorted(ends))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_DATA bounds nothing elsewhere")
def test_without_memory_there_is_an_error_and_never_a_torn_picture() -> None:
    command = [sys.executable, "-c", ENCODE_WITH_LITTLE_MEMORY]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    refusal = "there is not enough memory to compress a 2000x2000 picture"
    assert done.stdout.strip() == repr(sorted([refusal, "whole"])), done.stderr


def test_a_side_that_jpeg_cannot_hold_is_refused() -> None:
    with pytest.raises(VideoRefused, match="a 65501x1 picture is too long for a JPEG"):
        encode(np.zeros((1, 65_501, 3), np.uint8), 75)
    assert encode(np.zeros((1, 65_500, 3), np.uint8), 75)
