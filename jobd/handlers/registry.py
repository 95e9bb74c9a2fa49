"""Which kinds there are: kind → payload model and handler, by "module:function"."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from jobd.handlers.context import Attempt, Options
from jobd.handlers.payloads import CropFrames, FullFrames, Payload

if TYPE_CHECKING:
    from jobd.ocr.engine import Engine
    from jobd.videodb.database import VideoDb
    from jobd.videodb.status import Status

Handle = Callable[[Any, Attempt], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Handler:
    """One kind of job.

    Attributes:
        kind: The word in the row.
        model: What its payload must be.
        entry: "module:function", imported only in the child that runs it.
        status: "module:class" of the status table that speaks of it to the app.
        target: The table that it replaces.
        priority: Of rows that name none; higher goes first.
        yields_slot: Leaves one slot to the other kinds when there are several.
        supersedes_running: A newer row of the same unique_key cancels a running one.
        engine: "module:function" that imports what the child must not import later, if any.
    """

    kind: str
    model: type[Payload]
    entry: str
    status: str
    target: str
    priority: int
    yields_slot: bool
    supersedes_running: bool
    engine: str | None = None

    def load(self) -> Handle:
        """Import the function that does the work."""
        return cast("Handle", _imported(self.entry))

    def load_engine(self, payload: Payload, options: Options) -> Engine | None:
        """Import what reads text for this job, if anything does.

        Raises:
            RetryableError: It cannot be imported.
        """
        if self.engine is None:
            return None
        return cast("Engine | None", _imported(self.engine)(payload, options))

    def load_status(self) -> Callable[[VideoDb], Status]:
        """Import the class that speaks to the app."""
        return cast("Callable[[VideoDb], Status]", _imported(self.status))

    def required(self) -> tuple[str, ...]:
        """The payload keys that have no default, in the model's order."""
        fields = self.model.model_fields.values()
        return tuple(f.alias for f in fields if f.is_required() and f.alias)

    def payload_schema(self) -> str:
        """JSON Schema of the payload, as one line."""
        return json.dumps(self.model.model_json_schema(by_alias=True), separators=(",", ":"))


def _imported(entry: str) -> Any:
    module, _, name = entry.partition(":")
    return getattr(importlib.import_module(module), name)


def handlers() -> tuple[Handler, ...]:
    """All kinds that this jobd runs."""
    return (
        Handler(
            kind="crop_frames",
            model=CropFrames,
            entry="jobd.handlers.crop_frames:run",
            status="jobd.videodb.status:CropFramesStatus",
            target="cropped_frames",
            priority=100,
            yields_slot=False,
            supersedes_running=True,
        ),
        Handler(
            kind="full_frames",
            model=FullFrames,
            entry="jobd.handlers.full_frames:run",
            status="jobd.videodb.status:FullFramesStatus",
            target="full_frames",
            priority=0,
            yields_slot=True,
            supersedes_running=False,
            engine="jobd.handlers.reading:engine_for",
        ),
    )


def handler_of(kind: str) -> Handler:
    """The handler of one kind.

    Raises:
        KeyError: No such kind; the queue's own trigger refuses such rows before.
    """
    return {h.kind: h for h in handlers()}[kind]
