from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from jobd.errors import UsageError
from jobd.settings import load_settings


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_flags_go_before_variables_before_the_file(tmp_path: Path) -> None:
    (tmp_path / "jobd.toml").write_text('db = "file.db"\nconcurrency = 3\npoll_ms = 30\n')
    environ = {"JOBD_DB": "env.db", "JOBD_CONCURRENCY": "4", "HOME": "/x"}
    settings = load_settings({"db": "flag.db", "drain_s": None}, environ)
    assert (settings.db, settings.concurrency, settings.poll_ms) == (Path("flag.db"), 4, 30)
    assert settings.drain_s == 30


def test_lists_arrive_as_text_or_as_arrays(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text("backoff_s = [1, 2.5]\n")
    environ = {"JOBD_ROOTS": "/a:/b", "JOBD_CONFIG": "other.toml", "JOBD_DB": "q.db"}
    settings = load_settings({}, environ)
    assert settings.roots == (Path("/a"), Path("/b"))
    assert settings.backoff_s == (1.0, 2.5)
    assert load_settings({"backoff_s": "7,8"}, environ).backoff_s == (7.0, 8.0)


def test_pairs_arrive_as_text_or_as_a_table(tmp_path: Path) -> None:
    (tmp_path / "jobd.toml").write_text("[time_limits]\nfull_frames = 60\n")
    assert load_settings({"db": "q.db"}, {}).time_limits == {"full_frames": 60.0}
    flags = {"db": "q.db", "time_limits": "full_frames=1.5, crop_frames=7"}
    assert load_settings(flags, {}).time_limits == {"full_frames": 1.5, "crop_frames": 7.0}


@pytest.mark.parametrize("text", ["full_frames", "full_frames=0", "full_frames=x", "a=inf"])
def test_pairs_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="setting 'time_limits'"):
        load_settings({"db": "q.db", "time_limits": text}, {})


def test_without_roots_the_folder_of_the_queue_is_the_root(tmp_path: Path) -> None:
    assert load_settings({"db": "sub/q.db"}, {}).allowed_roots == (tmp_path / "sub",)


def test_no_text_for_roots_names_none() -> None:
    assert load_settings({"db": "q.db"}, {"JOBD_ROOTS": ""}).roots == ()


def test_a_setting_cannot_be_changed_later() -> None:
    settings = load_settings({"db": "q.db"}, {})
    with pytest.raises(ValidationError, match="frozen"):
        settings.concurrency = 9


@pytest.mark.parametrize(
    ("flags", "environ", "toml", "sentence"),
    [
        ({}, {}, "", "setting 'db' is missing: give --db or JOBD_DB"),
        ({}, {"JOBD_DV": "x"}, "", r"unknown setting 'dv' \(environment\); known: .*concurrency"),
        ({}, {}, 'colour = "red"', r"unknown setting 'colour' \(jobd.toml\)"),
        ({"concurrency": "0"}, {}, "", r"setting 'concurrency' \(flag\): .*greater than or equal"),
        ({}, {"JOBD_CONCURRENCY": "two"}, "", r"setting 'concurrency' \(environment\): .*integer"),
        ({"backoff_s": "1,x"}, {}, "", r"setting 'backoff_s' \(flag\): .*number"),
        ({"backoff_s": ""}, {}, "", r"setting 'backoff_s' \(flag\): .*at least 1 item"),
        ({"roots": "/a\udcff"}, {}, "", r"setting 'roots' \(flag\): .*UTF-8"),
        ({"backoff_s": "-1"}, {}, "", r"setting 'backoff_s' \(flag\)"),
        ({"drain_s": "inf"}, {}, "", r"setting 'drain_s' \(flag\): .*finite"),
        ({"final_status": "done"}, {}, "", r"setting 'final_status' \(flag\): .*running_ocr"),
        ({}, {}, "db = ", r"settings file jobd.toml: "),
        ({"config": "nowhere.toml"}, {}, "", r"no settings file: nowhere.toml"),
    ],
)
def test_bad_settings_are_refused_by_name(
    tmp_path: Path,
    flags: dict[str, str],
    environ: dict[str, str],
    toml: str,
    sentence: str,
) -> None:
    if toml:
        (tmp_path / "jobd.toml").write_text(toml)
    given = {} if "missing" in sentence else {"db": "q.db"}
    with pytest.raises(UsageError, match=sentence):
        load_settings({**given, **flags}, environ)
