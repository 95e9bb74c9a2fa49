from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.systemd.debian13 import debian13, why_no_debian13
from tests.systemd.lab import Lab, Machine, booted, this_machine, why_not
from tests.systemd.site import APP, Site

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session", params=["here", pytest.param("debian13", marks=pytest.mark.long)])
def machine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """What the labs boot: this machine's own systemd, and in the long set a newer one's."""
    if reason := why_not():
        pytest.skip(f"LOUD: nothing is tried under systemd: {reason}")
    if request.param == "here":
        return this_machine()
    if reason := why_no_debian13():
        pytest.skip(f"LOUD: Debian 13's systemd is not tried: {reason}")
    try:
        return debian13(tmp_path_factory.mktemp("debian13"))
    except OSError as error:
        pytest.skip(f"LOUD: Debian 13's systemd is not tried: {error}")


@pytest.fixture(scope="module")
def lab(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A machine under systemd, for all tests of a module."""
    with booted(machine, tmp_path_factory.mktemp("lab")) as lab:
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
