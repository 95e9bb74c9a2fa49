"""What became of a video: its jobs by kind, crops by the version of their bounds (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobd.report.brief import detail, payload_of, reasons, result_of
from jobd.report.palette import style_of
from jobd.report.styled import Styled, joined, styled
from jobd.report.text import harmless
from jobd.report.times import roughly

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jobd.report.rows import Job
    from jobd.report.view import View

_SHOWN = 6
_SIDES = ("left", "top", "right", "bottom")
_KINDS = ("full_frames", "crop_frames")  # in the order in which a video has them


Bounds = tuple[Any, Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Group:
    """Jobs that do the same to a video, the newest first.

    Attributes:
        kind: Their kind.
        bounds_version: Of the crop; None: no crop, or the payload names none.
        bounds: The crop's sides in pixels; None: no crop.
        jobs: The jobs.
    """

    kind: str
    bounds_version: int | None
    bounds: Bounds | None
    jobs: tuple[Job, ...]


def groups(jobs: Sequence[Job]) -> tuple[Group, ...]:
    """A video's jobs by what they do: full frames, then crops, the newest version first.

    Args:
        jobs: The newest first.
    """
    found: dict[tuple[str, int | None, Bounds | None], list[Job]] = {}
    for job in jobs:
        found.setdefault((job.kind, *_crop(job)), []).append(job)
    made = [Group(*key, jobs=tuple(of_key)) for key, of_key in found.items()]
    return tuple(sorted(made, key=_order))


def _order(group: Group) -> tuple[int, str, int, int]:
    place = _KINDS.index(group.kind) if group.kind in _KINDS else len(_KINDS)
    version = -1 if group.bounds_version is None else group.bounds_version
    return place, group.kind, -version, -group.jobs[0].id


def _crop(job: Job) -> tuple[int | None, Bounds | None]:
    bounds = payload_of(job).get("cropBounds")
    if not isinstance(bounds, dict):
        return None, None
    told = payload_of(job).get("cropBoundsVersion")
    told = result_of(job).get("cropBoundsVersion") if told is None else told
    left, top, right, bottom = (bounds.get(side) for side in _SIDES)
    version = told if _is_int(told) else None
    sides = (left, top, right, bottom)
    return version, sides if all(map(_is_int, sides)) else None


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def tree(jobs: Sequence[Job], now_ms: int, view: View, this: int | None = None) -> list[Styled]:
    """The groups with their jobs, one line each.

    Args:
        jobs: Of the video, the newest first.
        now_ms: The moment.
        view: How wide, and with which signs.
        this: The job that is looked at.
    """
    lines: list[Styled] = []
    for group in groups(jobs):
        lines.append(styled(_title(group)))
        shown = [job for at, job in enumerate(group.jobs) if at < _SHOWN or job.id == this]
        lines += [_line(job, now_ms, view, this).clipped(view.width - 2) for job in shown]
        if len(shown) < len(group.jobs):
            lines.append(styled(f"  … {len(group.jobs) - len(shown)} earlier", "dim"))
    return lines


def _title(group: Group) -> str:
    words = [harmless(group.kind)]
    if group.bounds_version is not None:
        words.append(f"bounds version {group.bounds_version}")
    if group.bounds is not None:
        left, top, right, bottom = group.bounds
        words.append(f"{left},{top} to {right},{bottom}")
    return ", ".join(words)


def _line(job: Job, now_ms: int, view: View, this: int | None) -> Styled:
    state = job.shown_as(now_ms)
    since_ms = job.created_at_ms if job.finished_at_ms is None else job.finished_at_ms
    mark = styled("> " if job.id == this else "  ", "strong")
    named = styled(f"{job.id:>5}", "strong" if job.id == this else "")
    sign = styled(f"{view.palette.sign(state)} {state:<9}", style_of(state))
    ago = f"{roughly(now_ms - since_ms):>4} ago"
    words = joined(": ", [detail(job, now_ms, 30), *_last(reasons(job, now_ms))])
    return mark + joined("  ", [named, sign, styled(ago), words])


def _last(wordings: Iterable[Styled]) -> list[Styled]:
    return list(wordings)[-1:]
