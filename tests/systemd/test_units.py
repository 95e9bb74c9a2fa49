"""Units as text: for odd paths, old managers, homes; and as they come with a wheel."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from jobd.errors import UsageError
from jobd.systemd.service import Service
from jobd.systemd.units import MARK, UNITS, files_of, quoted, settings_path

PROJECT = Path(__file__).parents[2]
ONE = Service(
    name=None,
    user="jobd",
    group="app",
    db=Path("/var/lib/jobd/jobs.db"),
    roots=(Path("/srv/videos"),),
    python=Path("/opt/jobd/venv/bin/python"),
    code=(Path("/opt/jobd/venv"), Path("/usr")),
    manager_version=252,
)


def unit_of(service: Service) -> list[str]:
    own = service.unit if service.name is None else f"{service.unit}.d/queue.conf"
    return files_of(service)[UNITS / own].splitlines()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("/srv/videos", "/srv/videos"),
        ("A=/srv/a:/b", "A=/srv/a:/b"),
        ("/srv/100%", '"/srv/100%%"'),
        ("/srv/a b", '"/srv/a b"'),
        ('/srv/"a"', '"/srv/\\"a\\""'),
        ("/srv/a\\b", '"/srv/a\\\\b"'),
        ("/srv/\u5b57", '"/srv/\u5b57"'),
        ("/srv/$HOME", '"/srv/$HOME"'),
    ],
)
def test_words_of_a_unit(text: str, word: str) -> None:
    assert quoted(text) == word


def test_every_file_is_marked_as_ours_but_the_settings() -> None:
    for service in (ONE, replace(ONE, name="two")):
        unmarked = [p for p, text in files_of(service).items() if not text.startswith(MARK)]
        assert unmarked == [settings_path(service)]


def test_a_manager_that_can_waits_for_a_reload() -> None:
    assert {"Type=notify", "ExecReload=/bin/kill -HUP $MAINPID"} <= set(unit_of(ONE))
    newer = unit_of(replace(ONE, manager_version=253))
    assert "Type=notify-reload" in newer
    assert not any(line.startswith("ExecReload") for line in newer)


def test_only_what_is_needed_of_homes_is_shown() -> None:
    assert "ProtectHome=yes" in unit_of(ONE)
    code = (Path("/home/me/venv"), Path("/usr"))
    homely = unit_of(replace(ONE, roots=(Path("/home/app/a b"),), code=code))
    at = homely.index("ProtectHome=tmpfs")
    assert homely[at + 1 : at + 3] == [
        'BindPaths="/home/app/a b"',
        "BindReadOnlyPaths=/home/me/venv",
    ]
    assert "ProtectHome=yes" not in homely


def test_a_named_queue_says_itself_what_is_its_own() -> None:
    lines = unit_of(replace(ONE, name="two", db=Path("/q/two/jobs.db")))
    environment = "JOBD_DB=/q/two/jobs.db JOBD_ROOTS=/srv/videos JOBD_CONFIG=/etc/jobd/two.toml"
    assert f"Environment={environment}" in lines
    assert lines[lines.index("ReadWritePaths=") + 1] == "ReadWritePaths=/q/two /srv/videos"


def test_a_folder_that_was_there_stays_as_it_is() -> None:
    tmpfiles = Path("/etc/tmpfiles.d/jobd.conf")
    assert "d /var/lib/jobd 2770 jobd app -" in files_of(ONE)[tmpfiles].splitlines()
    kept = files_of(replace(ONE, keeps_folder=True))[tmpfiles].splitlines()
    assert not any(line.startswith("d ") for line in kept)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": "../x"}, "--name"),
        ({"name": ""}, "--name"),
        ({"user": "a%i"}, "--user"),
        ({"group": "A B"}, "--group"),
        ({"db": Path("jobs.db")}, "absolute"),
        ({"db": Path("/jobs.db"), "roots": (Path("/"),)}, "whole machine"),
        ({"roots": (Path("/srv/a\nb"),)}, "control character"),
        ({"python": Path("/tmp/venv/bin/python")}, "put it elsewhere"),  # noqa: S108
    ],
)
def test_what_cannot_work_is_refused(change: dict[str, object], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        replace(ONE, **change)  # type: ignore[arg-type]


def test_the_wheel_brings_the_templates(tmp_path: Path) -> None:
    build = ("-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", tmp_path)
    subprocess.run([sys.executable, *build, PROJECT], check=True)
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(tmp_path / "site")
    there = sorted(path.name for path in (tmp_path / "site/jobd/systemd/units").iterdir())
    assert there == sorted(path.name for path in (PROJECT / "systemd").iterdir())
    program = "from jobd.systemd.units import templates; print(templates())"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path / "site",
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(tmp_path / "site/jobd/systemd/units")
