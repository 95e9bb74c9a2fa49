"""Inside the child: run the handler, or write the notice, and say how it ended."""

from __future__ import annotations

import json
import logging
import os
import resource
import signal
from dataclasses import replace
from typing import TYPE_CHECKING

from jobd.attempt.messages import End, Ended
from jobd.attempt.notice import write_notice
from jobd.attempt.outcome import classify, describe, is_surprise, may_pass
from jobd.attempt.parent import die_with_parent
from jobd.attempt.sandbox import shut_in
from jobd.attempt.task import Notice
from jobd.attempt.voice import Voice, log_by
from jobd.handlers.access import access_for
from jobd.handlers.context import Attempt, Tally
from jobd.handlers.payloads import parse
from jobd.handlers.registry import handler_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    from jobd.attempt.task import Task
    from jobd.handlers.access import JobAccess

    Report = Callable[[float], None]

log = logging.getLogger("jobd")


def main(pipe: Connection, task: Task) -> None:
    """The child's whole life."""
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the daemon's to answer
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # the forkserver ignores it, see preload
    voice = Voice(pipe)
    log_by(voice, task.options.log_level)
    report = voice.report
    voice.end(_write_status(task, task.notice, report) if task.notice else _try(task, report))


def _try(task: Task, report: Report) -> Ended:
    tally = Tally()
    try:
        ended = Ended(End.PUBLISHED, result=_run(task, report, tally))
    except Exception as error:
        if is_surprise(error):
            said = describe(error)
            log.exception("unexpected: %s", said)
        ended = _ended_by(task, error, report)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return replace(
        ended,
        frames_wanted=tally.frames_wanted,
        frames_decoded=tally.frames_decoded,
        frames_concealed=tally.frames_concealed,
        cpu_s=usage.ru_utime + usage.ru_stime,
        peak_rss_bytes=usage.ru_maxrss * 1024,
    )


def _run(task: Task, report: Report, tally: Tally) -> str:
    handler = handler_of(task.kind)
    payload = parse(handler.model, task.payload)
    options = task.options
    with access_for(payload, options.roots, options.queue_folder) as access:
        engine = handler.load_engine(payload, options)
        shut_in(access, options.walls, engine.folders if engine else ())
        attempt = replace(_attempt(task, access, report, tally), engine=engine)
        report(0.0)
        return json.dumps(handler.load()(payload, attempt))


def _attempt(task: Task, access: JobAccess, report: Report, tally: Tally) -> Attempt:
    return Attempt(
        queue_id=task.queue_id,
        attempt_id=task.attempt_id,
        job_id=task.job_id,
        round=task.round,
        number=task.number,
        pid=os.getpid(),
        options=task.options,
        access=access,
        tally=tally,
        report=report,
    )


def _ended_by(task: Task, error: Exception, report: Report) -> Ended:
    end = classify(error)
    message = describe(error)
    told = True
    if end in {End.FAILED, End.RETRY}:
        final = end is End.FAILED or task.last
        written = _write_status(task, Notice("failed" if final else "waiting", message), report)
        if written.end in {End.PUBLISHED, End.CANCELLED}:
            return written
        told = written.told
    return Ended(end, told=told, error=message, error_class=type(error).__name__)


def _write_status(task: Task, notice: Notice, report: Report) -> Ended:
    """Tell the app, unless the work is published already or the video is gone."""
    try:
        return write_notice(task, notice, report)
    except Exception as error:  # the job settles even where the app cannot be told
        if is_surprise(error):
            log.exception("the app cannot be told")
        told = not may_pass(error)  # or never can be
        return Ended(End.NOTED, told=told, error=describe(error), error_class=type(error).__name__)
