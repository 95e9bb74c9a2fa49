"""What may be wished of a tiny video; apart from the rest, since it loads nothing."""

from __future__ import annotations

from typing import Any

# What may be wished of each kind; the widths 32 and 48 tell the two apart.
VARIANTS: dict[str, list[dict[str, Any]]] = {
    "full_frames": [{"frameRate": 2}],
    "crop_frames": [
        {"cropBounds": {"left": 0, "top": 0, "right": right, "bottom": 16}} for right in (32, 48)
    ],
}
