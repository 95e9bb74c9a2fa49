"""The payloads that the app writes, one strict model per kind."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Annotated, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel

from jobd.errors import PayloadRefused

Store = Literal["database", "files", "both"]
_PIXEL_LIMIT = 1_000_000


def _plain_text(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not contain NUL")
    return text


def _absolute(path: str) -> str:
    if not path.startswith("/"):
        raise ValueError("must be an absolute path")
    if str(PurePosixPath(path)) != path or ".." in PurePosixPath(path).parts:
        raise ValueError("must be a plain path, without '..', '.' or doubled slashes")
    return path


Text = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_plain_text)]
AbsolutePath = Annotated[
    str,
    Field(min_length=2, max_length=4096),
    AfterValidator(_plain_text),
    AfterValidator(_absolute),
]
Pixel = Annotated[int, Field(ge=-_PIXEL_LIMIT, le=_PIXEL_LIMIT)]


class _Strict(BaseModel):
    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, alias_generator=to_camel, allow_inf_nan=False
    )


class CropBounds(_Strict):
    """Where to crop, in pixels of the picture as shown: [left, right) by [top, bottom)."""

    left: Pixel
    top: Pixel
    right: Pixel
    bottom: Pixel


class Payload(_Strict):
    """What every kind of frame job is given."""

    video_id: Text
    video_path: AbsolutePath
    db_path: AbsolutePath
    output_dir: AbsolutePath | None = None
    quality: int = Field(75, ge=1, le=100, description="JPEG quality as OpenCV counts it")
    store: Store = "database"
    force: bool = Field(
        default=False, description="replace full frames even where a user's labels refer to them"
    )

    @model_validator(mode="after")
    def _two_files(self) -> Self:
        if self.db_path == self.video_path:
            raise ValueError("dbPath and videoPath name the same file")
        return self

    @model_validator(mode="after")
    def _files_need_a_folder(self) -> Self:
        if self.store != "database" and self.output_dir is None:
            raise ValueError(f'"store": "{self.store}" needs outputDir')
        return self


class FullFrames(Payload):
    """Sample the whole picture, sparsely."""

    frame_rate: float = Field(0.1, gt=0, le=10, description="images per second of video")
    ocr: bool = Field(
        default=True, description="read the text on the frames, where an engine is installed"
    )


class CropFrames(Payload):
    """Sample the caption area, densely."""

    frame_rate: float = Field(10.0, gt=0, le=240, description="images per second of video")
    store: Literal["database", "both"] = "database"
    crop_bounds: CropBounds
    crop_bounds_version: int | None = Field(None, ge=0, le=2**53)


P = TypeVar("P", bound=Payload)


def parse(model: type[P], payload: bytes) -> P:
    """Read a row's payload.

    Raises:
        PayloadRefused: It is no UTF-8, no JSON, or not what the model wants; the first
            fault is named by its camelCase key.
    """
    try:
        payload.decode("utf-8")
    except UnicodeDecodeError as error:
        raise PayloadRefused(f"payload is not UTF-8 at byte {error.start}") from None
    try:
        read = model.model_validate_json(payload)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in fault["loc"])
        text = fault["msg"].removeprefix("Value error, ")
        raise PayloadRefused(f"payload: {place + ': ' if place else ''}{text}") from None
    json.loads(payload, object_pairs_hook=_refuse_repeated)
    return read


def _refuse_repeated(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """SQLite reads the first of two equal keys, others the last: no row may say both."""
    keys = dict(pairs)
    if len(keys) < len(pairs):
        repeated = next(key for n, (key, _) in enumerate(pairs) if key in dict(pairs[:n]))
        raise PayloadRefused(f"payload: {repeated}: named twice")
    return keys


class _Target(BaseModel):
    """The one key that a status write needs."""

    model_config = ConfigDict(extra="ignore", alias_generator=to_camel)
    db_path: AbsolutePath


def database_of(payload: bytes) -> str | None:
    """The payload's dbPath even where other keys are wrong, so that the app can be told."""
    try:
        return TypeAdapter(_Target).validate_json(payload, strict=True).db_path
    except ValidationError:
        return None
