"""`python -m jobd service` on a server: what it puts where, what it leaves, what it refuses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.systemd.lab import PROJECT, PYTHON

if TYPE_CHECKING:
    from tests.systemd.lab import Lab

ETC = ("find", "/etc", "-type", "f", "-printf", r"%p %i %T@ %m\n")


def service(lab: Lab, *arguments: str, **how: Any) -> str:
    return lab.run(PYTHON, "-m", "jobd", "service", *arguments, **how)


def files(lab: Lab) -> set[str]:
    return set(lab.run("find", "/etc", "-not", "-type", "d").splitlines())


def test_from_nothing_to_a_service_and_back(lab: Lab) -> None:
    before = files(lab)
    said = service(lab, "install")
    made = re.findall("made (.*)", said)
    assert files(lab) - before == set(made)
    lab.run("systemctl", "enable", "--now", "jobd")
    assert lab.shown("jobd.service", "ActiveState") == "active"
    assert lab.shown("jobd.service", "Slice") == "jobd.slice"
    assert lab.shown("jobd.slice", "CPUWeight") == lab.shown("jobd.slice", "IOWeight") == "20"
    as_it_was = lab.run(*ETC)
    again = service(lab, "install")
    assert not re.search("^made ", again, re.MULTILINE)
    assert lab.run(*ETC) == as_it_was
    removed = service(lab, "uninstall")
    assert set(re.findall("removed (.*)", removed)) == set(made)
    assert files(lab) == before
    assert lab.shown("jobd.service", "LoadState") == "not-found"
    assert lab.at("/var/lib/jobd/jobs.db").exists()
    assert service(lab, "uninstall").startswith("left as they are: ")


def test_print_only_shows_and_needs_no_root(lab: Lab) -> None:
    before = lab.run(*ETC)
    shown = service(lab, "print", "--name", "one", user="app")
    assert "# ── /etc/systemd/system/jobd@one.service.d/queue.conf\n" in shown
    assert "\nProtectSystem=strict\n" in shown
    assert lab.run(*ETC) == before


def test_what_cannot_be_is_refused_in_a_line(lab: Lab) -> None:
    before = files(lab)
    asked = {
        ("app", "install"): "a service is made and removed by root",
        ("app", "uninstall"): "a service is made and removed by root",
        ("root", "install", "--root", "/srv/none"): "root /srv/none is missing: make it",
        ("root", "install", "--db", "/var/tmp/q.db"): "/var/tmp/q.db lies where a service has",  # noqa: S108
        ("root", "install", "--name", "A/b"): "--name A/b: small letters",
        ("root", "install", "--user", "a b"): "--user a b: no name",
        ("root", "install", "--root", "/srv/a:b"): "a path with a colon",
    }
    for (user, *arguments), sentence in asked.items():
        done = lab.start(PYTHON, "-m", "jobd", "service", *arguments, user=user)
        said, _ = done.communicate(timeout=60)
        assert (done.returncode, said.count("\n")) == (2, 1), said
        assert said.startswith("jobd: ")
        assert sentence in said
    assert files(lab) == before


def test_what_another_hand_has_made_stays(lab: Lab) -> None:
    lab.write("/etc/systemd/system/jobd.service", "[Service]\nExecStart=/bin/true\n")
    refused = service(lab, "install", ok=False)
    assert "/etc/systemd/system/jobd.service was not made by jobd: move it away first" in refused
    lab.at("/etc/systemd/system/jobd.service").unlink()
    service(lab, "install")
    lab.write("/etc/jobd/jobd.toml", "concurrency = 1\n")
    lab.write("/etc/systemd/system/jobd.service.d/mine.conf", "[Service]\nNice=5\n")
    assert "kept /etc/jobd/jobd.toml" in service(lab, "install")
    assert "kept /etc/jobd/jobd.toml: it has been changed" in service(lab, "uninstall")
    assert lab.at("/etc/jobd/jobd.toml").read_text() == "concurrency = 1\n"
    assert lab.at("/etc/systemd/system/jobd.service.d/mine.conf").exists()
    lab.at("/etc/jobd/jobd.toml").unlink()
    lab.run("rm", "-r", "/etc/systemd/system/jobd.service.d")


def test_two_queues_beside_one_another_one_with_an_odd_root(lab: Lab) -> None:
    odd = '/srv/My 100% "Videos"'
    lab.run("install", "-d", "-o", "app", "-m", "2770", "-g", "jobd", odd)
    before = files(lab)
    service(lab, "install", "--name", "one", "--root", odd)
    service(lab, "install", "--name", "two", "--user", "app", "--group", "jobd")
    lab.run("systemctl", "enable", "--now", "jobd@one", "jobd@two")
    users = lab.run("ps", "-o", "user=", "-p", lab.shown("jobd@two.service", "MainPID"))
    assert users.strip() == "app"
    environ = lab.at(f"/proc/{lab.shown('jobd@one.service', 'MainPID')}/environ").read_text()
    assert f"JOBD_ROOTS={odd}\0" in environ
    assert "kept /etc/systemd/system/jobd@.service" in service(lab, "uninstall", "--name", "one")
    assert lab.shown("jobd@one.service", "ActiveState") == "inactive"
    assert lab.shown("jobd@two.service", "ActiveState") == "active"
    service(lab, "uninstall", "--name", "two")
    assert files(lab) == before


def test_a_folder_that_its_user_may_not_use_is_named(lab: Lab) -> None:
    lab.run("mkdir", "-m", "2770", "/srv/closed")
    refused = service(lab, "install", "--db", "/srv/closed/jobs.db", ok=False)
    assert "jobd: user jobd may not use /srv/closed: chgrp and chmod it" in refused
    service(lab, "uninstall")


def test_what_is_refused_leaves_the_service_that_runs_as_it_was(lab: Lab) -> None:
    """Flags that were forgotten at the second time would else become the unit of the next start."""
    lab.run("install", "-d", "-o", "app", "-g", "app", "-m", "2770", "/srv/own")
    flags = ("--user", "app", "--db", "/srv/own/jobs.db")
    service(lab, "install", *flags)
    lab.run("systemctl", "start", "jobd")
    queue = ("stat", "-c", "%U %G %a", "/srv/own", "/srv/own/jobs.db")
    ours = (*ETC[:2], "-path", "*jobd*", *ETC[2:])  # users and groups may stay
    before = (lab.run(*ours), lab.run(*queue))
    refused = service(lab, "install", "--user", "nobody", "--db", "/srv/own/jobs.db", ok=False)
    assert refused == "jobd: user nobody may not use /srv/own: chgrp and chmod it\n"
    assert (lab.run(*ours), lab.run(*queue)) == before
    lab.run("systemctl", "restart", "jobd")
    service(lab, "uninstall", *flags)


def test_a_change_of_a_unit_says_that_it_takes_the_place_of_another(lab: Lab) -> None:
    assert "made /etc/systemd/system/jobd.service" in service(lab, "install")
    unit = lab.at("/etc/systemd/system/jobd.service")
    unit.write_text(f"{unit.read_text()}\n[Service]\nNice=3\n")
    assert "replaced /etc/systemd/system/jobd.service" in service(lab, "install")
    service(lab, "uninstall")


def test_a_strict_umask_of_root_shuts_nobody_out(lab: Lab) -> None:
    lab.run("rm", "-rf", "/etc/jobd")  # to be made here
    lab.run("sh", "-c", f"umask 077; {PYTHON} -m jobd service install --name strict")
    lab.run("systemctl", "start", "jobd@strict")
    service(lab, "uninstall", "--name", "strict")


def test_the_score_and_what_each_point_of_it_is(lab: Lab) -> None:
    service(lab, "install")
    shown = lab.run("systemd-analyze", "security", "--no-pager", "jobd.service")
    service(lab, "uninstall")
    score = re.search(r"Overall exposure level for jobd.service: ([0-9.]+)", shown)
    assert score is not None
    assert float(score[1]) <= 1.0
    points = set(re.findall(r"^✗ (\S+).*?[1-9]?\.[0-9]+$", shown, re.MULTILINE))
    explained = (PROJECT / "docs/systemd.md").read_text(encoding="utf-8")
    assert points
    assert [p for p in sorted(points) if f"`{p}`" not in explained] == []
