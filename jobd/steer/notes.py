"""What a person should know after a cancel or a retry (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from jobd.steer.verdict import Verb

_SERVE = "`python -m jobd serve` starts one"


def notes(
    verb: Verb, were: Mapping[str, int], daemon_pid: int | None, paused: Collection[str]
) -> Iterator[str]:
    """Who does the rest, and what is in its way.

    Args:
        verb: What was done.
        were: Of the jobs that were changed, how many had which status.
        daemon_pid: Of the living daemon; None: there is none.
        paused: Kinds of these jobs that are paused.
    """
    if not any(were.values()):
        return
    yield from _cancelled(were, daemon_pid) if verb == "cancel" else _retried(daemon_pid)
    if verb == "retry":
        for kind in sorted(paused):
            yield f"{kind} is paused: `python -m jobd resume {kind}` lets them start"


def _cancelled(were: Mapping[str, int], daemon_pid: int | None) -> Iterator[str]:
    if daemon_pid is None:
        what = "nothing of them runs any more, and " if were.get("running") else ""
        yield f"no daemon runs: {what}their videos are told when one starts; {_SERVE}"
    elif were.get("running"):
        yield f"the daemon (pid {daemon_pid}) stops what ran"


def _retried(daemon_pid: int | None) -> Iterator[str]:
    if daemon_pid is None:
        yield f"no daemon runs: they wait until one starts; {_SERVE}"
