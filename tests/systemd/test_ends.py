"""How the service ends, and begins again, under a real systemd."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.systemd.site import Site


def test_kill_9_of_the_main_process_loses_nothing(site: Site) -> None:
    site.install()
    site.start()
    _, job, child = site.work()
    site.signal("KILL")
    site.until(lambda: site.shown("NRestarts") == "1" and site.shown("ActiveState") == "active")
    assert not site.lives(child)
    site.until_status(job, "completed")
    outcomes = site.sql("SELECT outcome, error FROM job_attempts ORDER BY id")
    assert outcomes == [["crashed", "the daemon died while this attempt ran"], ["completed", None]]


def test_a_hang_is_ended_with_a_traceback(site: Site) -> None:
    site.install(lines="WatchdogSec=2")
    site.start()
    begun_s = time.monotonic()
    site.until(lambda: time.monotonic() - begun_s > 3)  # a loop that comes round is left alone
    assert site.shown("NRestarts") == "0"
    _, job, child = site.work()
    site.signal("STOP")
    site.until(lambda: site.shown("NRestarts") == "1" and site.shown("ActiveState") == "active")
    log = site.log()
    assert "Watchdog timeout" in site.lab.run("journalctl", "-q", f"UNIT={site.unit}")
    assert "Fatal Python error: Aborted" in log
    assert "jobd/daemon/loop.py" in log
    assert not site.lives(child)
    site.until_status(job, "completed")


def test_a_stop_lets_a_job_of_12_s_end(site: Site) -> None:
    """Longer than systemd would wait by itself, and than its watchdog."""
    site.install(lines="TimeoutStopSec=2\nWatchdogSec=2")
    site.start()
    _, job, child = site.work()
    begun_s = time.monotonic()
    site.signal("STOP", child)
    stopping = site.lab.start("systemctl", "stop", site.unit)
    site.until(lambda: site.shown("StatusText").startswith("stopping: 1 running"))
    waiting = site.insert("full_frames", site.video("v2"))
    site.until(lambda: time.monotonic() - begun_s > 12)
    assert site.shown("ActiveState") == "deactivating"
    site.signal("CONT", child)
    assert stopping.communicate(timeout=60)[0] == ""
    assert site.shown("Result") == "success"
    assert site.job(job, "status, attempts") == ["completed", 1]
    assert site.job(waiting, "status, attempts") == ["queued", 0]


def test_bad_settings_do_not_loop(site: Site) -> None:
    site.install('colour = "red"')
    said = site.lab.run("systemctl", "start", site.unit, ok=False)
    assert "failed" in said
    site.until(lambda: site.shown("ActiveState") == "failed")
    time.sleep(2.5)  # more than RestartSec
    assert (site.shown("NRestarts"), site.shown("ExecMainStatus")) == ("0", "2")
    assert site.shown("ActiveState") == "failed"
    assert site.log().count("jobd: unknown setting 'colour'") == 1
    site.settings("")
    site.start()
    assert site.shown("ActiveState") == "active"
