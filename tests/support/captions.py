"""Videos with known captions, burned into the moving pictures of a real film.

Each second has a line of Chinese above the lower edge and a line of English above that one.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from tests.support.node import NOT_RUN
from tests.support.video import MEDIA, write_video

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from PIL.ImageFont import FreeTypeFont

    Picture = NDArray[np.uint8]

FPS = 8
WIDTH_PX, HEIGHT_PX = 1280, 720
FONTS = Path("/usr/share/fonts")
_LATIN = ("DejaVuSans.ttf",)
_CHINESE = ("wqy-microhei.ttc", "NotoSansCJK-Regular.ttc", "wqy-zenhei.ttc")
_LOWER_EDGES = {"zh": 0.93, "en": 0.80}  # of the picture's height
_EDGE_PX = 2
# The trailer's moving pictures by frame; a title of its own stands far above the captions.
_SCENES = ((350, 590), (595, 760), (990, 1047))

ENGLISH = (
    "Nobody told me that the train had left",
    "Where did you put the keys to the old house?",
    "I have been waiting here since 7 o'clock",
    "The weather will be fine, so let us walk",
    "She bought 12 apples and 3 bottles of milk",
    "Please close the door before you go",
    "My brother works at the harbour in Bremen",
    "It was not the answer we had hoped for",
    "Can you hear the birds behind the hill?",
    "We never found out who wrote the letter",
    "Give him the blue jacket, not the green one",
    "Tomorrow at noon we meet by the bridge",
)
CHINESE = (
    "没有人告诉我火车已经开走了",
    "你把老房子的钥匙放在哪里了",
    "我从早上七点开始一直在这里等",
    "今天天气很好我们一起走路去吧",
    "她买了十二个苹果和三瓶牛奶",
    "出门之前请先把门关好",
    "我哥哥在海边的港口工作",
    "这不是我们希望听到的答案",
    "你能听见山后面的鸟叫声吗",
    "我们一直不知道是谁写了这封信",
    "把蓝色的外套给他不要绿色的",
    "明天中午我们在桥边见面",
)


@dataclass(frozen=True, slots=True)
class Caption:
    """A line as it was drawn, in pixels from the top left.

    Attributes:
        text: The words.
        language: "en" or "zh".
        size_px: The font's.
        bounds: Of the letters: left, top, right, bottom.
        centres: Of each character but the spaces, from the left.
    """

    text: str
    language: str
    size_px: int
    bounds: tuple[float, float, float, float]
    centres: tuple[float, ...]

    @property
    def centre(self) -> tuple[float, float]:
        """In fractions of the picture, as the app's table counts."""
        left, top, right, bottom = self.bounds
        return (left + right) / 2 / WIDTH_PX, 1 - (top + bottom) / 2 / HEIGHT_PX

    def holds(self, y: float) -> bool:
        """Whether a height, in such a fraction, is this line's."""
        _, top, _, bottom = self.bounds
        return 1 - bottom / HEIGHT_PX <= y <= 1 - top / HEIGHT_PX


def font(language: str, size_px: int) -> FreeTypeFont:
    """A font of this machine; without one the test is skipped, loudly."""
    names = _LATIN if language == "en" else _CHINESE
    for name in names:
        for path in sorted(FONTS.rglob(name)):
            return ImageFont.truetype(str(path), size_px)
    pytest.skip(
        f"{NOT_RUN}: text on pictures is not read: install the fonts"
        " (Debian, Ubuntu: fonts-dejavu-core fonts-wqy-microhei)"
    )


def captioned(path: Path, sizes_px: Sequence[int], *, first: int = 0) -> list[list[Caption]]:
    """Make a video; the lines of each of its seconds.

    Args:
        path: An .mp4 to write.
        sizes_px: Of the captions, second by second.
        first: Which lines to begin with.
    """
    lines = list(
        islice(zip(cycle(ENGLISH), cycle(CHINESE), strict=False), first, first + len(sizes_px))
    )
    overlays, captions = [], []
    for (english, chinese), size_px in zip(lines, sizes_px, strict=True):
        overlay = Image.new("RGBA", (WIDTH_PX, HEIGHT_PX))
        captions.append(
            [
                draw(overlay, text, lang, size_px)
                for text, lang in ((english, "en"), (chinese, "zh"))
            ]
        )
        overlays.append(np.asarray(overlay, np.uint16))
    pictures = list(islice(film(), FPS * len(sizes_px)))
    write_video(
        path,
        range(0, 1000 * len(sizes_px), 1000 // FPS),
        draw=lambda n: blended(pictures[n], overlays[n // FPS]),
        options={"preset": "veryfast", "crf": "23"},
    )
    return captions


def draw(overlay: Image.Image, text: str, language: str, size_px: int) -> Caption:
    """One line in white with a black edge, in the middle."""
    face = font(language, size_px)
    pen = ImageDraw.Draw(overlay)
    left = (WIDTH_PX - face.getlength(text)) / 2
    assert left > 0, f"too long for {size_px} px: {text}"
    at = (left, HEIGHT_PX * _LOWER_EDGES[language])
    pen.text(at, text, "white", face, anchor="ls", stroke_width=_EDGE_PX, stroke_fill="black")
    bounds = pen.textbbox(at, text, face, anchor="ls", stroke_width=_EDGE_PX)
    centres = tuple(
        left + (face.getlength(text[:n]) + face.getlength(text[: n + 1])) / 2
        for n, char in enumerate(text)
        if not char.isspace()
    )
    return Caption(text, language, size_px, bounds, centres)


def film() -> Iterator[Picture]:
    """The trailer's moving pictures, over and over, eight of 24 in a second."""
    while True:
        with av.open(str(MEDIA / "bbb_trailer_720p_h264.mp4")) as source:
            for n, frame in enumerate(source.decode(video=0)):
                if n % 3 == 0 and any(start <= n < end for start, end in _SCENES):
                    yield np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)


def blended(picture: Picture, overlay: NDArray[np.uint16]) -> Picture:
    """The overlay on the picture."""
    share = overlay[..., 3:]
    mixed = (picture * (255 - share) + overlay[..., 2::-1] * share + 127) // 255
    return np.asarray(mixed, np.uint8)


def plain(text: str) -> str:
    """What is compared: spaces do not count."""
    return "".join(text.split())


def errors(wanted: str, read: str) -> int:
    """How many characters must be put in, left out or changed (Levenshtein)."""
    row = list(range(len(read) + 1))
    for n, char in enumerate(wanted, 1):
        above, row = row, [n]
        for m, other in enumerate(read, 1):
            row.append(min(above[m] + 1, row[-1] + 1, above[m - 1] + (char != other)))
    return row[-1]
