"""Every setting in one frozen model; by flag, `JOBD_*`, `jobd.toml`, in this order."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from jobd.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "JOBD_"
CONFIG_VARIABLE = "JOBD_CONFIG"


def _split(separator: str) -> BeforeValidator:
    """Lists arrive as one text from a flag or a variable, as an array from TOML."""
    return BeforeValidator(
        lambda v: tuple(filter(None, v.split(separator))) if isinstance(v, str) else v
    )


def _by_name(value: object) -> object:
    """Pairs arrive as one text from a flag or a variable, as a table from TOML."""
    if not isinstance(value, str):
        return value
    parts = (part.partition("=") for part in value.split(",") if part)
    return {name.strip(): number.strip() for name, _, number in parts}


_pairs = BeforeValidator(_by_name)


def _utf8(path: Path) -> Path:
    """Paths are compared with those of JSON payloads, and stand in messages."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise ValueError("must be a path in UTF-8") from None
    return path


def _engine(name: str) -> str:
    if not re.fullmatch(r"auto|none|rapidocr|\w+(\.\w+)*:\w+", name):
        raise ValueError(f"must be auto, none, rapidocr or module:function, not '{name}'")
    return name


Utf8Path = Annotated[Path, AfterValidator(_utf8)]


_AtLeastASecond = Annotated[float, Field(ge=1, allow_inf_nan=False)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Days = Annotated[float, Field(ge=0, le=36_500, allow_inf_nan=False)]


class Settings(BaseModel):
    """What a daemon is told once, at its start."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    db: Utf8Path = Field(description="the queue file")
    concurrency: int = Field(2, ge=1, le=64, description="how many attempts run at once")
    roots: Annotated[tuple[Utf8Path, ...], _split(os.pathsep)] = Field(
        (), description=f"folders that jobs may use, split by '{os.pathsep}' (the queue's own)"
    )
    backoff_s: Annotated[tuple[Seconds, ...], _split(",")] = Field(
        (10.0, 60.0), min_length=1, description="waits between attempts, split by ','"
    )
    backoff_jitter: float = Field(0.2, ge=0, lt=1, description="share by which a wait varies")
    drain_s: Seconds = Field(30.0, description="how long running attempts may end after a stop")
    no_progress_s: float = Field(
        60.0, ge=1, allow_inf_nan=False, description="an attempt without progress is killed"
    )
    decode_threads: int = Field(
        0, ge=0, le=64, description="threads that decode one video; 0: one for each core"
    )
    poll_ms: int = Field(1000, ge=10, le=60_000, description="look at the queue this often anyway")
    keep_days: Days = Field(
        30.0, description="completed and cancelled jobs are deleted after so long; 0: never"
    )
    keep_failed_days: Days = Field(
        90.0, description="failed jobs are deleted after so long; 0: never"
    )
    final_status: Literal["processing_complete", "running_ocr"] = Field(
        "processing_complete",
        description="the last word of full_frames: running_ocr where the app runs OCR elsewhere",
    )
    ocr_engine: Annotated[str, AfterValidator(_engine)] = Field(
        "auto",
        description="what reads text on full frames: auto (rapidocr where it is installed, unless"
        " final_status is running_ocr), none, rapidocr, or module:function",
    )
    ocr_boxes: Literal["line", "word", "char"] = Field(
        "word", description="what gets a box of its own; a word of Chinese is one character"
    )
    ocr_languages: Annotated[tuple[str, ...], _split(",")] = Field(
        ("ch", "en"), min_length=1, description="as the engine names them, split by ','"
    )
    ocr_threads: int = Field(
        0, ge=0, le=64, description="threads that read one frame; 0: the cores by concurrency"
    )
    max_pixels: int = Field(
        8192 * 8192, ge=1, le=2**30, description="pictures with more pixels are refused"
    )
    max_images: int = Field(
        200_000, ge=1, description="jobs that would make more images are refused"
    )
    allow_triggers: Annotated[tuple[str, ...], _split(",")] = Field(
        (), description="triggers of others that a database may have, by name, split by ','"
    )
    time_limit_s: _AtLeastASecond = Field(
        6 * 3600, description="an attempt that takes longer is killed"
    )
    time_limits: Annotated[dict[str, _AtLeastASecond], _pairs] = Field(
        {}, description="others by kind: full_frames=3600,crop_frames=7200"
    )
    sandbox: Literal["auto", "require", "off"] = Field(
        "auto",
        description="walls around what decodes: require refuses to start where one is missing",
    )
    max_memory_mb: int = Field(
        4096, ge=256, description="memory that one attempt may take for its data"
    )
    max_growth_mb: int = Field(
        65_536, ge=1, description="by how much one attempt may let a file grow"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="how much the daemon says"
    )

    @property
    def allowed_roots(self) -> tuple[Path, ...]:
        """The roots, absolute; without any, the folder of the queue file."""
        return tuple(Path(os.path.abspath(r)) for r in (self.roots or (self.db.parent,)))  # noqa: PTH100 - a root may be a link: not resolved here


def load_settings(flags: Mapping[str, Any], environ: Mapping[str, str]) -> Settings:
    """Merge flags over `JOBD_*` over `jobd.toml`.

    Args:
        flags: Settings given on the command line (None: not given), and perhaps
            "config", the path of the TOML file (default: ./jobd.toml if it is there).
        environ: The process's environment.

    Raises:
        UsageError: An unknown or bad setting, named together with where it stands.
    """
    config = flags.get("config") or environ.get(CONFIG_VARIABLE)
    sources = {
        "flag": {k: v for k, v in flags.items() if v is not None and k != "config"},
        "environment": _from_environment(environ),
        config or "jobd.toml": _from_toml(config),
    }
    merged: dict[str, Any] = {}
    origin: dict[str, str] = {}
    for name, values in reversed(sources.items()):
        merged.update(values)
        origin.update(dict.fromkeys(values, name))
    try:
        return Settings.model_validate(merged)
    except ValidationError as error:
        raise UsageError(_first_fault(error, origin)) from None


def _from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    return {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environ.items()
        if name.startswith(PREFIX) and name != CONFIG_VARIABLE
    }


def _from_toml(config: str | None) -> dict[str, Any]:
    path = Path(config or "jobd.toml")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if config is None:
            return {}
        raise UsageError(f"no settings file: {path}") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"settings file {path}: {error}") from None


def _first_fault(error: ValidationError, origin: Mapping[str, str]) -> str:
    fault = error.errors(include_url=False)[0]
    name = str(fault["loc"][0])
    place = origin.get(name)
    if fault["type"] == "extra_forbidden":
        known = ", ".join(sorted(Settings.model_fields))
        return f"unknown setting '{name}' ({place}); known: {known}"
    if fault["type"] == "missing":
        return f"setting '{name}' is missing: give --{name} or {PREFIX}{name.upper()}"
    return f"setting '{name}' ({place}): {fault['msg']}"
