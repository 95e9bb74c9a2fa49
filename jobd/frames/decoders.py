"""The open decoders of one video: each is lent to one thread at a time."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from jobd.frames.segment import opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jobd.frames.skip import SkippingDecoder
    from jobd.frames.source import Limits


class Decoders:
    """Opens a container only where none is free: to open one costs as much as some frames.

    Args:
        fed: Called after each packet, by any thread.
        files: Closes all decoders in the end.
    """

    def __init__(self, fed: Callable[[], None], files: ExitStack) -> None:
        self._fed = fed
        self._files = files
        self._free: list[SkippingDecoder] = []

    def take(self, location: str, limits: Limits) -> SkippingDecoder:
        """A decoder for the caller alone."""
        try:
            return self._free.pop()
        except IndexError:
            return self._files.enter_context(opened(location, limits, self._fed))

    def give_back(self, decoder: SkippingDecoder) -> None:
        """Let others have it."""
        self._free.append(decoder)

    @contextmanager
    def lent(self, location: str, limits: Limits) -> Iterator[SkippingDecoder]:
        """A decoder for one segment; after an error nobody uses it again."""
        decoder = self.take(location, limits)
        yield decoder
        self.give_back(decoder)
