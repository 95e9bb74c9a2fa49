"""The metrics as Prometheus' own parser reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from jobd import __version__
from jobd.queue.heartbeat import beat, identify
from jobd.queue.lifecycle import Outcome
from jobd.queue.lock import DaemonLock
from jobd.queue.prune import Retention
from jobd.report.exposition import Family, exposition
from jobd.report.gauges import read_gauges
from jobd.report.metrics import text
from jobd.report.read import read_overview
from tests.support.retention import prune

if TYPE_CHECKING:
    from tests.support.desk import Desk

Found = dict[tuple[str, frozenset[tuple[str, str]]], float]


def parsed(page: str) -> Found:
    """Every sample by name and labels; none twice, all announced with help and type."""
    found: Found = {}
    for family in text_string_to_metric_families(page):
        assert family.documentation
        assert family.type in ("gauge", "counter")
        for sample in family.samples:
            key = sample.name, frozenset(sample.labels.items())
            assert key not in found
            found[key] = sample.value
    return found


def measured(desk: Desk) -> Found:
    return parsed(text(read_gauges(desk.path, desk.clock)))


def value(found: Found, desk: Desk, name: str, **labels: str) -> float:
    return found[name, frozenset({"queue": str(desk.path), **labels}.items())]


def test_the_states_are_those_of_inspect(desk: Desk) -> None:
    for number in range(24):
        kind = "crop_frames" if number % 3 else "full_frames"
        desk.add(kind, run_at=desk.clock.at_ms + 3_600_000 if number % 5 == 0 else 0)
    for outcome in (Outcome.RETRY, Outcome.RETRY, Outcome.COMPLETED, Outcome.FAILED):
        desk.run(outcome, error="e", took_s=1)
    desk.lease()
    desk.sql("UPDATE jobs SET status = 'cancelled' WHERE id IN (20, 21)")
    desk.sql("UPDATE jobs SET run_at = ? WHERE id = 22", desk.clock.at_ms - 1)  # due
    desk.sql("UPDATE jobs SET run_at = 0 WHERE attempts > 0 AND id % 2")  # promoted
    found, counts = measured(desk), read_overview(desk.path, desk.clock, 1).counts
    for state in counts.__dataclass_fields__:
        both = (
            value(found, desk, "jobd_jobs", kind=kind, state=state)
            for kind in ("crop_frames", "full_frames")
        )
        assert sum(both) == getattr(counts, state), state
    assert counts.retrying == 2


def test_counters_stay_when_retention_deletes_the_rows(desk: Desk) -> None:
    for _ in range(3):
        desk.add()
        desk.run(Outcome.COMPLETED)
    before = measured(desk)
    assert value(before, desk, "jobd_jobs", kind="full_frames", state="completed") == 3
    desk.clock.pass_s(86_400)
    assert prune(desk, Retention(0.5, 0.5)).jobs == 3
    after = measured(desk)
    assert value(after, desk, "jobd_jobs", kind="full_frames", state="completed") == 0
    for name in ("jobd_jobs_created_total", "jobd_attempts_started_total"):
        assert value(before, desk, name) == value(after, desk, name) == 3


def test_every_counter_is_made_of_ids_and_all_else_is_a_gauge(desk: Desk) -> None:
    families = list(text_string_to_metric_families(text(read_gauges(desk.path, desk.clock))))
    counters = {family.name for family in families if family.type == "counter"}
    assert counters == {"jobd_jobs_created", "jobd_attempts_started"}


def test_the_daemon_alive_and_dead(desk: Desk) -> None:
    found = measured(desk)
    assert value(found, desk, "jobd_up") == value(found, desk, "jobd_daemon_leasing") == 0
    assert value(found, desk, "jobd_build_info", version=__version__) == 1
    assert not [name for name, _ in found if name == "jobd_daemon_beat_timestamp_seconds"]
    with DaemonLock(desk.path):
        beat(desk.queue, identify(desk.clock, 3))
        desk.clock.pass_s(7)
        found = measured(desk)
        assert value(found, desk, "jobd_up") == value(found, desk, "jobd_daemon_leasing") == 1
        assert value(found, desk, "jobd_daemon_slots") == 3
        assert value(found, desk, "jobd_daemon_beat_timestamp_seconds") == (
            desk.clock.at_ms / 1000 - 7
        )
        beat(desk.queue, identify(desk.clock, 3), "stopping")
        assert value(measured(desk), desk, "jobd_daemon_leasing") == 0
    found = measured(desk)
    assert value(found, desk, "jobd_up") == 0
    assert value(found, desk, "jobd_daemon_beat_timestamp_seconds") == desk.clock.at_ms / 1000


def test_ages_and_pauses(desk: Desk) -> None:
    desk.add("crop_frames")
    desk.lease()
    desk.add()
    desk.clock.pass_s(2.5)
    found = measured(desk)
    assert value(found, desk, "jobd_oldest_waiting_seconds", kind="full_frames") == 2.5
    assert value(found, desk, "jobd_oldest_waiting_seconds", kind="crop_frames") == 0
    assert value(found, desk, "jobd_oldest_running_seconds", kind="crop_frames") == 2.5
    assert value(found, desk, "jobd_kind_paused", kind="full_frames") == 0
    desk.sql("UPDATE job_kinds SET paused = 1")
    found = measured(desk)
    assert value(found, desk, "jobd_oldest_waiting_seconds", kind="full_frames") == 0
    assert value(found, desk, "jobd_kind_paused", kind="full_frames") == 1


def test_the_last_hour(desk: Desk) -> None:
    desk.add()
    desk.run(Outcome.COMPLETED, took_s=9)
    desk.clock.pass_s(3601)
    desk.add()
    desk.run(Outcome.COMPLETED, took_s=4)
    desk.add()
    desk.run(Outcome.FAILED, error="no", took_s=1)
    found = measured(desk)
    full = {"kind": "full_frames"}
    assert value(found, desk, "jobd_attempts_last_hour", **full, outcome="completed") == 1
    assert value(found, desk, "jobd_jobs_ended_last_hour", **full, status="failed") == 1
    assert value(found, desk, "jobd_images_last_hour", **full) == 6
    assert value(found, desk, "jobd_cpu_seconds_last_hour", **full) == 6.5
    assert value(found, desk, "jobd_run_seconds_last_hour", **full, percentile="95") == 4
    none = {"kind": "crop_frames"}
    assert value(found, desk, "jobd_attempts_last_hour", **none, outcome="completed") == 0


def test_sizes_are_those_of_the_files(desk: Desk) -> None:
    desk.sql("PRAGMA wal_checkpoint(TRUNCATE)")
    found = measured(desk)
    assert value(found, desk, "jobd_queue_bytes") == desk.path.stat().st_size
    assert value(found, desk, "jobd_wal_bytes") == 0
    desk.add()
    assert value(measured(desk), desk, "jobd_wal_bytes") > 0


@pytest.mark.parametrize("name", ['a"b', "a\\b", "a\nb", "a\\nb", "\ud800", "\x1b[2J", "{},="])
def test_labels_come_back_as_they_were(name: str) -> None:
    family = Family("x", "gauge", 'back\\slash\nline "quoted"', (({"kind": name}, 1.5),))
    page = exposition([family], {"queue": "/q"})
    [found] = text_string_to_metric_families(page)
    expected = name.encode(errors="replace").decode()
    assert found.samples[0].labels == {"queue": "/q", "kind": expected}
    assert found.samples[0].value == 1.5
    assert found.documentation == 'back\\slash\nline "quoted"'
    assert len(page.splitlines()) == 3 or "\x1b" in page


def test_a_family_without_samples_is_left_out() -> None:
    assert exposition([Family("x", "gauge", "nothing", ())], {}) == ""


@pytest.mark.parametrize(
    ("number", "shown"), [(1, "1"), (1.0, "1"), (0.25, "0.25"), (1e15, "1" + "0" * 15)]
)
def test_values(number: float, shown: str) -> None:
    page = exposition([Family("x", "gauge", "t", (({}, number),))], {})
    assert page.splitlines()[2] == f"x {shown}"
