"""`inspect --check`: its flags, and what they demand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobd.clock import SystemClock
from jobd.commands.flags import count, queue_path
from jobd.errors import UsageError
from jobd.report.check import Demands, check
from jobd.report.wanted import span_ms

if TYPE_CHECKING:
    from argparse import ArgumentParser

_BESIDES = ("status", "kind", "video", "json", "wide", "n")
_FLAGS = {"n": "-n"}
_DEMANDS = ("max_age", "max_failed", "max_waiting", "daemon")


def add_check(parser: ArgumentParser) -> None:
    """What a probe may demand; its --since is the one of the filters."""
    probe = parser.add_argument_group("for health probes")
    probe.add_argument(
        "--check",
        action="store_true",
        help="one line and an exit code: 0 ok, 1 not met, 3 no daemon, 5 queue not readable",
    )
    probe.add_argument(
        "--max-age",
        metavar="SECONDS",
        help="no job that could start now waits longer; those of paused kinds do not count",
    )
    probe.add_argument(
        "--max-failed",
        type=count,
        metavar="N",
        help="no more jobs have failed; with --since, in that time",
    )
    probe.add_argument(
        "--max-waiting",
        type=count,
        metavar="N",
        help="no more jobs wait whose time has come",
    )
    probe.add_argument("--daemon", action="store_true", help="a daemon runs and starts jobs")


def run_check(args: dict[str, Any]) -> int | None:
    """Probe, if that is asked for; None: it is not.

    Raises:
        UsageError: A demand without --check, or one that cannot be.
    """
    if not args["check"]:
        given = [name for name in _DEMANDS if args[name] not in (None, False)]
        if given:
            raise UsageError(f"--{given[0].replace('_', '-')} is for --check")
        return None
    besides = [name for name in _BESIDES if _is_given(args[name])]
    if args["id"] is not None or besides:
        what = "the ID" if args["id"] is not None else _FLAGS.get(besides[0], f"--{besides[0]}")
        raise UsageError(f"--check looks at the whole queue: leave {what} out")
    code, line = check(queue_path(args), demands_of(args), SystemClock())
    print(line)
    return code


def _is_given(value: object) -> bool:
    return value is not False and value not in (None, [])


def demands_of(args: dict[str, Any]) -> Demands:
    """What the flags demand.

    Raises:
        UsageError: One is no number or span.
    """
    if args["since"] is not None and args["max_failed"] is None:
        raise UsageError("--since goes with --max-failed here: give both")
    return Demands(
        max_age_ms=_age_ms(args["max_age"]),
        max_failed=args["max_failed"],
        failed_within_ms=None if args["since"] is None else span_ms(args["since"]),
        max_waiting=args["max_waiting"],
        daemon=args["daemon"],
    )


def _age_ms(text: str | None) -> int | None:
    """Seconds, or a span: "300", "5m"."""
    if text is None:
        return None
    return span_ms(f"{text}s" if text.replace(".", "", 1).isdecimal() else text)
