"""The service as a person on the server meets it, under a real systemd."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from tests.systemd.lab import HOME

if TYPE_CHECKING:
    from tests.systemd.lab import Lab
    from tests.systemd.site import Site

TITLES = HOME / "tests/media/bbb_trailer_720p_h264.mp4"
BOUNDS = {"left": 0, "top": 0, "right": 100, "bottom": 50}


def test_start_waits_until_jobs_are_taken(site: Site) -> None:
    site.install()
    site.jobd("init", "--db", site.db, user="jobd")
    with ExitStack() as meanwhile:
        meanwhile.enter_context(site.held())  # what serve has to write first has to wait
        starting = site.lab.start("systemctl", "start", site.unit)
        site.until(lambda: "trying again" in site.log())
        assert site.shown("ActiveState") == "activating"
        assert starting.poll() is None
        meanwhile.close()
        assert starting.communicate(timeout=60)[0] == ""
    assert (starting.returncode, site.shown("ActiveState")) == (0, "active")
    assert " ready on " in site.log()


def test_the_status_line_counts(site: Site) -> None:
    site.install("concurrency = 1")
    site.start()
    site.until(lambda: site.shown("StatusText") == "0 running, 0 queued")
    _, _, child = site.work()
    site.signal("STOP", child)
    for n in range(2):
        site.insert("full_frames", site.video(f"v{n}"))
    site.until(lambda: site.shown("StatusText") == "1 running, 2 queued")
    assert site.shown("StatusText") in site.lab.run("systemctl", "status", site.unit)


def test_a_second_user_queues_jobs_and_reads_their_frames(site: Site) -> None:
    site.install('sandbox = "require"')
    site.start()
    payload = site.video("v1")
    full = site.insert("full_frames", payload | {"frameRate": 1})
    files = {"store": "both", "outputDir": f"{site.root}/v1/crops"}
    cropped = site.insert("crop_frames", payload | files | {"cropBounds": BOUNDS, "frameRate": 5})
    for job in (full, cropped):
        site.until_status(job, "completed")
    result = json.loads(site.job(full, "result")[0])
    database = payload["dbPath"]
    [[frames, shortest]] = site.sql(
        "SELECT count(*), min(length(image_data)) FROM full_frames", db=database
    )
    assert frames > 0
    assert shortest > 1000, result
    sizes = site.sql("SELECT DISTINCT width, height FROM cropped_frames", db=database)
    assert sizes == [[100, 50]]
    site.lab.run("touch", *pictures_in(site, files["outputDir"]), user="app")
    # Both may write both files still, whoever made -wal and -shm.
    site.sql("UPDATE processing_status SET status = 'running_ocr'", db=database)
    owners = site.lab.run("stat", "-c", "%U:%G %a", site.db, f"{site.db}-wal", f"{site.db}-shm")
    assert set(owners.split("\n")[:-1]) == {"jobd:jobd 660"}
    folder = site.lab.run("stat", "-c", "%U:%G %a", site.db.removesuffix("/jobs.db")).strip()
    assert folder == "jobd:jobd 2770"


def pictures_in(site: Site, folder: str) -> list[str]:
    found = site.lab.run("find", folder, "-name", "*.jpg", user="app").split()
    assert found
    return found


def test_the_journal_knows_jobs(site: Site) -> None:
    site.install()
    site.start()
    first = site.insert("full_frames", site.video("v1"))
    second = site.insert("full_frames", site.video("v2") | {"videoPath": f"{site.root}/none.mp4"})
    for job, status in ((first, "completed"), (second, "failed")):
        site.until(lambda job=job, status=status: site.job(job) == [status])
    of_first = site.log(f"JOBD_JOB_ID={first}").splitlines()
    said = [line.removeprefix(f"job {first} full_frames attempt 1/3") for line in of_first]
    assert said[0].startswith(" started, pid ")
    assert any(": video.mp4: h264, " in line for line in said)  # the handler's own words
    assert said[-2:] == [": published", " completed"]
    of_second = site.log("JOBD_KIND=full_frames", f"JOBD_JOB_ID={second}", "JOBD_ATTEMPT=1")
    assert f"job {second} full_frames attempt 1/3 failed: " in of_second
    assert not site.log("JOBD_ATTEMPT=2")


def test_what_a_crash_printed_is_found_by_the_pid_of_the_attempt(site: Site) -> None:
    site.install()
    site.start()
    _, job, child = site.work()
    site.signal("SEGV", child)
    site.until_status(job, "completed")
    assert f"attempt 1/3 started, pid {child}\n" in site.log(f"JOBD_JOB_ID={job}")
    printed = site.log(f"_PID={child}")
    assert printed.startswith("Fatal Python error: Segmentation fault\n")
    assert "/jobd/handlers/crop_frames.py" in printed


def test_a_reload_takes_in_what_may_change(site: Site) -> None:
    site.install("concurrency = 1")
    site.start()
    main = site.shown("MainPID")
    _, _, child = site.work()
    site.signal("STOP", child)
    waiting = site.insert("crop_frames", site.video("v2") | {"cropBounds": BOUNDS})
    site.until(lambda: site.shown("StatusText") == "1 running, 1 queued")
    site.settings("concurrency = 2\nkeep_days = 3")
    site.lab.run("systemctl", "reload", site.unit)
    site.until_status(waiting, "completed")
    assert "settings reloaded: concurrency, keep_days\n" in site.log()
    assert (site.shown("MainPID"), site.shown("ActiveState")) == (main, "active")
    site.settings("concurrency = 0")
    site.lab.run("systemctl", "reload", site.unit)
    refused = "settings not reloaded, the old ones stay in force: setting 'concurrency'"
    site.until(lambda: refused in site.log("PRIORITY=3"))
    assert site.log().count(refused) == 1
    third = site.insert("crop_frames", site.video("v3") | {"cropBounds": BOUNDS})
    site.until_status(third, "completed")
    assert site.shown("MainPID") == main


def test_a_decoder_in_the_unit_reads_no_other_file(site: Site) -> None:
    site.install('sandbox = "require"')
    site.start()
    secret = site.video("secret")["videoPath"]
    bait = site.video("bait")
    text = f"ffconcat version 1.0\nfile '{secret}'\n"
    site.lab.at(bait["videoPath"]).write_text(text)
    job = site.insert("full_frames", bait)
    site.until_status(job, "failed")
    assert site.job(job, "error") == ["the file is no video of a known format"]


def test_an_engine_in_the_unit_reads_text(site: Site) -> None:
    site.install('ocr_engine = "rapidocr"')
    site.start()
    payload = site.video("v1", TITLES) | {"frameRate": 0.05}
    job = site.insert("full_frames", payload)
    site.until(lambda: site.job(job) == ["completed"])
    words = "SELECT group_concat(text, ' ') FROM full_frame_ocr WHERE frame_index = 200"
    assert site.sql(words, db=payload["dbPath"]) == [["A (slightly overweight) bunny"]]


def test_the_app_as_the_same_user_stops_a_job_by_its_pid(site: Site) -> None:
    site.install(user="app")
    site.start()
    payload, job, child = site.work()
    status = "SELECT current_job_id FROM crop_frames_status"
    assert site.sql(status, db=payload["dbPath"]) == [[str(child)]]
    site.lab.run("kill", "-TERM", str(child), user="app")
    site.until(lambda: site.job(job, "attempts") == [2])
    assert "SIGTERM" in site.sql("SELECT error FROM job_attempts ORDER BY id")[0][0]


def test_videos_in_a_home_are_seen_and_nothing_else_there(site: Site) -> None:
    site.root = Path("/home/someone/videos")
    site.lab.run("mkdir", "-p", "/home/someone/letters")
    site.install('sandbox = "require"')
    site.start()
    job = site.insert("full_frames", site.video("v1"))
    site.until_status(job, "completed")
    seen = site.lab.run("ls", f"/proc/{site.shown('MainPID')}/root/home/someone").split()
    assert seen == ["videos"]


def test_the_walls_around_a_child_stand_inside_the_units(site: Site) -> None:
    python = "/opt/jobd/.venv/bin/python -I -m tests.systemd.probe"
    given, other = f"{site.root}/v1/video.mp4", f"{site.root}/v2/video.mp4"
    site.install(lines=f"Type=oneshot\nExecStart=\nExecStart={python} {given} {other}")
    for name in ("v1", "v2"):
        site.video(name)
    site.start()
    found = json.loads(site.log("_TRANSPORT=stdout").strip())
    assert found == {
        "missing": [],
        "openat2": True,
        "given": "done",
        "other": "EACCES",
        "queue": "EACCES",
        "passwd": "EACCES",
        "socket": "EPERM",
        "program": "EPERM",
        "parent": "EPERM",
    }


def test_a_record_of_many_lines_stays_one(lab: Lab) -> None:
    text = "first\nsecond=2\n\nlast\n中文"
    program = f"""
import logging
from pathlib import Path
from jobd.systemd.journal import JournalHandler
log = logging.getLogger("x")
log.addHandler(JournalHandler(Path("/run/systemd/journal/socket")))
log.warning({text!r}, extra={{"fields": {{"JOBD_JOB_ID": 4711}}}})
"""
    lab.run("/opt/jobd/.venv/bin/python", "-c", program)
    lab.run("journalctl", "--sync")
    found = lab.run("journalctl", "--quiet", "--output=json", "JOBD_JOB_ID=4711")
    record = json.loads(found)
    assert record["MESSAGE"] == text
    assert (record["PRIORITY"], record["SYSLOG_IDENTIFIER"]) == ("4", "jobd")
