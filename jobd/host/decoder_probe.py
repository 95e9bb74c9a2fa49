"""Run as a program of its own, by its path: loads the decoders and says in JSON what they are.

A library that crashes when it is loaded, or hangs, takes only this process along.
"""

import importlib
import json
from typing import Any

# What videos come in, and the decoders that read it: FFmpeg's own "av1" needs a graphics card.
DECODERS = {
    "h264": ("h264",),
    "hevc": ("hevc",),
    "vp8": ("vp8", "libvpx"),
    "vp9": ("vp9", "libvpx-vp9"),
    "av1": ("libdav1d", "libaom-av1"),
    "mpeg4": ("mpeg4",),
    "mpeg2": ("mpeg2video",),
    "prores": ("prores",),
    "mjpeg": ("mjpeg",),
    "theora": ("theora",),
}


def main() -> None:
    """Print what can be loaded: {"errors": {…}, "libraries": {…}, "missing": […]}."""
    errors = {}
    for name in ("numpy", "cv2", "av"):
        try:
            importlib.import_module(name)
        except Exception as error:  # noqa: BLE001 - whatever a broken library raises is to be told
            errors[name] = f"{type(error).__name__}: {error}"
    print(json.dumps({"errors": errors, **({} if "av" in errors else _libav())}))  # noqa: T201 - its answer


def _libav() -> dict[str, Any]:
    import av  # noqa: PLC0415 - only once it is known to load

    versions = {name: ".".join(map(str, v)) for name, v in av.library_versions.items()}
    missing = [name for name, codecs in DECODERS.items() if not any(map(_decodes, codecs))]
    return {"libraries": versions, "missing": missing}


def _decodes(codec: str) -> bool:
    from av.codec import Codec  # noqa: PLC0415 - only once it is known to load
    from av.codec.codec import UnknownCodecError  # noqa: PLC0415

    try:
        Codec(codec, "r")
    except UnknownCodecError:
        return False
    return True


if __name__ == "__main__":
    main()
