"""metrics --listen as a real process, asked over real sockets."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from jobd.errors import UsageError
from jobd.report.scrape import address_of
from tests.support.house import jobd

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("9752", ("127.0.0.1", 9752)),
        ("0", ("127.0.0.1", 0)),
        ("127.0.0.1:9752", ("127.0.0.1", 9752)),
        ("[::1]:9752", ("::1", 9752)),
        ("0.0.0.0:80", ("0.0.0.0", 80)),  # noqa: S104 - only read
        ("localhost:65535", ("localhost", 65535)),
    ],
)
def test_addresses(text: str, address: tuple[str, int]) -> None:
    assert address_of(text) == address


@pytest.mark.parametrize("text", ["", "x", ":9752", "host:", "127.0.0.1:65536", "::1:9752", "-1"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(UsageError, match="write a port, or an address and a port"):
        address_of(text)


@pytest.fixture
def db(tmp_path: Path) -> Path:
    path = tmp_path / "jobs.db"
    jobd("init", "--db", path)
    return path


@contextmanager
def listening(db: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A process that listens on a free port."""
    command = [sys.executable, "-m", "jobd", "metrics", "--db", str(db), "--listen", "127.0.0.1:0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            found = re.fullmatch(r"jobd: metrics on http://127\.0\.0\.1:(\d+)/metrics\n", line)
            assert found, line
            yield process, int(found[1])
        finally:
            process.kill()


def ask(port: int, path: str = "/metrics", method: str = "GET") -> tuple[int, str, str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, answer.headers["Content-Type"], text


def test_get_metrics_and_nothing_else(db: Path) -> None:
    with listening(db) as (_, port):
        status, content_type, text = ask(port)
        assert (status, content_type) == (200, "text/plain; version=0.0.4; charset=utf-8")
        assert {family.name for family in text_string_to_metric_families(text)} >= {"jobd_up"}
        assert ask(port, "/metrics?x=1")[0] == 200
        assert ask(port, "/")[0] == ask(port, "/metrics/x")[0] == 404
        assert ask(port, method="POST")[0] == 501


def test_each_answer_is_of_its_own_moment_and_a_lost_queue_is_503(db: Path) -> None:
    with listening(db) as (_, port):
        assert ask(port)[0] == 200
        away = db.rename(db.with_name("away"))
        status, _, text = ask(port)
        assert (status, text.count("\n")) == (503, 1)
        assert text.startswith("no queue at ")
        away.rename(db)
        assert ask(port)[0] == 200


def test_one_who_says_nothing_shuts_nobody_out(db: Path) -> None:
    with listening(db) as (process, port):
        silent = socket.create_connection(("127.0.0.1", port))
        assert ask(port)[0] == 200
        silent.close()
        with socket.create_connection(("127.0.0.1", port)) as rude:
            rude.sendall(b"\x00\xff" * 10_000 + b"\r\n\r\n")
        assert ask(port)[0] == 200
        process.terminate()
        assert process.stderr is not None
        assert process.stderr.read() == "jobd: stopped\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(db: Path, number: signal.Signals) -> None:
    with listening(db) as (process, port):
        assert ask(port)[0] == 200
        process.send_signal(number)
        assert process.wait(30) == 0


def test_a_port_in_use_is_said_in_a_line(db: Path) -> None:
    with listening(db) as (_, port):
        done = jobd("metrics", "--db", db, "--listen", str(port))
    assert done.returncode == 2
    assert done.stderr == f"jobd: cannot listen on 127.0.0.1:{port}: Address already in use\n"
