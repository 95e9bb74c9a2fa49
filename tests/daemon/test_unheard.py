"""A daemon whose lines nobody can take: their reader has gone, or the disk of the log is full."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.house import PATIENCE_S, House, jobd

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(params=["a reader that has gone", "a full disk"])
def deaf(request: pytest.FixtureRequest) -> Iterator[int]:
    """What every write to fails."""
    if request.param == "a full disk":
        descriptor = os.open("/dev/full", os.O_WRONLY)
    else:
        reader, descriptor = os.pipe()
        os.close(reader)
    yield descriptor
    os.close(descriptor)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")  # noqa: PTH110
def test_it_works_on(house: House, deaf: int) -> None:
    jobd("init", "--db", house.db)
    jobs = [house.insert("full_frames", house.video(name)) for name in ("v1", "v2", "v3")]
    serve = [sys.executable, "-m", "jobd", "serve", "--db", str(house.db), "--exit-when-idle"]
    environ = {name: v for name, v in os.environ.items() if name != "PYTHONUNBUFFERED"}
    subprocess.run(
        serve, stderr=deaf, stdin=subprocess.DEVNULL, env=environ, timeout=PATIENCE_S, check=True
    )
    assert [house.job(job, "status") for job in jobs] == ["completed"] * 3
