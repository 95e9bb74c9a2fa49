"""No child outlives its forkserver, however late it wakes."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

# A forkserver that dies at once, and a child that sleeps through it before any of our code runs.
LATE_CHILD = """
import os, sys, time

server = os.getpid()

def sleep_through():
    while os.getppid() == server:
        time.sleep(0.01)

os.register_at_fork(after_in_child=sleep_through)
import jobd.attempt.preload
if os.fork():
    os._exit(0)
from jobd.attempt.parent import die_with_parent
die_with_parent()
print("lives on", flush=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="prctl")
def test_a_child_that_wakes_after_its_forkserver_died(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", LATE_CHILD],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert (ran.stdout, ran.stderr) == ("", "")
