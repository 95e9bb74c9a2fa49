from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.systemd.lab import Lab, booted, why_not
from tests.systemd.site import APP, Site

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A machine under systemd, for all tests of a module."""
    if reason := why_not():
        pytest.skip(f"LOUD: nothing is tried under systemd: {reason}")
    with booted(tmp_path_factory.mktemp("lab")) as lab:
        lab.run("groupadd", "--system", "jobd")
        lab.run("useradd", "--system", "--groups", "jobd", APP)
        yield lab


@pytest.fixture
def site(lab: Lab, request: pytest.FixtureRequest) -> Iterator[Site]:
    """A queue of the test's own; its service is stopped in the end."""
    words = request.node.name.removeprefix("test_").split("[")[0].split("_")
    site = Site(lab, "-".join(words)[:40])
    yield site
    lab.run("systemctl", "kill", "--signal=KILL", site.unit, ok=False)
    lab.run("systemctl", "stop", site.unit, ok=False)
